"""What somebody types who can't prove a certificate by its key (RULES P2)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from renewals.rules_words import say_problem
from renewals.validation import parse_holder_code, parse_organisation_name
from renewals.validation.problems import InvalidValue

LONGEST_SERIAL = 64


class AuthorisedClaimForm(forms.Form):
    """Each field is checked for typing slips; whether they belong together is the view's matter."""

    serial = forms.CharField(
        label=_("证书序列号"),
        help_text=_("在驱动程序的证书页面，或单位留存的证书资料、旧申请表上。空格和横线可以不填。"),
        max_length=100,
        error_messages={"required": _("请填写证书序列号。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )
    organisation_name = forms.CharField(
        label=_("证书上的单位名称"),
        help_text=_("单位改过名的，这里填写证书上的原名称。"),
        max_length=120,
        error_messages={"required": _("请填写证书上的单位名称。")},
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    organisation_code = forms.CharField(
        label=_("统一社会信用代码"),
        help_text=_("18 位，在营业执照上。"),
        max_length=40,
        error_messages={"required": _("请填写统一社会信用代码。")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters", "class": "input--20"}
        ),
    )
    use_required_attribute = False

    def clean_serial(self) -> str:
        typed = str(self.cleaned_data["serial"])
        plain = "".join(typed.split()).replace(":", "").replace("-", "")
        if not plain.isalnum() or not plain.isascii() or len(plain) > LONGEST_SERIAL:
            raise forms.ValidationError(_("证书序列号只含数字和字母，请对照核对。"))
        return typed

    def clean_organisation_name(self) -> str:
        return self._checked("organisation_name", parse_organisation_name)

    def clean_organisation_code(self) -> str:
        return self._checked("organisation_code", parse_holder_code)

    def _checked(self, name: str, parse: Any) -> str:
        try:
            return str(parse(self.cleaned_data[name]))
        except InvalidValue as error:
            raise forms.ValidationError(say_problem(error)) from None
