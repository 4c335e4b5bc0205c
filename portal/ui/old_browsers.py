"""Internet Explorer, and Edge pretending to be it, is told so clearly instead of getting pages that do nothing (A1)."""

import re
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

_OLD: Final = re.compile(r"MSIE |Trident/")


def is_old(user_agent: str) -> bool:
    """Whether this is Internet Explorer of any version, or Edge in its Internet Explorer mode."""
    return _OLD.search(user_agent) is not None


class OldBrowserMiddleware:
    """Before anything of the portal is touched: a page that needs neither styles nor scripts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_old(request.headers.get("User-Agent", "")):
            return self._get_response(request)
        response = HttpResponse(render_to_string("errors/old_browser.html"), status=403)
        response["Cache-Control"] = "no-store"
        response["Vary"] = "User-Agent"
        return response
