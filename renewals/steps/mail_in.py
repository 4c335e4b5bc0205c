"""Mail-in: the customer sends a key, the mail room receives it and checks it against the order, item by item.

RULES A14, P15. What arrived is taken in beside the door (mail_room/intake.py: intake first, order later); that it is
the right one is an act. Tracking data are no part of the form: they come after printing and make no new version.
"""

from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field

from portal import notices, tenants
from portal.accounts.actor import Actor
from portal.errors import InvalidInput
from portal.tenants import current_tenant
from renewals.lifecycle import StepState
from renewals.mail_room.errors import (
    FormIsMissing,
    KeyClaimed,
    KeyIsAnother,
    KeyIsBroken,
    KeyNotCompared,
    ParcelNotFound,
)
from renewals.mail_room.words import tracking_words
from renewals.models import Order, OrderItem, ReceivedKey, Shipment, ShipmentItem
from renewals.parcels import carriers
from renewals.parcels.carriers import TrackingNumberWrong
from renewals.parcels.hands import Event, Hand
from renewals.steps import custody
from renewals.steps.application import handler_of
from renewals.steps.base import ActContext, Action, StepKind

HANDLE = "parcels.handle"
OLDEST = timedelta(days=60)  # a day of posting before that is a slip of the pen
NOT_IN_PARCEL = "not_in_parcel"  # the step's reason when the parcel came without this key


class Announcement(BaseModel):
    """``sent_on``: ISO day. All three are wanted (RULES A14)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    carrier: str = Field(max_length=16)
    tracking_number: str = Field(max_length=60)
    sent_on: str = Field(max_length=10)


class Receipt(BaseModel):
    """``key``: public id of what was taken in. ``compared``: the certificate in it was looked at, where no number
    can be compared. ``form_enclosed``: the paper form lay beside it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(max_length=32)
    compared: bool = False
    form_enclosed: bool = False


class Mismatch(BaseModel):
    """What arrived isn't what was announced; ``key`` "" and not_in_parcel when it isn't there at all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field("", max_length=32)
    reason: Literal["wrong_key", "form_missing", "form_differs", "key_broken", "not_in_parcel"]


# -- the customer's ---------------------------------------------------------------------------------------------------


def _announce(act: ActContext, data: Announcement) -> None:
    """It is on its way in this parcel; said again before it arrives, it corrects what was said (RULES P15)."""
    carrier, number, sent_on = _checked(data, act)
    state = act.find().state
    if state is not StepState.SUBMITTED:
        act.submit()
    _withdraw(act.the_item, act.now)
    parcel, _made = Shipment.objects.get_or_create(
        direction=Shipment.Direction.INBOUND,
        carrier=carrier,
        tracking_number=number,
        state__in=_EXPECTED,
        defaults={"state": Shipment.State.ANNOUNCED, "sent_on": sent_on, "made_by_id": act.by.user_id},
    )
    if parcel.sent_on is None:
        parcel.sent_on = sent_on
        parcel.save(update_fields=["sent_on"])
    ShipmentItem.objects.create(shipment=parcel, item=act.the_item, announced_at=act.now)
    custody.announce(act.the_item, parcel, by=act.by, now=act.now, place=f"{carriers.title_of(carrier)} {number}")
    act.answer["shipment"] = parcel.public_id
    act.audit_detail |= {"carrier": carrier, "tracking_number": number, "sent_on": sent_on.isoformat()}


_EXPECTED = (Shipment.State.ANNOUNCED, Shipment.State.ARRIVED, Shipment.State.CHECKED)


def _checked(data: Announcement, act: ActContext) -> tuple[str, str, date]:
    wrong: dict[str, list[str]] = {}
    number, sent_on = "", date.min
    try:
        number = carriers.parse(data.carrier, data.tracking_number)
    except TrackingNumberWrong as refused:
        field = "carrier" if refused.why == "unknown_carrier" else "tracking_number"
        wrong[field] = [tracking_words(refused)]
    today = act.now.astimezone(ZoneInfo(current_tenant().timezone)).date()
    try:
        sent_on = date.fromisoformat(data.sent_on)
    except ValueError:
        wrong["sent_on"] = [_("请填写寄件日期，例如 2026-11-21。")]
    else:
        if sent_on > today:
            wrong["sent_on"] = [_("寄件日期不能晚于今天。寄出以后再来登记。")]
        elif sent_on < today - OLDEST:
            wrong["sent_on"] = [_("寄件日期太早，请核对年份和月份。")]
    if wrong:
        raise InvalidInput(wrong)
    return data.carrier, number, sent_on


def _withdraw(item: OrderItem, now: datetime) -> None:
    """The item isn't in the parcel that was named before; a parcel that nobody announces any more goes too."""
    for announced in ShipmentItem.objects.filter(item=item, withdrawn_at__isnull=True).select_related("shipment"):
        announced.withdrawn_at = now
        announced.save(update_fields=["withdrawn_at"])
        parcel = announced.shipment
        waited = parcel.announced.filter(withdrawn_at__isnull=True).exists()
        if parcel.state == Shipment.State.ANNOUNCED and not waited:
            parcel.state, parcel.closed_at = Shipment.State.WITHDRAWN, now
            parcel.save(update_fields=["state", "closed_at"])


# -- the mail room's --------------------------------------------------------------------------------------------------


