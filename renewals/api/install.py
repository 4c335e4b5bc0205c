"""/api/install/<item>/…: the installation, question by question. One item, one visit, one key."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal.gm.sm3 import sm3
from portal.tenants import tenant_tx
from renewals import orders
from renewals.api.base import ChallengeField, DerField, JsonView, decoded, endpoint, read
from renewals.bridge import challenges
from renewals.bridge.protocol import rekey_action
from renewals.errors import CodeJustShown
from renewals.lifecycle import StepNotOpen
from renewals.views import installing
from renewals.views.installing import Installation


class ChallengeIn(serializers.Serializer[Any]):
    purpose = serializers.ChoiceField(choices=["rekey", "request", "install"])
    csr = DerField(required=False)  # of a rekey: the old key signs for exactly this request


class RequestIn(serializers.Serializer[Any]):
    csr = DerField()
    challenge = ChallengeField()
    signature = DerField()


class ProofIn(serializers.Serializer[Any]):
    challenge = ChallengeField()
    signature = DerField()


class State(JsonView):
    """GET: how far it is, with the certificates to import once there are some."""

    def get(self, request: Request, item: str) -> Response:
        with tenant_tx(self.tenant):
            return Response(installing.state_of(installing.find(request._request, item)))


class Code(JsonView):
    """POST: a fresh renewal code, for the order's customer alone; told this once (RULES A8)."""

    def post(self, request: Request, item: str) -> Response:
        with tenant_tx(self.tenant, write=True):
            found = installing.find(request._request, item)
            result = _act(found, "show_code", {}, key=f"code:{found.order.version}")
            if result.repeated:
                raise CodeJustShown()
            return Response({"code": result.once["renewal_code"]})


class Challenge(JsonView):
    """POST: a question for the key, and the action to be signed with it."""

    def post(self, request: Request, item: str) -> Response:
        given = read(ChallengeIn, request)
        with tenant_tx(self.tenant, write=True):
            found = installing.find(request._request, item)
            action = _action(found, given)
            question = challenges.issue(given["purpose"], by=found.by, item=found.item)
        return Response({**question, "action": action})


def _action(found: Installation, given: dict[str, Any]) -> str:
    if given["purpose"] == "rekey":
        return rekey_action(decoded("csr", given.get("csr", "")))
    if given["purpose"] == "request":
        return ""  # the bridge computes it from its own request (docs/bridge.md, csr.prove)
    new = installing.state_of(found).get("new")
    if new is None:
        raise StepNotOpen(step=found.step.name, item=found.item.public_id, state=found.state)
    action: str = new["action"]
    return action


class RequestCertificate(JsonView):
    """POST: the new key's request and the old key's word for it; the CA is asked by a job."""

    def post(self, request: Request, item: str) -> Response:
        given = read(RequestIn, request)
        return _proved(self, request, item, "request", given)


class Verify(JsonView):
    """POST: the new key's signature; the installation is complete."""

    def post(self, request: Request, item: str) -> Response:
        return _proved(self, request, item, "verify", read(ProofIn, request))


def _proved(view: JsonView, request: Request, item: str, action: str, given: dict[str, Any]) -> Response:
    with tenant_tx(view.tenant):
        by = installing.find(request._request, item).by
    challenges.reserve(view.tenant, given["challenge"], by=by)
    with tenant_tx(view.tenant, write=True):
        found = installing.find(request._request, item)
        mark = sm3(given["challenge"].encode()).hex()[:32]
        _act(found, action, given, key=f"{action}:{mark}")
        return Response(installing.state_of(installing.find(request._request, item)))


def _act(found: Installation, action: str, data: dict[str, Any], *, key: str) -> orders.ActResult:
    return orders.act(
        found.order.public_id,
        action,
        step=found.step.name,
        item=found.item.public_id,
        by=found.by,
        data=data,
        key=key,
    )


state = endpoint(State, "public", background=True)
code = endpoint(Code, "public")
challenge = endpoint(Challenge, "public")
request_certificate = endpoint(RequestCertificate, "public")
verify = endpoint(Verify, "public")
