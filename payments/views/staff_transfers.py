"""/staff/payments/transfers/…: transfers that finance looks for in the bank's statement, one after another.

Voucher, claim and quote stand side by side; after a decision the next one opens. RULES C9, P9, P10.
"""

import secrets

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from payments import selectors, suspense, transfers
from payments.errors import ClaimNotFound, NotInSuspense
from payments.forms import NotFoundForm, ReceivedForm
from payments.models import ClaimState, Suspense, SuspenseState, TransferClaim
from payments.money import yuan
from payments.payers import same_payer
from payments.views.tables import money_tabs, when
from portal import vault
from portal.accounts.access import access, tenant_of
from portal.accounts.actor import actor_of
from portal.errors import GuardRefused, StaleVersion
from portal.files import store
from portal.files.models import StoredFile
from portal.tenants.transaction import tenant_tx
from portal.ui.parts import Badge, Column, Link, Row, Table, Tone
from portal.ui.templatetags.ui import money
from portal.ui.words import say

CONFIRM = transfers.PERMISSION
PER_PAGE = 50
TONES: dict[str, Tone] = {
    "waiting": "warning",
    "confirmed": "success",
    "refused": "neutral",
    "withdrawn": "neutral",
    "held": "warning",
    "released": "success",
    "returning": "info",
    "returned": "neutral",
}


@access(f"staff:{CONFIRM}")
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Waiting ones, oldest first; or all that were decided, latest first."""
    state = request.GET.get("state", ClaimState.WAITING)
    found = TransferClaim.objects.select_related("charge").exclude(state=ClaimState.DRAFT)
    if state in ClaimState.values:
        found = found.filter(state=state)
    order = ("claimed_at", "id") if state == ClaimState.WAITING else ("-claimed_at", "-id")
    page = Paginator(found.order_by(*order), PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        Row(
            [
                Link(claim.charge.description, url := reverse("payments:staff-transfer", args=[claim.public_id])),
                claim.payer_name,
                money(claim.amount_fen),
                money(claim.charge.open_fen),
                str(claim.paid_on or ""),
                when(claim.claimed_at),
                Badge(claim.get_state_display(), TONES[claim.state]),
            ],
            url=url,
        )
        for claim in page
    ]
    columns = [
        Column(_("事项")),
        Column(_("付款账户名")),
        Column(_("登记金额"), "money"),
        Column(_("待收"), "money"),
        Column(_("付款日期")),
        Column(_("登记时间")),
        Column(_("状态")),
    ]
    filters = [(value, label) for value, label in ClaimState.choices if value != ClaimState.DRAFT]
    context = {
        "title": _("转账核对"),
        "table": Table(columns, rows, _("转账核对"), hide_caption=True),
        "page": page,
        "tabs": money_tabs(request, "transfers"),
        "filters": [*filters, ("all", _("全部"))],
        "chosen": state,
        "searchable": False,
        "sought": "",
    }
    return TemplateResponse(request, "payments/staff_list.html", context)


@access(f"staff:{CONFIRM}")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, claim: str) -> HttpResponse:
    """POST ``do``: confirm or refuse. What was typed comes back when it can't be done."""
    with tenant_tx(tenant_of(request)):
        initial = _initial(claim)
    received = ReceivedForm(request.POST if request.POST.get("do") == "confirm" else None, initial=initial)
    refusal = NotFoundForm(request.POST if request.POST.get("do") == "refuse" else None)
    if request.method == "POST":
        answer = _confirmed(request, claim, received) if received.is_bound else _refused(request, claim, refusal)
        if answer is not None:
            return answer
    status = 422 if received.errors or refusal.errors else 200
    with tenant_tx(tenant_of(request)):
        context = _context(claim, received, refusal)
    return TemplateResponse(request, "payments/staff_transfer.html", context, status=status)


