"""One order with everything about it, for the staff page. Pages show masks; nothing personal leaves this module."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from payments.models import ChannelOrder, Charge, Invoice
from payments.selectors import ChargeView, charge_view
from portal import vault
from portal.jobs.models import Job
from portal.notices.registry import Channel, all_kinds
from portal.vault import SealedValueErased
from renewals import selectors
from renewals.errors import OrderNotFound
from renewals.models import (
    ApplicationVersion,
    ConsentRecord,
    Document,
    DualControl,
    FormPrint,
    IdentityCheck,
    Issuance,
    LivenessCheck,
    Order,
    OrderItem,
    PersonalCheck,
    RenewalCode,
    ReviewDecision,
)
from renewals.selectors import OrderView
from renewals.staff_selectors.audit import AuditEntry, trail_of
from renewals.steps.answer_words import mask
from renewals.steps.identity.results import IdentityResult, result_of


@dataclass(frozen=True, slots=True)
class ApplicationShown:
    """A version of the application. ``answers``: field → value, masked where MASKED; None when it was erased."""

    version: int
    confirmed_at: datetime
    answers: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class JobShown:
    public_id: str
    handler: str
    state: str
    attempts: int
    last_error: str
    created_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoticeShown:
    kind: str
    channel: str
    state: str
    created_at: datetime
    done_at: datetime | None
    job: str


@dataclass(frozen=True, slots=True)
class StaffOrderView:
    """``charges``: the current one last."""

    order: Order
    view: OrderView
    items: Sequence[OrderItem]
    applications: Sequence[ApplicationShown]
    checks: Sequence[IdentityCheck]
    phone_checks: Sequence[LivenessCheck]
    looks: Sequence[PersonalCheck]
    consents: Sequence[ConsentRecord]
    charges: Sequence[ChargeView]
    channel_orders: Sequence[ChannelOrder]
    issuances: Sequence[Issuance]
    codes: Sequence[RenewalCode]
    controls: Sequence[DualControl]
    jobs: Sequence[JobShown]
    notices: Sequence[NoticeShown]
    trail: Sequence[AuditEntry]
    documents: Sequence[Document] = ()
    prints: Sequence[FormPrint] = ()
    decisions: Sequence[ReviewDecision] = ()
    person: IdentityResult | None = None  # who the handler's phone, or a colleague, found; None without such a step


def find(public_id: str) -> Order:
    """Raises OrderNotFound."""
    found = Order.objects.select_related("programme", "organisation", "customer").filter(public_id=public_id).first()
    if found is None:
        raise OrderNotFound
    return found


def staff_order_view(public_id: str) -> StaffOrderView:
    """Raises OrderNotFound."""
    order = find(public_id)
    items = list(
        OrderItem.objects.filter(order=order)
        .select_related("certificate", "certificate__organisation", "issued")
        .order_by("id")
    )
    applications = list(ApplicationVersion.objects.filter(order=order).order_by("-version"))
    checks = list(IdentityCheck.objects.filter(order=order).select_related("application").order_by("-id"))
    charges = [
        charge_view(charge)
        for charge in Charge.objects.filter(reference__startswith=f"{order.public_id}.")
        .order_by("id")
        .values_list("public_id", flat=True)
    ]
    subjects = [f"order:{order.public_id}", *(f"applicationversion:{row.public_id}" for row in applications)]
    return StaffOrderView(
        order=order,
        view=selectors.order_view(order),
        items=items,
        applications=[_shown(row) for row in applications],
        checks=checks,
        phone_checks=list(LivenessCheck.objects.filter(order=order).select_related("application").order_by("-id")),
        looks=list(
            PersonalCheck.objects.filter(order=order).select_related("application", "decided_by").order_by("-id")
        ),
        consents=list(ConsentRecord.objects.filter(order=order).order_by("id")),
        charges=charges,
        channel_orders=list(
            ChannelOrder.objects.filter(charge__reference__startswith=f"{order.public_id}.").order_by("id")
        ),
        issuances=list(Issuance.objects.filter(item__order=order).order_by("-id")),
        codes=list(RenewalCode.objects.filter(item__order=order).order_by("-id")),
        controls=list(
            DualControl.objects.filter(order=order).select_related("asked_by", "confirmed_by", "item").order_by("-id")
        ),
        jobs=_jobs(order),
        notices=_notices(order, items, checks),
        trail=trail_of(subjects),
        documents=list(Document.objects.filter(order=order, state__in=Document.LIVE).order_by("id")),
        prints=list(FormPrint.objects.filter(order=order).order_by("-id")),
        person=_person(order),
        decisions=list(ReviewDecision.objects.filter(order=order).select_related("by").order_by("-id")),
    )


def _person(order: Order) -> IdentityResult | None:
    found = result_of(order)
    return None if found is None or found.method == "three_factor" else found


def _shown(row: ApplicationVersion) -> ApplicationShown:
    try:
        answers: dict[str, str] | None = masked_answers(row)
    except SealedValueErased:
        answers = None
    return ApplicationShown(row.version, row.confirmed_at, answers)


def masked_answers(row: ApplicationVersion) -> dict[str, str]:
    """Opened for its masks alone, so without an audit row: what a person may see of it shows nobody's data."""
    answers: dict[str, str] = json.loads(vault.open_field(row, "data"))
    return mask(answers)


def _jobs(order: Order) -> list[JobShown]:
    """Those that stand in the order's line; notices have a line of their own."""
    found = (
        Job.objects.filter(group=f"order:{order.public_id}")
        .order_by("-pk")
        .values_list("public_id", "handler", "state", "attempts", "last_error", "created_at", "done_at")
    )
    return [JobShown(*row) for row in found[:50]]


def _notices(order: Order, items: Sequence[OrderItem], checks: Sequence[IdentityCheck]) -> list[NoticeShown]:
    """What was sent because of this order: found by the keys that its steps give their notices."""
    things = [order.public_id, *(item.public_id for item in items), *(check.public_id for check in checks)]
    invoices = Invoice.objects.filter(charge__reference__startswith=f"{order.public_id}.")
    things += list(invoices.values_list("public_id", flat=True))
    things += list(order.review_decisions.values_list("public_id", flat=True))
    keys = [
        f"notice:{kind.name}:{thing}:{channel}"
        for kind in all_kinds()
        for channel in (Channel.SMS, Channel.EMAIL)
        if channel in kind.texts
        for thing in things
    ]
    found = (
        Job.objects.filter(key__in=keys)
        .order_by("-pk")
        .values_list("payload__kind", "handler", "state", "created_at", "done_at", "public_id")
    )
    return [NoticeShown(row[0], row[1].removeprefix("notices."), *row[2:]) for row in found]
