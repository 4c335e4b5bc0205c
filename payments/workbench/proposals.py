"""Suggestions of ``matching`` as the workbench shows them: with charges, what accepting does, and reasons in words.

Flat in queries: everything is asked for all lines of a page at once.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from payments import money
from payments.charge_index import DjangoIndex
from payments.matching import Because, Line, Match, Matcher, MatchRule, Policy, Reason, Suggestion
from payments.matching.names import may_be_one
from payments.models import BankTransaction, Charge
from payments.numbering import number_rule
from payments.workbench.deciding import pays_as_holder
from payments.workbench.words import REASON_WORDS, STANDING_WORDS

SHOWN = 3


class Kind(StrEnum):
    """What the first suggestion of a line is like."""

    EXACT = "exact"
    UNDER = "under"
    OVER = "over"
    SUM = "sum"
    SPLIT = "split"
    THIRD_PARTY = "third_party"
    LATE = "late"
    NONE = "none"


KIND_WORDS: dict[Kind, str | Promise] = {
    Kind.EXACT: _("金额一致"),
    Kind.UNDER: _("少付"),
    Kind.OVER: _("多付"),
    Kind.SUM: _("一笔付多项"),
    Kind.SPLIT: _("分次转账"),
    Kind.THIRD_PARTY: _("付款人不符"),
    Kind.LATE: _("晚到或重复"),
    Kind.NONE: _("没有线索"),
}


class Way(StrEnum):
    """What accepting does."""

    CREDIT = "credit"
    CHECKED = "checked"  # credit, after the person has ticked that the payer is the holder
    HOLD = "hold"  # somebody else has paid: into suspense
    REST = "rest"  # the charge takes nothing any more: balance, or back
    NONE = "none"  # several charges and somebody else: by hand


@dataclass(frozen=True, slots=True)
class Part:
    charge: Charge
    fen: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """``lines``: all that pay together, the asked one first. Σ parts + rest = Σ lines."""

    lines: tuple[BankTransaction, ...]
    parts: tuple[Part, ...]
    rest_fen: int
    reasons: tuple[str, ...]
    kind: Kind
    way: Way

    @property
    def came_fen(self) -> int:
        return sum(line.amount_fen for line in self.lines)

    @property
    def others(self) -> tuple[BankTransaction, ...]:
        return self.lines[1:]

    @property
    def kind_words(self) -> str:
        return str(KIND_WORDS[self.kind])


def proposals_for(lines: Sequence[BankTransaction]) -> dict[int, tuple[Proposal, ...]]:
    """By line's primary key, best first, at most ``SHOWN``. Lines come with their account."""
    suggested = _suggested(lines)
    every = [each for found in suggested.values() for each in found]
    charges = Charge.objects.in_bulk({int(pk) for each in every for pk in each.charge_ids})
    known = {line.pk: line for line in lines}
    missing = {int(pk) for each in every for pk in each.line_ids} - set(known)
    if missing:
        known |= _with_account(BankTransaction.objects.filter(pk__in=missing)).in_bulk()
    return {
        line.pk: tuple(_proposal(line, each, charges, known) for each in suggested.get(line.pk, ())[:SHOWN])
        for line in lines
    }


def kind_of(proposals: Sequence[Proposal]) -> Kind:
    return proposals[0].kind if proposals else Kind.NONE


def words_of(because: Because) -> str:
    """A reason as a person reads it."""
    params: dict[str, object] = dict(because.params)
    if "fen" in params:
        params["fen"] = money.display(int(str(params["fen"])))
    if "standing" in params:
        params["standing"] = STANDING_WORDS[str(params["standing"])]
    if because.reason is Reason.THIRD_PARTY and not params.get("payer"):
        params["payer"] = _("银行未显示")
    return str(REASON_WORDS[because.reason.value]) % params


def _with_account(found: "QuerySet[BankTransaction]") -> "QuerySet[BankTransaction]":
    return found.select_related("account")


def _suggested(lines: Sequence[BankTransaction]) -> dict[int, tuple[Suggestion, ...]]:
    """Accounts whose bank cuts names alike share a run."""
    alike: dict[int | None, list[BankTransaction]] = defaultdict(list)
    for line in lines:
        alike[line.account.cuts_names_at].append(line)
    found: dict[int, tuple[Suggestion, ...]] = {}
    for cuts_at, group in alike.items():
        matcher = Matcher(DjangoIndex(), number_rule(), Policy(bank_cuts_names_at=cuts_at))
        matcher.add(
            Line(str(line.pk), line.amount_fen, line.payer_name, "", line.booked_on, line.remittance) for line in group
        )
        for outcome in matcher.outcomes():
            certain = (_certain(outcome.match),) if outcome.match else ()
            found[int(outcome.line.id)] = certain + outcome.suggestions
    return found


def _certain(match: Match) -> Suggestion:
    """What the machine would take today; this line a person has had in hand, so a person accepts it."""
    by_claim = Because.of(Reason.CLAIM, claim=match.claim_id, days=0)
    because = [Because.of(Reason.AMOUNT), Because.of(Reason.HOLDER)]
    if match.rule is MatchRule.CLAIM:
        because.insert(0, by_claim)
    return Suggestion((match.line_id,), ((match.charge_id, match.amount_fen),), 0, tuple(because), 0)


def _proposal(
    line: BankTransaction, each: Suggestion, charges: dict[int, Charge], known: dict[int, BankTransaction]
) -> Proposal:
    others = [known[int(pk)] for pk in each.line_ids if int(pk) != line.pk and int(pk) in known]
    lines = (line, *others)
    parts = tuple(Part(charges[int(pk)], fen) for pk, fen in each.credits)
    return Proposal(
        lines, parts, each.rest_fen, tuple(map(words_of, each.because)), _kind(each, lines, parts), _way(lines, parts)
    )


def _kind(each: Suggestion, lines: Sequence[BankTransaction], parts: Sequence[Part]) -> Kind:
    reasons = each.reasons
    if _way(lines, parts) in (Way.HOLD, Way.NONE):
        return Kind.THIRD_PARTY
    first = {
        Reason.LATE: Kind.LATE,
        Reason.SPLIT: Kind.SPLIT,
        Reason.UNDER: Kind.UNDER,
        Reason.OVER: Kind.OVER,
        Reason.SUM: Kind.SUM,
        Reason.SEVERAL_NUMBERS: Kind.SUM,
    }
    return next((kind for reason, kind in first.items() if reason in reasons), Kind.EXACT)


def _way(lines: Iterable[BankTransaction], parts: Sequence[Part]) -> Way:
    paid = [part for part in parts if part.fen]
    if not paid:
        return Way.REST
    strict = [part.charge for part in paid if part.charge.payer_must_be_holder]
    pairs = [(line, charge) for line in lines for charge in strict if not pays_as_holder(line, charge)]
    if not pairs:
        return Way.CREDIT
    if all(not line.payer_name.strip() or may_be_one(line.payer_name, charge.payer_name) for line, charge in pairs):
        return Way.CHECKED
    return Way.HOLD if len(parts) == 1 and len({line.pk for line, _charge in pairs}) == 1 else Way.NONE
