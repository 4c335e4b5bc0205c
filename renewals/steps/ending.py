"""How an order ends early, and what is owed afterwards (RULES P13, P19, P20). These actions have no step."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ConfigDict, Field

from payments import ledger, refunds, releasing, selectors, suspense
from payments.fees import total
from payments.models import Refund
from payments.refunds import is_by_hand
from portal import jobs, notices
from portal.accounts.actor import Actor
from portal.tenants import current_tenant
from renewals import lifecycle, pricing
from renewals.errors import NeedsAnotherPerson
from renewals.lifecycle import CancelStage, Duty, Ending, Status
from renewals.models import DualControl, Issuance, Order, OrderItem
from renewals.steps import clearing, quote
from renewals.steps.application import answers_of, handler_of, latest
from renewals.steps.base import CUSTOMER, SYSTEM, ActContext, Action, NoData, StaffReason
from renewals.steps.quote import charge_of


class ReasonData(BaseModel):
    """``reason``: a reason code, or the customer's own choice on the page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str = Field(min_length=1, max_length=64)


class SupersededData(BaseModel):
    """``by``: public id of the order that takes its place."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: str


class RefundDecision(BaseModel):
    """``amount_fen``: what goes back; 0 for nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    amount_fen: int = Field(ge=0)
    reason: str = Field(min_length=1, max_length=200)


