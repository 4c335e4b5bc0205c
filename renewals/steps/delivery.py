"""Delivery: the key or the envelope goes to the customer, by post or over the counter, item by item (RULES D8, P23).

    packed ──► sent ──► delivered        ready ──► handed over against papers
                  └──► came back / lost      └──► not collected       ──► sent again, or picked up

Nothing leaves that did not arrive: every act here moves the item's own key (steps/custody.py), and where the hall has
none it is refused.
"""

import json
from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field

from portal import notices, tenants
from portal.accounts.actor import Actor
from portal.errors import InvalidInput
from portal.tenants import current_tenant
from portal.tenants.models import ServicePoint
from renewals.lifecycle import Kind, Phase, StepState
from renewals.mail_room.errors import NoAddress, PapersMissing, ParcelNotOpen, TrackingNumberTaken, WrongMethod
from renewals.mail_room.words import tracking_words
from renewals.models import ApplicationVersion, HandOver, Order, ReceivedKey, Shipment
from renewals.parcels import carriers
from renewals.parcels.carriers import TrackingNumberWrong
from renewals.parcels.hands import Event, Hand
from renewals.steps import custody
from renewals.steps.application import answers_of, handler_of, latest
from renewals.steps.base import ActContext, Action, NoData, StepKind
from renewals.steps.issuing import revoke_old
from renewals.steps.production.handing import after_receipt
from renewals.steps.production.remaking import is_remake

HANDLE = "parcels.handle"
BY = Actor.system("delivery")
HELD_DAYS = 30  # where the pack says nothing: how long an uncollected key is kept (RULES P23)
ID_CARD, RECEIPT, LETTER = "id_card", "receipt", "authorisation_letter"


class Packing(BaseModel):
    """``shipment``: the parcel it goes in; "" opens one for this order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    shipment: str = Field("", max_length=32)


class Sending(BaseModel):
    """``sent_on``: ISO day; "" today."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    carrier: str = Field(max_length=16)
    tracking_number: str = Field(max_length=60)
    sent_on: str = Field("", max_length=10)


class Readiness(BaseModel):
    """``service_point``: public id; "" the one that the application names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    service_point: str = Field("", max_length=32)


class Collection(BaseModel):
    """Who collects it, and what was handed in. ``id_number`` of somebody who isn't the handler."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    collector: Literal["handler", "other"]
    name: str = Field(min_length=1, max_length=60)
    id_number: str = Field("", max_length=32)
    papers: tuple[str, ...] = ()


