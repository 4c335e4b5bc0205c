"""/api/progress/…: how far the orders of a certificate are, for whoever holds its key; no order number is asked (E7).

Nothing personal is told: number, business, status, and who is next.
"""

from datetime import timedelta
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal.audit import attempts
from portal.tenants import tenant_tx
from renewals import claiming, selectors
from renewals.api.base import ChallengeField, DerField, JsonView, decoded, endpoint, read
from renewals.bridge import challenges
from renewals.bridge.protocol import PROGRESS
from renewals.errors import ChallengeSpent
from renewals.issuing.requests import parse
from renewals.models import BridgeChallenge, Certificate, Order
from renewals.views.installing import bridge_actor
from renewals.views.progress import local_day, money_of, next_step, status_badge

MOST = 5  # orders of one certificate, newest first
ASKS, ASKS_IN = 30, timedelta(hours=1)  # of one address


class CertificateIn(serializers.Serializer[Any]):
    certificate = DerField()


class ProofIn(serializers.Serializer[Any]):
    challenge = ChallengeField()
    signature = DerField()


class Challenge(JsonView):
    def post(self, request: Request) -> Response:
        given = read(CertificateIn, request)
        by = bridge_actor(request._request)
        attempts.reserve(self.tenant, "progress.address", by.ip or "unknown", limit=ASKS, window=ASKS_IN)
        with tenant_tx(self.tenant, write=True):
            certificate = claiming.registered(decoded("certificate", given["certificate"]))
            question = challenges.issue("progress", by=by, certificate=certificate)
        return Response({**question, "action": PROGRESS})


class Prove(JsonView):
    def post(self, request: Request) -> Response:
        given = read(ProofIn, request)
        by = bridge_actor(request._request)
        signature = decoded("signature", given["signature"])
        challenges.reserve(self.tenant, given["challenge"], by=by)
        with tenant_tx(self.tenant, write=True):
            certificate = _asked(given["challenge"])
            signer = parse(bytes(certificate.signing_der))
            challenges.redeem(given["challenge"], signature, purpose="progress", action=PROGRESS, signer=signer, by=by)
            until = local_day(certificate.not_after).isoformat()
            orders = [_told(order) for order in _orders(certificate)]
        return Response({"until": until, "orders": orders})


def _asked(challenge: str) -> Certificate:
    row = (
        BridgeChallenge.objects.select_related("certificate")
        .filter(challenge=challenges.as_bytes(challenge), purpose="progress")
        .first()
    )
    if row is None or row.certificate is None:
        raise ChallengeSpent()
    found: Certificate = row.certificate
    return found


def _orders(certificate: Certificate) -> list[Order]:
    """Of this certificate, as the old or as the new one."""
    found = Order.objects.filter(items__certificate=certificate) | Order.objects.filter(items__issued=certificate)
    return list(found.select_related("programme", "organisation").distinct().order_by("-opened_at")[:MOST])


def _told(order: Order) -> dict[str, str]:
    view = selectors.order_view(order)
    step = next_step(view, money_of(view), None)
    return {
        "number": order.number,
        "business": str(order.get_business_display()),
        "status": str(status_badge(order.status).text),
        "next": str(step.title),
        "opened": local_day(order.opened_at).isoformat(),
    }


challenge = endpoint(Challenge, "public", background=True)
prove = endpoint(Prove, "public", background=True)
