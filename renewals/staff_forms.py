"""What staff fill in: filters of the lists, and the reasons for what they do to an order."""

from typing import Any, Final

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from payments.money import NotAnAmount, display, parse_yuan
from portal.jobs.guards import personal_data_in
from portal.ui.forms import DateInput
from renewals.lifecycle import NextActor
from renewals.models.certificates import CaStatus
from renewals.models.identities import PersonalCheck
from renewals.staff_selectors.audit import AuditFilter
from renewals.staff_selectors.certificates import CURRENT, EXPIRED, UNWANTED, CertificateFilter
from renewals.staff_selectors.orders import ENDED, UNFINISHED, OrderFilter, Programmes
from renewals.words_of_acts import ACTORS, STATUSES

ALL: Final = ("", _("全部"))


class FilterForm(forms.Form):
    """Lives in the address; what isn't valid there counts as not said."""

    use_required_attribute = False

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="filter-%s", label_suffix="")

    def value(self, name: str) -> Any:
        self.is_valid()
        return self.cleaned_data.get(name)

    @property
    def is_used(self) -> bool:
        """Whether anything but the order of rows is set."""
        return any(self.value(name) for name in self.fields if name != "sort")


def _search(label: Any) -> forms.CharField:
    return forms.CharField(
        required=False, label=label, max_length=64, widget=forms.TextInput({"type": "search", "autocomplete": "off"})
    )


class OrderFilterForm(FilterForm):
    q = _search(_("订单编号、单位、证书序列号、介质号、手机号"))
    status = forms.ChoiceField(
        required=False,
        label=_("状态"),
        choices=[
            ALL,
            (UNFINISHED, _("未办结")),
            (ENDED, _("已结束")),
            *((value, words) for value, (words, _tone) in STATUSES.items()),
        ],
    )
    actor = forms.ChoiceField(
        required=False,
        label=_("轮到谁"),
        choices=[ALL, *((value, words) for value, words in ACTORS.items() if value != NextActor.NOBODY)],
    )
    programme = forms.ChoiceField(required=False, label=_("业务"))
    path = forms.ChoiceField(required=False, label=_("办理路径"))
    since = forms.DateField(required=False, label=_("创建不早于"), widget=DateInput())
    until = forms.DateField(required=False, label=_("创建不晚于"), widget=DateInput())
    sort = forms.ChoiceField(
        required=False, label=_("排序"), choices=[("newest", _("最新创建在前")), ("due", _("期限最早在前（有期限的）"))]
    )
    overdue = forms.BooleanField(required=False, label=_("只看已超期"))
    in_person = forms.BooleanField(required=False, label=_("只看待当面或视频核验"))

    def __init__(self, data: Any, programmes: Programmes) -> None:
        super().__init__(data)
        titles = [(slug, pack.title) for slug, pack in programmes.newest.items()]
        self.fields["programme"].choices = [ALL, *titles]  # type: ignore[attr-defined]
        self.fields["path"].choices = [ALL, *programmes.paths.items()]  # type: ignore[attr-defined]

    def wanted(self) -> OrderFilter:
        return OrderFilter(
            status=self.value("status") or "",
            actor=self.value("actor") or "",
            programme=self.value("programme") or "",
            path=self.value("path") or "",
            overdue=bool(self.value("overdue")),
            in_person=bool(self.value("in_person")),
            opened_from=self.value("since"),
            opened_to=self.value("until"),
            sought=self.value("q") or "",
            sort="due" if self.value("sort") == "due" else "newest",
        )


class CertificateFilterForm(FilterForm):
    q = _search(_("证书号、序列号、介质号、单位、信用代码、联系人手机号"))
    status = forms.ChoiceField(
        required=False,
        label=_("状态"),
        choices=[ALL, (CURRENT, _("在用")), (EXPIRED, _("已过期")), *CaStatus.choices, (UNWANTED, _("不再使用"))],
    )
    within = forms.TypedChoiceField(
        required=False,
        label=_("到期时间"),
        coerce=int,
        empty_value=None,
        choices=[ALL, *((days, format_lazy(_("{days} 天内"), days=days)) for days in (7, 30, 60, 90, 180))],
    )
    programme = forms.ChoiceField(required=False, label=_("业务"))

    def __init__(self, data: Any, programmes: Programmes) -> None:
        super().__init__(data)
        titles = [(slug, pack.title) for slug, pack in programmes.newest.items()]
        self.fields["programme"].choices = [ALL, *titles]  # type: ignore[attr-defined]

    def wanted(self) -> CertificateFilter:
        return CertificateFilter(
            status=self.value("status") or "",
            within=self.value("within"),
            programme=self.value("programme") or "",
            sought=self.value("q") or "",
        )


class AuditFilterForm(FilterForm):
    subject = _search(_("对象，例如 order:…"))
    action = forms.CharField(required=False, label=_("动作（开头）"), max_length=80)
    actor = forms.CharField(required=False, label=_("操作人"), max_length=80)
    since = forms.DateField(required=False, label=_("不早于"), widget=DateInput())
    until = forms.DateField(required=False, label=_("不晚于"), widget=DateInput())

    def wanted(self) -> AuditFilter:
        return AuditFilter(
            subject=self.value("subject") or "",
            action=self.value("action") or "",
            actor=self.value("actor") or "",
            since=self.value("since"),
            until=self.value("until"),
        )