class RefundedData(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    refund: str
    amount_fen: int


class OldRevokedData(BaseModel):
    """``outcome``: what the CA said of the old certificate; "expired": it had lapsed and can't be used anyway."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcome: Literal["revoked", "expired"] = "revoked"


def end(act: ActContext, ending: Ending, *, notice: str, context: Mapping[str, str] | None = None) -> None:
    """End the order: close what is unpaid, send back what is paid, have what is held sent back; tell the customer."""
    quote.carry(act, None)
    if act.order.charge:
        suspense.ask_all_back(act.order.charge, by=act.by)
    if ending.close_charge and act.order.charge:
        closed = ledger.close_charge(charge_of(act.order), by=act.by, reason=f"order_{ending.status}")
        if closed.refundable_fen and Duty.REFUND not in ending.duties:  # a part was paid: it goes back too
            ending = replace(ending, duties=(*ending.duties, Duty.REFUND))
            notice = _WITH_REFUND.get(notice, notice)
    _end(act, ending)
    if Duty.REFUND in ending.duties:
        refund_all(act, reason=str(_REFUNDED_BECAUSE[ending.status]))
    tell(act, notice, **(context or {}))


def _end(act: ActContext, ending: Ending) -> None:
    """Keys that came in go back, and nothing that was handed out works any more."""
    act.end(lifecycle.owe(ending, Duty.RETURN_KEYS) if clearing.keys_here(act.order).exists() else ending)
    clearing.clear(act)


_REFUNDED_BECAUSE = {  # for finance, and for the payer's bill at the channel
    Status.CANCELLED: _("订单取消"),
    Status.REJECTED: _("审核未通过"),
    Status.STOPPED: _("证书不能续期"),
    Status.EXPIRED: _("订单过期"),
}
_WITH_REFUND = {"order.cancelled": "order.cancelled_refunding"}


def refund_key(order: Order) -> str:
    """Under which an order asks for its money back: once."""
    return f"order:{order.public_id}"


def refund_all(act: ActContext, *, reason: str) -> None:
    """Everything that was paid goes back to where it came from; the order's own rule, no person's decision.

    What finance was asked for and hasn't decided on (``propose_refund``) is part of it now.
    """
    for item in act.order.items.all():
        refunds.withdraw_refund(_key_of(item), by=Actor.system("orders"), reason="整单退款")
    charge = charge_of(act.order)
    made = ledger.request_refund(
        charge,
        amount_fen=charge.refundable_fen,
        reason=reason,
        by=Actor.system("orders"),
        key=refund_key(act.order),
    )
    _note_by_hand(act, made)


def propose_refund(act: ActContext) -> None:
    """One of several items came to nothing (P13): what it cost is put before finance, who decides."""
    if not act.order.charge:
        return
    charge, by = charge_of(act.order), Actor.system("refused item")
    fen = min(charge.refundable_fen, _share_of(act, by))
    if fen > 0:
        tail = act.the_item.certificate.display_number[-6:]
        ledger.request_refund(
            charge,
            amount_fen=fen,
            reason=str(_("尾号 %(tail)s 的证书 CA 未予办理") % {"tail": tail}),
            by=by,
            key=_key_of(act.the_item),
        )
        act.audit_detail["proposed_fen"] = fen


def _key_of(item: OrderItem) -> str:
    return f"item:{item.public_id}"


def _share_of(act: ActContext, by: Actor) -> int:
    """Fen by which the quote would have been less without the act's item, at the prices of the day it was frozen on."""
    answers = answers_of(latest(act.order), by=by, reason="核算未办成的证书")
    day = charge_of(act.order).created_at.astimezone(ZoneInfo(current_tenant().timezone)).date()
    items = act.order.items.order_by("id").values_list("pk", flat=True)
    asked = pricing.asked_of(act.order, act.pack, answers)
    without = tuple(one for pk, one in zip(items, asked, strict=True) if pk != act.the_item.pk)
    return total(act.pack.quote(asked, day)) - total(act.pack.quote(without, day))


def _note_by_hand(act: ActContext, made: Iterable[Refund]) -> None:
    """Who sends it back: finance, as soon as a part of it came by bank transfer (RULES Across 4)."""
    if act.flags.ending is not None and any(is_by_hand(refund) for refund in made):
        act.end(replace(act.flags.ending, refund_by_hand=True))


def tell(act: ActContext, notice: str, **context: str) -> None:
    """The handler by SMS and e-mail; before the first application whoever opened the order."""
    notices.send(
        notice,
        to=handler_of(act.order),
        context={"number": act.order.number, **context},
        key=f"{notice}:{act.order.public_id}",
    )


def second_person(act: ActContext, operation: str) -> bool:
    """The first asking is noted and gives False; another person's asking confirms it and gives True (P20)."""
    assert act.by.user_id is not None  # noqa: S101  (a staff permission was asked for)
    pending = DualControl.objects.filter(
        order=act.order, item=act.item, operation=operation, confirmed_at__isnull=True
    ).first()
    if pending is None:
        DualControl.objects.create(order=act.order, item=act.item, operation=operation, asked_by_id=act.by.user_id)
        act.answer |= {"confirmed": False, "outcome": "asked"}
        return False
    if pending.asked_by_id == act.by.user_id:
        raise NeedsAnotherPerson()
    pending.confirmed_by_id, pending.confirmed_at = act.by.user_id, act.now
    pending.save(update_fields=["confirmed_by", "confirmed_at"])
    act.answer |= {"confirmed": True, "outcome": "confirmed"}
    return True


_CANCELLED: dict[CancelStage, str] = {
    CancelStage.BEFORE_PAYMENT: "order.cancelled",
    CancelStage.AFTER_PAYMENT: "order.cancelled_refunding",
    CancelStage.AFTER_ISSUANCE: "order.cancelled_issued",
}


def _cancel(act: ActContext, data: ReasonData) -> None:
    stage = lifecycle.cancel_stage(act.path, act.steps, act.flags)
    end(act, lifecycle.cancel(act.path, act.steps, act.flags, reason=data.reason), notice=_CANCELLED[stage])
    act.audit_detail["reason"] = data.reason


def _supersede(act: ActContext, data: SupersededData) -> None:
    """A replacement takes its place (Across 2): cancelled, but for the money, which goes on to that order.

    A certificate that exists already is for people to decide on (P19): NotCancellable.
    """
    over = lifecycle.cancel(act.path, act.steps, act.flags, reason="superseded")
    if Duty.REVOKE_NEW in over.duties:
        raise lifecycle.NotCancellable(why="issued")
    successor = Order.objects.get(public_id=data.by)
    if act.order.charge:
        releasing.release(charge_of(act.order), by=act.by, reason="order_superseded")
    kept = tuple(duty for duty in over.duties if duty is not Duty.REFUND)
    _end(act, replace(over, duties=kept, close_charge=False))
    act.order.superseded_by = successor
    act.answer["by"] = successor.number
    tell(act, "order.superseded", successor=successor.number)


def _expire(act: ActContext, data: NoData) -> None:
    """RULES P9: with money in it, or a transfer that is claimed or held, it doesn't."""
    del data
    waits = act.order.charge and selectors.has_money_or_claims(act.order.charge)
    if waits or quote.replaced(act.order).exists():
        raise lifecycle.NotCancellable(why="paid")
    end(act, lifecycle.expire(act.path, act.steps, act.flags, reason="nobody_went_on"), notice="order.expired")


def _revoke_new(act: ActContext, data: StaffReason) -> None:
    """Two certificate administrators have the new certificate revoked at the CA (P19)."""
    del data
    if not act.owes(Duty.REVOKE_NEW):
        raise lifecycle.StepNotOpen(step=Duty.REVOKE_NEW, item=None, state="not_owed")
    if second_person(act, DualControl.Operation.REVOKE_NEW):
        issued = Issuance.objects.filter(item__order=act.order, state=Issuance.State.ISSUED)
        for item in OrderItem.objects.filter(pk__in=issued.values("item")):  # of several, those that the CA has made
            jobs.enqueue(
                "renewals.revoke_new",
                {"order": act.order.public_id, "item": item.public_id},
                group=f"order:{act.order.public_id}",
                key=f"revoke_new:{item.public_id}",
            )


def _new_revoked(act: ActContext, data: NoData) -> None:
    """The CA has revoked the item's new certificate; the duty is done with the last of them."""
    del data
    issued = Issuance.objects.filter(item__order=act.order, state=Issuance.State.ISSUED)
    issued.filter(item=act.the_item).update(state=Issuance.State.WITHDRAWN)
    if not issued.exists():
        act.discharge(Duty.REVOKE_NEW)


def _decide_refund(act: ActContext, data: RefundDecision) -> None:
    """Finance decides after an issued certificate was cancelled (P19); first the certificate has to be revoked."""
    if act.owes(Duty.REVOKE_NEW):
        raise lifecycle.GateClosed(step=Duty.DECIDE_REFUND, item=None, first=(Duty.REVOKE_NEW,))
    act.discharge(Duty.DECIDE_REFUND, refund=data.amount_fen > 0)
    if data.amount_fen:
        made = ledger.request_refund(
            charge_of(act.order),
            amount_fen=data.amount_fen,
            reason=data.reason,
            by=act.by,
            key=refund_key(act.order),
        )
        _note_by_hand(act, made)
    act.audit_detail["amount_fen"] = data.amount_fen


def _refunded(act: ActContext, data: RefundedData) -> None:
    """A refund has arrived; the duty is done with the last part."""
    act.audit_detail |= {"refund": data.refund, "amount_fen": data.amount_fen}
    if act.owes(Duty.REFUND) and not ledger.owed_under_key(charge_of(act.order), refund_key(act.order)):
        act.discharge(Duty.REFUND)
        tell(act, "order.refunded")


def _refund_declined(act: ActContext, data: RefundedData) -> None:
    """Finance won't send this part back: nobody waits for it any more, and the customer is told whom to ask."""
    act.audit_detail |= {"refund": data.refund, "amount_fen": data.amount_fen}
    if act.owes(Duty.REFUND) and not ledger.owed_under_key(charge_of(act.order), refund_key(act.order)):
        act.discharge(Duty.REFUND)
        tell(act, "order.refund_declined")


def _old_revoked(act: ActContext, data: OldRevokedData) -> None:
    """The CA has revoked the certificate that was replaced (pack: revoke_old), or had nothing left to revoke."""
    act.answer["outcome"] = data.outcome
    certificate = act.the_item.certificate
    certificate.ca_status, certificate.ca_status_at = "replaced", act.now
    certificate.save(update_fields=["ca_status", "ca_status_at"])


ACTIONS: dict[str, Action[Any]] = {
    "cancel": Action(_cancel, ReasonData, who=CUSTOMER),
    "cancel_for_customer": Action(_cancel, ReasonData, who="orders.cancel"),
    "supersede": Action(_supersede, SupersededData, who=SYSTEM, audit=("by",)),
    "expire": Action(_expire, NoData, who=SYSTEM),
    "revoke_new": Action(_revoke_new, StaffReason, who="certificates.revoke", closed_too=True, audit=("reason",)),
    "new_revoked": Action(_new_revoked, NoData, who=SYSTEM, closed_too=True),
    "decide_refund": Action(_decide_refund, RefundDecision, who="payments.refund", closed_too=True, audit=("reason",)),
    "refunded": Action(_refunded, RefundedData, who=SYSTEM, closed_too=True),
    "refund_declined": Action(_refund_declined, RefundedData, who=SYSTEM, closed_too=True),
    "old_revoked": Action(_old_revoked, OldRevokedData, who=SYSTEM, closed_too=True, audit=("outcome",)),
}
