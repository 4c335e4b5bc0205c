"""An order's money as tables and pairs, out of what the ledger shows (payments.selectors)."""

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.models import ChannelName, ChannelOrder
from payments.selectors import ChargeView
from portal.ui.parts import Badge, Column, Link, Pair, Row, Table, Tone
from portal.ui.templatetags.ui import money, plain_money
from renewals.staff_views.common import stamp, table, unbroken, when

_CHARGE_TONES: Final[dict[str, Tone]] = {"open": "info", "settled": "success", "closed": "neutral"}


def charge_badge(charge: ChargeView) -> Badge:
    return Badge(charge.state_label, _CHARGE_TONES.get(charge.state, "neutral"))


def charge_pairs(charge: ChargeView) -> list[Pair]:
    rows = [
        Pair(_("应收"), money(charge.total_fen)),
        Pair(_("已收"), money(charge.credited_fen)),
        Pair(_("付清时间"), when(charge.settled_at)),
    ]
    if charge.refunding_fen or charge.refunded_fen:
        rows += [Pair(_("退款中"), money(charge.refunding_fen)), Pair(_("已退"), money(charge.refunded_fen))]
    return rows


def movements(charges: Sequence[ChargeView], placed: Sequence[ChannelOrder]) -> Table:
    """Channel orders, payments, refunds and invoices: everything about money in one list, in the order of its kinds."""
    channels = dict(ChannelName.choices)
    rows = [
        Row(
            [
                unbroken(_("渠道订单")),
                order.get_channel_display(),
                order.out_trade_no,
                money(order.amount_fen),
                unbroken(order.get_state_display()),
                stamp(order.created_at),
            ]
        )
        for order in placed
    ]
    for charge in charges:
        rows += [
            Row(
                [
                    unbroken(_("收款")),
                    channels.get(paid.channel, paid.channel),
                    paid.transaction_id,
                    money(paid.amount_fen),
                    unbroken(_("已到账")),
                    stamp(paid.paid_at),
                ]
            )
            for paid in charge.payments
        ]
        rows += [
            Row(
                [
                    _("退款"),
                    "",
                    back.refund_number,
                    money(-back.amount_fen),
                    unbroken(back.state_label),
                    stamp(back.finished_at),
                ]
            )
            for back in charge.refunds
        ]
        rows += [
            Row(
                [
                    _("红字发票") if invoice.colour == "red" else _("发票"),
                    invoice.title,
                    Link(invoice.number, invoice.url) if invoice.url else invoice.number or "—",
                    money(-invoice.amount_fen if invoice.colour == "red" else invoice.amount_fen),
                    unbroken(invoice.state_label),
                    "",
                ]
            )
            for invoice in charge.invoices
        ]
    columns = [
        Column(gettext_lazy("事项")),
        Column(gettext_lazy("渠道或抬头")),
        Column(gettext_lazy("编号"), "code"),
        Column(gettext_lazy("金额"), "money"),
        Column(gettext_lazy("状态")),
        Column(gettext_lazy("时间")),
    ]
    return table(_("收款、退款与发票"), columns, rows)


def quote_lines(charge: ChargeView) -> Table:
    columns = [
        Column(gettext_lazy("收费项目")),
        Column(gettext_lazy("单价"), "money"),
        Column(gettext_lazy("数量"), "number"),
        Column(gettext_lazy("小计"), "money"),
    ]
    rows = [
        Row([line.name, f"{plain_money(line.unit_price_fen)} {line.unit}", line.quantity, money(line.subtotal_fen)])
        for line in charge.lines
    ]
    return Table(
        columns, rows, caption=_("费用明细"), hide_caption=True, footer=[_("合计"), "", "", money(charge.total_fen)]
    )
