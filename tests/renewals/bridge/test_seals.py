"""Electronic seals on a key (RULES P7): written beside their certificate, answered for by its key."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from portal.gm import Certificate, sm3
from portal.gm.certificate import public_key_of
from renewals.bridge.proof import verify_proof
from renewals.bridge.protocol import BridgeFault, ErrorCode, decode_challenge, new_challenge, seal_action
from renewals.bridge.simulator import SoftKeyDesk
from renewals.bridge.simulator.soft_key import generate
from renewals.sealing import Picture, Seal, SealKind, make
from tests.renewals.bridge.conftest import personalise
from tests.renewals.bridge.workshop import ORIGIN, TXN, Page, WorkshopCa, b64
from tests.renewals.sealing.test_seal_data import png

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def seal_of(certificate: bytes, algorithm: str) -> bytes:
    key = generate(algorithm)
    seal = Seal(
        es_id="ES0001",
        kind=SealKind.ORGANISATION,
        name="深圳市测试精密制造有限公司",
        certificates=(certificate,),
        created_at=NOW,
        valid_from=NOW,
        valid_until=NOW + timedelta(days=180),
        picture=Picture(png(), 40, 40),
    )
    return make(seal, key=key, maker=WorkshopCa().certificate(public_key_of(key)))


def _key(desk: SoftKeyDesk, ca: WorkshopCa, algorithm: str) -> tuple[str, Certificate]:
    serial = personalise(desk, ca, f"3888{algorithm}", algorithm)
    desk.insert(serial)
    return serial, Certificate.from_der(desk.key(serial).containers[0].signing_certificate)


@pytest.mark.parametrize("algorithm", ["SM2", "RSA2048"])
def test_a_seal_is_written_and_the_certificates_key_answers_for_it(
    desk: SoftKeyDesk, ca: WorkshopCa, algorithm: str
) -> None:
    serial, certificate = _key(desk, ca, algorithm)
    page = Page(desk, protocol=3)
    seal = seal_of(certificate.der, algorithm)
    fingerprint = certificate.fingerprint_sm3.hex()
    written = {"keySerial": serial, "txn": TXN, "fingerprint": fingerprint, "seal": b64(seal)}
    assert page.call("seal.write", **written)["sealDigest"] == sm3(seal).hex()
    assert page.call("seal.write", **written)["sealDigest"] == sm3(seal).hex()  # idempotent by its txn
    challenge = new_challenge()
    proof = page.call("seal.verify", keySerial=serial, txn=TXN, fingerprint=fingerprint, challenge=challenge)
    assert proof["seal"] == b64(seal)
    assert verify_proof(
        certificate,
        base64.b64decode(proof["signature"]),
        origin=ORIGIN,
        challenge=decode_challenge(challenge),
        txn=TXN,
        action=seal_action(seal),
    )


def test_a_seal_of_another_certificate_is_not_written(desk: SoftKeyDesk, ca: WorkshopCa) -> None:
    serial, certificate = _key(desk, ca, "SM2")
    other = ca.certificate(public_key_of(generate("SM2")))
    page = Page(desk, protocol=3)
    fingerprint = certificate.fingerprint_sm3.hex()
    with pytest.raises(BridgeFault) as refused:
        page.call("seal.write", keySerial=serial, txn=TXN, fingerprint=fingerprint, seal=b64(seal_of(other.der, "SM2")))
    assert refused.value.code is ErrorCode.CERT_KEY_MISMATCH
    with pytest.raises(BridgeFault) as none:
        page.call("seal.verify", keySerial=serial, txn=TXN, fingerprint=fingerprint, challenge=new_challenge())
    assert none.value.code is ErrorCode.CERT_NOT_FOUND


def test_an_older_page_has_no_seals(desk: SoftKeyDesk, ca: WorkshopCa) -> None:
    serial, certificate = _key(desk, ca, "SM2")
    with pytest.raises(BridgeFault) as refused:
        Page(desk, protocol=2).call(
            "seal.verify",
            keySerial=serial,
            txn=TXN,
            fingerprint=certificate.fingerprint_sm3.hex(),
            challenge=new_challenge(),
        )
    assert refused.value.code is ErrorCode.UNSUPPORTED
