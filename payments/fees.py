"""From a tariff to the lines of a quote. Pure: no Django, no clock, integer fen throughout.

A tariff is data and comes from a rule pack. Each price says what one unit costs, of how many units that
price is the price (``per``: 365 for a yearly price that is charged by the day), how a broken result is
rounded, and between which days it holds. Multiply before dividing: 450 元 × 180 天 ÷ 365 = 221.92 → 221 元
(RULES D5), while 180/365 first would lose the yuan.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self


class Rounding(StrEnum):
    """What happens to the part of a subtotal that isn't whole."""

    EXACT = "exact"  # there must be none: a tariff that doesn't come out even is wrong
    FLOOR_YUAN = "floor_yuan"  # truncated to whole yuan (RULES D5)
    FLOOR_FEN = "floor_fen"
    HALF_UP_FEN = "half_up_fen"


class FeeError(ValueError):
    """A tariff that can't be applied: the pack is wrong, or asked for a price that it doesn't have."""


@dataclass(frozen=True, slots=True)
class Price:
    """One line of a tariff.

    ``price_fen`` is the price of ``per`` units; ``unit`` is how the unit price reads ("元/年").
    ``valid_from`` and ``valid_until`` are both inclusive; None is open-ended.
    """

    code: str
    name: str
    price_fen: int
    unit: str
    per: int = 1
    rounding: Rounding = Rounding.EXACT
    valid_from: date | None = None
    valid_until: date | None = None

    def __post_init__(self) -> None:
        if self.price_fen < 0:
            raise FeeError(f"price {self.code}: price_fen is negative")
        if self.per < 1:
            raise FeeError(f"price {self.code}: per must be at least 1")
        if self.valid_from and self.valid_until and self.valid_from > self.valid_until:
            raise FeeError(f"price {self.code}: valid_from is after valid_until")

    def holds_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )

    def overlaps(self, other: Self) -> bool:
        starts_before_other_ends = not (self.valid_from and other.valid_until) or self.valid_from <= other.valid_until
        ends_after_other_starts = not (self.valid_until and other.valid_from) or other.valid_from <= self.valid_until
        return starts_before_other_ends and ends_after_other_starts

    def subtotal(self, quantity: int) -> int:
        """Fen for ``quantity`` units."""
        if quantity < 0:
            raise FeeError(f"price {self.code}: quantity is negative")
        product = self.price_fen * quantity
        match self.rounding:
            case Rounding.EXACT:
                if product % self.per:
                    raise FeeError(f"price {self.code}: {product}/{self.per} fen isn't whole; name a rounding rule")
                return product // self.per
            case Rounding.FLOOR_YUAN:
                return product // (self.per * 100) * 100
            case Rounding.FLOOR_FEN:
                return product // self.per
            case Rounding.HALF_UP_FEN:
                return (2 * product + self.per) // (2 * self.per)


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line of a quote as the customer sees it (RULES E5): name, unit price, quantity, subtotal."""

    name: str
    unit_price_fen: int
    unit: str
    quantity: int
    subtotal_fen: int

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "unit_price_fen": self.unit_price_fen,
            "unit": self.unit,
            "quantity": self.quantity,
            "subtotal_fen": self.subtotal_fen,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            name=str(data["name"]),
            unit_price_fen=int(data["unit_price_fen"]),
            unit=str(data["unit"]),
            quantity=int(data["quantity"]),
            subtotal_fen=int(data["subtotal_fen"]),
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """``quantity`` units of the price called ``code``: 2 years, 180 days, 1 seal."""

    code: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Tariff:
    """All prices of one programme version. The same code may stand several times, for different days."""

    prices: tuple[Price, ...]

    def __post_init__(self) -> None:
        for index, price in enumerate(self.prices):
            for other in self.prices[index + 1 :]:
                if price.code == other.code and price.overlaps(other):
                    raise FeeError(f"price {price.code}: two prices hold on the same day")

    def price(self, code: str, on: date) -> Price:
        """The price of that code on that day (a whole day in the tenant's zone). Raises FeeError if none."""
        for price in self.prices:
            if price.code == code and price.holds_on(on):
                return price
        raise FeeError(f"no price {code} on {on.isoformat()}")


def quote(tariff: Tariff, wanted: Iterable[Wanted], *, on: date) -> tuple[QuoteLine, ...]:
    """The lines for what is wanted, in that order. What isn't wanted (quantity 0) makes no line."""
    lines = []
    for want in wanted:
        price = tariff.price(want.code, on)
        if want.quantity:
            lines.append(
                QuoteLine(price.name, price.price_fen, price.unit, want.quantity, price.subtotal(want.quantity))
            )
        elif want.quantity < 0:
            raise FeeError(f"price {want.code}: quantity is negative")
    return tuple(lines)


def total(lines: Iterable[QuoteLine]) -> int:
    """Fen."""
    return sum(line.subtotal_fen for line in lines)
