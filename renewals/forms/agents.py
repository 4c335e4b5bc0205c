"""Letting somebody act for an organisation (RULES P16)."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.ui.forms import DateInput
from renewals.validation.mobile import parse_mobile
from renewals.validation.problems import InvalidValue


class AgentForm(forms.Form):
    """``organisations``: (public id, name) of those that the customer may let others act for."""

    use_required_attribute = False

    organisation = forms.ChoiceField(label=gettext_lazy("单位"))
    mobile = forms.CharField(
        label=gettext_lazy("代办人的手机号"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "class": "input--20"}),
    )
    until = forms.DateField(
        label=gettext_lazy("授权截止日期"), widget=DateInput, help_text=gettext_lazy("含当天，最长两年；随时可以撤回。")
    )

    def __init__(self, *args: Any, organisations: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = organisations  # type: ignore[attr-defined]

    def clean_mobile(self) -> str:
        try:
            return str(parse_mobile(self.cleaned_data["mobile"]))
        except InvalidValue:
            raise forms.ValidationError(_("请填写 11 位手机号码。"), code="mobile") from None
