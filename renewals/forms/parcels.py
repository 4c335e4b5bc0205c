"""What customers say of the parcels that they send (RULES A14)."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.ui.forms import DateInput
from renewals.mail_room.words import tracking_words
from renewals.models import OrderItem
from renewals.parcels import carriers
from renewals.parcels.carriers import CARRIERS, TrackingNumberWrong


class AnnounceForm(forms.Form):
    """All three are wanted, and which keys are in the box."""

    use_required_attribute = False

    items = forms.MultipleChoiceField(label=_("这个包裹里的 Ekey"), widget=forms.CheckboxSelectMultiple)
    carrier = forms.ChoiceField(
        label=_("快递公司"), choices=[("", _("请选择")), *((carrier.code, carrier.title) for carrier in CARRIERS)]
    )
    tracking_number = forms.CharField(
        label=_("快递单号"),
        max_length=60,
        help_text=_("在面单或快递小程序里，例如 SF1234567890123。"),
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "class": "input--20"}),
    )
    sent_on = forms.DateField(label=_("寄件日期"), widget=DateInput(), initial=timezone.localdate)

    def __init__(self, *args: Any, items: Iterable[OrderItem], **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        choices = [(item.public_id, _words(item)) for item in items]
        self.fields["items"].choices = choices  # type: ignore[attr-defined]
        self.fields["items"].initial = [value for value, _label in choices]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        carrier, number = cleaned.get("carrier"), cleaned.get("tracking_number")
        if carrier and number:
            try:
                cleaned["tracking_number"] = carriers.parse(carrier, number)
            except TrackingNumberWrong as wrong:
                self.add_error("tracking_number", tracking_words(wrong))
        return cleaned


def _words(item: OrderItem) -> str:
    held = item.certificate
    return f"{held.medium_number or held.serial}　{held.holder_name}"
