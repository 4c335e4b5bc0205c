"""What an order page says about each step: to the customer whose turn it is, and to one who waits (RULES Across 4)."""

from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.models import Charge, ChargeState
from portal.ui.templatetags.ui import plain_money
from renewals.lifecycle import Kind, Phase, StepState
from renewals.models import IdentityCheck
from renewals.reviewing.returned import returned_words
from renewals.selectors import OrderView, Task
from renewals.views import parcel_words
from renewals.words_of_acts import RETURN_REASONS

CHANNELS: Final[dict[str, Promise]] = {
    "wechat": gettext_lazy("微信"),
    "alipay": gettext_lazy("支付宝"),
    "unionpay": gettext_lazy("银联"),
    "bank_transfer": gettext_lazy("单位账户转账"),
}

Said = tuple[str, str, str]  # title, hint, what stands on the button


@dataclass(frozen=True)
class Money:
    """The order's charge, if its quote was frozen, and how it was paid."""

    charge: Charge | None
    channel: str

    @property
    def total_fen(self) -> int | None:
        return self.charge.total_fen if self.charge else None

    @property
    def is_paid(self) -> bool:
        return self.charge is not None and self.charge.state == ChargeState.SETTLED


def config_of(view: OrderView, task: Task) -> Any:
    """The step's own part of the rule pack."""
    return view.pack.step_config(view.order.path, task.step.name)


def method_of(view: OrderView, task: Task) -> str:
    """ "three_factor" or "liveness" of an identity step; "" of the others."""
    return getattr(config_of(view, task), "method", "")


# -- the customer's turn ----------------------------------------------------------------------------------------------


def customers_words(view: OrderView, task: Task, money: Money) -> Said:
    if task.step.state is StepState.RETURNED:
        return _returned(view, task)
    if task.step.kind is Kind.PAYMENT:
        return _pay(view, task, money)
    if task.step.kind in {Kind.ISSUANCE, Kind.FILE_DOWNLOAD}:
        return _file(task) if into_file(view, task) else _install(view, task, money)
    if task.step.kind is Kind.PIN_UNBLOCK:
        return _unblock(task)
    if task.step.kind in {Kind.MAIL_IN, Kind.DELIVERY}:
        return parcel_words.customers(task)
    phone = _("请经办人本人用手机扫码，拍身份证正反面，再做活体核验，约 2 分钟；完成后电脑上会自动继续。")
    said: dict[Kind, Said] = {
        Kind.CONSENT: (task.title, _("各份文件可以逐份展开阅读，敏感个人信息授权单独勾选。"), _("去阅读")),
        Kind.NOTICE: (task.title, _("请逐条阅读，确认后再继续。"), _("去阅读")),
        Kind.KEY_PROOF: (task.title, _("插入 Ekey，输入证书密码（PIN 码），证明证书在您手里。"), _("去验证")),
        Kind.SEAL: (_("写入电子签章"), _("插入装有新证书的 Ekey，把电子签章写进去并验证。"), _("去写入")),
        Kind.APPLICATION: (task.title, _application(view), _("去填写")),
        Kind.IDENTITY: (_("用手机核验经办人身份"), phone, _("去核验")),
        Kind.REQUEST_FORM: (_("打印申请表"), _("下载并打印申请表，由经办人签字、加盖公章。"), _("去打印")),
        Kind.DOCUMENTS: (_papers_title(view, task), _papers(view), _("去上传")),
        Kind.ENVIRONMENT: (task.title, _("先检测这台电脑：逐项通过后才能继续，约 1 分钟。"), _("去检测")),
    }
    return said.get(task.step.kind, (task.title, task.help, _("去办理")))


def into_file(view: OrderView, task: Task) -> bool:
    """A certificate that goes into a .pfx, not onto a key (RULES B5, B7)."""
    return task.step.kind is Kind.FILE_DOWNLOAD or getattr(config_of(view, task), "into", None) == "file"


def _file(task: Task) -> Said:
    if task.step.phase in {Phase.ISSUED, Phase.INSTALLED}:
        hint = _("新证书已经签发，还差保存成文件。请在开始时的那台电脑、那个浏览器上继续。")
        return _("保存证书文件"), hint, _("继续")
    if task.step.kind is Kind.FILE_DOWNLOAD:
        hint = _("请准备好密码信封里的参考码和授权码，自己设定保护口令，约 2 分钟。")
        return _("收到密码信封后，下载文件证书"), hint, _("去下载")
    hint = _("请先把旧的 .pfx 文件导入这台电脑，约 2 分钟。旧文件在新文件保存好之前照常可用。")
    return _("更新文件证书"), hint, _("去更新")


def _unblock(task: Task) -> Said:
    if task.step.phase is Phase.RELEASED:
        return _("已获授权，请设置新的 PIN 码"), _("插入这个 Ekey，在证书助手的窗口里设置新的 PIN 码。"), _("去设置")
    hint = _("插入锁定的 Ekey，提交申请；证书管理员核实身份后授权，您再回来设置新的 PIN 码。")
    return task.title, hint, _("去申请")


