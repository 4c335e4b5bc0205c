"""/api/claim/…: which of the key's certificates the hall knows, a question for one, and its answer (RULES P2)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal.accounts.actor import actor_of
from portal.accounts.models import User
from portal.tenants import tenant_tx
from renewals import claiming, taking_over
from renewals.api.base import ChallengeField, DerField, JsonView, decoded, endpoint, read
from renewals.bridge import challenges
from renewals.bridge.protocol import CLAIM
from renewals.errors import CertificateUnknown, ChallengeSpent
from renewals.issuing.requests import parse
from renewals.models import BridgeChallenge, Certificate
from renewals.views.progress import local_day

MOST = 16  # certificates of one key


class LookIn(serializers.Serializer[Any]):
    certificates = serializers.ListField(child=DerField(), max_length=MOST)


class CertificateIn(serializers.Serializer[Any]):
    certificate = DerField()


class ProofIn(serializers.Serializer[Any]):
    challenge = ChallengeField()
    signature = DerField()
    take_over = serializers.BooleanField(default=False)


class Look(JsonView):
    """POST: the key's certificates, read for the customer who is to pick one. Tells what stands in them, no more."""

    def post(self, request: Request) -> Response:
        given = read(LookIn, request)
        with tenant_tx(self.tenant):
            return Response({"certificates": [_described(der) for der in given["certificates"]]})


def _described(text: str) -> dict[str, Any]:
    try:
        known = claiming.registered(decoded("certificates", text))
    except CertificateUnknown:
        return {"known": False, "holder": "", "serial": "", "until": ""}
    until = local_day(known.not_after).isoformat()
    return {"known": True, "holder": known.holder_name, "serial": known.serial, "until": until}


class Challenge(JsonView):
    def post(self, request: Request) -> Response:
        given = read(CertificateIn, request)
        with tenant_tx(self.tenant, write=True):
            certificate = claiming.registered(decoded("certificate", given["certificate"]))
            question = challenges.issue("claim", by=actor_of(request._request), certificate=certificate)
        return Response({**question, "action": CLAIM})


class Prove(JsonView):
    def post(self, request: Request) -> Response:
        given = read(ProofIn, request)
        by, signature = actor_of(request._request), decoded("signature", given["signature"])
        challenges.reserve(self.tenant, given["challenge"], by=by)
        with tenant_tx(self.tenant, write=True):
            certificate = _asked(given["challenge"])
            challenges.redeem(
                given["challenge"],
                signature,
                purpose="claim",
                action=CLAIM,
                signer=parse(bytes(certificate.signing_der)),
                by=by,
            )
            user = User.objects.get(pk=by.user_id or 0)
            claiming.grant(user, certificate, take_over=given["take_over"], by=by)
            taking_over.settle_claims(certificate, user, by=by)
            moved = taking_over.move_orders(certificate, user, by=by) if given["take_over"] else 0
        return Response({"serial": certificate.serial, "orders": moved})


def _asked(challenge: str) -> Certificate:
    """The certificate that this question was about."""
    row = (
        BridgeChallenge.objects.select_related("certificate__organisation")
        .filter(challenge=challenges.as_bytes(challenge), purpose="claim")
        .first()
    )
    if row is None or row.certificate is None:
        raise ChallengeSpent()
    found: Certificate = row.certificate
    return found


look = endpoint(Look, "customer", background=True)  # a script asks: without a sign-in a refusal, not a page
challenge = endpoint(Challenge, "customer", background=True)
prove = endpoint(Prove, "customer", background=True)
