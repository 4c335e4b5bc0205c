"""The tenant that TenantMiddleware put on the request, with its type."""

from django.http import HttpRequest

from portal.tenants.models import Tenant


def tenant_of(request: HttpRequest) -> Tenant:
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    return tenant
