"""/phone/…: the handler's phone. No sign-in: the one-time link has bound this browser to the order (RULES C8).

Shows masks only. Photographs are taken one by one; what is refused says why, and what was taken stays.
"""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.accounts.access import access, tenant_of
from portal.accounts.actor import Actor, actor_of
from portal.audit import attempts
from portal.files.errors import NoFile
from portal.tenants import tenant_tx
from portal.ui.words import say
from renewals.identity.base import IdentityReplyInvalid, IdentityRequestRefused
from renewals.identity.refusals import LinkEnded, LivenessUnavailable, PhoneRefused
from renewals.liveness_tasks import fetch_result, start_page
from renewals.models import IdentityPhoto, LivenessCheck, PhoneSession
from renewals.steps.identity import phone, photos, sessions
from renewals.views.identity import PHONE_KEY
from renewals.views.identity_state import State, state_of, tagged, unchanged

LINKS: Final = 40  # tries of links from one address: a carrier's has many phones behind it
LINKS_IN: Final = timedelta(minutes=10)
STARTS: Final = 12  # sessions at the service for one order
STARTS_IN: Final = timedelta(hours=24)
_HELP: Final = {
    "front": gettext_lazy("有照片的一面。四角拍全，字迹清楚，不反光。"),
    "back": gettext_lazy("有国徽和有效期的一面。四角拍全，字迹清楚。"),
}


@access("public", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """A scan only shows what this is (messengers fetch links, too); the button binds this phone."""
    tenant, ip, secret = tenant_of(request), actor_of(request).ip, request.session.get(PHONE_KEY, "")
    attempts.reserve(tenant, "identity.link", ip, limit=LINKS, window=LINKS_IN)
    try:
        with tenant_tx(tenant, write=request.method == "POST"):
            known = phone.find_link(token, secret).opened_at is not None
            if request.method == "POST" and not known:
                secret = secrets.token_urlsafe(24)
                phone.open_link(token, secret, by=_phone(request))
    except PhoneRefused as refusal:
        return _refused(request, refusal)
    with tenant_tx(tenant, write=True):
        attempts.forget(tenant, "identity.link", ip)
    if not known and request.method != "POST":
        return TemplateResponse(request, "renewals/phone/link.html", {"bare": True})
    request.session[PHONE_KEY] = secret
    return HttpResponseRedirect(reverse("phone"))


@access("public")
@never_cache
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(request, "renewals/phone/phone.html", _context(_session(request)))


@access("public", background=True)
@require_GET
def live(request: HttpRequest) -> HttpResponse:
    """Asked while the service's word is awaited."""
    session = _session(request)
    context = _context(session)
    tag = context["etag"]
    same = unchanged(request, tag)
    return same or tagged(TemplateResponse(request, "renewals/phone/_phone_live.html", context), tag)


@access("public", transaction=False)
@never_cache
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """One side or both. Refused pictures are worded beside their own field; the others are kept."""
    tenant, session = tenant_of(request), _read_session(request)
    with tenant_tx(tenant, write=True):
        phone.usable(session)
    if not request.FILES:
        return _again(request, session, {"__all__": say(NoFile())}, status=422)
    received = photos.take(tenant, session, request.FILES, by=_phone(request))  # type: ignore[arg-type]
    if received.refused:
        return _again(request, session, received.refused, status=422)
    return HttpResponseRedirect(reverse("phone"))


@access("public", transaction=False)
@never_cache
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Reserve the try, ask the service for its page, and go there by way of ``go``."""
    tenant, session = tenant_of(request), _read_session(request)
    attempts.reserve(tenant, "identity.liveness", session.order.public_id, limit=STARTS, window=STARTS_IN)
    try:
        start_page(tenant, session)
    except (LivenessUnavailable, IdentityRequestRefused, IdentityReplyInvalid) as refusal:
        return _again(request, session, {"__all__": say(refusal)}, status=refusal.status)
    return HttpResponseRedirect(reverse("phone-go"))


@access("public", transaction=False)
@never_cache
@require_GET
def go(request: HttpRequest) -> HttpResponse:
    """On to the service's page: at once, and by a link for browsers that don't.

    Not a redirect of the form itself: our policy lets forms lead nowhere but here.
    """
    tenant, session = tenant_of(request), _read_session(request)
    with tenant_tx(tenant, write=True):
        check = LivenessCheck.objects.filter(phone=session, outcome=LivenessCheck.Outcome.PENDING).first()
        target = sessions.page_of(check) if check is not None and not sessions.is_over(check) else ""
    if not target:
        return HttpResponseRedirect(reverse("phone"))
    response = TemplateResponse(request, "renewals/phone/go.html", {"bare": True, "target": target})
    response["Refresh"] = f"0; url={target}"
    return response


@access("public", transaction=False)
@never_cache
@require_GET
def back(request: HttpRequest, check: str) -> HttpResponse:
    """From the service's page. It brings no result: we ask the service, for the phone that was at it only."""
    tenant = tenant_of(request)
    with tenant_tx(tenant):
        session = phone.of_secret(request.session.get(PHONE_KEY, ""))
        found = LivenessCheck.objects.select_related("order__programme").filter(phone=session, public_id=check).first()
    if session is None or found is None:
        return TemplateResponse(request, "renewals/phone/elsewhere.html", {"bare": True})
    if found.answered_at is None:
        fetch_result(tenant, found)
    return HttpResponseRedirect(reverse("phone"))


# -- what they share --------------------------------------------------------------------------------------------------


def _phone(request: HttpRequest) -> Actor:
    """Whoever holds the phone isn't signed in: the order's page has let it in."""
    actor = actor_of(request)
    return Actor("system", None, "经办人手机", ip=actor.ip, session_hash=actor.session_hash)


def _session(request: HttpRequest) -> PhoneSession:
    """What this phone was opened for. LinkEnded for a browser that nothing was opened in. In a tenant_tx."""
    session = phone.of_secret(request.session.get(PHONE_KEY, ""))
    if session is None:
        raise LinkEnded
    return session


def _read_session(request: HttpRequest) -> PhoneSession:
    with tenant_tx(tenant_of(request)):
        return _session(request)


def _refused(request: HttpRequest, refusal: PhoneRefused) -> HttpResponse:
    context = {"bare": True, "words": say(refusal), "code": refusal.code}
    return TemplateResponse(request, "renewals/phone/refused.html", context, status=refusal.status)


def _again(request: HttpRequest, session: PhoneSession, refused: Mapping[str, str], *, status: int) -> HttpResponse:
    with tenant_tx(tenant_of(request)):
        context = _context(session, refused)
        return TemplateResponse(request, "renewals/phone/phone.html", context, status=status).render()


def _context(session: PhoneSession, refused: Mapping[str, str] | None = None) -> dict[str, Any]:
    state, said = state_of(session.order), refused or {}
    return {
        "bare": True,
        "session": session,
        "state": state,
        "is_mine": _is_mine(state, session),
        "sides": [
            {
                "name": side,
                "label": label,
                "taken": side in state.sides,
                "error": said.get(side, ""),
                "help": _HELP[side],
            }
            for side, label in IdentityPhoto.Side.choices
        ],
        "error": said.get("__all__", ""),
        "errors": {name: words for name, words in said.items() if words},
        "here": session.token is None,
        "etag": state.tag,
        "may_limit": photos.LIMITS.size,
    }


def _is_mine(state: State, session: PhoneSession) -> bool:
    """This phone may go on."""
    running = state.link is not None and state.link.pk == session.pk
    return state.stage == "phone" and running and phone.is_awaited(session)