def _receive(act: ActContext, data: Receipt) -> None:
    """This key is the item's: by its number, or by the certificate in it; the form lies beside it where one must."""
    key = taken_in(data.key)
    check_key(key, act.the_item, compared=data.compared)
    if act.config.wants_form and not data.form_enclosed:
        raise FormIsMissing()
    match(key, act.the_item, by=act.by, now=act.now)
    act.complete()
    act.audit_detail |= {"key": key.public_id, "medium_number": key.medium_number}
    _tell_received(act, key)


def check_key(key: ReceivedKey, item: OrderItem, *, compared: bool, to_renew: bool = True) -> None:
    """KeyIsBroken (one that is ``to_renew``), KeyClaimed, KeyIsAnother, KeyNotCompared, or ParcelNotFound when it isn't
    here any more."""
    if key.hand != Hand.MAIL_ROOM:
        raise ParcelNotFound()
    if key.item is not None and key.item_id != item.pk and not key.mismatch:
        raise KeyClaimed(number=key.item.order.number)
    here = custody.key_of(item)
    if here is not None and here.pk != key.pk:
        raise KeyClaimed(number=item.order.number)
    if to_renew and key.condition == ReceivedKey.Condition.BROKEN:
        raise KeyIsBroken()
    read, wanted = comparable(key.medium_number), comparable(item.certificate.medium_number)
    if read and wanted and read != wanted:
        raise KeyIsAnother(read=key.medium_number, wanted=item.certificate.medium_number)
    if not (read and wanted) and not compared:
        raise KeyNotCompared()


def comparable(number: str) -> str:
    """A medium's number without what people leave out when they read it from a key."""
    return carriers.normal(number)


def match(key: ReceivedKey, item: OrderItem, *, by: Actor, now: datetime) -> None:
    """It is this item's from now on."""
    if key.item_id == item.pk and not key.mismatch:
        return
    key.item, key.mismatch = item, ReceivedKey.Mismatch.NONE
    custody.move(key, Event.MATCHED, by=by, now=now, place=key.shelf)


def _mismatch(act: ActContext, data: Mismatch) -> None:
    """Back to the customer with the reason; what did arrive stays on the shelf until it is sent back or claimed."""
    if data.reason == NOT_IN_PARCEL:
        if data.key:
            raise ParcelNotFound()
        _withdraw(act.the_item, act.now)
    else:
        key = taken_in(data.key)
        if key.item is not None and key.item_id != act.the_item.pk and not key.mismatch:
            raise KeyClaimed(number=key.item.order.number)
        key.item, key.mismatch = act.the_item, data.reason
        custody.move(key, Event.MISMATCHED, by=act.by, now=act.now, place=key.shelf, note=data.reason)
        act.audit_detail["key"] = key.public_id
    act.return_({act.step: data.reason})
    act.audit_detail["reason"] = data.reason
    _tell_mismatch(act, data.reason)


def taken_in(public_id: str) -> ReceivedKey:
    """The key, locked, while the mail room has it. ParcelNotFound."""
    key = (
        ReceivedKey.objects.select_for_update(of=("self",))
        .select_related("item__order")
        .filter(public_id=public_id)
        .first()
    )
    if key is None or key.hand != Hand.MAIL_ROOM:
        raise ParcelNotFound()
    return key


def _open(act: ActContext) -> None:
    """On opening: a key that came before its step did is received now (RULES P15: intake first, order later)."""
    key = custody.key_of(act.the_item)
    if key is not None and key.hand == Hand.MAIL_ROOM and not act.config.wants_form:
        act.complete()


# -- telling ----------------------------------------------------------------------------------------------------------


def _tell_received(act: ActContext, key: ReceivedKey) -> None:
    """Once a parcel, not once a key."""
    parcel = key.shipment.public_id if key.shipment else key.public_id
    notices.send(
        "parcel.received",
        to=handler_of(act.order),
        context={"number": act.order.number, "link": _link(act.order)},
        key=f"parcel.received:{parcel}:{act.order.public_id}",
    )


def _tell_mismatch(act: ActContext, reason: str) -> None:
    number = act.the_item.certificate.medium_number or act.the_item.certificate.serial
    notices.send(
        "parcel.mismatch",
        to=handler_of(act.order),
        context={
            "number": act.order.number,
            "tail": number[-4:],
            "why": reason_words(reason),
            "link": _link(act.order),
        },
        key=f"parcel.mismatch:{act.the_item.public_id}:{act.order.version}",
    )


def reason_words(reason: str) -> str:
    """To the customer: what was wrong, and what to do."""
    said = {
        "wrong_key": _("寄来的 Ekey 不是申请表上的这一只。请核对介质号，改寄正确的 Ekey；寄错的我们会寄回。"),
        "form_missing": _("包裹里没有盖章的纸质表。Ekey 已代为保管，请补寄纸质表，并登记新的快递单号。"),
        "form_differs": _("随附的纸质表与订单内容不符。请重新打印最新版，盖章后补寄，并登记新的快递单号。"),
        "key_broken": _("寄来的 Ekey 已损坏，不能更新。请取消这张订单改办补办，或联系客服。"),
        NOT_IN_PARCEL: _("包裹已收到，但里面没有这只 Ekey。请核对是否另寄，并登记新的快递单号。"),
    }
    return said.get(reason, reason)


def _link(order: Order) -> str:
    return tenants.url(current_tenant(), "order", order.public_id)


__all__ = ["HANDLE", "KIND", "check_key", "comparable", "match", "reason_words", "taken_in"]

KIND = StepKind(
    actions={
        "announce": Action(_announce, Announcement),
        "receive": Action(_receive, Receipt, who=HANDLE),
        "mismatch": Action(_mismatch, Mismatch, who=HANDLE),
    },
    on_open=_open,
)
