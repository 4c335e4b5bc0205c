"""The staff's form for a file of certificates; the view hands the file on, whatever else is wrong."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from payments.forms import VoucherField
from portal.files.kinds import DEFAULT_LIMITS


class CertificateImportForm(forms.Form):
    certificates = VoucherField(label=_("证书文件"))
    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["certificates"]
        field.help_text = _("CSV、XLS 或 XLSX，不超过 20 MB，每行一张证书。同一文件可以重复导入，不会登记两次。")
        field.widget.attrs |= {"accept": ".csv,.xls,.xlsx,.txt", "data-max-bytes": DEFAULT_LIMITS.size}
