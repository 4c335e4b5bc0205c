"""/pay/<charge>/…: the customer scans the code, and is led on when the money is there.

Who may see a charge is decided by the guard that the asker registered, how it is paid is chosen on the asker's page
(``payments.access``).
"""

import io
import secrets

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import get_script_prefix, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from payments import selectors
from payments.access import choosing, may_pay
from payments.channels.sandbox.state import is_loopback
from payments.errors import PageNotYours
from payments.models import ChannelName
from payments.money import yuan
from payments.selectors import PayView
from portal.accounts.access import access, safe_next
from portal.accounts.actor import actor_of
from portal.ui.parts import Column, Row, Table
from portal.ui.templatetags.ui import money

_CHOICES = {
    ChannelName.WECHAT: ("img/pay-wechat.svg", gettext_lazy("请用微信“扫一扫”扫描二维码付款。")),
    ChannelName.ALIPAY: ("img/pay-alipay.svg", gettext_lazy("请用支付宝“扫一扫”扫描二维码付款。")),
    ChannelName.UNIONPAY: ("img/pay-unionpay.svg", ""),
    ChannelName.BANK_TRANSFER: ("img/pay-bank.svg", ""),
}


@access("customer")
@never_cache
@require_GET
def page(request: HttpRequest, charge: str) -> HttpResponse:
    view = _mine(request, charge)
    context = {**_context(request, view), "lines": _lines(view), "here": request.build_absolute_uri(request.path)}
    response = TemplateResponse(request, "payments/pay.html", context)
    if targets := selectors.form_targets():
        response._csp_update = {"form-action": list(targets)}  # type: ignore[attr-defined]  # django-csp reads it
    return response


@csrf_exempt
@access("public", transaction=False)
@require_http_methods(["GET", "HEAD", "POST"])
def back(request: HttpRequest, charge: str) -> HttpResponse:  # noqa: ARG001
    """Where a channel's cashier sends or posts the customer back to. Nothing that comes along is believed."""
    response = HttpResponseRedirect(reverse("payments:pay", args=[charge]))
    response.status_code = 303
    return response


@access("customer", background=True)
@require_GET
def status(request: HttpRequest, charge: str) -> HttpResponse:
    """Asked every two seconds. ``seen``: the version on the page; unchanged is 204 (htmx) or 304 (ETag)."""
    view = _mine(request, charge)
    etag = f'"{view.version}"'
    if view.is_settled and request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(_onwards(request, view))
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponse = HttpResponse(status=304)
    elif request.GET.get("seen") == view.version:
        response = HttpResponse(status=204)
    else:
        response = _fragment(request, view)
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response


@access("customer")
@require_GET
def qr(request: HttpRequest, charge: str, order: str) -> HttpResponse:
    """The code to scan, as SVG."""
    reference, code_url = selectors.code_of(charge, order)
    if not may_pay(actor_of(request), reference):
        raise PageNotYours
    picture = io.BytesIO()
    segno.make(code_url, error="m", micro=False).save(picture, kind="svg", scale=6, border=4, light="#fff")
    response = HttpResponse(picture.getvalue(), content_type="image/svg+xml")
    response["Cache-Control"] = "private, max-age=3600"
    return response


@access("customer")
@never_cache
@require_GET
def receipt(request: HttpRequest, charge: str) -> HttpResponse:
    """What was paid, and what came of it: to read and to print."""
    view = selectors.charge_view(charge)
    if not may_pay(actor_of(request), view.reference):
        raise PageNotYours
    context = {"charge": view, "lines": _lines(view), "names": dict(ChannelName.choices)}
    return TemplateResponse(request, "payments/receipt.html", context)


def _mine(request: HttpRequest, charge: str) -> PayView:
    """Raises ChargeNotFound or PageNotYours: both look the same to a stranger."""
    view = selectors.payment_view(charge)
    if not may_pay(actor_of(request), view.reference):
        raise PageNotYours
    return view


def _fragment(request: HttpRequest, view: PayView) -> HttpResponse:
    response = TemplateResponse(request, "payments/_pay.html", _context(request, view))
    return response.render()


def _context(request: HttpRequest, view: PayView) -> dict[str, object]:
    chosen_at = choosing(view.reference)
    offered = (*view.channels, ChannelName.BANK_TRANSFER)
    channels = [name for name in chosen_at.channels if name in offered] if chosen_at else []
    return {
        "pay": view,
        "choose_url": chosen_at.url if chosen_at else "",
        "key": secrets.token_urlsafe(16),
        "onwards": _onwards(request, view),
        "simulated_scan": _simulated_scan(view),
        "channel_name": dict(ChannelName.choices).get(view.channel, ""),
        "how_to_scan": _CHOICES[ChannelName(view.channel)][1] if view.channel else "",
        "choices": [(name, ChannelName(name).label, _CHOICES[ChannelName(name)][0]) for name in channels],
    }


def _simulated_scan(view: PayView) -> str:
    """At the sandbox no phone can follow the code (it is on loopback): a link stands beside it."""
    return "" if settings.CERTHALL.is_production or not is_loopback(view.code_url) else view.code_url


def _onwards(request: HttpRequest, view: PayView) -> str:
    """Where the asker wanted the customer to go; a path kept by a job lacks this tenant's prefix."""
    prefix, path = get_script_prefix(), view.return_to
    if path.startswith("/") and not path.startswith("//") and not path.startswith(prefix):
        path = prefix + path.lstrip("/")
    return safe_next(request, path)


def _lines(view: PayView | selectors.ChargeView) -> Table:
    return Table(
        [
            Column(_("费用项目")),
            Column(_("单价"), "money"),
            Column(_("数量"), "number"),
            Column(_("小计"), "money"),
        ],
        [
            Row([line.name, f"{yuan(line.unit_price_fen)} {line.unit}", line.quantity, money(line.subtotal_fen)])
            for line in view.lines
        ],
        caption=_("费用明细"),
        hide_caption=True,
        footer=[_("合计"), "", "", money(view.total_fen)],
    )
