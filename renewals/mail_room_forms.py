"""What the mail room fills in: parcels, keys, packing, sending, handing over (RULES P15, D8, P23)."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.tenants.models import ServicePoint
from portal.ui.forms import DateInput, PhoneInput
from renewals.mail_room.words import tracking_words
from renewals.models import HandOver, OrderItem, ReceivedKey, Shipment
from renewals.parcels import carriers
from renewals.parcels.carriers import CARRIERS, TrackingNumberWrong

CARRIER_CHOICES = [("", _("请选择")), *((carrier.code, carrier.title) for carrier in CARRIERS)]
PAPERS = (
    ("id_card", _("本人身份证原件")),
    ("receipt", _("签收单")),
    ("authorisation_letter", _("加盖公章的授权委托书")),
)


def scan_field(label: Any, **more: Any) -> forms.CharField:
    """One line that a scanner types into."""
    return forms.CharField(
        label=label,
        max_length=120,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "class": "input--20"}),
        **more,
    )


class _Form(forms.Form):
    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


class TrackingMixin(_Form):
    """Carrier and number, checked against the carrier's pattern."""

    carrier = forms.ChoiceField(label=_("快递公司"), choices=CARRIER_CHOICES)
    tracking_number = scan_field(_("快递单号"))
    must_have_number = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        carrier, number = cleaned.get("carrier"), cleaned.get("tracking_number", "")
        if carrier and (number or self.must_have_number) and "tracking_number" not in self.errors:
            try:
                cleaned["tracking_number"] = carriers.parse(carrier, number)
            except TrackingNumberWrong as wrong:
                self.add_error("tracking_number", tracking_words(wrong))
        return cleaned


class ArrivalForm(TrackingMixin):
    """A parcel that nobody announced; its label may be unreadable."""

    tracking_number = scan_field(_("快递单号"), required=False, help_text=_("面单看不清的可以不填。"))
    must_have_number = False


class KeyForm(_Form):
    """One key out of the box."""

    medium_number = scan_field(_("介质号"), required=False, help_text=_("扫描或照着 Ekey 外壳输入；看不清的留空。"))
    condition = forms.ChoiceField(
        label=_("外观"), choices=ReceivedKey.Condition.choices, initial=ReceivedKey.Condition.INTACT
    )
    shelf = forms.CharField(label=_("货架号"), max_length=20, widget=forms.TextInput({"class": "input--8"}))
    form_enclosed = forms.BooleanField(label=_("随附盖章的纸质表，与订单一致"), required=False)
    compared = forms.BooleanField(
        label=_("已把 Ekey 插到收件台电脑，比对过里面的证书"),
        required=False,
        help_text=_("没有介质号可比对时才需要。"),
    )


class AssignForm(_Form):
    """Whose it is; by hand."""

    item = forms.ChoiceField(label=_("归入"), widget=forms.RadioSelect)
    form_enclosed = forms.BooleanField(label=_("随附盖章的纸质表，与订单一致"), required=False)
    compared = forms.BooleanField(label=_("已把 Ekey 插到收件台电脑，比对过里面的证书"), required=False)

    def __init__(self, *args: Any, items: Iterable[OrderItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item"].choices = item_choices(items)  # type: ignore[attr-defined]


class MismatchForm(_Form):
    item = forms.ChoiceField(label=_("对应的证书"), widget=forms.RadioSelect)
    reason = forms.ChoiceField(
        label=_("哪里不符"),
        choices=[("", _("请选择")), *(pair for pair in ReceivedKey.Mismatch.choices if pair[0])],
    )

    def __init__(self, *args: Any, items: Iterable[OrderItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item"].choices = item_choices(items)  # type: ignore[attr-defined]


def item_choices(items: Iterable[OrderItem]) -> list[tuple[str, str]]:
    """By certificate, as it stands on the form."""
    return [(item.public_id, item_words(item)) for item in items]


def item_words(item: OrderItem) -> str:
    held = item.issued or item.certificate  # a new medium goes out under its own number
    return f"{held.medium_number or held.serial}　{held.holder_name}　{item.order.number}"


class ShelfForm(_Form):
    shelf = forms.CharField(label=_("换到货架"), max_length=20, widget=forms.TextInput({"class": "input--8"}))


class GiveBackForm(TrackingMixin):
    """Back to whoever sent it. ``known``: its order's application says where to, so that nothing need be typed."""

    name = forms.CharField(label=_("收件人"), max_length=60)
    mobile = forms.CharField(label=_("收件人手机"), max_length=20, widget=PhoneInput())
    address = forms.CharField(label=_("收件地址"), max_length=200)

    def __init__(self, *args: Any, known: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if known:
            for name in ("name", "mobile", "address"):
                self.fields[name].required = False
            self.fields["name"].help_text = _("三项都留空，就按订单里的收件信息寄回。")


class PackForm(_Form):
    """Which of the order's keys go into the parcel."""

    items = forms.MultipleChoiceField(label=_("装进这个包裹"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, items: Iterable[OrderItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = item_choices(items)
        self.fields["items"].choices = choices  # type: ignore[attr-defined]
        self.fields["items"].initial = [value for value, _words in choices]


class SendForm(TrackingMixin):
    sent_on = forms.DateField(label=_("寄出日期"), widget=DateInput(), initial=timezone.localdate)


class ReadyForm(PackForm):
    items = forms.MultipleChoiceField(label=_("送到网点的 Ekey"), widget=forms.CheckboxSelectMultiple)
    service_point = forms.ChoiceField(label=_("自取网点"))

    def __init__(
        self, *args: Any, items: Iterable[OrderItem], points: Iterable[ServicePoint], wished: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, items=items, **kwargs)
        self.fields["service_point"].choices = [  # type: ignore[attr-defined]
            ("", _("请选择")),
            *((point.public_id, f"{point.name}（{point.address}）") for point in points),
        ]
        self.fields["service_point"].initial = wished


class HandOverForm(PackForm):
    """RULES D8: who, and against what. ``code``: of the receipt, as the scanner types it."""

    items = forms.MultipleChoiceField(label=_("这次交付"), widget=forms.CheckboxSelectMultiple)
    collector = forms.ChoiceField(label=_("领取人"), choices=HandOver.Collector.choices, widget=forms.RadioSelect)
    name = forms.CharField(label=_("领取人姓名"), max_length=60)
    id_number = forms.CharField(
        label=_("领取人证件号码"), max_length=32, required=False, help_text=_("受托人必填；加密保存，页面上不显示。")
    )
    papers = forms.MultipleChoiceField(
        label=_("已核对并收下"), choices=PAPERS, widget=forms.CheckboxSelectMultiple, required=False
    )
    code = scan_field(
        _("扫描签收单的二维码"), required=False, help_text=_("没有扫描枪的可以留空，由您核对订单编号和版本。")
    )


class TroubleForm(_Form):
    reason = forms.ChoiceField(
        label=_("原因"),
        choices=[("", _("请选择")), *(pair for pair in Shipment.Trouble.choices if pair[0] != "lost")],
    )
