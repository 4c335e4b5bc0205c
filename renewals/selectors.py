"""Tenant-scoped reads for pages: certificates, orders, and an order with everything about it.

Nothing here writes, and nothing opens a sealed value: pages show masks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from payments.fees import QuoteLine
from portal.accounts.models import User
from renewals import lifecycle, pricing, projection
from renewals.errors import CertificateNotYours, NotRenewable, OrderNotFound
from renewals.lifecycle import CancelStage, Derived, LifecycleRefused, NextActor, Step
from renewals.models import Certificate, Issuance, Order, OrderAct, OrderItem, ProgrammeVersion
from renewals.programmes import NotEligible, PathChoice, RulePack, choose_path
from renewals.programmes.facts import Facts
from renewals.programmes.schema import Path
from renewals.programmes.working_days import calendar_known
from renewals.publishing import current, pack_of
from renewals.steps.claims import of_user, orders_of


@dataclass(frozen=True)
class CertificateRow:
    """A certificate on the customer's home. ``days_left`` whole days in the tenant's zone, negative when expired."""

    certificate: Certificate
    days_left: int
    open_order: Order | None  # an order that has taken it, or this customer's own draft for it
    refusal: str  # why it can't be renewed now, in the pack's own words; "" when it can
    window_opens: date | None
    path: Path | None = None  # the way that it would be renewed today
    instead: str = ""  # the business that is open to it where its programme renews nothing (RULES D1)

    @property
    def is_expired(self) -> bool:
        return self.certificate.not_after <= timezone.now()

    @property
    def can_renew(self) -> bool:
        return not self.refusal and self.open_order is None


def my_certificates(user: User) -> list[CertificateRow]:
    """The customer's certificates that weren't replaced, the next to expire first. Three queries, however many."""
    found = Certificate.objects.filter(of_user(user), successor__isnull=True).order_by("not_after", "id").distinct()
    return rows_of(found, user)


def rows_of(found: QuerySet[Certificate], user: User) -> list[CertificateRow]:
    """What can be done with each of these certificates of the customer's, in their order (a page of them: sliced)."""
    open_items = (
        OrderItem.objects.filter(order__closed_at__isnull=True)
        .select_related("order")
        .order_by("-reserves", "-order__opened_at")
    )
    with_items = found.select_related("organisation", "gateway").prefetch_related(
        Prefetch("order_items", queryset=open_items, to_attr="open_items")
    )
    packs: dict[str, RulePack | None] = {}
    return [_row(certificate, user, packs) for certificate in with_items]


def _row(certificate: Certificate, user: User, packs: dict[str, RulePack | None]) -> CertificateRow:
    slug = certificate.programme_slug
    if slug not in packs:
        try:
            packs[slug] = pack_of(current(slug))
        except ProgrammeVersion.DoesNotExist:
            packs[slug] = None
    facts, pack = projection.facts_of(certificate), packs[slug]
    refusal, opens, path, instead = _("本网厅暂未开办这类证书的续期，请联系客服。"), None, None, ""
    if pack is not None:
        choice = choose_path(pack, facts)
        if isinstance(choice, NotEligible):
            refusal, opens, instead = choice.reason, choice.window_opens, _instead(pack, facts)
        else:
            refusal, path = "", pack.path(choice.path)
    items: Sequence[OrderItem] = certificate.open_items  # type: ignore[attr-defined]
    order = next((item.order for item in items if item.reserves or item.order.customer_id == user.pk), None)
    return CertificateRow(certificate, facts.days_left, order, refusal, opens, path, instead)


def _instead(pack: RulePack, facts: Facts) -> str:
    served = [business for path in pack.paths for business in path.serves]
    if "renewal" in served:
        return ""
    open_now = (business for business in served if isinstance(choose_path(pack, facts, business), PathChoice))
    return next(open_now, "")


def certificate_of(user: User, serial: str) -> Certificate:
    """The customer's certificate with this serial, as typed. CertificateNotYours, said alike of unknown and foreign."""
    normal = "".join(serial.split()).replace(":", "").replace("-", "").upper().lstrip("0")
    for certificate in Certificate.objects.filter(of_user(user), successor__isnull=True).distinct():
        if normal and certificate.serial.lstrip("0") == normal:
            return certificate
    raise CertificateNotYours()


