"""Downloads: the only way that a stored file leaves, one address for customers and one for staff."""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from portal.accounts import policy
from portal.accounts.access import access, tenant_of
from portal.accounts.actor import actor_of
from portal.files import store
from portal.files.access import may_open
from portal.files.errors import FileNotFound
from portal.tenants import tenant_tx

_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


@access("customer", transaction=False)
@require_safe
def download(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """A customer's own file. RULES P17: a visit that has shown only an SMS code after a long time sees none."""
    if policy.is_restricted(request):
        raise FileNotFound
    return _send(request, public_id)


@access("staff", transaction=False)
@require_safe
def staff_picture(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The picture of a page, never the customer's bytes; every look is in the audit log."""
    return _send(request, public_id)


def _send(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """A file that this visitor may not open isn't there: nobody learns which ids exist."""
    actor = actor_of(request)
    with tenant_tx(tenant_of(request), write=actor.is_staff):
        file = store.get_any(public_id)
        if not may_open(actor, file):
            raise FileNotFound
        pieces = store.open_stream(file, by=actor, reason="查看")
        name = store.name_of(file)
    response: HttpResponseBase
    if request.method == "HEAD":
        pieces.close()
        response = HttpResponse(content_type=file.content_type)
    else:
        response = StreamingHttpResponse(pieces, content_type=file.content_type)
    response["Content-Length"] = str(file.size)
    disposition = content_disposition_header(as_attachment=not file.is_picture, filename=name)
    response["Content-Disposition"] = disposition or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = _POLICY
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response
