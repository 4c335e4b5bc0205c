"""What a visitor sees when something was refused or went wrong: a page, a fragment (htmx) or JSON.

None of these may need the database, a tenant or a user: any of them can be what is missing.
"""

import logging
import secrets
import sys
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.errors import InvalidInput, PortalError, RateLimited
from portal.ui.words import say

log = logging.getLogger(__name__)

TITLES: dict[int, Promise] = {
    400: gettext_lazy("这个请求无法处理"),
    403: gettext_lazy("不能打开这个页面"),
    404: gettext_lazy("没有找到这个页面"),
    405: gettext_lazy("不能这样打开这个页面"),
    409: gettext_lazy("现在不能这样操作"),
    422: gettext_lazy("有内容需要修改"),
    429: gettext_lazy("请稍等一下"),
    500: gettext_lazy("系统出了问题"),
    503: gettext_lazy("暂时连接不上"),
}


def error_response(request: HttpRequest, error: PortalError) -> HttpResponse:
    """A refusal in words, with its status. Never raises."""
    more: dict[str, Any] = {"code": error.code}
    if isinstance(error, InvalidInput):
        more["fields"] = {name: [str(sentence) for sentence in found] for name, found in error.fields.items()}
    if isinstance(error, RateLimited):
        more["retry_after"] = error.retry_after
    response = _respond(request, error.status, say(error), more)
    if isinstance(error, RateLimited):
        response["Retry-After"] = str(error.retry_after)
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    return _respond(request, 400, _("浏览器发来的内容不完整或格式不对。请返回上一页，刷新后再试一次。"))


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    return _respond(request, 403, _("当前账号不能打开这个页面。请返回首页；如果您认为应当可以，请拨打服务热线。"))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    return _respond(request, 404, _("网址可能输错了，或者页面已经移走。请核对网址，或从首页重新进入。"))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: mostly a form left open over a sign-in or a browser without cookies."""
    log.info("csrf refused at %s: %s", request.path, reason)
    return _respond(
        request,
        403,
        _("这个页面打开得太久，或浏览器没有保存 Cookie，所以没有提交。请返回上一页，刷新后重新提交。"),
        title=_("页面已失效，请重新提交"),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500. Refusals that were raised outside a view (in a middleware) keep their own status here."""
    error = sys.exc_info()[1]
    if isinstance(error, PortalError):
        return error_response(request, error)
    reference = new_reference()
    log.error("reference %s: %s %s", reference, request.method, request.path, exc_info=error)
    sentence = _("这次操作没有完成，我们已经记录下来。请稍后重试；仍然不行时，请拨打服务热线并报出下面的编号。")
    return _respond(request, 500, sentence, {"reference": reference})


def new_reference() -> str:
    """Eight signs that can be read out over the phone: without 0 O 1 I L."""
    signs = "".join(secrets.choice("23456789ABCDEFGHJKMNPQRSTUVWXYZ") for _sign in range(8))
    return f"{signs[:4]}-{signs[4:]}"


def _respond(
    request: HttpRequest, status: int, sentence: str, more: dict[str, Any] | None = None, *, title: str = ""
) -> HttpResponse:
    more = more or {}
    if _wants_json(request):
        return JsonResponse({"error": {"message": sentence, **more}}, status=status)
    title = title or str(TITLES.get(status, HTTPStatus(status).phrase))
    context = {
        "title": title,
        "sentence": sentence,
        "status": status,
        "bare": True,
        "back": _came_from(request),
        **more,
    }
    if request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true":
        response = _rendered(request, "errors/fragment.html", context)
        response["HX-Retarget"] = "#page-messages"
        response["HX-Reswap"] = "innerHTML show:window:top"
        return response
    return _rendered(request, "errors/page.html", context)


def _came_from(request: HttpRequest) -> str:
    """The page on which a refused form stood, to look at afresh; "" for a page that was only opened."""
    if request.method != "POST":
        return ""
    page = urlsplit(request.headers.get("Referer", ""))
    return page.path + (f"?{page.query}" if page.query else "") if page.netloc == request.get_host() else ""


def _rendered(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    status: int = context["status"]
    try:
        body = render_to_string(template, context, request)
    except Exception:  # whatever it is: the visitor still gets the words
        log.exception("%s could not be rendered", template)
        body = render_to_string("errors/plain.html", context)
    response = HttpResponse(body, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _wants_json(request: HttpRequest) -> bool:
    if request.headers.get("HX-Request") == "true":
        return False
    accept = request.headers.get("Accept", "")
    if not accept or accept == "*/*":
        return request.content_type == "application/json"
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"
