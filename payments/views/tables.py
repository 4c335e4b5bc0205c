"""How rows of money are laid out on finance's pages."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from payments.models import (
    BankTransaction,
    ChannelName,
    ClaimState,
    Difference,
    LineState,
    Refund,
    RefundState,
    Suspense,
    SuspenseState,
    TransferClaim,
)
from portal.accounts import policy
from portal.accounts.actor import actor_of
from portal.ui.parts import Badge, Column, Link, Row, Tab, Tone
from portal.ui.templatetags.ui import money

CHARGE_TONES: dict[str, Tone] = {"open": "info", "settled": "success", "closed": "neutral"}
REFUND_TONES: dict[str, Tone] = {
    "requested": "warning",
    "approved": "info",
    "sent": "info",
    "succeeded": "success",
    "failed": "danger",
    "declined": "neutral",
}


def refund_columns() -> list[Column]:
    return [
        Column(_("退款单号"), "code"),
        Column(_("事项")),
        Column(_("金额"), "money"),
        Column(_("原因")),
        Column(_("状态")),
        Column(_("申请")),
        Column(_("申请时间")),
    ]


def refund_row(refund: Refund, *, may_decide: bool) -> Row:
    url = reverse("payments:staff-refund-decide", args=[refund.public_id]) if may_decide else ""
    return Row(
        [
            Link(refund.refund_number, url) if url else refund.refund_number,
            refund.charge.description if refund.charge else _("多付款项"),
            money(refund.amount_fen),
            refund.reason,
            Badge(refund.get_state_display(), REFUND_TONES[refund.state]),
            refund.requested_by,
            when(refund.created_at),
        ],
        url=url,
    )


def when(moment: Any) -> str:
    return localtime(moment).strftime("%Y-%m-%d %H:%M")


def money_tabs(request: HttpRequest, current: str) -> list[Tab]:
    """The tabs of finance's lists that this reader may open, with how many wait for a decision (RULES P20)."""
    by = actor_of(request)
    waiting = {
        "workbench": BankTransaction.objects.filter(state=LineState.LEFT),
        "days": Difference.objects.filter(explained_at=None),
        "transfers": TransferClaim.objects.filter(state=ClaimState.WAITING),
        "held": Suspense.objects.filter(state=SuspenseState.HELD).exclude(wish=""),
        "refunds": Refund.objects.filter(
            Q(state=RefundState.REQUESTED) | Q(state=RefundState.APPROVED, payment__channel=ChannelName.BANK_TRANSFER)
        ),
    }
    names = [
        ("overview", _("概览"), "payments:staff-overview", "payments.overview"),
        ("charges", _("应收"), "payments:staff-charges", "payments.view"),
        ("statements", _("银行流水"), "payments:staff-statements", "payments.confirm"),
        ("workbench", _("对账"), "payments:staff-workbench", "payments.confirm"),
        ("transfers", _("转账核对"), "payments:staff-transfers", "payments.confirm"),
        ("held", _("付款人不符"), "payments:staff-held", "payments.confirm"),
        ("received", _("收款"), "payments:staff-received", "payments.view"),
        ("refunds", _("退款"), "payments:staff-refunds", "payments.view"),
        ("refund_files", _("退款文件"), "payments:staff-refund-files", "payments.refund"),
        ("invoices", _("发票"), "payments:staff-invoices", "payments.invoice"),
        ("days", _("日结"), "payments:staff-days", "payments.view"),
    ]
    return [
        Tab(label, reverse(view), name == current, waiting[name].count() or None if name in waiting else None)
        for name, label, view, permission in names
        if policy.allows(by, permission)
    ]
