"""/api/unblock/<item>/…: a locked key asks, takes its authorisation, and signs with its new PIN (RULES P1)."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal.accounts.actor import actor_of
from portal.gm.sm3 import sm3
from portal.tenants import tenant_tx
from renewals.api.base import ChallengeField, DerField, JsonView, endpoint, read
from renewals.bridge import challenges
from renewals.bridge.protocol import UNBLOCK
from renewals.lifecycle import Kind, Phase
from renewals.steps.pin_unblock import authorization_for
from renewals.views.bridge_step import BridgeStep, find


class AskIn(serializers.Serializer[Any]):
    key_serial = serializers.RegexField(r"^[A-Za-z0-9_-]{1,40}\Z")
    nonce = DerField()


class ProofIn(serializers.Serializer[Any]):
    challenge = ChallengeField()
    signature = DerField()


def _step(request: Request, item: str) -> BridgeStep:
    return find(request._request, item, Kind.PIN_UNBLOCK)


class Ask(JsonView):
    """POST: the key's own serial and nonce; from here on the certificate administrators act."""

    def post(self, request: Request, item: str) -> Response:
        given = read(AskIn, request)
        with tenant_tx(self.tenant, write=True):
            _step(request, item).act(request._request, "ask", given)
        return Response({"asked": True})


class Authorization(JsonView):
    """POST: what the bridge gives the key, while it is good; each handing over is on record."""

    def post(self, request: Request, item: str) -> Response:
        with tenant_tx(self.tenant, write=True):
            found = _step(request, item)
            by = actor_of(request._request)
            unblock, released = authorization_for(found.item, by=by, now=timezone.now())
        return Response({"authorization": released, "txn": f"{self.tenant.slug}/{unblock}"})


class Challenge(JsonView):
    """POST: the question that the key answers with its new PIN."""

    def post(self, request: Request, item: str) -> Response:
        with tenant_tx(self.tenant, write=True):
            found = _step(request, item)
            question = challenges.issue("unblock", by=actor_of(request._request), item=found.item)
        return Response({**question, "action": UNBLOCK, "fingerprint": found.fingerprint})


class Done(JsonView):
    """POST: the key's answer; the unblocking is over."""

    def post(self, request: Request, item: str) -> Response:
        given = read(ProofIn, request)
        with tenant_tx(self.tenant):
            _step(request, item)
        challenges.reserve(self.tenant, given["challenge"], by=actor_of(request._request))
        mark = sm3(given["challenge"].encode()).hex()[:32]
        with tenant_tx(self.tenant, write=True):
            _step(request, item).act(request._request, "unblocked", given, key=f"unblocked:{mark}")
        return Response({"unblocked": True})


class Again(JsonView):
    """POST: the authorisation is of no use any more (too late, or the key was unlocked elsewhere): begin again."""

    def post(self, request: Request, item: str) -> Response:
        with tenant_tx(self.tenant, write=True):
            found = _step(request, item)
            if found.step.phase is Phase.RELEASED:
                found.act(request._request, "lapsed", {})
        return Response({"again": True})


ask = endpoint(Ask, "customer")
authorization = endpoint(Authorization, "customer")
challenge = endpoint(Challenge, "customer")
done = endpoint(Done, "customer")
again = endpoint(Again, "customer")
