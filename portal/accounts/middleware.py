"""Session, user and access of a request, tenant by tenant."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.urls import get_script_prefix
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject

from portal.accounts import visits
from portal.accounts.errors import UndeclaredAccess
from portal.accounts.models import User
from portal.accounts.sessions import SessionStore
from portal.tenants.models import Tenant
from portal.tenants.transaction import tenant_tx
from portal.ui.words import say

log = logging.getLogger(__name__)


def cookie_name(tenant: Tenant | None) -> str:
    """A cookie per tenant: signing in at one tenant signs nobody out at the next, even behind one host."""
    return f"certhall_{tenant.slug}" if tenant else "certhall"


class TenantSessionMiddleware(SessionMiddleware):
    """django's session middleware, with the tenant's own cookie name, path and session space."""

    def process_request(self, request: HttpRequest) -> None:
        tenant: Tenant | None = getattr(request, "tenant", None)
        django_name = settings.SESSION_COOKIE_NAME
        key = request.COOKIES.get(cookie_name(tenant))
        request.COOKIES.pop(django_name, None)
        if key:
            request.COOKIES[django_name] = key  # where the parent class looks when it answers
        session = SessionStore(key)
        session.tenant_id = tenant.pk if tenant else None
        request.session = session

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response = super().process_response(request, response)
        morsel = response.cookies.pop(settings.SESSION_COOKIE_NAME, None)
        if morsel is not None:
            name = cookie_name(getattr(request, "tenant", None))
            response.cookies[name] = morsel.value
            for attribute in ("expires", "max-age", "secure", "httponly", "samesite"):
                if morsel[attribute]:
                    response.cookies[name][attribute] = morsel[attribute]
            response.cookies[name]["path"] = get_script_prefix()
        return response


class AccountMiddleware(MiddlewareMixin):
    """``request.user``, read on first use inside the tenant; staff who were idle too long are signed out first."""

    def process_request(self, request: HttpRequest) -> None:
        request.user = SimpleLazyObject(lambda: _user_of(request))  # type: ignore[assignment]


def _user_of(request: HttpRequest) -> User | AnonymousUser:
    tenant: Tenant | None = getattr(request, "tenant", None)
    if tenant is None or not visits.has_sign_in(request):
        return AnonymousUser()
    if visits.end_if_over(request):
        return AnonymousUser()
    with tenant_tx(tenant):
        user = get_user(request)
        if isinstance(user, User) and user.is_staff and not visits.second_factor_stands(request, user):
            return AnonymousUser()
    return user if isinstance(user, User) else AnonymousUser()


class AccessMiddleware(MiddlewareMixin):
    """Default deny: a view that doesn't say who may use it (``@access``) is used by nobody."""

    def process_view(
        self, _request: HttpRequest, view: Callable[..., HttpResponse], _args: object, _kwargs: object
    ) -> HttpResponse | None:
        if getattr(view, "access", None) is not None:
            return None
        log.error("view without access: %s", getattr(view, "__qualname__", repr(view)))
        return HttpResponseForbidden(say(UndeclaredAccess()), content_type="text/plain; charset=utf-8")
