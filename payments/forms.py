"""Forms of the finance pages."""

import unicodedata
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from payments import money
from payments.models import RefusalReason
from portal.files.forms import Kept, UploadDrop, help_for
from portal.files.kinds import DEFAULT_LIMITS, KINDS, accept_attribute
from portal.ui.forms import DateInput


class AmountField(forms.CharField):
    """Yuan as people write it → fen. What can't be read is an error, never 0."""

    def clean(self, value: object) -> int:
        text = super().clean(value).strip().removeprefix("¥").replace(",", "")
        try:
            amount = money.parse_yuan(text)
        except money.NotAnAmount:
            raise forms.ValidationError(_("请填写金额，最多两位小数，例如 200.00。"), code="amount") from None
        if amount <= 0:
            raise forms.ValidationError(_("金额须大于 0。"), code="amount")
        return amount


class RefundForm(forms.Form):
    amount = AmountField(label=_("退款金额（元）"), max_length=20)
    reason = forms.CharField(label=_("退款原因"), max_length=80, help_text=_("会显示在付款人的退款通知里。"))
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(choices=[("approve", _("同意退款")), ("decline", _("不予退款"))])
    reason = forms.CharField(label=_("不予退款的原因"), max_length=200, required=False)

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        if data.get("decision") == "decline" and not data.get("reason"):
            self.add_error("reason", _("请写明不予退款的原因。"))
        return data


class ExplainForm(forms.Form):
    """The differences themselves are ticked in the table."""

    reason = forms.CharField(
        label=_("说明"), max_length=200, help_text=_("例如：渠道已更正，次日账单补记。会留在审计记录里。")
    )


class ReopenDayForm(forms.Form):
    why = forms.CharField(label=_("撤销的原因"), max_length=200)


class VoucherField(forms.FileField):
    """Wanted, and never looked at here: the view hands the file to the gate and keeps it, whatever else is wrong."""

    widget = UploadDrop

    def clean(self, data: Any, initial: Any = None) -> None:
        del data, initial


class EntryForm(forms.Form):
    """One transfer as its payer tells it (RULES E4)."""

    use_required_attribute = False

    payer_name = forms.CharField(
        label=_("付款账户名"),
        max_length=128,
        help_text=_("应为申请单位的对公账户。其他单位或个人付款，到账后须补交代付说明。"),
    )
    payer_account = forms.CharField(
        label=_("付款账号"),
        max_length=40,
        help_text=_("加密保存，只用于核对和退款。"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "input--20"}),
    )
    amount = AmountField(
        label=_("转账金额（元）"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "input--10"}),
    )
    paid_on = forms.DateField(label=_("付款日期"), widget=DateInput)
    remittance = forms.CharField(label=_("附言"), max_length=140, required=False)

    def clean_payer_account(self) -> str:
        number = "".join(str(self.cleaned_data["payer_account"]).split()).replace("-", "")
        if not (number.isascii() and number.isdigit() and 6 <= len(number) <= 32):
            raise forms.ValidationError(_("请填写付款账号，只含数字，与回单上的一致。"), code="account")
        return number

    def clean_paid_on(self) -> date:
        day: date = self.cleaned_data["paid_on"]
        today = localdate()
        if not today - timedelta(days=400) <= day <= today:
            raise forms.ValidationError(_("请核对付款日期，不能晚于今天，也不能早于一年前。"), code="day")
        return day


class TransferForm(EntryForm):
    """With its voucher, which is stored by the view, whatever else is wrong (RULES C9)."""

    voucher = VoucherField(label=_("转账凭证"))
    corrects = forms.CharField(widget=forms.HiddenInput, required=False, max_length=32)

    def __init__(self, *args: Any, kept: Kept | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept = kept
        field = self.fields["voucher"]
        field.help_text = _("银行回单的 PDF、扫描件或截图。") + help_for(KINDS, DEFAULT_LIMITS)
        field.widget.kept = kept
        field.widget.attrs |= {"accept": accept_attribute(KINDS), "data-max-bytes": DEFAULT_LIMITS.size}


class ExplanationForm(forms.Form):
    """The sealed 代付说明 of money that somebody else has paid (RULES P10)."""

    use_required_attribute = False

    explanation = VoucherField(label=_("代付说明"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["explanation"]
        field.help_text = _("写明付款人、订单编号和金额，加盖付款人公章（个人付款的由本人签名）。") + help_for(
            KINDS, DEFAULT_LIMITS
        )
        field.widget.attrs |= {"accept": accept_attribute(KINDS), "data-max-bytes": DEFAULT_LIMITS.size}


class ReceivedForm(forms.Form):
    """One line of the bank's statement, as finance reads it."""

    use_required_attribute = False

    amount = AmountField(
        label=_("到账金额（元）"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    payer_name = forms.CharField(label=_("付款户名"), max_length=128, help_text=_("照银行流水填写。"))
    paid_on = forms.DateField(label=_("到账日期"), widget=DateInput)
    bank_serial = forms.CharField(
        label=_("银行流水号"),
        max_length=64,
        help_text=_("同一流水号只能入账一次。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_paid_on(self) -> date:
        day: date = self.cleaned_data["paid_on"]
        if day > localdate():
            raise forms.ValidationError(_("到账日期不能晚于今天。"), code="day")
        return day

    def clean_bank_serial(self) -> str:
        serial = unicodedata.normalize("NFKC", "".join(str(self.cleaned_data["bank_serial"]).split()))
        if not serial.isascii() or not serial.isprintable():
            raise forms.ValidationError(_("银行流水号只含字母、数字和符号。"), code="serial")
        return serial


class NotFoundForm(forms.Form):
    use_required_attribute = False

    code = forms.ChoiceField(label=_("原因"), choices=RefusalReason.choices)
    reason = forms.CharField(
        label=_("告诉客户怎么办"), max_length=200, required=False, help_text=_("会写在短信里；留空就用上面的原因。")
    )


class BankRefundForm(forms.Form):
    """What came of a refund that finance made in the online bank."""

    use_required_attribute = False

    outcome = forms.ChoiceField(choices=[("done", _("已退出")), ("failed", _("被银行退回"))])
    bank_reference = forms.CharField(
        label=_("网银流水号"), max_length=64, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    reason = forms.CharField(label=_("被退回的原因"), max_length=100, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("outcome") == "done" and not data.get("bank_reference"):
            self.add_error("bank_reference", _("请填写网银退款的流水号。"))
        if data.get("outcome") == "failed" and not data.get("reason"):
            self.add_error("reason", _("请写明银行退回的原因。"))
        return data
