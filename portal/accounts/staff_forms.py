"""What tenant administrators fill in about their colleagues."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.accounts.selectors import staff
from portal.ui.forms import DateInput

_USERNAME = r"\A[a-z][a-z0-9.-]{2,31}\Z"


def _roles_with_duties() -> list[tuple[str, str]]:
    line = '{}<span class="choice__hint">{}</span>'
    return [(role.value, format_html(line, role.label, role.duty)) for role in Role]


class RolesField(forms.MultipleChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=_roles_with_duties,
            widget=forms.CheckboxSelectMultiple,
            **{"label": _("角色"), **kwargs},
        )

    def clean(self, value: Any) -> Any:
        return frozenset(Role(name) for name in super().clean(value))


class StaffForm(forms.Form):
    username = forms.CharField(
        label=_("用户名"),
        help_text=_("登录时使用，3–32 位小写字母、数字、点或短横线，例如 zhang.min。创建后不能修改。"),
        max_length=32,
        validators=[RegexValidator(_USERNAME, _("请用 3–32 位小写字母、数字、点或短横线，以字母开头。"))],
        widget=forms.TextInput(
            {"class": "input--20", "autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
        ),
        error_messages={"required": _("请填写用户名。")},
    )
    display_name = forms.CharField(
        label=_("姓名"),
        max_length=40,
        widget=forms.TextInput({"class": "input--20", "autocomplete": "off"}),
        error_messages={"required": _("请填写姓名。")},
    )
    email = forms.EmailField(
        label=_("电子邮箱"),
        help_text=_("填写后，邀请链接会同时发到该邮箱。"),
        required=False,
        widget=forms.EmailInput({"class": "input--20", "autocomplete": "off"}),
        error_messages={"invalid": _("请填写正确的电子邮箱，例如 name@example.com。")},
    )
    roles = RolesField(
        help_text=_("按实际职责勾选，可以多选。"), error_messages={"required": _("请至少勾选一个角色。")}
    )


class RolesForm(forms.Form):
    roles = RolesField(error_messages={"required": _("请至少勾选一个角色；不再任职的，请停用账号。")})


class DisableForm(forms.Form):
    reason = forms.CharField(
        label=_("停用原因"),
        help_text=_("写入审计记录，例如：已离职。"),
        widget=forms.TextInput({"class": "input--20"}),
        max_length=100,
        error_messages={"required": _("请填写停用原因。")},
    )


class DeputyForm(forms.Form):
    """Build and use inside a tenant_tx: the colleagues are read from the table."""

    stand_in = forms.ChoiceField(
        label=_("代班人"), widget=forms.Select({"class": "input--20"}), error_messages={"required": _("请选择代班人。")}
    )
    starts = forms.DateField(
        label=_("开始日期"), widget=DateInput(), error_messages={"required": _("请填写开始日期。")}
    )
    ends = forms.DateField(
        label=_("结束日期"),
        help_text=_("含当天。"),
        widget=DateInput(),
        error_messages={"required": _("请填写结束日期。")},
    )

    def __init__(self, *args: Any, absent: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        colleagues = [user for user in staff() if user.pk != absent.pk and user.is_active]
        choice: Any = self.fields["stand_in"]
        choice.choices = [("", _("请选择")), *((user.public_id, user.username) for user in colleagues)]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("starts") and data.get("ends") and data["ends"] < data["starts"]:
            self.add_error("ends", _("结束日期不能早于开始日期，请修改。"))
        return data