@access(f"staff:{CONFIRM}")
@require_POST
def reveal(request: HttpRequest, claim: str) -> HttpResponse:
    """The payer's account in full, for a refund by hand; the look is in the audit log."""
    with tenant_tx(tenant_of(request), write=True):
        found = TransferClaim.objects.filter(public_id=claim).exclude(state=ClaimState.DRAFT).first()
        if found is None:
            raise ClaimNotFound
        account = vault.reveal(found, "payer_account", by=actor_of(request), reason="核对转账或网银退款")
    messages.info(request, _("付款账号：%(account)s") % {"account": account})
    back = request.POST.get("back", "")
    target = reverse("payments:staff-refund-decide", args=[back]) if back else _url(claim)
    return HttpResponseRedirect(target)


@access(f"staff:{CONFIRM}")
@require_GET
def held(request: HttpRequest) -> HttpResponse:
    """RULES P10: money from somebody else; those about which the customer has decided come first."""
    found = Suspense.objects.select_related("charge", "payment").order_by("-wish", "created_at", "id")
    state = request.GET.get("state", SuspenseState.HELD)
    if state in SuspenseState.values:
        found = found.filter(state=state)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        Row(
            [
                Link(row.charge.description, url := reverse("payments:staff-held-one", args=[row.payment.public_id])),
                row.payment.payer_name,
                row.charge.payer_name,
                money(row.payment.amount_fen),
                row.get_wish_display() if row.wish else _("等客户答复"),
                Badge(row.get_state_display(), TONES[row.state]),
            ],
            url=url,
        )
        for row in page
    ]
    columns = [
        Column(_("事项")),
        Column(_("付款人")),
        Column(_("申请单位")),
        Column(_("金额"), "money"),
        Column(_("客户答复")),
        Column(_("状态")),
    ]
    context = {
        "title": _("付款人不符"),
        "table": Table(columns, rows, _("付款人不符"), hide_caption=True),
        "page": page,
        "tabs": money_tabs(request, "held"),
        "filters": [*SuspenseState.choices, ("all", _("全部"))],
        "chosen": state,
        "searchable": False,
        "sought": "",
    }
    return TemplateResponse(request, "payments/staff_list.html", context)


@access(f"staff:{CONFIRM}")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def held_one(request: HttpRequest, payment: str) -> HttpResponse:
    """One click: release it to its charge, or send it back to its source."""
    with tenant_tx(tenant_of(request)):
        found = (
            Suspense.objects.select_related("charge", "payment", "explanation")
            .filter(payment__public_id=payment)
            .first()
        )
        if found is None:
            raise NotInSuspense
    if request.method == "POST":
        try:
            with tenant_tx(tenant_of(request), write=True):
                if request.POST.get("do") == "release":
                    suspense.release_from_suspense(found.payment, by=actor_of(request))
                else:
                    key = f"held:{request.POST.get('key', '')[:40]}"
                    suspense.return_from_suspense(found.payment, by=actor_of(request), key=key)
        except (GuardRefused, StaleVersion) as refusal:
            messages.error(request, say(refusal))
        else:
            messages.success(request, _("已处理。"))
        return HttpResponseRedirect(reverse("payments:staff-held-one", args=[payment]))
    with tenant_tx(tenant_of(request)):
        context = _held_context(found)
    return TemplateResponse(request, "payments/staff_held.html", context)


def _held_context(found: Suspense) -> dict[str, object]:
    claim = TransferClaim.objects.select_related("voucher").filter(payment=found.payment).first()
    return {
        "held": found,
        "claim": claim,
        "badge": Badge(found.get_state_display(), TONES[found.state]),
        "explanation": _pictures(found.explanation),
        "voucher": _pictures(claim.voucher if claim else None),
        "key": secrets.token_urlsafe(16),
    }


