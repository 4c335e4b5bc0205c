"""Payments, refunds and allocations of a period as rows for a spreadsheet, read in pieces. Money in fen, days local.

Nothing personal but organisations' names as the bank tells them: accounts stay sealed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from payments.dashboard import bounds, zone
from payments.models import Allocation, ChannelName, Payment, Refund
from payments.sheets import Cell, Fen
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant

PIECE = 1000  # rows read at once


@dataclass(frozen=True, slots=True)
class Export:
    """``since``: the moment that the period is about."""

    title: str | Promise
    columns: tuple[str | Promise, ...]
    since: str
    rows: Callable[[], "QuerySet[Any]"]
    cells: Callable[[Any], Sequence[Cell]]


def pieces(tenant: Tenant, name: str, first: date, last: date) -> Iterator[Sequence[Cell]]:
    """The header, then row after row; opens a read of its own for each piece, none while the reader is slow."""
    export = EXPORTS[name]
    yield [str(column) for column in export.columns]
    after = 0
    while True:
        with tenant_tx(tenant):
            start, end = bounds(first, last)
            wanted = export.rows().filter(**{f"{export.since}__gte": start, f"{export.since}__lt": end}, pk__gt=after)
            found = list(wanted.order_by("pk")[:PIECE])
            cells = [export.cells(row) for row in found]
        yield from cells
        if len(found) < PIECE:
            return
        after = found[-1].pk


def _when(moment: datetime | None) -> str:
    return moment.astimezone(zone()).strftime("%Y-%m-%d %H:%M:%S") if moment else ""


def _channel(name: str) -> str:
    return str(dict(ChannelName.choices).get(name, name))


def _payment(row: Payment) -> Sequence[Cell]:
    money = (Fen(row.amount_fen), Fen(row.refunding_fen), Fen(row.refunded_fen))
    return [_when(row.paid_at), _channel(row.channel), row.transaction_id, row.payer_name, *money, row.evidence]


def _refund(row: Refund) -> Sequence[Cell]:
    return [
        _when(row.created_at),
        row.refund_number,
        row.charge.description if row.charge else "",
        _channel(row.payment.channel),
        row.payment.transaction_id,
        Fen(row.amount_fen),
        row.reason,
        row.get_state_display(),
        row.requested_by,
        row.decided_by,
        row.bank_reference,
        _when(row.finished_at),
    ]


def _allocation(row: Allocation) -> Sequence[Cell]:
    return [
        _when(row.recorded_at),
        row.payment.transaction_id,
        _channel(row.payment.channel),
        row.get_target_display(),
        row.charge.description if row.charge else "",
        Fen(row.amount_fen),
        row.why,
        row.by,
    ]


EXPORTS: Final[dict[str, Export]] = {
    "payments": Export(
        _("收款"),
        (_("支付时间"), _("渠道"), _("渠道流水号"), _("付款户名"), _("金额"), _("退款中"), _("已退"), _("来源")),
        "paid_at",
        Payment.objects.all,
        _payment,
    ),
    "refunds": Export(
        _("退款"),
        (
            _("申请时间"),
            _("退款单号"),
            _("事项"),
            _("渠道"),
            _("渠道流水号"),
            _("金额"),
            _("原因"),
            _("状态"),
            _("申请"),
            _("确认"),
            _("网银流水号"),
            _("完成时间"),
        ),
        "created_at",
        lambda: Refund.objects.select_related("charge", "payment"),
        _refund,
    ),
    "allocations": Export(
        _("入账明细"),
        (_("时间"), _("渠道流水号"), _("渠道"), _("去向"), _("事项"), _("金额"), _("缘由"), _("经办")),
        "recorded_at",
        lambda: Allocation.objects.select_related("payment", "charge"),
        _allocation,
    ),
}
