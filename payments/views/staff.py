"""/staff/payments/…: finance sees charges, what was received and refunds, and decides on refunds.

Reading is ``payments.view``, deciding ``payments.refund``. The workbench for bank statements joins here later.
"""

import secrets
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from payments import ledger, refundable, selectors
from payments.errors import ChargeNotFound
from payments.forms import RefundForm
from payments.models import (
    ChannelName,
    ChannelOrder,
    Charge,
    ChargeState,
    Payment,
    Refund,
    RefundState,
)
from payments.money import yuan
from payments.views.tables import CHARGE_TONES, money_tabs, refund_columns, refund_row, when
from portal.accounts import policy
from portal.accounts.access import access, tenant_of
from portal.accounts.actor import actor_of
from portal.errors import GuardRefused, PermissionRefused
from portal.tenants.transaction import tenant_tx
from portal.ui.parts import Badge, Column, Link, Row, Table
from portal.ui.templatetags.ui import money
from portal.ui.words import say

VIEW, REFUND = "payments.view", "payments.refund"
PER_PAGE = 50


@access(f"staff:{VIEW}")
@require_GET
def charges(request: HttpRequest) -> HttpResponse:
    state, sought = request.GET.get("state", ""), request.GET.get("q", "").strip()[:64]
    found = Charge.objects.order_by("-created_at", "-id")
    if state in ChargeState.values:
        found = found.filter(state=state)
    if sought:
        found = found.filter(
            Q(reference=sought)
            | Q(public_id=sought)
            | Q(description__contains=sought)
            | Q(payer_name__startswith=sought)
            | Q(channel_orders__out_trade_no=sought)
        ).distinct()
    page = _page(request, found)
    rows = [
        Row(
            [
                Link(charge.description, reverse("payments:staff-charge", args=[charge.public_id])),
                charge.payer_name or "—",
                money(charge.total_fen),
                money(charge.credited_fen),
                money(charge.refunded_fen) if charge.refunded_fen else "—",
                Badge(charge.get_state_display(), CHARGE_TONES[charge.state]),
                when(charge.created_at),
            ],
            url=reverse("payments:staff-charge", args=[charge.public_id]),
        )
        for charge in page
    ]
    columns = [
        Column(_("事项")),
        Column(_("付款单位")),
        Column(_("应收"), "money"),
        Column(_("已收"), "money"),
        Column(_("已退"), "money"),
        Column(_("状态")),
        Column(_("创建时间")),
    ]
    filters = [("", _("全部")), *ChargeState.choices]
    return _list(
        request, "charges", Table(columns, rows, _("应收"), hide_caption=True), page=page, filters=filters, chosen=state
    )


@access(f"staff:{VIEW}")
@require_GET
def received(request: HttpRequest) -> HttpResponse:
    """Payments; 多付与待认领 are those that finance has to do something about."""
    state = request.GET.get("state", "")
    found = Payment.objects.order_by("-paid_at", "-id")
    if state == "surplus":
        found = found.filter(allocations__target="balance").distinct()
    elif state == "suspense":
        found = found.filter(allocations__isnull=True, refunding_fen=0)
    page = _page(request, found)
    may_refund = policy.allows(actor_of(request), REFUND)
    rows = [
        Row(
            [
                payment.transaction_id,
                dict(ChannelName.choices).get(payment.channel, payment.channel),
                money(payment.amount_fen),
                money(surplus) if (surplus := refundable.surplus_of(payment)) else "—",
                money(payment.refunded_fen) if payment.refunded_fen else "—",
                when(payment.paid_at),
                Link(
                    _("原路退回"),
                    reverse("payments:staff-refund-surplus", args=[payment.public_id]),
                    payment.transaction_id,
                )
                if surplus and may_refund
                else "",
            ]
        )
        for payment in page
    ]
    columns = [
        Column(_("渠道流水号"), "code"),
        Column(_("渠道")),
        Column(_("金额"), "money"),
        Column(_("多付"), "money"),
        Column(_("已退"), "money"),
        Column(_("支付时间")),
        Column(_("操作"), "actions"),
    ]
    filters = [("", _("全部")), ("surplus", _("多付")), ("suspense", _("待认领"))]
    return _list(
        request,
        "received",
        Table(columns, rows, _("收款"), hide_caption=True),
        page=page,
        filters=filters,
        chosen=state,
    )


