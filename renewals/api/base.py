"""The JSON API of the pages that talk to the bridge. JSON only; Django's own CSRF check; refusals in words.

Views declare ``@access`` as pages do and open their own transactions. A PortalError goes on to the middleware, which
answers ``{"error": {"code", "message", …}}``.
"""

import base64
import binascii
from collections.abc import Callable
from typing import Any

from django.http import HttpResponseBase
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.access import access
from portal.errors import InvalidInput
from portal.tenants.models import Tenant
from renewals.bridge.protocol import CHALLENGE_PATTERN

LONGEST = 60_000  # characters of one DER in base64, as the bridge's schemas have it


class PortalVisit(BaseAuthentication):
    """Whoever the portal's own middleware found: DRF would otherwise put nobody in their place."""

    def authenticate(self, request: Request) -> tuple[Any, None]:
        return request._request.user, None


class StrictJson(JSONParser):
    """JSON that nests deeper than Python reads is no request of ours."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError from None


class JsonView(APIView):
    """``request.user`` is Django's; who may come in is decided by ``@access`` and by what the view looks up."""

    parser_classes = (StrictJson,)
    renderer_classes = (JSONRenderer,)
    authentication_classes = (PortalVisit,)
    permission_classes = (AllowAny,)

    @property
    def tenant(self) -> Tenant:
        found: Tenant = self.request._request.tenant  # type: ignore[attr-defined]
        return found

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        answer: Response = super().finalize_response(request, response, *args, **kwargs)
        answer["Cache-Control"] = "no-store"
        return answer


def endpoint(view: type[JsonView], declared: str, *, background: bool = False) -> Callable[..., HttpResponseBase]:
    """The view for a URL. DRF exempts its views from CSRF; ours are for our own pages, and take the check."""
    guarded = access(declared, transaction=False, background=background)(view.as_view())
    guarded.csrf_exempt = False
    return guarded


def read(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """The request's body. InvalidInput with the fields that don't fit."""
    given = serializer(data=request.data)
    if not given.is_valid():
        raise InvalidInput({name: [str(problem) for problem in found] for name, found in given.errors.items()})
    found: dict[str, Any] = given.validated_data
    return found


class DerField(serializers.CharField):
    """DER in base64."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=LONGEST, **kwargs)


class ChallengeField(serializers.RegexField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(CHALLENGE_PATTERN, **kwargs)


def decoded(name: str, text: str) -> bytes:
    """The bytes of a base64 field. InvalidInput."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput({name: ["不是 base64。"]}) from None
