"""A rule pack: one programme (业务项目) of one tenant, as data. DESIGN §1; docs/rule-packs.md explains every field."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from payments.fees import Price, QuoteLine, Rounding, Tariff, Wanted, quote
from renewals.lifecycle import PathSpec
from renewals.programmes.conditions import Condition
from renewals.programmes.facts import HolderKind
from renewals.programmes.schema_base import (
    Body,
    Business,
    Days,
    Fen,
    IsoDate,
    Line,
    Name,
    OrderKind,
    PackModel,
    Sentence,
    Slug,
    WorkingDays,
)
from renewals.programmes.schema_steps import Answer, AnyStep, ApplicationStep, step_spec
from renewals.programmes.validity import ValidityStart

SCHEMA_VERSION = 1


class ConsentText(PackModel):
    """A text that the customer accepts. Stored with version, time and IP (C1); paragraphs by a blank line."""

    name: Name
    title: Line
    version: Line
    ticked: Literal["together", "apart"]
    body: Body

    @property
    def paragraphs(self) -> tuple[str, ...]:
        return tuple("".join(part.split("\n")) for part in self.body.strip().split("\n\n"))


class Term(PackModel):
    """A term that can be chosen: 1 year is 12 months on the calendar."""

    years: Annotated[int, Field(ge=1, le=10)]
    title: Line


HolderKindName = Literal["organisation", "organisation_personal", "organisation_business", "individual"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What one certificate of an order asks of the tariff. ``remaining_days`` of the old one, from 0 up.

    ``answers``: the application's, as far as they are known.
    """

    business: str = "renewal"
    holder_kind: str = "organisation"
    term_years: int = 0
    remaining_days: int = 0
    answers: Mapping[str, str] = field(default_factory=dict)


class TariffLine(PackModel):
    """A price (payments.fees). ``quantity``: once, the chosen years, or the old certificate's remaining days (D5).

    It counts for orders of these ``businesses`` and holders of these kinds (absent: all), and where ``asked_by``
    stands in the application. Years and once are summed over an order's certificates; days stand apart, because each
    certificate's share is rounded by itself.
    """

    code: Name
    name: Line
    price_fen: Fen
    unit: Line
    quantity: Literal["once", "term_years", "remaining_days"]
    per: Annotated[int, Field(ge=1, le=366)] = 1
    rounding: Literal["exact", "floor_yuan", "floor_fen", "half_up_fen"] = "exact"
    valid_from: IsoDate | None = None
    valid_until: IsoDate | None = None
    businesses: Annotated[tuple[Business, ...], Field(min_length=1)] | None = None
    holder_kinds: Annotated[tuple[HolderKindName, ...], Field(min_length=1)] | None = None
    asked_by: Answer | None = None

    def counts(self, asked: Asked) -> bool:
        """Whether that certificate is charged for it at all."""
        return (
            asked.business in (self.businesses or (asked.business,))
            and asked.holder_kind in (self.holder_kinds or (asked.holder_kind,))
            and (self.asked_by is None or asked.answers.get(self.asked_by.field) == self.asked_by.value)
        )

    def units(self, asked: Asked) -> int:
        """How many units that certificate takes; 0 where the line doesn't count."""
        amounts = {"once": 1, "term_years": asked.term_years, "remaining_days": max(0, asked.remaining_days)}
        return amounts[self.quantity] if self.counts(asked) else 0


class Choice(PackModel):
    """A value that a form offers, with its words."""

    name: Name
    title: Line


class HolderChoice(PackModel):
    name: HolderKindName
    title: Line

    @property
    def kind(self) -> HolderKind:
        return HolderKind(self.name)


class IdKind(PackModel):
    """A kind of ID (P4). ``id_card`` is checked by GB 11643 and by three factors; others only at the counter."""

    name: Literal["id_card", "passport", "hm_permit", "foreign_permit"]
    title: Line


