"""/api/proof/<item>/…: a question for the certificate's key before anything else is asked, and its answer (D2, E3)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal.accounts.actor import actor_of
from portal.tenants import tenant_tx
from renewals import orders
from renewals.api.base import ChallengeField, DerField, JsonView, decoded, endpoint, read
from renewals.bridge import challenges
from renewals.bridge.protocol import CLAIM
from renewals.errors import OrderNotFound
from renewals.issuing.requests import parse
from renewals.lifecycle import Kind
from renewals.models import OrderItem
from renewals.publishing import pack_of
from renewals.views.customer import own_order


class ProofIn(serializers.Serializer[Any]):
    challenge = ChallengeField()
    signature = DerField()


class Challenge(JsonView):
    """POST: a question, and which certificate may answer it."""

    def post(self, request: Request, item: str) -> Response:
        with tenant_tx(self.tenant, write=True):
            found = _own_item(request, item)
            question = challenges.issue("claim", by=actor_of(request._request), item=found)
            signer = parse(bytes(found.certificate.signing_der))
        return Response({**question, "action": CLAIM, "fingerprint": signer.fingerprint_sm3.hex()})


class Prove(JsonView):
    def post(self, request: Request, item: str) -> Response:
        given = read(ProofIn, request)
        by = actor_of(request._request)
        decoded("signature", given["signature"])
        with tenant_tx(self.tenant):
            found = _own_item(request, item)
            step = pack_of(found.order.programme).path_spec(found.order.path).of_kind(Kind.KEY_PROOF)
        if not step:
            raise OrderNotFound()
        challenges.reserve(self.tenant, given["challenge"], by=by)
        with tenant_tx(self.tenant, write=True):
            orders.act(
                found.order.public_id,
                "prove",
                step=step[0].name,
                item=found.public_id,
                by=by,
                data=given,
                key=f"prove:{given['challenge']}",
            )
        return Response({"proved": True})


def _own_item(request: Request, public_id: str) -> OrderItem:
    """OrderNotFound for everybody else's."""
    item = (
        OrderItem.objects.select_related("order__programme", "certificate")
        .filter(public_id=public_id if public_id.isprintable() else "")
        .first()
    )
    if item is None:
        raise OrderNotFound()
    own_order(request._request, item.order.public_id)
    return item


challenge = endpoint(Challenge, "customer", background=True)
prove = endpoint(Prove, "customer", background=True)
