"""/api/seal/<item>/… and the same for staff: the seal to be written, a question for the key, its answer (RULES P7)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal.tenants import tenant_tx
from renewals import orders
from renewals.api.base import ChallengeField, DerField, JsonView, decoded, endpoint, read
from renewals.bridge import challenges
from renewals.views import sealing


class VerifyIn(serializers.Serializer[Any]):
    seal = DerField()
    challenge = ChallengeField(required=False)  # staff bring no signature (steps/seal.py)
    signature = DerField(required=False)


class State(JsonView):
    """GET: how far it is, with the seal once there is one to be written."""

    def get(self, request: Request, item: str) -> Response:
        with tenant_tx(self.tenant):
            return Response(sealing.state_of(sealing.find(request._request, item)))


class Challenge(JsonView):
    def post(self, request: Request, item: str) -> Response:
        with tenant_tx(self.tenant, write=True):
            found = sealing.find(request._request, item)
            return Response(challenges.issue("seal", by=found.by, item=found.item))


class Verify(JsonView):
    def post(self, request: Request, item: str) -> Response:
        given = read(VerifyIn, request)
        for name in {"signature", "seal"} & set(given):
            decoded(name, given[name])
        with tenant_tx(self.tenant):
            found = sealing.find(request._request, item)
        if found.by.kind == "customer":
            challenges.reserve(self.tenant, given.get("challenge", ""), by=found.by)
        with tenant_tx(self.tenant, write=True):
            orders.act(
                found.item.order.public_id,
                "verify",
                step=found.step.name,
                item=found.item.public_id,
                by=found.by,
                data=given,
                key=f"seal:{given.get('challenge') or found.item.order.version}",
            )
        return Response({"verified": True})


state = endpoint(State, "customer", background=True)
challenge = endpoint(Challenge, "customer", background=True)
verify = endpoint(Verify, "customer", background=True)
staff_state = endpoint(State, "staff:seals.write", background=True)
staff_challenge = endpoint(Challenge, "staff:seals.write", background=True)
staff_verify = endpoint(Verify, "staff:seals.write", background=True)