class InvoiceKind(PackModel):
    name: Literal["ordinary", "special"]
    title: Line
    tax_number: Literal["required", "optional"]


class Rule(PackModel):
    """All of ``require`` must hold, otherwise the customer reads ``otherwise``. Rules are asked in order.

    Asked only of orders for these ``businesses``, and only where all of ``when`` holds (absent: always; B3).
    """

    require: Annotated[tuple[Condition, ...], Field(min_length=1)]
    otherwise: Sentence
    businesses: Annotated[tuple[Business, ...], Field(min_length=1)] | None = None
    when: Annotated[tuple[Condition, ...], Field(min_length=1)] | None = None


class Refusal(PackModel):
    """Why no path is open. The first one whose ``when`` holds speaks; the last one has none."""

    when: tuple[Condition, ...] = ()
    say: Sentence
    businesses: Annotated[tuple[Business, ...], Field(min_length=1)] | None = None


class RenewalWindow(PackModel):
    """Days before the old end from which on a certificate can be renewed, both ends included (A4)."""

    opens_days_before: Days
    too_early: Sentence


class NextCertificate(PackModel):
    """Several certificates of one customer: when the next one can be started (C3)."""

    starts: Literal["any_time", "after_installed_before_next"]
    otherwise: Sentence


class Stage(PackModel):
    """A stage of the progress bar (C4) and the steps that it stands for."""

    title: Line
    steps: tuple[Name, ...] = ()


class Clocks(PackModel):
    """Working days of the Chinese calendar (D8, P21)."""

    draft_expires: WorkingDays  # nobody went on with the application
    draft_warning: WorkingDays  # so many days before that, a notice
    payment_expires: WorkingDays  # submitted and never paid


class Cancellation(PackModel):
    """``after_issuance``: P19. After installation nothing can be cancelled."""

    after_payment: Literal["refund"]
    after_issuance: Literal["administrator_revokes_finance_decides"]


