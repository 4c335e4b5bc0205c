"""What people type to sign in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.accounts import captcha
from portal.accounts.phones import normalise_code, normalise_mobile
from portal.ui.forms import OneTimeCodeInput, PhoneInput


class PhoneForm(forms.Form):
    """Mobile number and challenge. ``in_words``: the sum in words instead of the picture."""

    phone = forms.CharField(
        label=_("手机号"),
        help_text=_("请填写 11 位手机号，验证码将以短信发送。首次登录将自动开通账号。"),
        max_length=20,
        widget=PhoneInput(),
        error_messages={"required": _("请填写手机号。")},
    )

    def __init__(self, *args: Any, in_words: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["challenge"] = captcha.sum_field() if in_words else captcha.picture_field()

    def clean_phone(self) -> str:
        phone = normalise_mobile(self.cleaned_data["phone"])
        if phone is None:
            raise forms.ValidationError(_("请填写正确的 11 位手机号，例如 19900000000。"))
        return phone


class CodeForm(forms.Form):
    """The six digits of the SMS."""

    code = forms.CharField(
        label=_("短信验证码"),
        help_text=_("6 位数字，5 分钟内有效。"),
        max_length=12,
        widget=OneTimeCodeInput(),
        error_messages={"required": _("请填写短信中的 6 位验证码。")},
    )

    def clean_code(self) -> str:
        code = normalise_code(self.cleaned_data["code"])
        if len(code) != 6 or not code.isdigit():
            raise forms.ValidationError(_("验证码是 6 位数字，请核对短信后重新填写。"))
        return code


class StaffSignInForm(forms.Form):
    username = forms.CharField(
        label=_("用户名"),
        max_length=64,
        widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "off", "spellcheck": "false"}),
        error_messages={"required": _("请填写用户名。")},
    )
    password = forms.CharField(
        label=_("密码"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
        error_messages={"required": _("请填写密码。")},
    )


class SecondFactorForm(forms.Form):
    token = forms.CharField(
        label=_("动态码"),
        help_text=_("请填写验证器应用显示的 6 位动态码；手机不在身边时，可填写一个恢复码。"),
        max_length=16,
        widget=forms.TextInput({"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "off"}),
        error_messages={"required": _("请填写动态码。")},
    )

    def clean_token(self) -> str:
        return normalise_code(self.cleaned_data["token"])


class EnrolmentForm(forms.Form):
    token = forms.CharField(
        label=_("动态码"),
        help_text=_("添加后，请填写验证器应用显示的 6 位动态码。"),
        max_length=12,
        widget=OneTimeCodeInput(),
        error_messages={"required": _("请填写动态码。")},
    )

    def clean_token(self) -> str:
        return normalise_code(self.cleaned_data["token"])


class ChoosePasswordForm(forms.Form):
    password = forms.CharField(
        label=_("新密码"),
        help_text=_("至少 12 个字符，不要使用常见密码。可以用几个不相干的词连成一句。"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        error_messages={"required": _("请填写新密码。")},
    )
    again = forms.CharField(
        label=_("再次填写新密码"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        error_messages={"required": _("请再次填写新密码。")},
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("password") and data.get("again") and data["password"] != data["again"]:
            self.add_error("again", _("两次填写的密码不一致，请重新填写。"))
        return data


def without_code(form: CodeForm | SecondFactorForm | EnrolmentForm) -> None:
    """A wrong code isn't shown again: the next one has to be typed afresh."""
    name = next(iter(form.fields))
    form.data = {**form.data, name: ""}
