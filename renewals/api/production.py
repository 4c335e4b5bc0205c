"""/staff/production/<task>/…: the hall's desk makes a medium, question by question. One task, one visit, one key."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal import vault
from portal.gm.sm3 import sm3
from portal.tenants import tenant_tx
from renewals.api.base import ChallengeField, DerField, JsonView, endpoint, read
from renewals.bridge import challenges
from renewals.lifecycle import StepNotOpen
from renewals.producing.errors import PinResetMissing
from renewals.staff_views import making
from renewals.staff_views.making import Making

_NAME = r"^[A-Za-z0-9_-]{1,64}$"


class MediumIn(serializers.Serializer[Any]):
    keySerial = serializers.RegexField(_NAME)  # noqa: N815  (the bridge's own names)
    mediumNumber = serializers.RegexField(_NAME)  # noqa: N815
    model = serializers.CharField(max_length=64, required=False, allow_blank=True)


class ResetIn(MediumIn):
    nonce = DerField()


class ChallengeIn(serializers.Serializer[Any]):
    purpose = serializers.ChoiceField(choices=["request", "install"])


class RequestIn(serializers.Serializer[Any]):
    csr = DerField()
    challenge = ChallengeField()
    signature = DerField()


class ProofIn(serializers.Serializer[Any]):
    challenge = ChallengeField()
    signature = DerField()


class PinIn(serializers.Serializer[Any]):
    sealedPin = DerField()  # noqa: N815


def _medium(data: dict[str, Any]) -> dict[str, str]:
    return {
        "key_serial": data["keySerial"],
        "medium_number": data["mediumNumber"],
        "model": data.get("model", ""),
    }


class State(JsonView):
    """GET: how far it is, with the certificates to import once there are some."""

    def get(self, request: Request, public_id: str) -> Response:
        with tenant_tx(self.tenant):
            return Response(making.state_of(making.find(request._request, public_id)))


class Take(JsonView):
    """POST: this medium is taken for it."""

    def post(self, request: Request, public_id: str) -> Response:
        return _done(self, request, public_id, "take", _medium(read(MediumIn, request)))


class Challenge(JsonView):
    """POST: a question for the new key, and the action to be signed with it."""

    def post(self, request: Request, public_id: str) -> Response:
        purpose = read(ChallengeIn, request)["purpose"]
        with tenant_tx(self.tenant, write=True):
            found = making.find(request._request, public_id)
            action = ""  # of a request the bridge computes it itself (docs/bridge.md, csr.prove)
            if purpose == "install":
                new = making.state_of(found).get("new")
                if new is None:
                    raise StepNotOpen(step=found.step.name, item=found.step.item, state=found.state)
                action = new["action"]
            question = challenges.issue(purpose, by=found.by, item=found.task.item)
        return Response({**question, "action": action})


class RequestCertificate(JsonView):
    """POST: the new key's request, answered for by the new key; the CA is asked by a job."""

    def post(self, request: Request, public_id: str) -> Response:
        return _proved(self, request, public_id, "request", read(RequestIn, request))


class Verify(JsonView):
    """POST: the new key's signature: the certificate is on the medium."""

    def post(self, request: Request, public_id: str) -> Response:
        return _proved(self, request, public_id, "verify", read(ProofIn, request))


class AskPin(JsonView):
    """POST: for whom the bridge is to seal the first PIN that it makes."""

    def post(self, request: Request, public_id: str) -> Response:
        with tenant_tx(self.tenant, write=True):
            found = making.find(request._request, public_id)
            return Response(dict(making.act(found, "ask_pin").answer))


class SetPin(JsonView):
    """POST: what the bridge made; the medium has it, and production is done."""

    def post(self, request: Request, public_id: str) -> Response:
        return _done(self, request, public_id, "set_pin", {"sealed_pin": read(PinIn, request)["sealedPin"]})


class AskReset(JsonView):
    """POST: the first of two who have a mailed-in key's PIN reset (P14)."""

    def post(self, request: Request, public_id: str) -> Response:
        given = read(ResetIn, request)
        return _done(self, request, public_id, "ask_reset", {**_medium(given), "nonce": given["nonce"]})


class Authorisation(JsonView):
    """POST: the CA's word for the key's nonce, for the bridge of whoever makes it; opening it leaves an audit row."""

    def post(self, request: Request, public_id: str) -> Response:
        with tenant_tx(self.tenant, write=True):
            found = making.find(request._request, public_id)
            if found.reset is None or found.reset.authorization is None:
                raise PinResetMissing()
            text = vault.reveal(found.reset, "authorization", by=found.by, reason="重置寄来介质的 PIN 码")
        return Response({"authorization": text, "txn": f"{self.tenant.slug}/{found.reset.public_id}"})


class ResetUsed(JsonView):
    """POST: the desk's bridge has unlocked the key."""

    def post(self, request: Request, public_id: str) -> Response:
        return _done(self, request, public_id, "reset_used", {})


def _done(view: JsonView, request: Request, public_id: str, action: str, data: dict[str, Any]) -> Response:
    with tenant_tx(view.tenant, write=True):
        making.act(_found(request, public_id), action, data)
        return Response(making.state_of(_found(request, public_id)))


def _proved(view: JsonView, request: Request, public_id: str, action: str, given: dict[str, Any]) -> Response:
    with tenant_tx(view.tenant):
        by = _found(request, public_id).by
    challenges.reserve(view.tenant, given["challenge"], by=by)
    with tenant_tx(view.tenant, write=True):
        mark = sm3(given["challenge"].encode()).hex()[:32]
        making.act(_found(request, public_id), action, given, key=f"{action}:{mark}")
        return Response(making.state_of(_found(request, public_id)))


def _found(request: Request, public_id: str) -> Making:
    return making.find(request._request, public_id)


_MAKE, _RESET = "staff:production.make", "staff:production.reset_pin"
state = endpoint(State, _MAKE, background=True)
take = endpoint(Take, _MAKE)
challenge = endpoint(Challenge, _MAKE)
request_certificate = endpoint(RequestCertificate, _MAKE)
verify = endpoint(Verify, _MAKE)
ask_pin = endpoint(AskPin, _MAKE)
set_pin = endpoint(SetPin, _MAKE)
ask_reset = endpoint(AskReset, _RESET)
authorisation = endpoint(Authorisation, _MAKE)
reset_used = endpoint(ResetUsed, _MAKE)
