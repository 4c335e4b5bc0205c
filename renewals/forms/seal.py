"""The impression of a seal, as it is uploaded (RULES P7)."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.files.forms import UploadDrop, help_for
from portal.files.kinds import DEFAULT_LIMITS, Kind, accept_attribute

FORMATS: tuple[Kind, ...] = ("jpeg", "png", "pdf")


class ImpressionForm(forms.Form):
    """Draws the field; what is sent goes to the upload gate (views/sealing.py)."""

    use_required_attribute = False

    impression = forms.FileField(label=gettext_lazy("印模图片"), widget=UploadDrop)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["impression"]
        field.help_text = _("把公章清晰地盖在白纸上，扫描或拍照。") + help_for(FORMATS, DEFAULT_LIMITS)
        field.widget.attrs |= {"accept": accept_attribute(FORMATS), "data-max-bytes": DEFAULT_LIMITS.size}
