"""Forms that show every kind of field, empty, filled and refused."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.ui.forms import DateInput, FileDrop, OneTimeCodeInput, PhoneInput, RadioCards

TERMS = [("1", _("1 年")), ("2", _("2 年")), ("3", _("3 年"))]


class EmptyForm(forms.Form):
    organisation = forms.CharField(label=_("单位名称"), help_text=_("与营业执照一致，括号用全角或半角都可以。"))
    phone = forms.CharField(label=_("经办人手机号"), widget=PhoneInput)
    one_time_code = forms.CharField(
        label=_("短信验证码"), help_text=_("6 位数字，5 分钟内有效。"), widget=OneTimeCodeInput
    )
    id_kind = forms.ChoiceField(
        label=_("证件类型"), choices=[("id", _("居民身份证")), ("permit", _("港澳居民来往内地通行证"))]
    )
    date = forms.DateField(label=_("寄件日期"), widget=DateInput)
    remark = forms.CharField(label=_("备注"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    term = forms.ChoiceField(
        label=_("办理年限"),
        choices=TERMS,
        initial="2",
        widget=RadioCards(
            hints={"1": _("有效期至 2027-12-14"), "2": _("有效期至 2028-12-14"), "3": _("有效期至 2029-12-14")},
            asides={"1": "¥200.00", "2": "¥400.00", "3": "¥600.00"},
        ),
    )
    invoice = forms.ChoiceField(
        label=_("发票类型"), choices=[("e", _("电子普通发票")), ("s", _("电子专用发票"))], widget=forms.RadioSelect
    )
    notices = forms.MultipleChoiceField(
        label=_("到期提醒"),
        required=False,
        choices=[("sms", _("短信")), ("mail", _("电子邮件"))],
        widget=forms.CheckboxSelectMultiple,
    )
    licence = forms.FileField(
        label=_("营业执照扫描件"),
        help_text=_("加盖公章，PDF 或图片，不超过 20 MB。"),
        widget=FileDrop(attrs={"accept": ".pdf,.jpg,.png", "data-max-bytes": 20_971_520}),
    )
    consent = forms.BooleanField(label=_("我已阅读并同意《电子认证服务协议》"))


class BrokenForm(forms.Form):
    prefix = "broken"
    id_number = forms.CharField(label=_("经办人身份证号"), help_text=_("18 位，末位是 X 的请填大写 X。"))
    phone = forms.CharField(
        label=_("经办人手机号"), widget=PhoneInput, error_messages={"required": _("请填写经办人手机号。")}
    )
    one_time_code = forms.CharField(label=_("短信验证码"), widget=OneTimeCodeInput)
    term = forms.ChoiceField(
        label=_("办理年限"), choices=TERMS, widget=RadioCards, error_messages={"required": _("请选择办理年限。")}
    )
    licence = forms.FileField(
        label=_("营业执照扫描件"), widget=FileDrop, error_messages={"required": _("请上传营业执照扫描件。")}
    )
    consent = forms.BooleanField(
        label=_("我已阅读并同意《敏感个人信息授权书》"),
        error_messages={"required": _("请先阅读并勾选《敏感个人信息授权书》。")},
    )

    def __init__(self, data: dict[str, str], **kwargs: Any) -> None:
        super().__init__({f"broken-{name}": value for name, value in data.items()}, **kwargs)

    def clean_id_number(self) -> str:
        raise forms.ValidationError(_("身份证号应为 18 位，现在是 17 位。请对照证件检查是否少填了一位。"))

    def clean_one_time_code(self) -> str:
        raise forms.ValidationError(_("验证码不正确，还可以再试 3 次。请核对最近一条短信。"))


class ApplicationForm(forms.Form):
    """The model of a customer's form page."""

    term = EmptyForm.base_fields["term"]
    name = forms.CharField(
        label=_("姓名"), widget=forms.TextInput(attrs={"class": "input--20", "autocomplete": "name"})
    )
    id_number = forms.CharField(
        label=_("身份证号"),
        help_text=_("用于核对经办人身份，加密保存，页面上只显示首尾。"),
        widget=forms.TextInput(attrs={"class": "input--20", "spellcheck": "false"}),
    )
    phone = forms.CharField(
        label=_("手机号"), help_text=_("须以经办人本人实名登记，进度短信发到这里。"), widget=PhoneInput
    )
    email = forms.EmailField(
        label=_("电子邮箱"),
        required=False,
        help_text=_("接收电子发票。"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
