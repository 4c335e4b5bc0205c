"""Forms of the finance pages."""

from django import forms
from django.utils.translation import gettext_lazy as _

from payments import money


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