@access(f"staff:{VIEW}")
@require_GET
def refunds(request: HttpRequest) -> HttpResponse:
    state = request.GET.get("state", "")
    found = Refund.objects.select_related("charge", "payment").order_by("-created_at", "-id")
    if state in RefundState.values:
        found = found.filter(state=state)
    page = _page(request, found)
    decides = policy.allows(actor_of(request), REFUND)
    rows = [refund_row(refund, may_decide=decides) for refund in page]
    table = Table(refund_columns(), rows, _("退款"), hide_caption=True)
    filters = [("", _("全部")), *RefundState.choices]
    return _list(request, "refunds", table, page=page, filters=filters, chosen=state)


@access(f"staff:{VIEW}")
@require_http_methods(["GET", "HEAD", "POST"])
def charge(request: HttpRequest, charge: str) -> HttpResponse:
    """One charge with everything about it; POST asks for a refund (finance)."""
    form = RefundForm(request.POST or None, initial={"key": secrets.token_urlsafe(16)})
    if request.method == "POST":
        if not policy.allows(actor_of(request), REFUND):
            raise PermissionRefused
        if form.is_valid() and (answer := _request_refund(request, charge, form)):
            return answer
    with tenant_tx(tenant_of(request)):
        response = TemplateResponse(
            request,
            "payments/staff_charge.html",
            _charge_context(request, charge, form),
            status=422 if form.errors else 200,
        )
        return response.render()


def _request_refund(request: HttpRequest, public_id: str, form: RefundForm) -> HttpResponse | None:
    """None: the form has got an error."""
    data = form.cleaned_data
    try:
        with tenant_tx(tenant_of(request), write=True):
            found = Charge.objects.filter(public_id=public_id).first()
            if found is None:
                raise ChargeNotFound
            asked = ledger.request_refund(
                found,
                amount_fen=data["amount"],
                reason=data["reason"],
                by=actor_of(request),
                key=f"staff:{data['key']}",
            )
    except GuardRefused as refusal:
        form.add_error("amount", say(refusal))
        return None
    waits = any(refund.state == RefundState.REQUESTED for refund in asked)
    messages.success(request, _("已提交，等待另一位财务确认。") if waits else _("已提交，系统正在办理退款。"))
    return HttpResponseRedirect(reverse("payments:staff-charge", args=[public_id]))


def _charge_context(request: HttpRequest, public_id: str, form: RefundForm) -> dict[str, Any]:
    view = selectors.charge_view(public_id)
    row = Charge.objects.get(public_id=public_id)
    orders = ChannelOrder.objects.filter(charge=row).order_by("id")
    lines = [
        Row([line.name, f"{yuan(line.unit_price_fen)} {line.unit}", line.quantity, money(line.subtotal_fen)])
        for line in view.lines
    ]
    return {
        "charge": view,
        "badge": Badge(view.state_label, CHARGE_TONES[view.state]),
        "close_reason": row.close_reason,
        "lines": Table(
            [
                Column(_("费用项目")),
                Column(_("单价"), "money"),
                Column(_("数量"), "number"),
                Column(_("小计"), "money"),
            ],
            lines,
            _("费用明细"),
            hide_caption=True,
            footer=[_("合计"), "", "", money(view.total_fen)],
        ),
        "orders": Table(
            [
                Column(_("商户订单号"), "code"),
                Column(_("渠道")),
                Column(_("金额"), "money"),
                Column(_("状态")),
                Column(_("创建时间")),
            ],
            [
                Row(
                    [
                        order.out_trade_no,
                        order.get_channel_display(),
                        money(order.amount_fen),
                        order.get_state_display() + (f"（{order.failure}）" if order.failure else ""),
                        when(order.created_at),
                    ]
                )
                for order in orders
            ],
            _("渠道订单"),
            hide_caption=True,
        ),
        "refunds": Table(
            refund_columns(),
            [
                refund_row(refund, may_decide=policy.allows(actor_of(request), REFUND))
                for refund in Refund.objects.filter(charge=row).select_related("charge").order_by("id")
            ],
            _("退款"),
            hide_caption=True,
        ),
        "refundable_fen": row.refundable_fen,
        "may_refund": policy.allows(actor_of(request), REFUND) and row.refundable_fen > 0,
        "form": form,
        "names": dict(ChannelName.choices),
    }


def _page(request: HttpRequest, found: "QuerySet[Any]") -> "Page[Any]":
    return Paginator(found, PER_PAGE).get_page(request.GET.get("page"))


def _list(
    request: HttpRequest,
    current: str,
    table: Table,
    *,
    page: "Page[Any]",
    filters: list[tuple[str, Any]],
    chosen: str,
) -> HttpResponse:
    context = {
        "title": table.caption,
        "table": table,
        "page": page,
        "filters": filters,
        "chosen": chosen,
        "searchable": current == "charges",
        "sought": request.GET.get("q", ""),
        "tabs": money_tabs(request, current),
    }
    return TemplateResponse(request, "payments/staff_list.html", context)