class Trouble(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Literal["refused", "uncollected", "undeliverable"]


# -- what the customer wants ------------------------------------------------------------------------------------------


def wish_of(order: Order, *, by: Actor, reason: str) -> dict[str, str]:
    """The application's answers about collecting, and whom to write on the label; opening them is audited.

    {collection, service_point, name, mobile, address}; collection is "mail" where nobody was asked.
    """
    if not ApplicationVersion.objects.filter(order=order).exists():
        return {"collection": "mail", "service_point": "", "name": "", "mobile": "", "address": ""}
    answers = answers_of(latest(order), by=by, reason=reason)
    return {
        "collection": answers.get("collection", "mail"),
        "service_point": answers.get("service_point", ""),
        "name": answers.get("recipient_name") or answers.get("representative_name", ""),
        "mobile": answers.get("recipient_mobile") or answers.get("representative_mobile", ""),
        "address": (
            answers.get("collection_address")
            or answers.get("recipient_address")
            or answers.get("representative_address", "")
        ),
    }


def papers_wanted(config: object, collector: str) -> tuple[str, ...]:
    """What has to be handed in: everybody's own ID card, and by the pack the receipt; a letter from another (D8)."""
    wanted = getattr(config, "papers", ())
    return (
        ID_CARD,
        *((RECEIPT,) if RECEIPT in wanted else ()),
        *((LETTER,) if LETTER in wanted and collector == HandOver.Collector.OTHER else ()),
    )


# -- by post ----------------------------------------------------------------------------------------------------------


def _pack(act: ActContext, data: Packing) -> None:
    """The item's key goes into a parcel of its order."""
    _may(act, "mail")
    _at_the_desk(act)
    key = custody.of_item(act)
    parcel = _parcel(act, data.shipment)
    key.outbound = parcel
    custody.move(key, Event.PACKED, by=act.by, now=act.now, place=key.shelf, shipment=parcel)
    act.answer["shipment"] = parcel.public_id
    act.audit_detail["shipment"] = parcel.public_id


def _parcel(act: ActContext, wanted: str) -> Shipment:
    own = Shipment.objects.select_for_update().filter(order=act.order, direction=Shipment.Direction.OUTBOUND)
    if wanted:
        parcel = own.filter(public_id=wanted, state=Shipment.State.PACKING).first()
        if parcel is None:
            raise ParcelNotOpen()
        return parcel
    open_one = own.filter(state=Shipment.State.PACKING).order_by("id").first()
    if open_one is not None:
        return open_one
    wish = wish_of(act.order, by=act.by, reason="打印快递面单")
    if not (wish["name"] and wish["mobile"] and wish["address"]):
        raise NoAddress({"address": [_("订单里没有收件人、电话或地址。请联系客户补充，或改为到网点自取。")]})
    label = {name: wish[name] for name in ("name", "mobile", "address")}
    return Shipment.objects.create(
        direction=Shipment.Direction.OUTBOUND,
        state=Shipment.State.PACKING,
        order=act.order,
        other_side=json.dumps(label, ensure_ascii=False, sort_keys=True),
        freight="ours" if is_remake(act) else act.config.freight,
        made_by_id=act.by.user_id,
    )


def _unpack(act: ActContext, data: NoData) -> None:
    """Out of its parcel again; an empty parcel is withdrawn."""
    del data
    key = custody.of_item(act)
    parcel = key.outbound
    key.outbound = None
    custody.move(key, Event.UNPACKED, by=act.by, now=act.now, place=key.shelf, shipment=parcel)
    if parcel is not None and not parcel.packed_keys.exists():
        parcel.state, parcel.closed_at = Shipment.State.WITHDRAWN, act.now
        parcel.save(update_fields=["state", "closed_at"])


def _send(act: ActContext, data: Sending) -> None:
    """The parcel is the carrier's now. Its other items follow, each by its own act, with the same number."""
    key = custody.of_item(act)
    parcel = key.outbound
    number, sent_on = _checked(act, data)
    act.submit(phase=Phase.SENT)
    if parcel is not None:
        _number(parcel, data.carrier, number, sent_on)
    place = f"{carriers.title_of(data.carrier)} {number}"
    custody.move(key, Event.SENT, by=act.by, now=act.now, place=place, shipment=parcel)
    act.audit_detail |= {"carrier": data.carrier, "tracking_number": number}
    _tell_sent(act, data.carrier, number)


def _checked(act: ActContext, data: Sending) -> tuple[str, date]:
    try:
        number = carriers.parse(data.carrier, data.tracking_number)
    except TrackingNumberWrong as refused:
        field = "carrier" if refused.why == "unknown_carrier" else "tracking_number"
        raise InvalidInput({field: [tracking_words(refused)]}) from None
    try:
        return number, date.fromisoformat(data.sent_on) if data.sent_on else _today(act)
    except ValueError:
        raise InvalidInput({"sent_on": [_("请填写寄件日期，例如 2026-11-21。")]}) from None


def _number(parcel: Shipment, carrier: str, number: str, sent_on: date) -> None:
    if (parcel.state, parcel.carrier, parcel.tracking_number) == (Shipment.State.SENT, carrier, number):
        return
    if parcel.state != Shipment.State.PACKING:
        raise ParcelNotOpen()
    if (
        Shipment.objects.filter(direction=parcel.direction, carrier=carrier, tracking_number=number)
        .exclude(state=Shipment.State.WITHDRAWN)
        .exists()
    ):
        raise TrackingNumberTaken(number=number)
    parcel.carrier, parcel.tracking_number, parcel.sent_on = carrier, number, sent_on
    parcel.state = Shipment.State.SENT
    parcel.save()


def _delivered(act: ActContext, data: NoData) -> None:
    """It is in the customer's hands: said by the customer, or read by the mail room from the carrier's tracking."""
    del data
    _must_be(act, Phase.SENT)
    key = custody.of_item(act)
    act.complete()
    custody.move(key, Event.DELIVERED, by=act.by, now=act.now, shipment=key.outbound)
    _close(act, key, Shipment.State.DELIVERED)
    _received(act)


def _came_back(act: ActContext, data: Trouble) -> None:
    """Refused, not collected, undeliverable: it is here again, to be sent once more or picked up (RULES P23)."""
    key = custody.of_item(act)
    if act.find().phase is Phase.READY:
        custody.move(key, Event.NOT_COLLECTED, by=act.by, now=act.now, note=data.reason)
        key.service_point = None
        key.save(update_fields=["service_point"])
    else:
        custody.move(key, Event.CAME_BACK, by=act.by, now=act.now, note=data.reason, shipment=key.outbound)
        _close(act, key, Shipment.State.CAME_BACK, trouble=data.reason)
        key.outbound = None
        key.save(update_fields=["outbound"])
    act.return_({act.step: data.reason})
    _tell(act, "delivery.came_back", f"{act.the_item.public_id}:{act.order.version}", why=trouble_words(data.reason))


def _lost(act: ActContext, data: NoData) -> None:
    """The carrier has lost it. The chain ends here; production revokes and makes another one (RULES P23)."""
    del data
    _must_be(act, Phase.SENT)
    key = custody.of_item(act)
    custody.move(key, Event.LOST, by=act.by, now=act.now, shipment=key.outbound)
    _close(act, key, Shipment.State.LOST, trouble=Shipment.Trouble.LOST)
    act.return_({act.step: "lost"})
    _tell(act, "delivery.lost", f"{act.the_item.public_id}:{act.order.version}")


def _close(act: ActContext, key: ReceivedKey, state: str, *, trouble: str = "") -> None:
    """The parcel with the last of its keys; one that came back came back as a whole."""
    parcel = key.outbound
    if parcel is None or parcel.packed_keys.filter(hand=Hand.CARRIER).exists():
        return
    parcel.state, parcel.trouble, parcel.closed_at = state, trouble, act.now
    parcel.save(update_fields=["state", "trouble", "closed_at"])


# -- over the counter -------------------------------------------------------------------------------------------------


def _ready(act: ActContext, data: Readiness) -> None:
    """It lies at a service point; the handler is told where, when, and what to bring."""
    _may(act, "pickup")
    _at_the_desk(act)
    key = custody.of_item(act)
    point = _point(act, data.service_point)
    act.submit(phase=Phase.READY)
    key.service_point = point
    custody.move(key, Event.READY, by=act.by, now=act.now, place=point.name)
    act.audit_detail["service_point"] = point.name
    _tell(
        act,
        "delivery.ready",
        f"{act.order.public_id}:{point.public_id}:{_today(act).isoformat()}",
        point=point.name,
        address=point.address,
        hours=point.hours or _("工作时间"),
    )


def _point(act: ActContext, wanted: str) -> ServicePoint:
    wanted = wanted or wish_of(act.order, by=act.by, reason="安排自取网点")["service_point"]
    point = ServicePoint.objects.filter(public_id=wanted).first() if wanted else None
    if point is None:
        raise InvalidInput({"service_point": [_("请选择自取网点。")]})
    return point


def _hand_over(act: ActContext, data: Collection) -> None:
    """To the handler, or to whoever has a sealed letter, against exactly the papers that the pack wants (D8)."""
    _must_be(act, Phase.READY)
    wanted = papers_wanted(act.config, data.collector)
    wrong = {f"papers.{name}": [_("没有这份文件不能交付。")] for name in wanted if name not in data.papers}
    if data.collector == HandOver.Collector.OTHER and not data.id_number:
        wrong["id_number"] = [_("请填写受托人的身份证件号码，并核对原件。")]
    if wrong:
        raise PapersMissing(wrong)
    key = custody.of_item(act)
    act.complete()
    papers = [name for name in wanted if name in data.papers]
    who = str(HandOver.Collector(data.collector).label)
    custody.move(key, Event.HANDED_OVER, by=act.by, now=act.now, place=str(key.service_point or ""), note=who)
    assert act.by.user_id is not None  # noqa: S101  (a staff permission was asked for)
    HandOver.objects.create(
        key=key,
        item=act.the_item,
        collector=data.collector,
        name=data.name,
        id_number=data.id_number or None,
        papers=papers,
        at=act.now,
        by_id=act.by.user_id,
    )
    act.audit_detail |= {"collector": data.collector, "papers": papers}
    _received(act)


def _received(act: ActContext) -> None:
    """Its owner has it: a first PIN that waited for that goes out, and the old certificate where the pack says so."""
    after_receipt(act)
    revoke_old(act, "on_collect")


# -- guards and hooks -------------------------------------------------------------------------------------------------


def _open(act: ActContext) -> None:
    """On opening: what production has made or renewed comes to the mail room, in the act that finished it."""
    key = custody.key_of(act.the_item)
    if key is None:
        key = _made_elsewhere(act)
    if key is not None:
        _note_wish(act, key)
    if key is not None and key.hand == Hand.PRODUCTION:
        custody.move(key, Event.TO_MAIL_ROOM, by=act.by, now=act.now)


def _note_wish(act: ActContext, key: ReceivedKey) -> None:
    """Beside the key, so that the desk needn't open the application to know where it goes."""
    wish = wish_of(act.order, by=BY, reason="安排交付")
    key.collection = wish["collection"] if wish["collection"] in act.config.methods else act.config.methods[0]
    if key.collection == "pickup":
        key.service_point = ServicePoint.objects.filter(public_id=wish["service_point"]).first()
    key.save(update_fields=["collection", "service_point"])


def _made_elsewhere(act: ActContext) -> ReceivedKey | None:
    """The chain of what production made, should it not have begun it itself; None where nothing was made."""
    for spec in act.path.of_kind(Kind.PRODUCTION):
        makes = act.pack.step_config(act.order.path, spec.name).makes  # type: ignore[union-attr]
        if act.find(spec.name, act.item_key).state is StepState.DONE and makes != "renewed_key":
            thing = ReceivedKey.Thing.ENVELOPE if makes == "download_codes" else ReceivedKey.Thing.KEY
            issued = act.the_item.issued
            number = issued.medium_number if issued is not None and thing == ReceivedKey.Thing.KEY else ""
            return custody.made(act, medium_number=number, thing=thing)
    return None


def _may(act: ActContext, method: str) -> None:
    if method not in act.config.methods:
        raise WrongMethod()


def _at_the_desk(act: ActContext) -> None:
    """Open or returned: what is on its way isn't packed again."""
    if act.find().state not in {StepState.OPEN, StepState.RETURNED}:
        raise ParcelNotOpen()


def _must_be(act: ActContext, phase: Phase) -> None:
    if act.find().phase is not phase or act.find().state is not StepState.SUBMITTED:
        raise ParcelNotOpen()


def _today(act: ActContext) -> date:
    return act.now.astimezone(ZoneInfo(current_tenant().timezone)).date()


# -- telling ----------------------------------------------------------------------------------------------------------


def trouble_words(reason: str) -> str:
    """To the customer, why it came back."""
    said = {
        "refused": _("快递被拒收，已退回"),
        "uncollected": _("逾期无人领取，已收回"),
        "undeliverable": _("地址无法投递，已退回"),
        "lost": _("快递遗失"),
    }
    return said.get(reason, reason)


def _tell_sent(act: ActContext, carrier: str, number: str) -> None:
    _tell(act, "delivery.sent", f"{act.order.public_id}:{number}", carrier=carriers.title_of(carrier), tracking=number)


def _tell(act: ActContext, notice: str, key: str, **context: str) -> None:
    link = tenants.url(current_tenant(), "order", act.order.public_id)
    notices.send(
        notice,
        to=handler_of(act.order),
        context={"number": act.order.number, "link": link, **context},
        key=f"{notice}:{key}",
    )


KIND = StepKind(
    actions={
        "pack": Action(_pack, Packing, who=HANDLE),
        "unpack": Action(_unpack, NoData, who=HANDLE),
        "send": Action(_send, Sending, who=HANDLE),
        "delivered": Action(_delivered, NoData, who=HANDLE),
        "confirm": Action(_delivered, NoData),
        "ready": Action(_ready, Readiness, who=HANDLE),
        "hand_over": Action(_hand_over, Collection, who=HANDLE, audit=("collector",)),
        "came_back": Action(_came_back, Trouble, who=HANDLE, audit=("reason",)),
        "lost": Action(_lost, NoData, who=HANDLE),
    },
    on_open=_open,
)
