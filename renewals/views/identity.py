"""/orders/<id>/identity/: the code for the handler's phone; goes on by itself once the phone is done (RULES C8, P4)."""

import io
import secrets
from urllib.parse import urlsplit

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from payments.channels.sandbox.state import is_loopback
from portal.accounts.access import access, tenant_of
from portal.accounts.actor import actor_of
from portal.tenants import tenant_tx
from portal.tenants.links import url
from renewals import selectors
from renewals.errors import OrderNotFound
from renewals.identity.refusals import LinkEnded
from renewals.models import Order, PhoneSession
from renewals.publishing import pack_of
from renewals.steps.identity import phone
from renewals.views.customer import new_key, own_order, perform, posted_key, stages_of
from renewals.views.identity_state import State, rows, state_of, tagged, unchanged
from renewals.views.progress import money_of, next_step

PHONE_KEY = "identity_phone"  # in the session of the phone


@access("customer", transaction=False)
@never_cache
@require_GET
def identity(request: HttpRequest, public_id: str) -> HttpResponse:
    """A code is made when there is none for this visit: nobody has to ask for it."""
    with tenant_tx(tenant_of(request), write=True):
        order = own_order(request, public_id)
        state = state_of(order)
        if state.stage == "none":
            return HttpResponseRedirect(reverse("order", args=[public_id]))
        if state.stage == "phone" and (state.link is None or not _is_of(request, state.link)):
            _new_link(request, order)
            state = state_of(order)
    with tenant_tx(tenant_of(request)):
        return TemplateResponse(request, "renewals/identity.html", _context(request, state)).render()


@access("customer", background=True)
@require_GET
def live(request: HttpRequest, public_id: str) -> HttpResponse:
    """The part that moves. Never makes a code: what lapsed is asked for anew by a click."""
    state = state_of(own_order(request, public_id))
    same = unchanged(request, state.tag)
    if same is not None:
        return same
    response = TemplateResponse(request, "renewals/_identity_live.html", _context(request, state))
    return tagged(response, state.tag)


@access("customer")
@never_cache
@require_GET
def qr(request: HttpRequest, public_id: str) -> HttpResponse:
    """The code to scan, as SVG. Only for the visit that the link was made in."""
    link = phone.running(own_order(request, public_id))
    if link is None or link.opened_at is not None or not _is_of(request, link):
        raise LinkEnded
    picture = io.BytesIO()
    segno.make(_address(request, link), error="m", micro=False).save(
        picture, kind="svg", scale=6, border=4, light="#fff"
    )
    return HttpResponse(picture.getvalue(), content_type="image/svg+xml")


@access("customer")
@require_POST
def link(request: HttpRequest, public_id: str) -> HttpResponse:
    """A new code; the old one, and the phone that had opened it, end."""
    with tenant_tx(tenant_of(request), write=True):
        order = own_order(request, public_id)
        if state_of(order).stage == "phone":
            _new_link(request, order)
    return _back(public_id)


@access("customer")
@require_POST
def here(request: HttpRequest, public_id: str) -> HttpResponse:
    """The customer is on a phone already: go on in this browser."""
    secret = secrets.token_urlsafe(24)
    with tenant_tx(tenant_of(request), write=True):
        order = own_order(request, public_id)
        if state_of(order).stage != "phone":
            return _back(public_id)
        actor = actor_of(request)
        phone.here(order, visit=actor.session_hash, secret=secret, by=actor)
    request.session[PHONE_KEY] = secret
    return HttpResponseRedirect(reverse("phone"))


@access("customer")
@require_POST
def staff(request: HttpRequest, public_id: str) -> HttpResponse:
    """RULES P4: the counter or a video call, at once and without giving a reason."""
    return _choose(request, public_id, "choose_staff", {"method": request.POST.get("method", "")})


@access("customer")
@require_POST
def again(request: HttpRequest, public_id: str) -> HttpResponse:
    """Back from staff to the phone, where tries are left."""
    return _choose(request, public_id, "choose_phone", {})


def _choose(request: HttpRequest, public_id: str, action: str, data: dict[str, str]) -> HttpResponse:
    with tenant_tx(tenant_of(request)):
        order = own_order(request, public_id)
        step = phone.liveness_step(order)
    if step is None:
        raise OrderNotFound()
    perform(request, order, action, step=step.name, data=data, key=posted_key(request))
    said = _("已改由工作人员核验。") if action == "choose_staff" else _("已改回用手机核验，请扫描新的二维码。")
    messages.success(request, said)
    return _back(public_id)


# -- what they share --------------------------------------------------------------------------------------------------


def _back(public_id: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("order-identity", args=[public_id]))


def _is_of(request: HttpRequest, link: PhoneSession) -> bool:
    """A phone that is at it belongs to every visit of the customer; a code only to the one that it was made in."""
    return link.opened_at is not None or link.visit == actor_of(request).session_hash


def _new_link(request: HttpRequest, order: Order) -> PhoneSession:
    step = phone.liveness_step(order)
    config = pack_of(order.programme).step_config(order.path, step.name) if step else None
    minutes = getattr(config, "link_minutes", None) or 5
    return phone.new_link(order, visit=actor_of(request).session_hash, minutes=minutes)


def _address(request: HttpRequest, link: PhoneSession) -> str:
    return url(tenant_of(request), "phone-link", phone.token_of(link))


def _context(request: HttpRequest, state: State) -> dict[str, object]:
    order, link = state.order, state.link
    view = selectors.order_view(order)
    mine = link is not None and link.opened_at is None and _is_of(request, link) and not state.is_lapsed
    address = _address(request, link) if mine and link is not None else ""
    simulated = address if address and not settings.CERTHALL.is_production and is_loopback(address) else ""
    title = next((task.title for task in view.tasks if state.step and task.step.name == state.step.name), "")
    return {
        "order": order,
        "title": title,
        "state": state,
        "stages": stages_of(view),
        "rows": rows(state),
        "code": mine,
        "code_id": link.public_id if mine and link is not None else "",
        "minutes": _minutes(link),
        "simulated_scan": urlsplit(simulated).path if simulated else "",
        "onwards": next_step(view, money_of(view), None) if state.stage == "done" else None,
        "key": new_key(),
        "etag": state.tag,
        "says": _says(state),
    }


def _minutes(link: PhoneSession | None) -> int:
    return round((link.expires_at - link.made_at).total_seconds() / 60) if link is not None else 0


def _says(state: State) -> str:
    """For screen readers, when the page has moved."""
    if state.stage == "done":
        return _("经办人身份核验通过，可以进入下一步。")
    if state.stage == "staff":
        return _("等待工作人员核验身份。")
    if state.trouble and not state.is_running:
        return state.trouble
    if state.is_running:
        return _("手机上正在进行活体检测。")
    if state.is_opened:
        return _("手机已连接。")
    return _("二维码已过期。") if state.is_lapsed else _("请用手机扫描二维码。")
