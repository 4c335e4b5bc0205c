"""Turns what views raise into answers with words."""

import logging

from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin

from portal.errors import PortalError
from portal.ui.errors import error_response

log = logging.getLogger(__name__)


class ErrorMiddleware(MiddlewareMixin):
    """PortalError → its status and sentence. Anything else goes on to Django and handler500."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, PortalError):
            return None
        log.info("refused %s %s: %s", request.method, request.path, exception.code)
        return error_response(request, exception)
