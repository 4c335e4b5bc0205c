"""Open charges, claims and waiting lines for matching, always of many at once (``matching.ChargeIndex``).

Read inside a tenant_tx. Nothing is kept but what is asked: memory doesn't grow with the charges that are open.
"""

from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from payments.matching import Claim, Line, NameKind, OpenCharge, Standing
from payments.models import (
    WAITING_LINES,
    BankTransaction,
    Charge,
    ChargeState,
    ClaimState,
    FurtherNumber,
    TransferClaim,
)
from portal import vault
from portal.tenants import current_tenant

_COLUMNS = (
    "id",
    "number",
    "payer_name",
    "created_at",
    "payer_key",
    "payer_must_be_holder",
    "holder_kind",
    "state",
    "total_fen",
    "credited_fen",
)
_LINE_COLUMNS = ("id", "amount_fen", "payer_name", "booked_on", "remittance")


class DjangoIndex:
    """Ids are primary keys as text. ``zone``: of the tenant, whose days count."""

    def __init__(self) -> None:
        self._zone = ZoneInfo(current_tenant().timezone)

    def by_number(self, numbers: Collection[str], /) -> Iterator[OpenCharge]:
        return self._charges(Charge.objects.filter(number__in=numbers).exclude(number=""))

    def by_payer(self, payer_keys: Collection[str], /, *, at_most: int) -> Iterator[OpenCharge]:
        found = _open().filter(payer_key__in=payer_keys)
        return self._charges(_first(found, at_most, "payer_key", order=("created_at", "id")))

    def by_payer_and_amount(self, pairs: Collection[tuple[str, int]], /, *, at_most: int) -> Iterator[OpenCharge]:
        wanted = set(pairs)
        found = (
            _open()
            .annotate(owing=F("total_fen") - F("credited_fen"))
            .filter(payer_key__in={key for key, _ in wanted}, owing__in={fen for _, fen in wanted})
        )
        charges = self._charges(_first(found, at_most, "payer_key", "owing", order=("created_at", "id")))
        return (charge for charge in charges if (charge.payer_key, charge.open_fen) in wanted)

    def lately_gone(self, payer_keys: Collection[str], /, *, at_most: int) -> Iterator[OpenCharge]:
        found = Charge.objects.filter(state__in=[ChargeState.SETTLED, ChargeState.CLOSED], payer_key__in=payer_keys)
        return self._charges(_first(found, at_most, "payer_key", order=("-created_at", "-id")))

    def claims_of_payers(self, payer_keys: Collection[str], /, *, at_most: int) -> Iterator[Claim]:
        found = _claims().filter(payer_key__in=payer_keys)
        return self._told(_first(found, at_most, "payer_key", order=("paid_on", "id")))

    def claims_on(self, charge_ids: Collection[str], /) -> Iterator[Claim]:
        return self._told(_claims().filter(charge_id__in=[int(id_) for id_ in charge_ids]))

    def waiting_by_number(self, numbers: Collection[str], /) -> Iterator[Line]:
        further = FurtherNumber.objects.filter(number__in=numbers).values("line_id")
        # two questions: an OR with a subquery would read all lines
        yield from _lines(_waiting().filter(number__in=numbers).exclude(number=""))
        yield from _lines(_waiting().filter(id__in=further))

    def waiting_by_payer(self, payer_keys: Collection[str], /, *, at_most: int) -> Iterator[Line]:
        found = _waiting().filter(payer_key__in=payer_keys)
        return _lines(_first(found, at_most, "payer_key", order=("booked_on", "id")))

    def _charges(self, found: "QuerySet[Charge]") -> Iterator[OpenCharge]:
        return (self._charge(row) for row in found.values_list(*_COLUMNS))

    def _charge(self, row: tuple[Any, ...]) -> OpenCharge:
        id_, number, holder, opened_at, key, must, kind, state, total, credited = row
        return OpenCharge(
            str(id_),
            number,
            total - credited if state == ChargeState.OPEN else 0,
            holder,
            self._day(opened_at),
            key,
            must,
            NameKind(kind) if kind else None,
            Standing(state),
            total,
        )

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self._zone).date()

    def _told(self, found: "QuerySet[TransferClaim]") -> Iterator[Claim]:
        claims = [claim for claim in found.select_related("charge") if claim.paid_on is not None]
        named = [claim for claim in claims if claim.payer_account is not None]
        accounts = dict(zip((claim.pk for claim in named), vault.open_many(named, "payer_account"), strict=True))
        for claim in claims:
            row = tuple(getattr(claim.charge, name) for name in _COLUMNS)
            yield Claim(
                str(claim.pk),
                self._charge(row),
                claim.payer_name,
                accounts.get(claim.pk, ""),
                claim.amount_fen,
                cast("date", claim.paid_on),
                claim.remittance,
            )


def _open() -> "QuerySet[Charge]":
    return Charge.objects.filter(state=ChargeState.OPEN)


def _claims() -> "QuerySet[TransferClaim]":
    return TransferClaim.objects.filter(state=ClaimState.WAITING)


def _waiting() -> "QuerySet[BankTransaction]":
    return BankTransaction.objects.filter(state__in=WAITING_LINES)


def _lines(found: "QuerySet[BankTransaction]") -> Iterator[Line]:
    """Without accounts: nobody compares those of other lines, and opening them takes time."""
    return (
        Line(str(id_), amount, name, "", day, remark)
        for id_, amount, name, day, remark in found.values_list(*_LINE_COLUMNS)
    )


def _first(found: "QuerySet[Any]", at_most: int, *each: str, order: tuple[str, ...]) -> "QuerySet[Any]":
    """At most so many for every value of ``each``."""
    by = [F(name.lstrip("-")).desc() if name.startswith("-") else F(name).asc() for name in order]
    place = Window(RowNumber(), partition_by=[F(name) for name in each], order_by=by)
    return found.annotate(place=place).filter(Q(place__lte=at_most))
