"""Who may use a view: ``@access("public" | "customer" | "staff" | "staff:<permission>")``.

A view without one is refused (AccessMiddleware, and tests/structure/test_routes.py). The decorator also
opens the transaction of reads: GET and HEAD run inside ``tenant_tx``, rendering included; what a POST
answers as a TemplateResponse is rendered inside one of its own, after the view has committed its write.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar, cast
from urllib.parse import unquote, urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.urls import get_script_prefix, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.generic import View
from django_htmx.http import HttpResponseClientRedirect

from portal.accounts import policy, visits
from portal.accounts.actor import actor_of
from portal.accounts.errors import CustomersOnly, NotYourDuty, SignInNeeded, StaffOnly
from portal.errors import NotFound
from portal.tenants.models import Tenant
from portal.tenants.transaction import tenant_tx

ViewFunction = TypeVar("ViewFunction", bound=Callable[..., HttpResponseBase])
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Access:
    """What a view declares; kept as ``view.access``.

    level       "public", "customer" or "staff"
    permission  a registered permission, or "" for any staff
    transaction False: the view opens its own, for reads too (it writes while answering a GET, or needs none);
                a TemplateResponse is rendered inside one all the same, for the frame of the page
    background  True: the page asks by itself (polling), which keeps no idle member of staff signed in
    tenant      False: also answers where there is no tenant (the landing page, health checks)
    """

    level: str
    permission: str = ""
    transaction: bool = True
    background: bool = False
    tenant: bool = True

    def __str__(self) -> str:
        return f"{self.level}:{self.permission}" if self.permission else self.level


def access(
    declared: str, *, transaction: bool = True, background: bool = False, tenant: bool = True
) -> Callable[[ViewFunction], ViewFunction]:
    """Decorate a view function (or ``SomeView.as_view()``)."""
    level, _colon, permission = declared.partition(":")
    if level not in {"public", "customer", "staff"} or (permission and level != "staff"):
        raise ValueError(f"access {declared!r}: say public, customer, staff or staff:<permission>")
    spec = Access(level, permission, transaction, background, tenant)

    def decorate(view: ViewFunction) -> ViewFunction:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return _serve(request, spec, functools.partial(view, request, *args, **kwargs))

        guarded.access = spec  # type: ignore[attr-defined]
        return cast("ViewFunction", guarded)

    return decorate


class AccessMixin(View):
    """For class-based views: ``access = "staff:orders.read"``, and the keywords of ``access`` in ``access_options``."""

    access: ClassVar[str]
    access_options: ClassVar[dict[str, bool]] = {}

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        return access(cls.access, **cls.access_options)(super().as_view(**initkwargs))


def tenant_of(request: HttpRequest) -> Tenant:
    """The tenant that this request is for (views that declare ``tenant=False`` may have none)."""
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    return tenant


def _serve(request: HttpRequest, spec: Access, view: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    tenant: Tenant | None = getattr(request, "tenant", None)
    if tenant is None:
        if spec.tenant:
            raise NotFound
        return view()
    refusal = _refusal(request, spec)
    if refusal is not None:
        return refusal
    return _kept_private(spec, _answer(request, spec, tenant, view))


def _answer(
    request: HttpRequest, spec: Access, tenant: Tenant, view: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    if request.method in _READS and spec.transaction:
        with tenant_tx(tenant):
            return _rendered(view())
    response = view()
    if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
        with tenant_tx(tenant):
            return _rendered(response)
    return response


def _kept_private(spec: Access, response: HttpResponseBase) -> HttpResponseBase:
    """What only some may see is stored by no proxy, and asked for again before a browser shows it again."""
    if spec.level != "public" and not response.has_header("Cache-Control"):
        response["Cache-Control"] = "private, no-cache"
    return response


def _rendered(response: HttpResponseBase) -> HttpResponseBase:
    """Render now, while the tenant's transaction is open."""
    if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
        return response.render()
    return response


def _refusal(request: HttpRequest, spec: Access) -> HttpResponse | None:
    """A redirect to the right sign-in, or None; raises the refusal of someone who is signed in as the wrong one."""
    if spec.level == "public":
        return None
    if not request.user.is_authenticated:
        return _to_sign_in(request, spec)
    actor = actor_of(request)
    if spec.level == "customer":
        if actor.kind != "customer":
            raise CustomersOnly
        return None
    if actor.kind != "staff":
        raise StaffOnly
    visits.mark_seen(request, spec)
    if spec.permission and not policy.allows(actor, spec.permission):
        raise NotYourDuty(permission=spec.permission)
    return None


def _to_sign_in(request: HttpRequest, spec: Access) -> HttpResponse:
    if spec.background and not request.headers.get("HX-Request"):
        raise SignInNeeded
    name = "sign-in" if spec.level == "customer" else "staff-sign-in"
    target = f"{reverse(name)}?{urlencode({'next': _page_of(request)})}"
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(target)
    return HttpResponseRedirect(target)


def _page_of(request: HttpRequest) -> str:
    """The page to come back to: this one if it was read, else (a form, a fragment) the page it stood on."""
    if request.method in _READS and not request.headers.get("HX-Request"):
        return request.get_full_path()
    page = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
    back = page.path + (f"?{page.query}" if page.query else "")
    return safe_next(request, back) if page.netloc in {"", request.get_host()} else get_script_prefix()


def safe_next(request: HttpRequest, target: str | None) -> str:
    """``target`` if it is a path of this tenant's site, else the tenant's front page."""
    prefix = get_script_prefix()
    if target is None or not target.startswith(prefix) or any(sign <= " " for sign in target):
        return prefix
    climbs = {".", ".."} & set(unquote(urlsplit(target).path).split("/"))
    allowed = url_has_allowed_host_and_scheme(target, allowed_hosts=None, require_https=request.is_secure())
    return target if allowed and not climbs else prefix
