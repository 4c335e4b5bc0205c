"""Small forms: a serial number, an order number with a renewal code, why an order is cancelled."""

from django import forms
from django.utils.translation import gettext_lazy as _

from renewals.rules_words import say_problem
from renewals.validation import canonical_renewal_code, parse_order_number
from renewals.validation.problems import InvalidValue


class SerialForm(forms.Form):
    serial = forms.CharField(
        label=_("证书序列号"),
        help_text=_("插入 Ekey 后，在驱动程序的证书页面可以查看。空格和横线可以不填。"),
        max_length=100,
        error_messages={"required": _("请填写证书序列号。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )
    use_required_attribute = False


class ResumeForm(forms.Form):
    """RULES P6. Both are checked for typing slips here; whether they belong together is the view's matter."""

    number = forms.CharField(
        label=_("订单编号"),
        help_text=_("17 位数字，在短信和订单页面上。"),
        max_length=40,
        error_messages={"required": _("请填写订单编号。")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "input--20"}),
    )
    code = forms.CharField(
        label=_("更新码"),
        help_text=_("开始安装前显示的 20 位代码，分成五组。"),
        max_length=60,
        error_messages={"required": _("请填写更新码。")},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "spellcheck": "false",
                "autocapitalize": "characters",
                "data-no-draft": "",
            }
        ),
    )
    use_required_attribute = False

    def clean_number(self) -> str:
        try:
            return str(parse_order_number(self.cleaned_data["number"]))
        except InvalidValue as error:
            raise forms.ValidationError(say_problem(error)) from None

    def clean_code(self) -> str:
        try:
            return canonical_renewal_code(self.cleaned_data["code"])
        except InvalidValue as error:
            raise forms.ValidationError(say_problem(error)) from None


CANCEL_REASONS = [
    ("not_needed", _("暂时不续期了")),
    ("wrong_details", _("信息填错了，想重新申请")),
    ("another_certificate", _("选错了证书")),
    ("at_the_counter", _("改到服务网点办理")),
    ("other", _("其他原因")),
]


class CancelForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("取消的原因"),
        choices=CANCEL_REASONS,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择取消的原因。"), "invalid_choice": _("请选择取消的原因。")},
    )
    use_required_attribute = False
