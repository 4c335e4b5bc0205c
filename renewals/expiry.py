"""The clocks of orders that nobody goes on with: a warning, then the end (RULES P9, P21; the pack's ``clocks``).

``Order.due_on`` names the last day. A look finds the orders whose day is near or over and leaves each to a job of
its own, so that no transaction holds more than one order.
"""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from payments.errors import ChargeIsSettled
from payments.selectors import has_money_or_claims
from portal import jobs, notices
from portal.accounts.actor import Actor
from portal.tenants import current_tenant
from renewals import lifecycle, orders, projection
from renewals.lifecycle import LifecycleRefused, NextActor, Status
from renewals.models import ApplicationDraft, Document, Order, OrderAct, ProgrammeVersion
from renewals.programmes.schema import RulePack
from renewals.programmes.working_days import due_date
from renewals.publishing import pack_of
from renewals.steps.ending import handler_of

CLOCK = Actor.system("clock")
AT_ONCE: Final = 200  # orders per look; the next portion is a job of its own


@jobs.handler("renewals.expire_orders", kind="local")
def expire_orders(job: jobs.JobContext) -> None:
    """Find what is due or nearly so. Payload: ``slot``, and ``after``, the order that the last portion ended with."""
    today, slot = _today(), job.payload.get("slot", 0)
    found = list(
        _waiting()
        .filter(due_on__lte=_horizon(today), pk__gt=job.payload.get("after", 0))
        .order_by("pk")
        .values_list("pk", "public_id")[:AT_ONCE]
    )
    for _pk, public_id in found:
        jobs.enqueue(
            "renewals.watch_order",
            {"order": public_id},
            group=f"order:{public_id}",
            key=f"watch_order:{public_id}:{today}",
        )
    if len(found) == AT_ONCE:
        after = found[-1][0]
        jobs.enqueue("renewals.expire_orders", {"slot": slot, "after": after}, key=f"expire_orders:{slot}:{after}")


@jobs.handler("renewals.watch_order", kind="local")
def watch_order(job: jobs.JobContext) -> None:
    """Close this order or warn of it, unless its customer has gone on meanwhile; money keeps it open (P9)."""
    order = _waiting().select_for_update(of=("self",)).filter(public_id=job.payload["order"]).first()
    if order is None:
        return
    if order.charge and has_money_or_claims(order.charge):
        return  # P9: also what came in part, or is held until somebody explains it
    last, today = _last_day(order), _today()
    if last >= today:
        _warn(order, last, today)
        return
    try:
        orders.act(order.public_id, "expire", by=CLOCK, key=f"expire:{order.version}")
    except (LifecycleRefused, ChargeIsSettled):
        return


def _warn(order: Order, last: date, today: date) -> None:
    """Once for each last day, as many working days before as the pack says."""
    if due_date(today, pack_of(order.programme).clocks.draft_warning).day < last:
        return
    notices.send(
        "order.draft_expiring",
        to=handler_of(order),
        context={"number": order.number, "due": f"{last.month} 月 {last.day} 日"},
        key=f"order.draft_expiring:{order.public_id}:{last}",
    )


def _horizon(today: date) -> date:
    """The last day that any of the tenant's programmes warns of today."""
    packs = [pack_of(version) for version in ProgrammeVersion.objects.all()]
    return max((due_date(today, pack.clocks.draft_warning).day for pack in packs), default=today)


def _waiting() -> QuerySet[Order]:
    """Orders with a last day that wait for their customer; which of them have a clock projection.closes_in says."""
    return Order.objects.select_related("programme", "customer").filter(
        status__in=(Status.AWAITING_PAYMENT, *projection.STILL_TO_BE_DONE),
        next_actor=NextActor.CUSTOMER,
        closed_at__isnull=True,
        due_on__isnull=False,
    )


def _last_day(order: Order) -> date:
    """Counted anew from what the customer did last (a saved draft and an upload count) and with today's calendar."""
    pack: RulePack = pack_of(order.programme)
    steps = projection.load_steps(order)
    derived = lifecycle.derive(pack.path_spec(order.path), steps, projection.load_flags(order))
    days = projection.closes_in(pack, steps, derived)
    if days is None:
        return date.max  # no clock of ours
    moments: list[datetime] = [OrderAct.objects.filter(order=order).latest("id").at]
    moments += ApplicationDraft.objects.filter(order=order).values_list("saved_at", flat=True)
    moments += Document.objects.filter(order=order).values_list("uploaded_at", flat=True)
    return due_date(max(moments).astimezone(_zone()).date(), days).day


def _zone() -> ZoneInfo:
    return ZoneInfo(current_tenant().timezone)


def _today() -> date:
    return timezone.now().astimezone(_zone()).date()


jobs.recurring("renewals.expire_orders", every=timedelta(hours=1))
