"""Absolute links for jobs and notices, which have no request to build them from."""

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import get_script_prefix, reverse, set_script_prefix

from portal.tenants.models import Tenant


def url(tenant: Tenant, viewname: str, *args: object, **kwargs: object) -> str:
    """The absolute URL of a view at ``tenant``: its own host, or the site's with ``/slug/`` before.

    Raises NoReverseMatch as ``reverse`` does.
    """
    host = tenant.hosts.filter(is_primary=True).values_list("host", flat=True).first()
    site = settings.CERTHALL.site_url
    before = get_script_prefix()
    set_script_prefix("/" if host else f"/{tenant.slug}/")
    try:
        path = reverse(viewname, args=args, kwargs=kwargs)
    finally:
        set_script_prefix(before)
    if not host:
        return f"{site}{path}"
    parts = urlsplit(site)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{path}"


def origin(tenant: Tenant) -> str:
    """``scheme://host[:port]`` of this tenant's pages, as a browser writes it in an Origin header."""
    parts = urlsplit(url(tenant, "home"))
    return f"{parts.scheme}://{parts.netloc}"