# -- doing something --------------------------------------------------------------------------------------------------


class DialogForm(forms.Form):
    """One of several forms of a page, each in a dialog of its own: ``dialog`` keeps their ids apart."""

    use_required_attribute = False

    def __init__(self, data: Any = None, *, dialog: str) -> None:
        super().__init__(data, auto_id=dialog.replace("%", "%%") + "-%s", label_suffix="")
        first = next(iter(self.fields.values()))
        if isinstance(first.widget, forms.TextInput):
            first.widget.attrs["autofocus"] = True  # else an opened dialog focuses its 关闭


class ActForm(DialogForm):
    """``data_for_act()`` is what the one door gets."""

    def data_for_act(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class Reason(forms.CharField):
    """A sentence for the audit log, which is kept for ever: so without anybody's number."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{
                "label": _("原因"),
                "help_text": _("写入审计记录。请不要写证件号码、手机号或邮箱。"),
                "min_length": 2,
                "max_length": 80,
                "widget": forms.TextInput({"autocomplete": "off"}),
                "error_messages": {
                    "required": _("请填写原因。"),
                    "min_length": _("请把原因写完整，至少两个字。"),
                    "max_length": _("请精简到 80 个字以内。"),
                },
                **kwargs,
            }
        )

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if personal_data_in(text) is not None:
            raise forms.ValidationError(_("原因里有证件号码、手机号或邮箱，请去掉后再提交。"))
        return text


class ReasonForm(ActForm):
    reason = Reason()


class CounterForm(ActForm):
    """How a person was looked at, and what was seen (RULES P4)."""

    method = forms.ChoiceField(
        label=_("核验方式"),
        widget=forms.RadioSelect,
        choices=PersonalCheck.Method.choices,
        initial=PersonalCheck.Method.COUNTER,
        error_messages={"required": _("请选择核验方式。"), "invalid_choice": _("请选择核验方式。")},
    )
    reason = Reason(
        label=_("核验情况"), help_text=_("例如：当面核对身份证原件，人证一致。请不要写证件号码、手机号或邮箱。")
    )


class UnblockForm(ActForm):
    """How whoever asks for an unlocking was checked, and what was found (RULES P1)."""

    how = forms.ChoiceField(
        label=_("核实方式"),
        widget=forms.RadioSelect,
        choices=[
            ("callback", _("按登记的电话回拨核实")),
            ("counter", _("当面核对身份证原件")),
            ("video", _("视频核对身份证原件")),
        ],
        initial="callback",
        error_messages={"required": _("请选择核实方式。"), "invalid_choice": _("请选择核实方式。")},
    )
    reason = Reason(label=_("核实情况"), help_text=_("例如：回拨登记电话，本人确认。请不要写证件号码、手机号或邮箱。"))


class CancelForm(ActForm):
    """The reasons are codes: the customer's page and the statistics know them by these."""

    reason = forms.ChoiceField(
        label=_("取消的原因"),
        widget=forms.RadioSelect,
        choices=[
            ("asked_by_phone", _("客户来电要求取消")),
            ("wrong_details", _("信息填错，客户将重新申请")),
            ("another_certificate", _("选错了证书")),
            ("at_the_counter", _("改到服务网点办理")),
            ("other", _("其他原因")),
        ],
        error_messages={"required": _("请选择取消的原因。"), "invalid_choice": _("请选择取消的原因。")},
    )


class RefundForm(ActForm):
    """Finance decides what goes back after an issued certificate was cancelled (RULES P19); 0 for nothing."""

    amount = forms.CharField(
        label=_("退款金额（元）"),
        max_length=16,
        widget=forms.TextInput({"class": "input--10", "inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"required": _("请填写退款金额，不退填 0。")},
    )
    reason = Reason(label=_("决定的理由"), help_text=_("写入退款记录。请不要写证件号码、手机号或邮箱。"))

    def __init__(self, data: Any = None, *, dialog: str, refundable_fen: int = 0) -> None:
        super().__init__(data, dialog=dialog)
        self.refundable_fen = refundable_fen
        self.fields["amount"].help_text = _("最多可退 %s，原路退回；不退填 0。") % display(refundable_fen)

    def clean_amount(self) -> int:
        try:
            fen = parse_yuan(self.cleaned_data["amount"].strip())
        except NotAnAmount:
            raise forms.ValidationError(_("请按 221.00 的样子填写金额，最多两位小数。")) from None
        if not 0 <= fen <= self.refundable_fen:
            raise forms.ValidationError(_("退款金额要在 0 和 %s 之间。") % display(self.refundable_fen))
        return fen

    def data_for_act(self) -> dict[str, Any]:
        return {"amount_fen": self.cleaned_data["amount"], "reason": self.cleaned_data["reason"]}


class RevealForm(DialogForm):
    """Which field of which version, and why."""

    reason = Reason(label=_("查看的原因"), help_text=_("查看会写入审计记录。请不要写证件号码、手机号或邮箱。"))