def _application(view: OrderView) -> str:
    application = view.pack.path(view.order.path).application
    asked = set(application.fields) if application else set()
    if not asked & {"legal_representative", "term_years"}:
        return _("填写单位、联系人和经办人等信息，约 3 分钟；填写的内容会自动保存。")
    if any(task.step.kind is Kind.DOCUMENTS for task in view.tasks):
        return _("填写单位、法定代表人、经办人和发票信息，约 5 分钟；填写的内容会自动保存。")
    return _("选择年限，填写经办人和发票信息，约 3 分钟；填写的内容会自动保存。")


def _papers_title(view: OrderView, task: Task) -> str:
    """What is wanted of everybody, by name; the step's own title where that is nothing or a list."""
    papers = getattr(config_of(view, task), "papers", ())  # asked for every kind of step, said of documents alone
    wanted = [paper.title for paper in papers if paper.wanted == "always"]
    return _("上传%(papers)s") % {"papers": _("和").join(wanted)} if 0 < len(wanted) < 3 else task.title


def _papers(view: OrderView) -> str:
    """While the phone is awaited too, that can be done beside it."""
    waiting = [t for t in view.tasks_of(Kind.IDENTITY) if method_of(view, t) == "liveness" and t.acting is not None]
    words = _("扫描件或手机拍的照片都可以：PDF、JPEG、PNG。")
    return words if not waiting else words + _("手机核验身份可以同时进行。")


def _returned(view: OrderView, task: Task) -> Said:
    why = reason_words(task, view)
    said: dict[Kind, Said] = {
        Kind.APPLICATION: (_("修改申请信息后重新提交"), why, _("去修改")),
        Kind.IDENTITY: (_("请经办人重新核验身份"), why, _("去核验")),
        Kind.REQUEST_FORM: (_("重新打印申请表"), why, _("去打印")),
        Kind.DOCUMENTS: (_("重新上传退回的资料"), why or _("只要重新上传退回的，其他的不用再交。"), _("去上传")),
        Kind.PAYMENT: (_("请处理缴费问题"), why, _("去处理")),
        Kind.PIN_UNBLOCK: (_("请重新申请解锁"), why, _("去申请")),
    }
    return said.get(task.step.kind, (task.title, why, _("去处理")))


def _pay(view: OrderView, task: Task, money: Money) -> Said:
    total = plain_money(money.total_fen) if money.total_fen is not None else ""
    title = _("缴纳证书费用 %(total)s") % {"total": total}
    names = [str(words) for channel, words in CHANNELS.items() if channel in config_of(view, task).channels]
    by = _("可以用%(channels)s付款。") % {"channels": "、".join(names)}
    return title, by + after_paying(view), _("去缴费")


def after_paying(view: OrderView) -> str:
    """What comes when it is paid."""
    if view.tasks_of(Kind.REVIEW):
        return _("付清后由工作人员审核。")
    if view.tasks_of(Kind.REVOCATION):  # RULES D7
        return _("付清后随即吊销原证书，开始制作新 Ekey，不能再取消。")
    return _("付清后开始制作。") if view.tasks_of(Kind.PRODUCTION) else _("付清后马上可以安装新证书。")


def _install(view: OrderView, task: Task, money: Money) -> Said:
    if task.step.phase in {Phase.ISSUED, Phase.INSTALLED}:
        hint = _("新证书已经签发，还差写入 Ekey 这一步。之前中断的，会从断开的地方接着做。")
        return _("把新证书装入 Ekey"), hint, _("继续安装")
    if getattr(config_of(view, task), "vouched_by", "") == "approval":
        hint = _("请准备好装有过期证书的 Ekey，约 2 到 3 分钟。新证书从签发之日起算，PIN 码不变。")
        return _("审核已通过，请安装新证书"), hint, _("去安装")
    hint = _("请准备好 Ekey，约 2 到 3 分钟。旧证书在新证书装好之前照常可用，PIN 码不变。")
    return (_("付款成功，接下来安装证书") if money.is_paid else _("插入 Ekey，更新证书")), hint, _("去安装")


# -- somebody else's turn ---------------------------------------------------------------------------------------------


def others_words(view: OrderView, task: Task, check: IdentityCheck | None) -> tuple[str, str]:
    if task.step.kind is Kind.IDENTITY:
        return _identity(view, task, check)
    if into_file(view, task):
        return _("CA 正在签发新证书"), _("通常几秒钟，本页会自动更新。签发后请在这台电脑上保存证书文件。")
    transfer = _("财务核对到账后会短信通知您，不用再付一次。转账时附言写了订单编号的，核对更快。")
    if task.step.kind in {Kind.MAIL_IN, Kind.DELIVERY}:
        return parcel_words.others(task)
    said: dict[Kind, tuple[str, str]] = {
        Kind.PAYMENT: (_("转账凭证已提交，等待财务确认到账"), transfer),
        Kind.REVIEW: (_("正在审核"), _review(view)),
        Kind.PIN_UNBLOCK: (
            _("等待证书管理员核实您的身份"),
            _("工作人员会按登记的电话回拨核实，请保持畅通；授权后短信通知您回来设置新的 PIN 码。可以离开本页。"),
        ),
        Kind.REVOCATION: (
            _("正在吊销原证书"),
            _("通常几秒钟，之后开始制作。订单不能再取消；本页会自动更新。"),
        ),
        Kind.PRODUCTION: (_("正在制作"), _production(view, task) if task.step.kind is Kind.PRODUCTION else ""),
        Kind.ISSUANCE: (_("CA 正在签发新证书"), _("通常几秒钟。请不要拔出 Ekey；本页会自动更新。")),
        Kind.SEAL: (_("正在制作电子签章"), _("签章写入并核对通过以后才算办好，请稍候。可以离开本页。")),
    }
    return said.get(task.step.kind, (task.title, _("本页会自动更新。")))


