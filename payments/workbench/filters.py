"""Which lines the workbench shows: by account, age, amount and kind of suggestion. Oldest first."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta

from django.db.models import QuerySet
from django.utils.timezone import localdate

from payments import money
from payments.models import BankTransaction, LineState
from payments.workbench.proposals import Kind, Proposal, kind_of, proposals_for

AGED_DAYS = 7  # lines older than this are listed apart
PER_PAGE = 20
_LOOKED_AT = 400  # lines whose suggestions are looked at for a filter by kind


@dataclass(frozen=True, slots=True)
class Filter:
    """As it stands in the address; "" doesn't filter. ``age``: at least so many days; amounts in yuan as typed."""

    account: str = ""
    age: str = ""
    least: str = ""
    most: str = ""
    kind: str = ""
    state: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Filter":
        return cls(**{one.name: str(given.get(one.name, ""))[:40].strip() for one in fields(cls)})

    @property
    def query(self) -> dict[str, str]:
        return {one.name: value for one in fields(self) if (value := getattr(self, one.name))}

    def fen(self, name: str) -> int | None:
        """None also for what isn't an amount: the page says so."""
        text = str(getattr(self, name)).replace(",", "").removeprefix("¥")
        try:
            return money.parse_yuan(text) if text else None
        except money.NotAnAmount:
            return None

    @property
    def unread(self) -> list[str]:
        return [name for name in ("least", "most") if getattr(self, name) and self.fen(name) is None]


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of lines with their proposals. ``more``: not all lines could be looked at for the kind."""

    lines: list[BankTransaction]
    proposals: dict[int, tuple[Proposal, ...]]
    page: int
    pages: int
    count: int
    more: bool = False


def lines_of(wanted: Filter) -> "QuerySet[BankTransaction]":
    found = BankTransaction.objects.select_related("account", "payment").filter(amount_fen__gt=0)
    if wanted.state == "held":  # nobody knows for what; those of a charge are in 付款人不符
        found = found.filter(state=LineState.HELD, payment__suspense=None)
    else:
        found = found.filter(state=LineState.LEFT)
    if wanted.account:
        found = found.filter(account__public_id=wanted.account)
    if wanted.age.isascii() and wanted.age.isdigit() and len(wanted.age) < 5:
        found = found.filter(booked_on__lte=localdate() - timedelta(days=int(wanted.age)))
    least, most = wanted.fen("least"), wanted.fen("most")
    if least is not None:
        found = found.filter(amount_fen__gte=least)
    if most is not None:
        found = found.filter(amount_fen__lte=most)
    return found.order_by("booked_on", "id")


def show(wanted: Filter, page: int) -> Shown:
    found = lines_of(wanted)
    count = found.count()
    if wanted.kind not in set(Kind):
        pages = max(1, -(-count // PER_PAGE))
        page = min(max(1, page), pages)
        lines = list(found[(page - 1) * PER_PAGE : page * PER_PAGE])
        return Shown(lines, proposals_for(lines), page, pages, count)
    looked = list(found[:_LOOKED_AT])
    proposals = proposals_for(looked)
    fitting = [line for line in looked if kind_of(proposals[line.pk]) == wanted.kind]
    pages = max(1, -(-len(fitting) // PER_PAGE))
    page = min(max(1, page), pages)
    lines = fitting[(page - 1) * PER_PAGE : page * PER_PAGE]
    return Shown(lines, proposals, page, pages, len(fitting), more=count > _LOOKED_AT)
