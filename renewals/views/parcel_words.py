"""What an order page says while keys travel: of what comes in and of what goes out (RULES A14, D8, P15, P23)."""

from django.utils.translation import gettext as _

from renewals.lifecycle import Kind, Phase, StepState
from renewals.selectors import Task
from renewals.steps.delivery import trouble_words
from renewals.steps.mail_in import reason_words


def customers(task: Task) -> tuple[str, str, str]:
    """Title, hint and button while it is the customer's turn."""
    if task.step.kind is Kind.DELIVERY:
        if task.step.phase is Phase.READY:
            hint = _("证书介质已到网点。请带齐证件和签收单前往，地址、时间和文件下载在里面。")
            return _("请到网点领取"), hint, _("看地址和文件")
        return _("已寄出，收到后请确认"), _("快递单号在里面；收到并核对无误后点“确认收到”。"), _("去确认")
    if task.step.state is StepState.RETURNED:
        return _("寄来的 Ekey 需要您处理"), reason(task), _("去处理")
    hint = _("把 Ekey（和盖章的表格）寄到我们这里，然后登记快递公司、单号和日期。不要附 PIN 码。")
    return _("寄出 Ekey"), hint, _("去登记")


def others(task: Task) -> tuple[str, str]:
    """Title and hint while it is the mail room's turn."""
    if task.step.kind is Kind.MAIL_IN:
        return _("等待收到您寄来的 Ekey"), _("收发室收到后逐只核对，结果会短信通知。单号填错的可以在寄件页更正。")
    if task.step.state is StepState.RETURNED:
        return _("快件退回，正在重新安排"), _("%(why)s。我们会联系您核对地址。") % {
            "why": trouble_words(task.step.reason)
        }
    return _("正在安排寄出或送到网点"), _("寄出后会短信告知快递单号；自取的，到网点后会通知您。")


def reason(task: Task) -> str:
    """Why it came back."""
    if not task.step.reason:
        return ""
    return reason_words(task.step.reason) if task.step.kind is Kind.MAIL_IN else trouble_words(task.step.reason)
