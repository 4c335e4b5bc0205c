"""What is known about a chunk of lines: fetched in bulk, so that queries count by the thousand lines."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from payments.matching.model import ChargeIndex, Claim, Line, NumberRule, OpenCharge, Policy, Reason
from payments.matching.names import cut_of, organisations_in, payer_key, same_payer
from payments.matching.numbers import Reading, near, read

T = TypeVar("T")
_MOST_GONE = 8  # settled or closed charges of one payer that are looked at


@dataclass(frozen=True, slots=True)
class Facts:
    """A line as it reads."""

    line: Line
    reading: Reading
    key: str  # of the payer's name

    @classmethod
    def of(cls, line: Line, rule: NumberRule) -> "Facts":
        return cls(line, read(line.remittance_information, rule), payer_key(line.payer_name))


class Lines:
    """Lines by what finds them. Each line once, whatever how often it is added."""

    def __init__(self, facts: Iterable[Facts] = ()) -> None:
        self.by_id: dict[str, Facts] = {}
        self._naming: dict[str, list[Facts]] = defaultdict(list)
        self._paying: dict[tuple[str, int], list[Facts]] = defaultdict(list)
        self._of: dict[str, list[Facts]] = defaultdict(list)
        for each in facts:
            self.add(each)

    def add(self, facts: Facts) -> None:
        if facts.line.id in self.by_id:
            return
        self.by_id[facts.line.id] = facts
        for number in facts.reading.named:
            self._naming[number].append(facts)
        if facts.key:
            self._paying[facts.key, facts.line.amount_fen].append(facts)
            self._of[facts.key].append(facts)

    def naming(self, number: str) -> list[Facts]:
        return self._naming.get(number, [])

    def paying(self, key: str, amount_fen: int) -> list[Facts]:
        return self._paying.get((key, amount_fen), [])

    def of(self, key: str) -> list[Facts]:
        return self._of.get(key, [])


class Known:
    """Charges, claims and earlier lines around a chunk of lines.

    ``lines``: the statement's own. Who has more than ``policy.most_of_a_payer`` of anything is *crowded*.
    """

    def __init__(self, index: ChargeIndex, lines: Lines, rule: NumberRule, policy: Policy) -> None:
        self._index = index
        self._lines = lines
        self._waiting = Lines()
        self._rule = rule
        self.policy = policy
        self.charges: dict[str, OpenCharge] = {}
        self._numbered: dict[str, list[OpenCharge]] = defaultdict(list)
        self._of_payer: dict[str, list[OpenCharge]] = defaultdict(list)
        self._claims_of: dict[str, list[Claim]] = defaultdict(list)
        self._claims_on: dict[str, list[Claim]] = defaultdict(list)
        self._alike: dict[tuple[str, int], list[OpenCharge]] = defaultdict(list)
        self._gone_of: dict[str, list[OpenCharge]] = defaultdict(list)
        self._near: dict[str, dict[str, Reason]] = {}
        self._crowded: set[str] = set()

    # Fetching

    def fetch_for_matching(self, chunk: Collection[Facts]) -> None:
        """What the automatic rules look at."""
        self._fetch_numbers({number for facts in chunk for number in facts.reading.named})
        self._fetch_alike(chunk)
        keys = {facts.key for facts in chunk if facts.key}
        self._fetch_claims_of(keys)
        self._fetch_claims_on()
        self._fetch_gone({key for key in keys if self._claims_of.get(key)})
        self._fetch_payers({facts.key for facts in chunk if facts.key and not self._plainly_the_holders(facts)})
        claims = [claim for claims in self._claims_on.values() for claim in claims]
        numbers = set(self._numbered) | {claim.charge.number for claim in claims}
        payers = keys | {payer_key(claim.payer_name) for claim in claims} - {""}
        self._fetch_waiting(numbers, payers)

    def fetch_for_suggesting(self, chunk: Collection[Facts]) -> None:
        """What else a person may want to see; after ``fetch_for_matching``."""
        doubtful = {written for facts in chunk for written in facts.reading.doubtful}
        self._fetch_numbers({number for written in doubtful for number in self.meant_by(written)})
        named = {payer_key(name) for facts in chunk for name in organisations_in(facts.line.remittance_information)}
        keys = {facts.key for facts in chunk} | named
        self._fetch_payers(keys - set(self._of_payer) - {""})
        self._fetch_gone({facts.key for facts in chunk} - {""} - set(self._gone_of))
        self._fetch_pairs({(facts.key, facts.line.amount_fen) for facts in chunk if facts.key in self._crowded})
        self._fetch_claims_on()

    def _plainly_the_holders(self, facts: Facts) -> bool:
        return any(self.is_holder(facts, charge) for number in facts.reading.named for charge in self.numbered(number))

    def _fetch_numbers(self, numbers: set[str]) -> None:
        wanted = sorted(numbers - set(self._numbered))
        if wanted:
            for charge in self._index.by_number(wanted):
                _add(self._numbered[charge.number], self._keep(charge))

    def _fetch_alike(self, chunk: Collection[Facts]) -> None:
        pairs = {
            (charge.payer_key, charge.open_fen)
            for facts in chunk
            for number in facts.reading.named
            for charge in self.open_numbered(number)
            if charge.open_fen == facts.line.amount_fen
        }
        self._fetch_pairs(pairs)

    def _fetch_pairs(self, pairs: set[tuple[str, int]]) -> None:
        if pairs:
            for charge in self._index.by_payer_and_amount(sorted(pairs), at_most=self.policy.most_of_a_payer):
                _add(self._alike[charge.payer_key, charge.open_fen], self._keep(charge))

    def _fetch_gone(self, keys: set[str]) -> None:
        if keys:
            for key in keys:
                self._gone_of[key] = []
            for charge in self._index.lately_gone(sorted(keys), at_most=_MOST_GONE):
                _add(self._gone_of[charge.payer_key], self._keep(charge))

    def _fetch_payers(self, keys: set[str]) -> None:
        if keys:
            self._fetch_of(keys, self._index.by_payer, self._of_payer, lambda charge: charge.payer_key)
            for key in keys:
                for charge in self._of_payer[key]:
                    self._keep(charge)

    def _fetch_claims_of(self, keys: set[str]) -> None:
        if keys:
            self._fetch_of(
                keys, self._index.claims_of_payers, self._claims_of, lambda claim: payer_key(claim.payer_name)
            )
            for claims in self._claims_of.values():
                for claim in claims:
                    self._keep(claim.charge)

    def _fetch_of(
        self,
        keys: set[str],
        fetch: Callable[..., Iterable[T]],
        into: dict[str, list[T]],
        key_of: Callable[[T], str],
    ) -> None:
        at_most = self.policy.most_of_a_payer
        for found in fetch(sorted(keys), at_most=at_most):
            _add(into[key_of(found)], found)
        self._crowded |= {key for key in keys if len(into[key]) >= at_most}

    def _fetch_claims_on(self) -> None:
        wanted = sorted(charge.id for charge in self.charges.values() if charge.id not in self._claims_on)
        if wanted:
            for id_ in wanted:
                self._claims_on[id_] = []
            for claim in self._index.claims_on(wanted):
                _add(self._claims_on[claim.charge.id], claim)

    def _fetch_waiting(self, numbers: set[str], keys: set[str]) -> None:
        if keys:
            for line in self._index.waiting_by_payer(sorted(keys), at_most=self.policy.most_of_a_payer):
                self._waiting.add(Facts.of(line, self._rule))
            self._crowded |= {key for key in keys if len(self._waiting.of(key)) >= self.policy.most_of_a_payer}
        if numbers:
            for line in self._index.waiting_by_number(sorted(numbers)):
                self._waiting.add(Facts.of(line, self._rule))

    def _keep(self, charge: OpenCharge) -> OpenCharge:
        return self.charges.setdefault(charge.id, charge)

    # Asking

    def numbered(self, number: str) -> list[OpenCharge]:
        return self._numbered.get(number, [])

    def open_numbered(self, number: str) -> list[OpenCharge]:
        return [charge for charge in self.numbered(number) if charge.is_open]

    def meant_by(self, written: str) -> dict[str, Reason]:
        """Numbers that the doubtful digits may be, and the slip."""
        if written not in self._near:
            self._near[written] = near(written, self._rule)
        return self._near[written]

    def in_bucket(self, key: str) -> list[OpenCharge]:
        """Open charges of this payer and of who shares the key."""
        return self._of_payer.get(key, [])

    def owed_by(self, facts: Facts) -> list[OpenCharge]:
        """Open charges of the payer: of very many the oldest, and those with just this amount open."""
        found = {charge.id: charge for charge in self.in_bucket(facts.key)}
        if facts.key in self._crowded:
            found |= {charge.id: charge for charge in self._alike.get((facts.key, facts.line.amount_fen), ())}
        return [charge for charge in found.values() if self.is_holder(facts, charge)]

    def siblings(self, charge: OpenCharge) -> list[OpenCharge] | None:
        """The same holder's other charges with the same amount open; None if they are too many to look at."""
        alike = self._alike.get((charge.payer_key, charge.open_fen), [])
        if len(alike) >= self.policy.most_of_a_payer:
            return None
        return [other for other in alike if other.id != charge.id and same_payer(other.holder_name, charge.holder_name)]

    def gone(self, facts: Facts) -> list[OpenCharge]:
        """Charges of this payer that were settled or closed of late."""
        return [charge for charge in self._gone_of.get(facts.key, ()) if self.is_holder(facts, charge)]

    def claims_of(self, facts: Facts) -> list[Claim]:
        """Waiting claims that name this line's payer."""
        return [
            claim for claim in self._claims_of.get(facts.key, ()) if same_payer(claim.payer_name, facts.line.payer_name)
        ]

    def claims_on(self, charge: OpenCharge) -> list[Claim]:
        return self._claims_on.get(charge.id, [])

    def is_crowded(self, key: str) -> bool:
        """More is known of this payer than was fetched."""
        return key in self._crowded

    def naming(self, number: str) -> Iterator[Facts]:
        """Lines whose remark holds the number, of this statement and earlier ones."""
        yield from self._lines.naming(number)
        for facts in self._waiting.naming(number):
            if facts.line.id not in self._lines.by_id:
                yield facts

    def paying(self, key: str, amount_fen: int) -> list[Facts]:
        own = self._lines.paying(key, amount_fen)
        earlier = self._waiting.paying(key, amount_fen)
        return own + [facts for facts in earlier if facts.line.id not in self._lines.by_id]

    def lines_of(self, key: str) -> list[Facts]:
        return self._lines.of(key) + [
            facts for facts in self._waiting.of(key) if facts.line.id not in self._lines.by_id
        ]

    def told_by(self, claim: Claim) -> list[Facts] | None:
        """Lines that this claim may tell; None if they are too many to look at."""
        lines = self.paying(payer_key(claim.payer_name), claim.amount_fen)
        if len(lines) > self.policy.most_of_a_payer:
            return None
        return [facts for facts in lines if self.fits(claim, facts)]

    # Judging

    def is_holder(self, facts: Facts, charge: OpenCharge) -> bool:
        """Is the payer the holder (RULES C9), as far as the bank shows the name (P10)?"""
        shown, whole = facts.line.payer_name, charge.holder_name
        return same_payer(shown, whole, other_kind=charge.holder_kind) or self.is_cut(facts, charge)

    def is_cut(self, facts: Facts, charge: OpenCharge) -> bool:
        at = self.policy.bank_cuts_names_at
        return at is not None and cut_of(facts.line.payer_name, charge.holder_name, at=at)

    def fits(self, claim: Claim, facts: Facts) -> bool:
        """Is this line what the claim tells: name, amount, day, and nothing that speaks against it?"""
        line = facts.line
        return (
            claim.amount_fen == line.amount_fen
            and abs((claim.paid_on - line.booked_on).days) <= self.policy.days_apart
            and same_payer(claim.payer_name, line.payer_name)
            and (not facts.reading.named or claim.charge.number in facts.reading.named)
        )


def _add(to: list[T], item: T) -> None:
    if item not in to:
        to.append(item)
