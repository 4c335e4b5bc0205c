"""A locked key takes a new PIN, with an authorisation that two certificate administrators release (RULES P1, P20).

    open ──ask──► asked ──release (two)──► confirmed ──released──► released ──unblocked──► done
                    └──refuse──► returned       └─not_released─► the order stops     └─lapsed─► returned

The key's owner asks at the computer that the key is in: the bridge gives the key's serial and nonce. Administrators
check who asks, and the CA makes the authorisation for exactly this medium and nonce. The bridge takes the new PIN in
its own window. Done is: the key has signed with it.
"""

import base64
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from portal import jobs, notices, vault
from portal.accounts.actor import Actor
from portal.tenants import current_tenant
from renewals import lifecycle
from renewals.bridge import challenges
from renewals.bridge.protocol import UNBLOCK
from renewals.errors import CertificateNotYours, UnblockLapsed
from renewals.issuing.requests import parse
from renewals.lifecycle import Phase, StepState
from renewals.models import DualControl, OrderItem, PinUnblock
from renewals.steps.application import handler_of
from renewals.steps.base import CUSTOMER, SYSTEM, ActContext, Action, NoData, StepKind
from renewals.steps.claims import may_work_with, reserve
from renewals.steps.ending import end, second_person

REFUSED, LAPSED = "unblock_refused", "unblock_lapsed"  # reasons of a step that came back


class AskData(BaseModel):
    """What `pin.info` of the bridge said: the medium's own serial, and the nonce that one authorisation is good for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key_serial: str = Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")
    nonce: Base64Bytes = Field(min_length=12, max_length=88)  # characters of base64: 8 to 64 bytes


class ReleaseData(BaseModel):
    """``how`` the identity of whoever asks was checked; ``reason`` a sentence without personal data."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    how: Literal["callback", "counter", "video"]
    reason: str = Field("", max_length=200)


