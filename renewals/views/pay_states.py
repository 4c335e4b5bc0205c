"""业务状态, 支付状态, 交易类型, 交易状态, 订单状态: shown apart, each with its own number (RULES E5)."""

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.models import Charge
from payments.payment_orders import payment_orders
from portal.ui.parts import Column, Pair, Row, Table
from portal.ui.templatetags.ui import in_fours
from renewals.models import Order
from renewals.views.progress import status_badge

_COLUMNS = (
    Column(gettext_lazy("支付单号"), "code"),
    Column(gettext_lazy("交易类型")),
    Column(gettext_lazy("交易状态")),
    Column(gettext_lazy("订单状态")),
    Column(gettext_lazy("创建时间")),
)


def business_facts(order: Order, charge: Charge) -> list[Pair]:
    """业务信息."""
    return [
        Pair(_("业务单号"), in_fours(order.number)),
        Pair(_("业务状态"), status_badge(order.status)),
        Pair(_("支付状态"), paid_words(charge)),
    ]


def paid_words(charge: Charge) -> str:
    if not charge.open_fen:
        return _("已支付")
    return _("部分支付") if charge.credited_fen else _("未支付")


def payment_table(charge: Charge) -> Table:
    """订单详情: every try to pay, or to pay back; empty before the first."""
    rows = [
        Row([one.number, one.kind, one.trade, one.order, localtime(one.made_at).strftime("%Y-%m-%d %H:%M")])
        for one in payment_orders(charge.public_id)
    ]
    return Table(_COLUMNS, rows, caption=_("订单详情"), hide_caption=True)
