"""The fields about handing over what is made, and other choices of an application (RULES A14, D4, D5, E2)."""

from collections.abc import Callable, Mapping

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.tenants.models import ServicePoint
from portal.ui.forms import PhoneInput, RadioCards
from portal.ui.parts import Text
from renewals.forms.contacts import ContactsField
from renewals.forms.fields import AnswerField, ChoiceAnswer
from renewals.programmes.schema import RulePack
from renewals.steps.answer_words import COLLECTIONS, LABELS, REPLACEMENT_REASONS, SEALS
from renewals.steps.answers import REMARK_LENGTH, collections_of

Prices = Mapping[int, int]
Maker = Callable[[RulePack, Prices], forms.Field]


def _contacts(_pack: RulePack, _prices: Prices) -> forms.Field:
    return ContactsField(label=str(LABELS["contacts"]), help_text=_("办理中有问题时联系他们，可以填写几位。"))


def _address(name: str, help_text: Promise, complete: str = "street-address", *, optional: bool = False) -> Maker:
    def make(_pack: RulePack, _prices: Prices) -> forms.Field:
        widget = forms.TextInput(attrs={"autocomplete": complete})
        field = AnswerField(label=str(LABELS[name]), help_text=str(help_text), max_length=160, widget=widget)
        field.required = not optional
        return field

    return make


def _collection(pack: RulePack, _prices: Prices) -> forms.Field:
    hints: dict[str, Text] = {
        "mail": _("办好后寄到您填写的地址。"),
        "pickup": _("办好后发短信通知，凭身份证到网点领取。"),
    }
    choices = [(way, str(COLLECTIONS[way])) for way in collections_of(pack)]
    widget = RadioCards(hints=hints)
    return ChoiceAnswer(label=str(LABELS["collection"]), choices=choices, widget=widget)


def _service_point(_pack: RulePack, _prices: Prices) -> forms.Field:
    points = list(ServicePoint.objects.order_by("position", "pk"))
    hints: dict[str, Text] = {
        point.public_id: " · ".join(filter(None, (point.address, point.hours, point.phone))) for point in points
    }
    choices = [(point.public_id, point.name) for point in points]
    help_text = _("选择自取的，请选择网点；选择邮寄的，不用选。")
    return ChoiceAnswer(
        label=str(LABELS["service_point"]), help_text=help_text, choices=choices, widget=RadioCards(hints=hints)
    )


def _recipient_name(_pack: RulePack, _prices: Prices) -> forms.Field:
    widget = forms.TextInput(attrs={"autocomplete": "shipping name", "class": "input--20"})
    return AnswerField(label=str(LABELS["recipient_name"]), max_length=60, widget=widget)


def _recipient_mobile(_pack: RulePack, _prices: Prices) -> forms.Field:
    widget = PhoneInput({"autocomplete": "shipping tel-national"})
    return AnswerField(label=str(LABELS["recipient_mobile"]), max_length=20, widget=widget)


def _reason(_pack: RulePack, _prices: Prices) -> forms.Field:
    hints: dict[str, Text] = {
        "lost": _("找不到、被盗。原证书立即吊销，以防他人使用。"),
        "damaged": _("插上电脑没有反应，或外壳损坏。"),
    }
    choices = [(value, str(words)) for value, words in REPLACEMENT_REASONS.items()]
    label = str(LABELS["replacement_reason"])
    return ChoiceAnswer(label=label, choices=choices, widget=RadioCards(hints=hints))


def _seal(_pack: RulePack, _prices: Prices) -> forms.Field:
    hints: dict[str, Text] = {
        "yes": _("按证书剩余天数收费，费用在提交前显示。"),
        "no": _("以后也可以到服务网点办理。"),
    }
    choices = [(value, str(words)) for value, words in SEALS.items()]
    help_text = _("这张证书还没有电子签章，可以一起办理。")
    return ChoiceAnswer(label=str(LABELS["seal"]), help_text=help_text, choices=choices, widget=RadioCards(hints=hints))


def _remark(_pack: RulePack, _prices: Prices) -> forms.Field:
    help_text = _("有要特别说明的写在这里，最多 %(most)s 个字。") % {"most": REMARK_LENGTH}
    field = AnswerField(label=str(LABELS["remark"]), help_text=help_text, widget=forms.Textarea(attrs={"rows": 3}))
    field.required = False
    return field


MAKERS: dict[str, Maker] = {
    "replacement_reason": _reason,
    "seal": _seal,
    "contacts": _contacts,
    "representative_address": _address("representative_address", gettext_lazy("省、市、区、街道和门牌号。")),
    "collection": _collection,
    "collection_address": _address(
        "collection_address", gettext_lazy("选择邮寄的请填写：省、市、区、街道和门牌号。"), "shipping street-address"
    ),
    "service_point": _service_point,
    "recipient_name": _recipient_name,
    "recipient_mobile": _recipient_mobile,
    "recipient_address": _address(
        "recipient_address", gettext_lazy("省、市、区、街道和门牌号。"), "shipping street-address"
    ),
    "remark": _remark,
}