def _confirmed(request: HttpRequest, claim: str, form: ReceivedForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    data = form.cleaned_data
    told = transfers.Received(data["amount"], data["payer_name"], data["paid_on"], data["bank_serial"])
    try:
        with tenant_tx(tenant_of(request), write=True):
            done = transfers.confirm(claim, told, by=actor_of(request))
            missing = done.claim.charge.open_fen
    except (GuardRefused, StaleVersion) as refusal:
        form.add_error("bank_serial" if refusal.code == "payments.bank_line_used" else None, say(refusal))
        return None
    if done.suspense is not None:
        messages.warning(request, _("付款人与申请单位不一致，款项已登记但未入账，已通知客户补交代付说明或申请退回。"))
    elif missing:
        messages.success(request, _("已入账，还差 %(fen)s 元，已通知客户补足。") % {"fen": yuan(missing)})
    else:
        messages.success(request, _("已入账，费用付清。"))
    return _next(request)


def _refused(request: HttpRequest, claim: str, form: NotFoundForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    try:
        with tenant_tx(tenant_of(request), write=True):
            transfers.refuse(
                claim, code=form.cleaned_data["code"], reason=form.cleaned_data["reason"], by=actor_of(request)
            )
    except StaleVersion as refusal:
        form.add_error(None, say(refusal))
        return None
    messages.success(request, _("已通知客户改正。"))
    return _next(request)


def _next(request: HttpRequest) -> HttpResponse:
    """The oldest that still waits; the list when none does."""
    with tenant_tx(tenant_of(request)):
        waiting = (
            TransferClaim.objects.filter(state=ClaimState.WAITING)
            .order_by("claimed_at", "id")
            .values_list("public_id", flat=True)
            .first()
        )
    return HttpResponseRedirect(_url(waiting) if waiting else reverse("payments:staff-transfers"))


def _url(claim: str) -> str:
    return reverse("payments:staff-transfer", args=[claim])


def _find(claim: str) -> TransferClaim:
    found: TransferClaim | None = (
        TransferClaim.objects.select_related("charge", "voucher", "payment")
        .filter(public_id=claim)
        .exclude(state=ClaimState.DRAFT)
        .first()
    )
    if found is None:
        raise ClaimNotFound
    return found


def _initial(claim: str) -> dict[str, object]:
    found = _find(claim)
    return {"amount": yuan(found.amount_fen), "payer_name": found.payer_name, "paid_on": found.paid_on or localdate()}


def _context(claim: str, received: ReceivedForm, refusal: NotFoundForm) -> dict[str, object]:
    found = _find(claim)
    waiting = list(
        TransferClaim.objects.filter(state=ClaimState.WAITING)
        .order_by("claimed_at", "id")
        .values_list("public_id", flat=True)[:200]
    )
    place = waiting.index(claim) if claim in waiting else -1
    view = selectors.charge_view(found.charge.public_id)
    return {
        "claim": found,
        "charge": view,
        "open_fen": found.charge.open_fen,
        "badge": Badge(found.get_state_display(), TONES[found.state]),
        "same_payer": same_payer(found.payer_name, found.charge.payer_name),
        "same_amount": found.amount_fen == found.charge.open_fen,
        "voucher": _pictures(found.voucher),
        "quote": Table(
            [Column(_("费用项目")), Column(_("数量"), "number"), Column(_("小计"), "money")],
            [Row([line.name, line.quantity, money(line.subtotal_fen)]) for line in view.lines],
            _("费用明细"),
            hide_caption=True,
            footer=[_("合计"), "", money(view.total_fen)],
        ),
        "payments": view.payments,
        "received": received,
        "refusal": refusal,
        "decides": found.state in (ClaimState.WAITING, ClaimState.REFUSED) or received.is_bound,  # keeps what was typed
        "waits": found.state == ClaimState.WAITING,
        "before": _url(waiting[place - 1]) if place > 0 else "",
        "after": _url(waiting[place + 1]) if 0 <= place < len(waiting) - 1 else "",
        "left": len(waiting),
    }


def _pictures(file: StoredFile | None) -> dict[str, object] | None:
    """Page images alone: staff never get what a customer sent."""
    if file is None:
        return None
    return {"state": file.preview, "pages": [page.public_id for page in store.pictures_of(file)]}
