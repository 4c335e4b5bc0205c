"""A ``ChargeIndex`` in memory: for tests, measuring, and a hall small enough to hold its open charges."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import TypeVar

from payments.matching.model import Claim, Line, NumberRule, OpenCharge
from payments.matching.names import payer_key
from payments.matching.numbers import read

K = TypeVar("K")
V = TypeVar("V")


class MemoryIndex:
    """Counts what it is asked in ``asked``, because every call would be a query."""

    def __init__(
        self,
        rule: NumberRule,
        charges: Iterable[OpenCharge] = (),
        claims: Iterable[Claim] = (),
        waiting: Iterable[Line] = (),
    ) -> None:
        self.asked = 0
        self._numbers: dict[str, list[OpenCharge]] = defaultdict(list)
        self._payers: dict[str, list[OpenCharge]] = defaultdict(list)
        self._amounts: dict[tuple[str, int], list[OpenCharge]] = defaultdict(list)
        self._gone: dict[str, list[OpenCharge]] = defaultdict(list)
        self._claims_of: dict[str, list[Claim]] = defaultdict(list)
        self._claims_on: dict[str, list[Claim]] = defaultdict(list)
        self._naming: dict[str, list[Line]] = defaultdict(list)
        self._waiting: dict[str, list[Line]] = defaultdict(list)
        for charge in sorted(charges, key=lambda charge: (charge.opened_on, charge.id)):
            self._numbers[charge.number].append(charge)
            if charge.is_open:
                self._payers[charge.payer_key].append(charge)
                self._amounts[charge.payer_key, charge.open_fen].append(charge)
            else:
                self._gone[charge.payer_key].insert(0, charge)
        for claim in sorted(claims, key=lambda claim: (claim.paid_on, claim.id)):
            self._claims_of[payer_key(claim.payer_name)].append(claim)
            self._claims_on[claim.charge.id].append(claim)
        for line in sorted(waiting, key=lambda line: (line.booked_on, line.id)):
            self._waiting[payer_key(line.payer_name)].append(line)
            for number in read(line.remittance_information, rule).named:
                self._naming[number].append(line)

    def by_number(self, numbers: Collection[str], /) -> Iterator[OpenCharge]:
        return self._answer(self._numbers, numbers)

    def by_payer(self, payer_keys: Collection[str], /, *, at_most: int) -> Iterator[OpenCharge]:
        return self._answer(self._payers, payer_keys, at_most)

    def by_payer_and_amount(self, pairs: Collection[tuple[str, int]], /, *, at_most: int) -> Iterator[OpenCharge]:
        return self._answer(self._amounts, pairs, at_most)

    def lately_gone(self, payer_keys: Collection[str], /, *, at_most: int) -> Iterator[OpenCharge]:
        return self._answer(self._gone, payer_keys, at_most)

    def claims_of_payers(self, payer_keys: Collection[str], /, *, at_most: int) -> Iterator[Claim]:
        return self._answer(self._claims_of, payer_keys, at_most)

    def claims_on(self, charge_ids: Collection[str], /) -> Iterator[Claim]:
        return self._answer(self._claims_on, charge_ids)

    def waiting_by_number(self, numbers: Collection[str], /) -> Iterator[Line]:
        return self._answer(self._naming, numbers)

    def waiting_by_payer(self, payer_keys: Collection[str], /, *, at_most: int) -> Iterator[Line]:
        return self._answer(self._waiting, payer_keys, at_most)

    def _answer(self, kept: dict[K, list[V]], keys: Collection[K], at_most: int | None = None) -> Iterator[V]:
        self.asked += 1
        return (found for key in keys for found in kept.get(key, ())[:at_most])