def check_renewable(certificate: Certificate) -> RulePack:
    """The programme's pack. NotRenewable with its own sentence when no path is open to this certificate today."""
    try:
        pack = pack_of(current(certificate.programme_slug))
    except ProgrammeVersion.DoesNotExist:
        raise NotRenewable(reason=_("本网厅暂未开办这类证书的续期，请联系客服。")) from None
    projection.choose_path(pack, certificate)
    return pack


def my_orders(user: User) -> QuerySet[Order]:
    """Newest first, with what a list shows."""
    items = OrderItem.objects.select_related("certificate")
    return (
        orders_of(user)
        .select_related("organisation", "programme")
        .prefetch_related(Prefetch("items", queryset=items))
        .order_by("-opened_at", "-id")
    )


def order_of(user: User, public_id: str) -> Order:
    """The customer's own order. OrderNotFound for everybody else's too."""
    order = my_orders(user).filter(public_id=public_id).first()
    if order is None:
        raise OrderNotFound()
    return order


# -- one order --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """A line of the task list. ``acting``: who can act on it now, None when nobody."""

    step: Step
    title: str
    help: str
    item: OrderItem | None
    acting: NextActor | None


@dataclass(frozen=True)
class TimelineEntry:
    """``what``: the act as ``step.action`` or ``step.action.outcome`` (words in renewals/words_of_acts.py)."""

    at: datetime
    what: str
    who: str
    actor_kind: str


@dataclass(frozen=True)
class OrderView:
    """An order with everything that its page shows. ``cancel_stage`` None: it can't be cancelled now."""

    order: Order
    pack: RulePack
    derived: Derived
    tasks: tuple[Task, ...]
    timeline: tuple[TimelineEntry, ...]
    cancel_stage: CancelStage | None
    issuances: tuple[Issuance, ...]
    cannot_cancel: str = ""  # why not, while ``cancel_stage`` is None: NotCancellable's why, or "ended"
    due_certain: bool = True  # False: it lies in a year whose calendar isn't published, say "about" (RULES P21)

    def task(self, kind: lifecycle.Kind) -> Task | None:
        """The first of that kind; a path may have two of one kind (three factors and liveness)."""
        return next(iter(self.tasks_of(kind)), None)

    def tasks_of(self, kind: lifecycle.Kind) -> tuple[Task, ...]:
        return tuple(task for task in self.tasks if task.step.kind is kind)

    @property
    def current(self) -> Task | None:
        """The task that the order waits for."""
        waiting = [task for task in self.tasks if task.acting is self.derived.next_actor]
        return waiting[0] if waiting else None


def order_view(order: Order) -> OrderView:
    pack = pack_of(order.programme)
    path, steps, flags = pack.path_spec(order.path), projection.load_steps(order), projection.load_flags(order)
    items = {item.public_id: item for item in order.items.select_related("certificate", "issued")}
    over = flags.ending is not None
    tasks = tuple(
        Task(
            step=step,
            title=pack.step_config(order.path, step.name).title,
            help=pack.step_config(order.path, step.name).help or "",
            item=items[step.item] if step.item else None,
            acting=None if over else lifecycle.acting(path, steps, step),
        )
        for step in steps
    )
    stage, why = None, ""
    try:
        stage = lifecycle.cancel_stage(path, steps, flags)
    except LifecycleRefused as refusal:
        why = str(refusal.params.get("why", "ended"))
    return OrderView(
        order=order,
        pack=pack,
        derived=lifecycle.derive(path, steps, flags),
        tasks=tasks,
        timeline=timeline(order),
        cancel_stage=stage,
        cannot_cancel=why,
        issuances=tuple(Issuance.objects.filter(item__order=order).order_by("id")),
        due_certain=order.due_on is None or calendar_known(order.due_on.year),
    )


def timeline(order: Order) -> tuple[TimelineEntry, ...]:
    """What happened, latest first."""
    acts = (
        OrderAct.objects.filter(order=order)
        .order_by("-id")
        .values_list("at", "step", "action", "answer__outcome", "actor_label", "actor_kind")
    )
    return tuple(
        TimelineEntry(at=at, what=".".join(filter(None, (step, action, outcome))), who=label, actor_kind=kind)
        for at, step, action, outcome, label, kind in acts
    )


def quote_for(order: Order, answers: Mapping[str, str]) -> tuple[QuoteLine, ...]:
    """Today's price of what these answers ask for, before it is frozen."""
    return pricing.lines_for(order, answers)


def days_left_of(certificate: Certificate) -> int:
    """Whole days in the tenant's zone, negative when it has expired."""
    return projection.facts_of(certificate).days_left
