"""订单详情: every try to pay a charge or to pay it back, each with states of its own (RULES E5). In a tenant_tx."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from payments.models import ChannelOrder, ChannelOrderState, ClaimState, Refund, TransferClaim


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """One line of 订单详情 (RULES E5): what was tried to pay, or paid back, with states of its own."""

    number: str
    kind: str  # 交易类型: 消费, 转账, 退款
    trade: str  # 交易状态: what became of the money
    order: str  # 订单状态: of the attempt itself
    made_at: datetime


def payment_orders(charge_public_id: str) -> tuple[PaymentOrder, ...]:
    """Channel orders, claimed transfers and refunds of a charge, oldest first."""
    found = [
        PaymentOrder(
            order.out_trade_no,
            str(_("消费")),
            _trade(order),
            _attempt(order),
            order.created_at,
        )
        for order in ChannelOrder.objects.filter(charge__public_id=charge_public_id)
    ]
    claims = TransferClaim.objects.filter(charge__public_id=charge_public_id).exclude(state=ClaimState.DRAFT)
    found += [
        PaymentOrder("—", str(_("转账")), claim.get_state_display(), _alive(claim.state), claim.claimed_at)
        for claim in claims
        if claim.claimed_at is not None
    ]
    refunds = Refund.objects.filter(charge__public_id=charge_public_id)
    found += [
        PaymentOrder(each.refund_number, str(_("退款")), each.get_state_display(), str(_("正常")), each.created_at)
        for each in refunds
    ]
    return tuple(sorted(found, key=lambda one: one.made_at))


_TRADES = {
    ChannelOrderState.PLACING: _lazy("未支付"),
    ChannelOrderState.OPEN: _lazy("未支付"),
    ChannelOrderState.CLOSING: _lazy("未支付"),
    ChannelOrderState.PAID: _lazy("支付成功"),
    ChannelOrderState.CLOSED: _lazy("未支付"),
    ChannelOrderState.FAILED: _lazy("未受理"),
}


def _trade(order: ChannelOrder) -> str:
    return str(_TRADES[ChannelOrderState(order.state)])


def _attempt(order: ChannelOrder) -> str:
    over = order.state in {ChannelOrderState.CLOSED, ChannelOrderState.CLOSING, ChannelOrderState.FAILED}
    return str(_("已关闭") if over else _("正常"))


def _alive(state: str) -> str:
    return str(_("已撤回") if state == ClaimState.WITHDRAWN else _("正常"))