class RefuseData(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str = Field(min_length=1, max_length=200)


class ReleasedData(BaseModel):
    """The CA's authorisation, 32 bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    authorization: Base64Bytes = Field(min_length=44, max_length=44)  # characters of base64


class UnblockedData(BaseModel):
    """The key's signature over our challenge, made with the new PIN."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    challenge: str
    signature: Base64Bytes


def pending_unblock(act: ActContext, *states: str) -> PinUnblock:
    """The item's unblocking in one of these states; StepNotOpen otherwise."""
    row = PinUnblock.objects.filter(item=act.the_item).exclude(state__in=PinUnblock.OVER).first()
    if row is None or row.state not in states:
        raise lifecycle.StepNotOpen(step=act.step, item=act.item_key, state=row.state if row else act.find().state)
    return row


def _ask(act: ActContext, data: AskData) -> None:
    """Beside an open renewal of the same certificate (Across 2); one unblocking at a time."""
    if not may_work_with(act.order.customer, act.the_item.certificate):
        raise CertificateNotYours()
    if act.find().state not in {StepState.OPEN, StepState.RETURNED}:
        raise lifecycle.StepNotOpen(step=act.step, item=act.item_key, state=act.find().state)
    reserve(act.the_item)
    act.order.submitted_at = act.order.submitted_at or act.now
    PinUnblock.objects.create(item=act.the_item, key_serial=data.key_serial, nonce=data.nonce, asked_at=act.now)
    act.submit()


def _release(act: ActContext, data: ReleaseData) -> None:
    row = pending_unblock(act, PinUnblock.State.ASKED)
    act.audit_detail["how"] = data.how
    if not second_person(act, DualControl.Operation.RELEASE_UNBLOCK):
        return
    row.state, row.confirmed_at = PinUnblock.State.CONFIRMED, act.now
    row.save(update_fields=["state", "confirmed_at"])
    jobs.enqueue(
        "renewals.authorise_unblock",
        {"order": act.order.public_id, "unblock": row.public_id},
        group=f"order:{act.order.public_id}",
        key=f"authorise_unblock:{row.public_id}",
    )


def _refuse(act: ActContext, data: RefuseData) -> None:
    """Who asks couldn't be established: one person is enough to say no."""
    del data
    row = pending_unblock(act, PinUnblock.State.ASKED)
    DualControl.objects.filter(
        order=act.order, item=act.item, operation=DualControl.Operation.RELEASE_UNBLOCK, confirmed_at__isnull=True
    ).delete()
    _give_up(act, row, PinUnblock.State.REFUSED)
    act.return_({act.step: REFUSED})
    _tell(act, row, "unblock.refused")


def _released(act: ActContext, data: ReleasedData) -> None:
    row = pending_unblock(act, PinUnblock.State.CONFIRMED)
    act.advance(Phase.RELEASED)
    row.state, row.released_at = PinUnblock.State.RELEASED, act.now
    row.valid_until = act.now + timedelta(hours=act.config.valid_hours)
    row.authorization = base64.b64encode(data.authorization).decode()
    row.save()
    _tell(act, row, "unblock.released", hours=str(act.config.valid_hours))


def _not_released(act: ActContext, data: NoData) -> None:
    """The CA has no administrator secret for this medium: it can only be replaced."""
    del data
    _give_up(act, pending_unblock(act, PinUnblock.State.CONFIRMED), PinUnblock.State.REFUSED)
    end(act, lifecycle.stop(act.path, act.steps, act.flags, reason="unblock_unknown_medium"), notice="unblock.stopped")


def _lapsed(act: ActContext, data: NoData) -> None:
    """Not used in time, or the key has another nonce by now: the customer asks again."""
    del data
    _give_up(act, pending_unblock(act, PinUnblock.State.RELEASED), PinUnblock.State.LAPSED)
    act.return_({act.step: LAPSED})


def _unblocked(act: ActContext, data: UnblockedData) -> None:
    """The key has signed with its new PIN. Also past the hours: then it was unlocked in time and reported late."""
    row = pending_unblock(act, PinUnblock.State.RELEASED)
    challenges.redeem(
        data.challenge,
        data.signature,
        purpose="unblock",
        action=UNBLOCK,
        signer=parse(bytes(act.the_item.certificate.signing_der)),
        by=act.by,
        item=act.the_item,
    )
    act.complete()
    _give_up(act, row, PinUnblock.State.USED)
    row.used_at = act.now
    row.save(update_fields=["used_at"])
    _tell(act, row, "unblock.done")


def _give_up(act: ActContext, row: PinUnblock, state: PinUnblock.State) -> None:
    """The end of it; the authorisation is gone, and with its data key out of every backup (Across 5)."""
    row.state, row.authorization = state, None
    row.save(update_fields=["state", "authorization"])
    vault.destroy(current_tenant(), row.vault_scope(), by=act.by, reason="解锁授权已用完或作废")


def _tell(act: ActContext, row: PinUnblock, notice: str, **context: str) -> None:
    """Each asking has its own messages."""
    notices.send(
        notice,
        to=handler_of(act.order),
        context={"number": act.order.number, **context},
        key=f"{notice}:{row.public_id}",
    )


def authorization_for(item: OrderItem, *, by: Actor, now: datetime) -> tuple[str, str]:
    """The unblocking's public id and, in base64, what the bridge gives the key; audited. Inside a write tenant_tx.

    UnblockLapsed when nothing is released for the item, or not any more.
    """
    row = PinUnblock.objects.filter(item=item, state=PinUnblock.State.RELEASED, valid_until__gt=now).first()
    if row is None:
        raise UnblockLapsed()
    return row.public_id, vault.reveal(row, "authorization", by=by, reason="交给客户电脑上的证书助手")


KIND = StepKind(
    actions={
        "ask": Action(_ask, AskData, who=CUSTOMER),
        "release": Action(_release, ReleaseData, who="certificates.unblock", audit=("how", "reason")),
        "refuse": Action(_refuse, RefuseData, who="certificates.unblock", audit=("reason",)),
        "released": Action(_released, ReleasedData, who=SYSTEM),
        "not_released": Action(_not_released, NoData, who=SYSTEM),
        "lapsed": Action(_lapsed, NoData, who=CUSTOMER),
        "unblocked": Action(_unblocked, UnblockedData, who=CUSTOMER),
    }
)