class Path(PackModel):
    """One way through the programme; chosen by ``when``, fixed when the application is submitted.

    ``businesses``: what it serves, absent renewal. ``term_years``: a term that nobody chooses (A9). ``max_items``: how
    many certificates one order takes, absent 1 (A12). ``medium``: new where another key is made, absent same.
    """

    name: Name
    title: Line
    when: tuple[Condition, ...] = ()
    validity_start: ValidityStart = Field(strict=False)
    revoke_old: Literal["on_verified", "on_submit", "on_collect", "never"]
    encryption_key: Literal["keep", "rotate_with_history"]
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    steps: Annotated[tuple[AnyStep, ...], Field(min_length=1)]
    businesses: Annotated[tuple[Business, ...], Field(min_length=1)] | None = None
    term_years: Annotated[int, Field(ge=1, le=10)] | None = None
    max_items: Annotated[int, Field(ge=1, le=500)] | None = None
    medium: Literal["same", "new"] | None = None

    @property
    def serves(self) -> tuple[str, ...]:
        """The businesses that it is for."""
        return self.businesses or ("renewal",)

    @property
    def application(self) -> ApplicationStep | None:
        return next((step for step in self.steps if isinstance(step, ApplicationStep)), None)

    @property
    def takes_papers(self) -> bool:
        """Then the papers reserve the certificate, not the application (Across 2). Not papers that only some need."""
        return any(step.kind == "documents" and step.only_if is None for step in self.steps)

    def step(self, name: str) -> AnyStep:
        """KeyError when the path has no step of that name."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)


class RulePack(PackModel):
    """One version of one programme. Immutable: what an order started on never changes under it."""

    schema_version: Literal[1]
    tenant: Slug
    slug: Slug
    version: Annotated[int, Field(ge=1)]
    title: Line
    service: Line  # 业务服务 on the order page (C12)
    description: Line  # 业务描述 (C12)
    business: Literal["renewal"]
    order_kind: OrderKind  # the first two digits of the order number (Across 1)
    texts: tuple[ConsentText, ...]
    terms: tuple[Term, ...]
    tariff: tuple[TariffLine, ...]
    holder_kinds: Annotated[tuple[HolderChoice, ...], Field(min_length=1)]
    id_kinds: Annotated[tuple[IdKind, ...], Field(min_length=1)]
    invoice_kinds: tuple[InvoiceKind, ...]
    invoice_at: Literal["payment", "approval"]  # P5
    renewal_window: RenewalWindow
    next_certificate: NextCertificate
    clocks: Clocks
    cancellation: Cancellation
    eligibility: tuple[Rule, ...]
    paths: Annotated[tuple[Path, ...], Field(min_length=1)]
    otherwise: Annotated[tuple[Refusal, ...], Field(min_length=1)]

    @property
    def key(self) -> str:
        """tenant/slug, as `manage.py walk` takes it."""
        return f"{self.tenant}/{self.slug}"

    @property
    def one_after_the_other(self) -> bool:
        """The next certificate can be started only after the first is paid and installed (C3)."""
        return self.next_certificate.starts == "after_installed_before_next"

    def price_fields(self, path: Path) -> frozenset[str]:
        """The application's fields that the price depends on, on this path."""
        lines = [line for line in self.tariff if set(line.businesses or path.serves) & set(path.serves)]
        fields = {line.asked_by.field for line in lines if line.asked_by}
        if path.term_years is None and any(line.quantity == "term_years" for line in lines):
            fields.add("term_years")
        return frozenset(fields if path.application else ())

    def path(self, name: str) -> Path:
        """KeyError when the pack has no path of that name."""
        for path in self.paths:
            if path.name == name:
                return path
        raise KeyError(name)

    def path_spec(self, name: str) -> PathSpec:
        """The path as the lifecycle walks it."""
        path = self.path(name)
        fields = self.price_fields(path)
        return PathSpec(name, tuple(step_spec(step, fields) for step in path.steps), fields)

    def step_config(self, path: str, step: str) -> AnyStep:
        """A step's own part of the pack. KeyError when there is none."""
        return self.path(path).step(step)

    def text(self, name: str) -> ConsentText:
        for text in self.texts:
            if text.name == name:
                return text
        raise KeyError(name)

    def fees(self) -> Tariff:
        """The tariff for payments.fees. FeeError when two prices of one code hold on one day."""
        return Tariff(tuple(_price(line) for line in self.tariff))

    def quote(self, asked: Sequence[Asked], on: datetime.date) -> tuple[QuoteLine, ...]:
        """The lines in fen for these certificates of one order on that day.

        ValueError for a term that neither the terms nor a path offers.
        """
        offered = {term.years for term in self.terms} | {path.term_years for path in self.paths}
        for each in asked:
            priced = any(line.quantity == "term_years" and line.counts(each) for line in self.tariff)
            if (priced or each.term_years) and each.term_years not in offered:
                raise ValueError(f"no term of {each.term_years} years")
        return quote(self.fees(), self._wanted(asked), on=on)

    def _wanted(self, asked: Sequence[Asked]) -> Iterable[Wanted]:
        seen = set()
        for line in self.tariff:
            if line.code in seen:  # the same price on other days
                continue
            seen.add(line.code)
            units = [amount for each in asked if (amount := line.units(each))]
            if line.quantity != "remaining_days":
                units = [sum(units)]
            yield from (Wanted(line.code, amount) for amount in units if amount)


def _price(line: TariffLine) -> Price:
    return Price(
        code=line.code,
        name=line.name,
        price_fen=line.price_fen,
        unit=line.unit,
        per=line.per,
        rounding=Rounding(line.rounding),
        valid_from=datetime.date.fromisoformat(line.valid_from) if line.valid_from else None,
        valid_until=datetime.date.fromisoformat(line.valid_until) if line.valid_until else None,
    )