def _production(view: OrderView, task: Task) -> str:
    """What the hall makes, and by when (D8)."""
    config = config_of(view, task)
    what = {
        "new_medium": _("制证员正在制作新介质"),
        "renewed_key": _("制证员正在您寄来的介质上更新证书"),
        "download_codes": _("制证员正在制作密码信封"),
    }[config.makes]
    days = config.working_days or 5
    return _("%(what)s，%(days)s 个工作日内完成，做好后会通知您。可以离开本页。") % {"what": what, "days": days}


def _identity(view: OrderView, task: Task, check: IdentityCheck | None) -> tuple[str, str]:
    liveness = method_of(view, task) == "liveness"
    if task.step.phase is Phase.COUNTER and liveness:
        hint = _("请经办人携带身份证原件到服务网点当面核验，或拨打服务热线预约视频核验。其他步骤可以继续办理。")
        return _("等待工作人员核验经办人身份"), hint
    if task.step.phase is Phase.COUNTER:
        hint = _("线上核验次数已用完。请经办人携带身份证原件到服务网点，由工作人员当面核验；也可以先拨打服务热线。")
        return _("等待当面核验经办人身份"), hint
    if liveness:
        return _("正在等待手机核验的结果"), _("请在手机上按提示完成；通过后本页会自动更新。")
    if check is not None and check.outcome == IdentityCheck.Outcome.UNAVAILABLE:
        return _("身份核验服务暂时不可用"), _("系统会自动重试，您不用重新提交；结果会发短信给经办人。")
    return _("正在核验经办人身份"), _("核对姓名、身份证号码和手机号码，通常几秒钟，本页会自动更新。")


def _review(view: OrderView) -> str:
    transfer = any(
        task.step.phase is Phase.TRANSFER and task.step.state is StepState.SUBMITTED
        for task in view.tasks_of(Kind.PAYMENT)
    )
    if transfer:
        return _("审核和到账核对同时进行，有结果会发短信和邮件。可以离开本页。")
    return _("审核有结果会发短信和邮件，可以离开本页。需要补的资料会逐份说明原因。")


# -- reasons and hints ------------------------------------------------------------------------------------------------


def reason_words(task: Task, view: OrderView) -> str:
    """Why a step came back, in words for the customer: ours, or the pack's review reasons."""
    reason = task.step.reason
    if reason in RETURN_REASONS:
        return str(RETURN_REASONS[reason])
    if task.step.kind in {Kind.MAIL_IN, Kind.DELIVERY}:
        return parcel_words.reason(task)
    if not reason.isascii():
        return reason  # a sentence already: which characters no font has
    if not view.tasks_of(Kind.REVIEW):
        return ""
    back = [one for one in returned_words(view.order) if one.step == task.step.name]
    return " ".join(f"{one.title}：{one.words}{one.more}" if one.paper else f"{one.words}{one.more}" for one in back)


def rejection_words(view: OrderView, code: str) -> str:
    """Why the review refused it, in the pack's words."""
    reasons = [one for review in view.tasks_of(Kind.REVIEW) for one in config_of(view, review).reasons]
    return next((str(one.words) for one in reasons if one.code == code), "")


def task_hint(view: OrderView, task: Task, state: str, money: Money) -> str:
    """The line below a task's title."""
    if state == "returned":
        return reason_words(task, view)
    if state == "done" and task.step.kind is Kind.IDENTITY:
        liveness = method_of(view, task) == "liveness"
        return _("身份证和本人核验通过") if liveness else _("姓名、身份证号码、手机号码核对一致")
    if state == "submitted" and task.step.kind is Kind.DOCUMENTS:
        return _("已收到，等待审核")
    if state == "waiting" and task.step.kind is Kind.ISSUANCE and not into_file(view, task):
        before = {Kind.REVIEW: _("审核通过后"), Kind.PAYMENT: _("缴费后"), Kind.ENVIRONMENT: _("环境检测通过后")}
        after = next((words for kind, words in before.items() if view.tasks_of(kind)), "")
        return _("%(after)s即可安装，约 3 分钟，请准备好 Ekey") % {"after": after}
    if task.step.kind is not Kind.PAYMENT or money.total_fen is None:
        return ""
    total = plain_money(money.total_fen)
    return f"{total}，{money.channel}" if money.is_paid and money.channel else total
