"""/pay/callback/…: where channels tell us things. Public by nature; what proves a callback is its signature."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from payments import callbacks
from portal.accounts.access import access, tenant_of


@csrf_exempt
@access("public", transaction=False)
@require_POST
def wechat(request: HttpRequest) -> HttpResponse:
    return _receive(request, "wechat")


@csrf_exempt
@access("public", transaction=False)
@require_POST
def alipay(request: HttpRequest) -> HttpResponse:
    return _receive(request, "alipay")


@csrf_exempt
@access("public", transaction=False)
@require_POST
def unionpay(request: HttpRequest) -> HttpResponse:
    return _receive(request, "unionpay")


def _receive(request: HttpRequest, channel: str) -> HttpResponse:
    try:
        # Read no more than we would take; the rest is refused by its length.
        body = request.body if int(request.headers.get("Content-Length") or 0) <= callbacks.LARGEST else None
    except (RequestDataTooBig, UnreadablePostError, ValueError):
        body = None
    if body is None:
        body = b"\0" * (callbacks.LARGEST + 1)
    answer = callbacks.receive(tenant_of(request), channel, request.headers, body)
    response = HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)
    response["Cache-Control"] = "no-store"
    return response
