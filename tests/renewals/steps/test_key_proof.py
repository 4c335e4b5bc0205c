"""The old key answers before anything is written, in a programme that asks for it; that takes the certificate."""

import pytest

from renewals.bridge.protocol import CLAIM
from renewals.errors import ChallengeSpent, ProofRefused
from renewals.issuing.requests import parse
from renewals.models import Certificate
from renewals.walking import bridge_calls
from tests.renewals.hall import Hall, text
from tests.renewals.packs import publish_changed, with_key_proof
from tests.renewals.snapshot import refused


@pytest.fixture
def order(hall: Hall) -> str:
    publish_changed(hall.tenant, with_key_proof)
    return hall.to("application")


def proof(hall: Hall, order: str, *, signed_with: Certificate | None = None) -> dict[str, str]:
    certificate = signed_with or hall.item(order).certificate
    question = hall.challenge("claim", order)
    bridge, key = hall.bridge(certificate)
    try:
        signature = bridge_calls.sign(
            bridge, key=key, question=question, action=CLAIM, signer=parse(bytes(certificate.signing_der))
        )
    finally:
        bridge.close()
    return {"challenge": question["challenge"], "signature": text(signature)}


def prove(hall: Hall, order: str, data: dict[str, str]) -> None:
    hall.act(order, "key_proof", "prove", data, item=hall.item(order).public_id)


def test_a_proof_by_the_certificates_own_key_opens_the_application_and_reserves(hall: Hall, order: str) -> None:
    # RULES Across 2
    data = proof(hall, order)
    hall.reserve(data)
    prove(hall, order, data)
    assert hall.steps(order)["key_proof"] == "done"
    assert hall.steps(order)["application"] == "open"
    assert hall.item(order).reserves


def test_another_keys_signature_proves_nothing(hall: Hall, order: str) -> None:
    data = proof(hall, order, signed_with=hall.certificate())
    hall.reserve(data)
    with refused(ProofRefused):
        prove(hall, order, data)


def test_a_challenge_counts_once_and_only_when_it_was_reserved(hall: Hall, order: str) -> None:
    data = proof(hall, order)
    with refused(ChallengeSpent):
        prove(hall, order, data)
    hall.reserve(data)
    with refused(ChallengeSpent):
        hall.reserve(data)
    prove(hall, order, data)
