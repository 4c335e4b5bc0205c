"""/orders/: the list, and an order with everything about it. The live part is polled (ETag)."""

import hashlib

from django.core.paginator import Paginator
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from payments.bundle_shares import invoiced_as
from payments.models import Invoice, InvoiceColour, InvoiceState
from portal.accounts.access import access
from portal.errors import NotFound
from renewals import selectors
from renewals.errors import OrderNotFound
from renewals.lifecycle import Status
from renewals.models import IdentityCheck, Order
from renewals.publishing import pack_of
from renewals.steps.claims import orders_of
from renewals.steps.old_keys import kept_of
from renewals.views.customer import customer_of, new_key, own_order, stages_of
from renewals.views.progress import (
    Money,
    events,
    facts,
    is_moving,
    latest_check,
    money_of,
    next_step,
    status_badge,
    task_rows,
)

PER_PAGE = 20


@access("customer")
@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    user = customer_of(request)
    found = selectors.my_orders(user)
    if user.restricted_since is not None:
        found = found.filter(opened_at__gte=user.restricted_since)
    try:
        page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    except ValueError:
        raise NotFound from None
    rows = [(each, status_badge(each.status), pack_of(each.programme).service) for each in page]
    return TemplateResponse(request, "renewals/orders.html", {"rows": rows, "page": page})


@access("customer")
@never_cache
@require_safe
def order(request: HttpRequest, public_id: str) -> HttpResponse:
    return TemplateResponse(request, "renewals/order.html", _context(request, own_order(request, public_id)))


@access("customer", background=True)
@require_GET
def live(request: HttpRequest, public_id: str) -> HttpResponse:
    """The part of the order page that moves. Unchanged is 304, and costs one query."""
    tag = _tag(request, public_id)
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponse(status=304)
    else:
        context = _context(request, own_order(request, public_id))
        response = TemplateResponse(request, "renewals/_order_live.html", context)
    response["ETag"] = tag
    response["Cache-Control"] = "no-store"
    return response


def _tag(request: HttpRequest, public_id: str) -> str:
    """What the page is made of, without making it: the order's version and the last word on identity."""
    user = customer_of(request)
    if not public_id.isprintable():
        raise OrderNotFound()
    last_word = IdentityCheck.objects.filter(order=OuterRef("pk")).order_by("-id").values("outcome")[:1]
    mine = orders_of(user).filter(public_id=public_id)
    if user.restricted_since is not None:
        mine = mine.filter(opened_at__gte=user.restricted_since)
    row = mine.values_list("pk", "version", Subquery(last_word)).first()
    if row is None:
        raise OrderNotFound()
    language = getattr(request, "LANGUAGE_CODE", "")
    return '"' + hashlib.sha256(f"{row}|{language}".encode()).hexdigest()[:24] + '"'


def _context(request: HttpRequest, found: Order) -> dict[str, object]:
    view = selectors.order_view(found)
    money = money_of(view)
    check = latest_check(view)
    stages = stages_of(view)
    return {
        "order": found,
        "view": view,
        "badge": status_badge(view.derived.status),
        "step": next_step(view, money, check),
        "tasks": task_rows(view, money),
        "stages": [] if all(stage.state == "done" for stage in stages) else stages,
        "events": events(view),
        "facts": facts(view, money),
        "invoice": _invoice(money),
        "old_keys": _old_keys(found) if view.derived.status is Status.COMPLETED else None,
        "key": new_key(),
        "moving": is_moving(view, money),
        "etag": _tag(request, found.public_id),
        "help": next((t.help for t in view.tasks if t.step.kind == "identity"), ""),
        "old_is_over": found.path == "expired" or view.pack.path(found.path).revoke_old == "on_submit",
    }


def _old_keys(order: Order) -> dict[str, object] | None:
    """RULES P8: earlier encryption keys stay until the customer confirms; ``confirmed``: when that was."""
    kept = kept_of(order)
    if not kept:
        return None
    confirmed = [each.history_confirmed_at for each in kept]
    return {"restored": any(each.history for each in kept), "confirmed": None if None in confirmed else confirmed[0]}


def _invoice(money: Money) -> Invoice | None:
    if not money.is_paid or money.charge is None:
        return None
    """The latest that counts: after a full refund the reversed one, never the red one as if it were to be kept."""
    known = Invoice.objects.filter(charge=invoiced_as(money.charge).charge, colour=InvoiceColour.BLUE)
    return known.filter(state__in=[InvoiceState.ISSUED, InvoiceState.REVERSED]).order_by("-id").first()
