"""Which tenant a request is for: by its host, else by the first part of its path."""

import re
from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.http.request import split_domain_port
from django.shortcuts import render
from django.urls import get_script_prefix, set_script_prefix

from portal.tenants.models import Tenant, TenantHost

#: answered where there is no tenant too: health checks, the directory page's own colours, the component pages
_WITHOUT_TENANT = ("/healthz", "/ui/", "/dev/components/")
_PREFIX = re.compile(r"\A/([a-z][a-z0-9-]{1,30}[a-z0-9])(/.*)?\Z", re.DOTALL)


class TenantMiddleware:
    """Sets ``request.tenant`` (None on the directory page, where there is none).

    With a prefix, ``/slug`` moves from the path to the script name, so that ``reverse`` and
    ``{% url %}`` lead back into the same tenant; STATIC_URL is absolute and stays.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.tenant = None  # type: ignore[attr-defined]
        host, _port = split_domain_port(request.get_host())  # lower case, without a final dot
        own = TenantHost.objects.select_related("tenant").filter(host=host).first()
        if own is not None:
            request.tenant = own.tenant  # type: ignore[attr-defined]
            return self.get_response(request)
        return self._by_prefix(request)

    def _by_prefix(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info == "/":
            return _directory(request)
        if request.path_info.startswith(_WITHOUT_TENANT):
            return self.get_response(request)
        match = _PREFIX.match(request.path_info)
        tenant = Tenant.objects.filter(slug=match[1]).first() if match else None
        if match is None or tenant is None:
            raise Http404("no tenant of that name")
        if match[2] is None:
            query = request.META.get("QUERY_STRING", "")
            return HttpResponseRedirect(f"{request.path}/" + (f"?{query}" if query else ""))
        before = get_script_prefix()
        request.tenant = tenant  # type: ignore[attr-defined]
        request.META["SCRIPT_NAME"] = before.rstrip("/") + "/" + tenant.slug
        request.META["PATH_INFO"] = request.path_info = match[2]
        set_script_prefix(request.META["SCRIPT_NAME"] + "/")
        try:
            return self.get_response(request)
        finally:
            set_script_prefix(before)


def _directory(request: HttpRequest) -> HttpResponse:
    """Development only: which tenants there are. Elsewhere nobody is told."""
    if settings.CERTHALL.is_production:
        raise Http404("no tenant has this host")
    return render(request, "tenants/directory.html", {"tenants": Tenant.objects.order_by("is_platform", "slug")})
