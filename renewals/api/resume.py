"""/api/resume/…: after the renewal code, the key: the old one, or the new one once it is imported (RULES P6)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal import audit
from portal.errors import InvalidInput
from portal.tenants import tenant_tx
from renewals.api.base import ChallengeField, DerField, JsonView, decoded, endpoint, read
from renewals.bridge import challenges
from renewals.bridge.protocol import RESUME
from renewals.errors import OrderNotFound
from renewals.issuing.requests import parse
from renewals.models import Issuance, OrderItem
from renewals.views.installing import RESUMING, bridge_actor


class ProofIn(serializers.Serializer[Any]):
    challenge = ChallengeField()
    signature = DerField()
    fingerprint = serializers.RegexField(r"^[0-9a-f]{64}$")


class Challenge(JsonView):
    """POST: a question for the key, and which certificates may answer it."""

    def post(self, request: Request) -> Response:
        with tenant_tx(self.tenant, write=True):
            item = _item(request)
            question = challenges.issue("resume", by=bridge_actor(request._request), item=item)
        return Response({**question, "action": RESUME, "fingerprints": sorted(_signers(self, item))})


class Prove(JsonView):
    def post(self, request: Request) -> Response:
        given = read(ProofIn, request)
        by = bridge_actor(request._request)
        signature = decoded("signature", given["signature"])
        challenges.reserve(self.tenant, given["challenge"], by=by)
        with tenant_tx(self.tenant, write=True):
            item = _item(request)
            signer = _signers(self, item).get(given["fingerprint"])
            if signer is None:
                raise InvalidInput({"fingerprint": ["这张证书不属于这张订单。"]})
            challenges.redeem(
                given["challenge"], signature, purpose="resume", action=RESUME, signer=signer, by=by, item=item
            )
            audit.record("resume.key_proved", by=by, subject=f"order:{item.order.public_id}", detail={})
        return Response({"proved": True})


def _item(request: Request) -> OrderItem:
    item = (
        OrderItem.objects.select_related("order", "certificate")
        .filter(public_id=request._request.session.get(RESUMING, ""))
        .first()
    )
    if item is None:
        raise OrderNotFound()
    return item


def _signers(view: JsonView, item: OrderItem) -> dict[str, Any]:
    """Fingerprint → certificate: the old one, and the new one from its issue on."""
    with tenant_tx(view.tenant):
        made = Issuance.objects.filter(item=item, state__in=["issued", "verified"]).first()
        ders = [bytes(item.certificate.signing_der)]
        if made is not None and made.signing_certificate:
            ders.append(bytes(made.signing_certificate))
    return {certificate.fingerprint_sm3.hex(): certificate for certificate in map(parse, ders)}


challenge = endpoint(Challenge, "public")
prove = endpoint(Prove, "public")
