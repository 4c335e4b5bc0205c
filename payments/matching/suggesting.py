"""What a person may choose from, best first, with the reasons as codes. RULES P9, P10, P16.

Evidence is weighed by points. They only order the suggestions of one line; what is certain is decided elsewhere.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations

from payments.matching.known import Facts, Known
from payments.matching.model import Because, Claim, OpenCharge, Reason, Standing, Suggestion
from payments.matching.names import organisations_in, payer_key, same_payer

_POINTS = {
    Reason.NUMBER: 60,
    Reason.SWAPPED_DIGITS: 46,
    Reason.ONE_WRONG_DIGIT: 42,
    Reason.LOST_DIGIT: 42,
    Reason.EXTRA_DIGIT: 42,
    Reason.GLUED_NUMBER: 48,
    Reason.AMOUNT: 25,
    Reason.HOLDER: 20,
    Reason.HOLDER_CUT: 15,
    Reason.HOLDER_IN_REMARK: 22,
    Reason.CLAIM: 36,
    Reason.CLAIM_PART: 12,
    Reason.CLAIM_ACCOUNT: 16,
    Reason.CLAIM_OTHER_NAME: 14,
    Reason.LATE: -12,
    Reason.BEFORE_CHARGE: -20,
    Reason.SUM: 24,
    Reason.SPLIT: 24,
}
_FAR = 30  # days: a claim or a part of a split further away says nothing
_APART = 3  # days: a claim further away tells of another transfer
_LESS_LIKELY = 8
_NOT_NAMED = 20  # where the remark names others
_MOST_SUMS = 8  # sums of one payer's charges that are offered at most; more is guessing
_NEAREST = 14  # charges or lines that sums are sought among


@dataclass(slots=True)
class _Candidate:
    """A charge and what speaks for it. ``is_tied``: this payer or this remark says so, not only a likeness."""

    charge: OpenCharge
    is_tied: bool = False
    is_named: bool = False  # by its number in full
    because: list[Because] = field(default_factory=list)
    reasons: set[Reason] = field(default_factory=set)
    score: int = 0

    def add(self, reason: Reason, *, less: int = 0, **params: str | int) -> None:
        if reason not in self.reasons:
            self.reasons.add(reason)
            self.because.append(Because.of(reason, **params))
            self.score += _POINTS.get(reason, 0) - less


def suggest(facts: Facts, known: Known, taken: Mapping[str, str], matched: Collection[str]) -> tuple[Suggestion, ...]:
    """At most ``policy.most_suggestions``.

    ``taken``: charge → line of what this run has matched: those are settled now. ``matched``: the lines of it.
    """
    found = _Gathering(facts, known, taken)
    found.by_number()
    found.by_claim()
    found.by_name()
    candidates = found.weighed()
    suggestions = [_single(facts, candidate) for candidate in candidates]
    suggestions += _of_several_numbers(facts, candidates)
    suggestions += _sums(facts, known, candidates)
    suggestions += _splits(facts, known, candidates, matched)
    best: dict[tuple[tuple[str, ...], tuple[str, ...]], Suggestion] = {}
    for each in sorted(suggestions, key=_rank):
        best.setdefault((each.line_ids, tuple(sorted(each.charge_ids))), each)
    return tuple(best.values())[: known.policy.most_suggestions]


def _rank(suggestion: Suggestion) -> tuple[int, int, tuple[str, ...], tuple[str, ...]]:
    return (-suggestion.score, len(suggestion.charge_ids), suggestion.charge_ids, suggestion.line_ids)


class _Gathering:
    """Candidates for one line."""

    def __init__(self, facts: Facts, known: Known, taken: Mapping[str, str]) -> None:
        self._facts = facts
        self._known = known
        self._taken = taken
        self._candidates: dict[str, _Candidate] = {}

    def _at(self, charge: OpenCharge, *, tied: bool = False) -> _Candidate:
        if charge.id not in self._candidates:
            settled = charge.id in self._taken
            now = replace(charge, open_fen=0, standing=Standing.SETTLED) if settled else charge
            self._candidates[charge.id] = _Candidate(now)
        candidate = self._candidates[charge.id]
        candidate.is_tied = candidate.is_tied or tied
        return candidate

    def by_number(self) -> None:
        for number in self._facts.reading.named:
            for charge in self._known.numbered(number):
                candidate = self._at(charge, tied=True)
                candidate.is_named = True
                candidate.add(Reason.NUMBER, number=number)
        for written in self._facts.reading.doubtful:
            for number, slip in self._known.meant_by(written).items():
                for charge in self._known.numbered(number):
                    self._at(charge).add(slip, written=written, number=number)

    def by_claim(self) -> None:
        line, known = self._facts.line, self._known
        for claim in known.claims_of(self._facts):
            days = abs((claim.paid_on - line.booked_on).days)
            candidate = self._at(claim.charge, tied=True)
            if claim.amount_fen == line.amount_fen and days <= _FAR:
                candidate.add(Reason.CLAIM, less=min(days, 15), claim=claim.id, days=days)
            elif claim.amount_fen == claim.charge.open_fen < line.amount_fen and days <= known.policy.days_apart:
                candidate.add(Reason.CLAIM_PART, claim=claim.id)

    def by_name(self) -> None:
        known, line = self._known, self._facts.line
        for charge in known.owed_by(self._facts):
            self._at(charge, tied=True)
        for charge in known.gone(self._facts):
            self._at(charge)
        for name in organisations_in(line.remittance_information):
            for charge in known.in_bucket(payer_key(name)):
                if same_payer(name, charge.holder_name, other_kind=charge.holder_kind):
                    self._at(charge, tied=True).add(Reason.HOLDER_IN_REMARK, named=name)

    def weighed(self) -> list[_Candidate]:
        candidates = list(self._candidates.values())
        named = [candidate for candidate in candidates if candidate.is_named]
        open_ones = sum(candidate.charge.is_open for candidate in candidates)
        for candidate in candidates:
            if named and not candidate.is_named:
                candidate.score -= _NOT_NAMED
            self._weigh_claims(candidate)
            self._weigh_holder(candidate, open_ones - candidate.charge.is_open)
            self._weigh_amount(candidate)
            self._weigh_time(candidate)
            self._weigh_other_lines(candidate)
        return sorted(candidates, key=lambda candidate: (-candidate.score, candidate.charge.id))

    def _weigh_claims(self, candidate: _Candidate) -> None:
        line = self._facts.line
        claims = sorted(self._known.claims_on(candidate.charge), key=lambda claim: claim.id)
        for claim in claims:
            if claim.amount_fen == line.amount_fen and abs((claim.paid_on - line.booked_on).days) <= _FAR:
                if _same_account(claim, self._facts):
                    candidate.add(Reason.CLAIM_ACCOUNT, claim=claim.id)
                if not same_payer(claim.payer_name, line.payer_name):
                    candidate.add(Reason.CLAIM_OTHER_NAME, claim=claim.id)
        if claims and all(abs((claim.paid_on - line.booked_on).days) > _APART for claim in claims):
            candidate.score -= _LESS_LIKELY  # its payer tells of another transfer

    def _weigh_holder(self, candidate: _Candidate, others: int) -> None:
        known, facts, charge = self._known, self._facts, candidate.charge
        if known.is_holder(facts, charge):
            candidate.add(Reason.HOLDER_CUT if known.is_cut(facts, charge) else Reason.HOLDER)
            if others:
                candidate.add(Reason.OTHER_CHARGES, count=others)
        else:
            candidate.add(Reason.THIRD_PARTY, payer=facts.line.payer_name, holder=charge.holder_name)

    def _weigh_amount(self, candidate: _Candidate) -> None:
        charge, paid = candidate.charge, self._facts.line.amount_fen
        if not charge.is_open:
            candidate.add(Reason.LATE, standing=charge.standing.value)
            if charge.total_fen == paid:
                candidate.add(Reason.AMOUNT)
        elif charge.open_fen == paid:
            candidate.add(Reason.AMOUNT)
        elif charge.open_fen > paid:
            candidate.add(Reason.UNDER, fen=charge.open_fen - paid)
        else:
            candidate.add(Reason.OVER, fen=paid - charge.open_fen)

    def _weigh_time(self, candidate: _Candidate) -> None:
        """People pay soon after they have ordered, as a rule; never before."""
        days = (self._facts.line.booked_on - candidate.charge.opened_on).days
        if days < 0:
            candidate.add(Reason.BEFORE_CHARGE, days=-days)
        else:
            candidate.score += max(0, 12 - days)

    def _weigh_other_lines(self, candidate: _Candidate) -> None:
        number, own = candidate.charge.number, self._facts
        others = {facts.line.id for facts in self._known.naming(number)} - {own.line.id}
        if others:
            candidate.add(Reason.SEVERAL_LINES, count=len(others) + 1)
            if number not in own.reading.named:
                candidate.score -= _LESS_LIKELY  # they name it, this line doesn't


def _same_account(claim: Claim, facts: Facts) -> bool:
    said, shown = ("".join(text.split()) for text in (claim.payer_account, facts.line.payer_account))
    return said == shown and len(said) >= 8


def _single(facts: Facts, candidate: _Candidate) -> Suggestion:
    paid = facts.line.amount_fen
    credit = min(paid, candidate.charge.open_fen) if candidate.charge.is_open else 0
    return Suggestion(
        (facts.line.id,),
        ((candidate.charge.id, credit),),
        paid - credit,
        tuple(candidate.because),
        candidate.score,
    )


def _together(facts: Facts, group: Iterable[_Candidate], score: int, because: tuple[Because, ...]) -> Suggestion:
    """One line over several charges, each as far as the money goes."""
    left = facts.line.amount_fen
    shares = []
    for candidate in sorted(group, key=lambda candidate: (candidate.charge.opened_on, candidate.charge.id)):
        credit = min(left, candidate.charge.open_fen) if candidate.charge.is_open else 0
        shares.append((candidate.charge.id, credit))
        left -= credit
    return Suggestion((facts.line.id,), tuple(shares), left, because, score)


def _of_several_numbers(facts: Facts, candidates: list[_Candidate]) -> list[Suggestion]:
    """All charges that the remark names, whatever they come to."""
    numbers = set(facts.reading.named)
    named = [candidate for candidate in candidates if candidate.charge.number in numbers and candidate.charge.is_open]
    if len({candidate.charge.number for candidate in named}) < 2:
        return []
    because = [Because.of(Reason.SEVERAL_NUMBERS, count=len(named))]
    wanted = sum(candidate.charge.open_fen for candidate in named)
    score = max(candidate.score for candidate in named) + _NOT_NAMED
    if wanted == facts.line.amount_fen:
        because.append(Because.of(Reason.SUM, count=len(named)))
        score += _POINTS[Reason.SUM] + _POINTS[Reason.AMOUNT]
    elif wanted > facts.line.amount_fen:
        because.append(Because.of(Reason.UNDER, fen=wanted - facts.line.amount_fen))
    else:
        because.append(Because.of(Reason.OVER, fen=facts.line.amount_fen - wanted))
    return [_together(facts, named, score, tuple(because))]


def _sums(facts: Facts, known: Known, candidates: list[_Candidate]) -> list[Suggestion]:
    """Two or three charges of one payer that come to exactly this line."""
    paid = facts.line.amount_fen
    smaller = [candidate for candidate in candidates if 0 < candidate.charge.open_fen < paid][:_NEAREST]
    found = []
    for count in range(2, known.policy.most_in_a_sum + 1):
        for group in combinations(smaller, count):
            if sum(candidate.charge.open_fen for candidate in group) == paid and _of_one_payer(group):
                score = sum(candidate.score for candidate in group) // count + _POINTS[Reason.SUM]
                score += _NOT_NAMED * any(candidate.is_named for candidate in group)
                found.append(_together(facts, group, score, (Because.of(Reason.SUM, count=count), *_shared(group))))
    return sorted(found, key=_rank)[:_MOST_SUMS]


def _of_one_payer(group: Iterable[_Candidate]) -> bool:
    """One holder's, or each tied to this payer: an agent's, for several holders (RULES P16)."""
    return len({candidate.charge.payer_key for candidate in group}) == 1 or all(each.is_tied for each in group)


def _shared(group: Iterable[_Candidate]) -> tuple[Because, ...]:
    """Reasons that hold for all, but for what is said of each alone."""
    alone = {Reason.AMOUNT, Reason.UNDER, Reason.OVER, Reason.OTHER_CHARGES, Reason.SEVERAL_LINES}
    first, *others = group
    return tuple(
        because
        for because in first.because
        if because.reason not in alone and all(because in other.because for other in others)
    )


def _splits(facts: Facts, known: Known, candidates: list[_Candidate], matched: Collection[str]) -> list[Suggestion]:
    """This line with one or two others of the same payer, or with the same number, that together pay one charge."""
    found = []
    paid = facts.line.amount_fen
    for candidate in candidates[:_NEAREST]:
        missing = candidate.charge.open_fen - paid
        if missing > 0:
            others = _others(facts, candidate, known, matched)
            groups = (group for count in range(1, known.policy.most_in_a_sum) for group in combinations(others, count))
            found += [
                _split(facts, candidate, group)
                for group in groups
                if sum(other.line.amount_fen for other in group) == missing
            ]
    return found


def _others(facts: Facts, candidate: _Candidate, known: Known, matched: Collection[str]) -> list[Facts]:
    number, missing = candidate.charge.number, candidate.charge.open_fen - facts.line.amount_fen
    near = {
        other.line.id: other
        for other in [*known.naming(number), *known.lines_of(facts.key)]
        if other.line.id != facts.line.id
        and other.line.id not in matched
        and other.line.amount_fen <= missing
        and abs((other.line.booked_on - facts.line.booked_on).days) <= _FAR
        and (not other.reading.named or number in other.reading.named)
    }
    return sorted(
        near.values(), key=lambda other: (abs((other.line.booked_on - facts.line.booked_on).days), other.line.id)
    )[:_NEAREST]


def _split(facts: Facts, candidate: _Candidate, group: Iterable[Facts]) -> Suggestion:
    ids = tuple(sorted([facts.line.id, *(other.line.id for other in group)]))
    kept = [because for because in candidate.because if because.reason not in {Reason.UNDER, Reason.SEVERAL_LINES}]
    return Suggestion(
        ids,
        ((candidate.charge.id, candidate.charge.open_fen),),
        0,
        (Because.of(Reason.SPLIT, count=len(ids)), *kept),
        candidate.score + _POINTS[Reason.SPLIT],
    )
