"""Keys that came in by post go back after their order has ended; the mail room owes it (RULES P15, P23).

    ended, keys here ──given back, each──► nothing owed        came back ──► owed again
    ended, key on its way ──arrived──► owed

The hands themselves move in mail_room/outgoing.py; these acts write down what that means for the order.
"""

from typing import Any

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field

from portal import notices, tenants
from portal.tenants import current_tenant
from renewals import lifecycle
from renewals.lifecycle import Duty
from renewals.models import OrderItem, PinReset, ReceivedKey
from renewals.parcels import carriers
from renewals.steps import clearing
from renewals.steps.application import handler_of
from renewals.steps.base import ActContext, Action
from renewals.steps.mail_in import HANDLE, check_key, match, taken_in


class ReturnedKey(BaseModel):
    """``key``: public id. ``compared``: as in mail_in.Receipt."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(max_length=32)
    compared: bool = False


def _arrived(act: ActContext, data: ReturnedKey) -> None:
    """It was on its way when the order ended: known again, and owed."""
    act.owe(Duty.RETURN_KEYS)
    key = taken_in(data.key)
    check_key(key, act.the_item, compared=data.compared, to_renew=False)
    match(key, act.the_item, by=act.by, now=act.now)
    act.audit_detail["key"] = key.public_id
    _tell(act, "parcel.arrived_late", key.public_id)


def _given_back(act: ActContext, data: ReturnedKey) -> None:
    """It has left the hall for its owner; with the last one nothing is owed any more."""
    if not act.owes(Duty.RETURN_KEYS):
        raise lifecycle.StepNotOpen(step=Duty.RETURN_KEYS, item=None, state="not_owed")
    key = ReceivedKey.objects.select_related("outbound").get(public_id=data.key, item=act.the_item)
    if not clearing.keys_here(act.order).exists():
        act.discharge(Duty.RETURN_KEYS)
    act.audit_detail["key"] = key.public_id
    parcel = key.outbound
    assert parcel is not None  # noqa: S101  (outgoing.give_back has just put it there)
    _tell(
        act,
        "parcel.given_back",
        parcel.public_id,
        carrier=carriers.title_of(parcel.carrier),
        tracking=parcel.tracking_number,
        pin=pin_words(act.the_item),
    )


def _came_back(act: ActContext, data: ReturnedKey) -> None:
    """Nobody took it: it is here again, and owed again."""
    act.owe(Duty.RETURN_KEYS)
    act.audit_detail["key"] = data.key


def was_reset(item: OrderItem) -> bool:
    """Whether the hall has changed the PIN of the item's own key, so that its owner doesn't know it (RULES P14)."""
    return PinReset.objects.filter(item=item, used_at__isnull=False).exists()


def pin_words(item: OrderItem) -> str:
    """What its owner has to know of the PIN; "" where it is as it was."""
    if not was_reset(item):
        return ""
    return _("办理中已重置 PIN 码，原 PIN 码不能再用；收到后请在网上营业厅办理“解锁”，设置新的 PIN 码。")


def _tell(act: ActContext, notice: str, key: str, **context: str) -> None:
    link = tenants.url(current_tenant(), "order", act.order.public_id)
    notices.send(
        notice,
        to=handler_of(act.order),
        context={"number": act.order.number, "link": link, **context},
        key=f"{notice}:{act.order.public_id}:{key}",
    )


ACTIONS: dict[str, Action[Any]] = {
    "key_arrived": Action(_arrived, ReturnedKey, who=HANDLE, closed_too=True),
    "key_given_back": Action(_given_back, ReturnedKey, who=HANDLE, closed_too=True),
    "key_came_back": Action(_came_back, ReturnedKey, who=HANDLE, closed_too=True),
}
