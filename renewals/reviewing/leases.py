"""Who works on a review: claimed for the pack's minutes, renewed by working, taken over after it lapsed (RULES C10).

A lease is one conditional UPDATE of the open turn's row: of two who want it at once one gets it. It is no right of its
own: the one door asks ``require`` inside the act, under the order's lock.
"""

from datetime import datetime, timedelta

from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils import timezone

from portal import audit
from portal.accounts.actor import Actor
from renewals.models import Order, ReviewTurn
from renewals.programmes.schema_steps import ReviewStep
from renewals.publishing import pack_of
from renewals.reviewing.errors import ReviewHeldByOther, ReviewNotHeld, ReviewNotOpen


def turn_of(order: Order) -> ReviewTurn | None:
    """The open turn, also of an order whose customer has taken it back."""
    return ReviewTurn.objects.select_related("holder").filter(order=order, is_open=True).first()


def lasts(order: Order, step: str) -> timedelta:
    """The pack's lease."""
    config = pack_of(order.programme).step_config(order.path, step)
    if not isinstance(config, ReviewStep):
        raise ReviewNotOpen()
    return timedelta(minutes=config.lease_minutes)


def free_at(now: datetime) -> Q:
    """Turns that nobody works on."""
    return Q(holder=None) | Q(held_until__lte=now)


def claim(turn: ReviewTurn, *, by: Actor) -> ReviewTurn:
    """Take it, or keep it. In a write tenant_tx. ReviewHeldByOther, ReviewNotOpen."""
    now, order = timezone.now(), turn.order
    before = (turn.holder_id, turn.held_until)
    mine = Q(holder_id=by.user_id)
    taken = (
        _open(turn)
        .filter(mine | free_at(now))
        .update(
            held_since=Case(When(mine & Q(held_until__gt=now), then=F("held_since")), default=Value(now)),
            held_until=now + lasts(order, turn.step),
            holder_id=by.user_id,
        )
    )
    turn.refresh_from_db()
    if not taken:
        raise _refusal(turn)
    if turn.held_since == now:
        detail = {"number": order.number, "round": turn.round, "took_over": before[0] not in {None, by.user_id}}
        audit.record("review.claimed", by=by, subject=f"order:{order.public_id}", detail=detail)
    return turn


def renew(turn: ReviewTurn, *, by: Actor) -> datetime:
    """The heartbeat: until when it lasts now. It doesn't revive a lapsed lease: ReviewNotHeld, ReviewHeldByOther."""
    now = timezone.now()
    until = now + lasts(turn.order, turn.step)
    if not _open(turn).filter(holder_id=by.user_id, held_until__gt=now).update(held_until=until):
        turn.refresh_from_db()
        raise _refusal(turn)
    return until


def release(turn: ReviewTurn, *, by: Actor) -> None:
    """Give it back by hand; what isn't one's own stays. In a write tenant_tx."""
    now = timezone.now()
    given = (
        _open(turn)
        .filter(holder_id=by.user_id, held_until__gt=now)
        .update(holder=None, held_since=None, held_until=None)
    )
    if given:
        detail = {"number": turn.order.number, "round": turn.round}
        audit.record("review.released", by=by, subject=f"order:{turn.order.public_id}", detail=detail)


def require(order: Order, *, by: Actor) -> ReviewTurn:
    """For every act of a reviewer: the open turn, held by them; acting renews it."""
    turn = turn_of(order)
    if turn is None:
        raise ReviewNotOpen()
    turn.order = order
    turn.held_until = renew(turn, by=by)
    return turn


def holds(turn: ReviewTurn | None, user_id: int | None) -> bool:
    return turn is not None and turn.holder_id == user_id and is_held(turn)


def is_held(turn: ReviewTurn) -> bool:
    return turn.held_until is not None and turn.held_until > timezone.now()


def _open(turn: ReviewTurn) -> "QuerySet[ReviewTurn]":
    return ReviewTurn.objects.filter(pk=turn.pk, is_open=True)


def _refusal(turn: ReviewTurn) -> Exception:
    if not turn.is_open:
        return ReviewNotOpen()
    if turn.holder is None or turn.held_until is None or not is_held(turn):
        return ReviewNotHeld()
    until = timezone.localtime(turn.held_until).strftime("%H:%M")
    return ReviewHeldByOther(holder=turn.holder.masked_label, until=until)
