"""/ui/accent.css and /healthz."""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import condition

from portal.accounts.access import access
from portal.ui import accent, context


def _etag(request: HttpRequest) -> str:
    return f'"{context.tenant_accent(request).lstrip("#")}-1"'  # the number: how colours are derived


@access("public", transaction=False, tenant=False)
@condition(etag_func=_etag)
def accent_css(request: HttpRequest) -> HttpResponse:
    """The tenant's accent colours as custom properties: a sheet of its own, as the policy allows no inline style."""
    sheet = accent.css(accent.derive(context.tenant_accent(request)))
    response = HttpResponse(sheet, content_type="text/css; charset=utf-8")
    response["Cache-Control"] = "public, max-age=3600"
    return response


@access("public", transaction=False, tenant=False)
def healthz(_request: HttpRequest) -> HttpResponse:
    """200 when this process answers and reaches its database, else 500."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    response = JsonResponse({"status": "ok"})
    response["Cache-Control"] = "no-store"
    return response
