"""A dry run of a rule pack over certificates: which path each would take and why, and what it would cost. Pure."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace

from payments.fees import total
from renewals.programmes.conditions import Condition
from renewals.programmes.eligibility import NotEligible, choose_path
from renewals.programmes.facts import Facts
from renewals.programmes.schema import Asked, Path, RulePack


@dataclass(frozen=True, slots=True)
class Cost:
    """``option``: what the customer would choose for it (a term's title, what else is ordered), or ""; in fen."""

    option: str
    fen: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one certificate meets with for one business.

    Either ``open``: the names of the open paths, the recommended one first, with ``why`` (the first one's conditions
    beside the facts) and ``costs``; or nothing open and ``reason``, the pack's own sentence.
    """

    business: str
    open: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    costs: tuple[Cost, ...] = ()
    reason: str = ""


def businesses(pack: RulePack) -> tuple[str, ...]:
    """What the pack's paths serve, in their order."""
    return tuple(dict.fromkeys(business for path in pack.paths for business in path.serves))


def simulate(pack: RulePack, facts: Facts, business: str) -> Outcome:
    """Never raises for a validated pack whose tariff holds on that day; FeeError names a price that is missing."""
    choice = choose_path(pack, facts, business)
    if isinstance(choice, NotEligible):
        return Outcome(business, reason=choice.reason)
    path = pack.path(choice.path)
    why = tuple(_beside(condition, facts) for condition in path.when)
    return Outcome(business, choice.open, why, tuple(_costs(pack, path, facts, business)))


def _beside(condition: Condition, facts: Facts) -> str:
    value = condition.value
    wanted = "[" + ", ".join(map(str, value)) + "]" if isinstance(value, tuple) else str(value)
    return f"{condition.field}={getattr(facts, condition.field)}（{condition.operator} {wanted}）"


def _costs(pack: RulePack, path: Path, facts: Facts, business: str) -> Iterator[Cost]:
    """By term where one is chosen; then with each answer that costs something more."""
    asked = Asked(business, facts.holder_kind.value, remaining_days=max(0, facts.days_left))
    terms = {path.term_years or 0: ""}
    if path.application and "term_years" in path.application.all_fields:
        terms = {term.years: term.title for term in pack.terms}
    for years, title in terms.items():
        yield Cost(title, _total(pack, replace(asked, term_years=years), facts.on))
    answers = {(line.asked_by.field, line.asked_by.value): line.name for line in pack.tariff if line.asked_by}
    for (field, value), name in answers.items():
        if path.application and field in path.application.all_fields:
            more = replace(asked, term_years=max(terms), answers={field: value})
            yield Cost(name, _total(pack, more, facts.on))


def _total(pack: RulePack, asked: Asked, on: datetime.date) -> int:
    return total(pack.quote([asked], on))
