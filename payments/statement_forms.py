"""Forms of the bank statements' pages."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from payments.forms import VoucherField
from payments.models import BankAccount
from payments.statements import Mapping
from payments.statements.errors import MappingDoesNotFit
from payments.statements.layouts import Role

ENDINGS = (".csv", ".txt", ".xls", ".xlsx", ".xml", ".sta", ".940", ".ofx", ".qfx")

#: what the mapping page asks for, in its order
ROLES: tuple[tuple[Role, Any], ...] = (
    (Role.DAY, _("记账日期")),
    (Role.MOMENT, _("交易时间（日期和时间在一列）")),
    (Role.CREDIT, _("收入金额")),
    (Role.DEBIT, _("支出金额")),
    (Role.AMOUNT, _("金额（收支在一列）")),
    (Role.FLAG, _("收支标志")),
    (Role.BALANCE, _("余额")),
    (Role.NAME, _("对方户名")),
    (Role.ACCOUNT, _("对方账号")),
    (Role.REMITTANCE, _("附言或摘要")),
    (Role.SERIAL, _("银行流水号")),
)


class StatementUploadForm(forms.Form):
    """The file itself is read by the view, whatever else is wrong."""

    use_required_attribute = False

    account = forms.ChoiceField(label=_("收款账户"))
    statement = VoucherField(label=_("流水文件"))

    def __init__(self, *args: Any, accounts: list[BankAccount], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accounts = {one.public_id: one for one in accounts}
        field = cast("forms.ChoiceField", self.fields["account"])
        field.choices = [(one.public_id, f"{one.bank} {one.number}".strip()) for one in accounts]
        drop = self.fields["statement"]
        drop.help_text = _(
            "网银导出的原始文件：CSV、XLS、XLSX、camt.053、MT940 或 OFX，不超过 20 MB。"
            "按完整的日期导出，可以与以前的重叠。"
        )
        drop.widget.attrs |= {"accept": ",".join(ENDINGS), "data-max-bytes": 20 * 1024 * 1024}

    def clean_account(self) -> BankAccount:
        return self.accounts[self.cleaned_data["account"]]


class BankAccountForm(forms.Form):
    use_required_attribute = False

    number = forms.CharField(
        label=_("账号"), max_length=40, widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    )
    bank = forms.CharField(label=_("开户行"), max_length=100)
    name = forms.CharField(label=_("户名"), max_length=128)
    cuts_names_at = forms.IntegerField(
        label=_("付款户名最多显示几个字"),
        min_value=16,
        max_value=100,
        required=False,
        help_text=_("银行会截断户名时填写；不截断就留空。"),
    )

    def clean_number(self) -> str:
        number = "".join(str(self.cleaned_data["number"]).split()).replace("-", "")
        if not (number.isascii() and number.isalnum() and len(number) >= 6):
            raise forms.ValidationError(_("请填写账号，只含数字或字母。"), code="number")
        return number


class MappingForm(forms.Form):
    """Which column is what; ``headers`` are the cells that the file's first rows offer."""

    use_required_attribute = False

    bank_name = forms.CharField(label=_("银行名称"), max_length=60)

    def __init__(self, *args: Any, headers: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("没有这一列")), *((header, header) for header in headers)]
        for role, label in ROLES:
            self.fields[role.value] = forms.ChoiceField(label=label, choices=choices, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        columns = {role.value: data[role.value] for role, _label in ROLES if data.get(role.value)}
        try:
            data["mapping"] = Mapping(str(data.get("bank_name", "")), columns)
        except MappingDoesNotFit as refusal:
            at = refusal.params["column"]
            if at == Role.DAY:
                self.add_error(Role.DAY.value, _("请指明记账日期或交易时间在哪一列。"))
            else:
                self.add_error(Role.CREDIT.value, _("请指明收入、支出两列，或者金额一列，两种选一种。"))
        return data
