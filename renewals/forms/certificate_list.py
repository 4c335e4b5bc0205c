"""The customer's list of certificates: its filters (RULES A12), and why nobody wants one any more (P24)."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from renewals.certificate_selectors import EXPIRED, OTHER, UNWANTED, VALID, ListFilter
from renewals.models import UnwantedReason
from renewals.staff_forms import ALL, FilterForm


class CertificateListForm(FilterForm):
    gateway_type = forms.ChoiceField(required=False, label=_("网关类型"))
    gateway_code = forms.CharField(required=False, label=_("网关编码"), max_length=32)
    number = forms.CharField(required=False, label=_("证书号、序列号或介质号"), max_length=64)
    state = forms.ChoiceField(
        required=False,
        label=_("状态"),
        choices=[
            ALL,
            (VALID, _("有效")),
            (EXPIRED, _("过期")),
            (OTHER, _("冻结或吊销")),
            (UNWANTED, _("不再使用")),
        ],
    )

    def __init__(self, data: Any, gateway_types: Sequence[str]) -> None:
        super().__init__(data)
        if gateway_types:
            self.fields["gateway_type"].choices = [ALL, *((name, name) for name in gateway_types)]  # type: ignore[attr-defined]
        else:
            del self.fields["gateway_type"], self.fields["gateway_code"]

    def wanted(self) -> ListFilter:
        return ListFilter(
            **{name: self.value(name) or "" for name in ("gateway_type", "gateway_code", "number", "state")}
        )


class UnwantedForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("为什么不再使用"),
        choices=UnwantedReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择原因。"), "invalid_choice": _("请选择原因。")},
    )
    use_required_attribute = False
