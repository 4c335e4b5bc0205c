"""The operations of docs/bridge.md, on a soft key. RULES A7–A11, C10, P6, P8."""

import base64
from typing import Any

import pytest

from portal.gm import Certificate, CertificateRequest
from portal.gm.certificate import public_key_of
from renewals.bridge.proof import verify_proof
from renewals.bridge.protocol import (
    PROTOCOL_VERSION,
    BridgeFault,
    ErrorCode,
    decode_challenge,
    install_action,
    new_challenge,
    rekey_action,
    request_action,
)
from renewals.bridge.simulator import SoftKeyDesk
from renewals.bridge.simulator.soft_key import ContainerState, dump_key, generate
from tests.renewals.bridge.conftest import personalise
from tests.renewals.bridge.workshop import ORIGIN, PIN, SUBJECT, TXN, Page, Rekey, WorkshopCa, b64, seal


def states(desk: SoftKeyDesk, serial: str) -> list[tuple[ContainerState, bool]]:
    """Of each container: its state, and whether it can still sign."""
    return [(each.state, bool(each.signing_key)) for each in desk.key(serial).containers]


def refused(code: ErrorCode) -> pytest.RaisesExc[BridgeFault]:
    return pytest.RaisesExc(BridgeFault, check=lambda fault: fault.code is code)


def test_old_key_proves_itself_and_the_new_key_takes_its_place(
    page: Page, desk: SoftKeyDesk, serial: str, ca: WorkshopCa
) -> None:
    rekey = Rekey(page, ca, serial)
    csr = base64.b64decode(rekey.gen_csr()["csr"])
    assert CertificateRequest.from_der(csr).subject_der == SUBJECT  # of the certificate it replaces

    challenge, action = new_challenge(), rekey_action(csr)
    proof = page.call("auth.sign", keySerial=serial, fingerprint=rekey.old, challenge=challenge, txn=TXN, action=action)
    old = Certificate.from_der(base64.b64decode(proof["certificate"]))
    parts: dict[str, Any] = {"origin": ORIGIN, "challenge": decode_challenge(challenge), "txn": TXN, "action": action}
    assert verify_proof(old, base64.b64decode(proof["signature"]), **parts)
    for part, wrong in (
        ("origin", "https://evil.example"),
        ("txn", "netca/other"),
        ("action", "claim"),
        ("challenge", bytes(32)),
    ):
        assert not verify_proof(old, base64.b64decode(proof["signature"]), **{**parts, part: wrong})

    rekey.import_sign()
    rekey.import_enc()
    assert states(desk, serial) == [(ContainerState.CURRENT, True), (ContainerState.PENDING, True)]

    challenge = new_challenge()
    installed = rekey.verify(challenge)
    signing, encryption, _ = rekey.issued
    assert installed["certificate"] == b64(signing.der)
    assert installed["encryptionFingerprint"] == encryption.fingerprint_sm3.hex()
    assert verify_proof(
        signing,
        base64.b64decode(installed["signature"]),
        origin=ORIGIN,
        challenge=decode_challenge(challenge),
        txn=TXN,
        action=install_action(signing.serial),
    )
    # P8: the old signing key is gone, the old encryption key is not
    assert states(desk, serial) == [(ContainerState.HISTORY, False), (ContainerState.CURRENT, True)]
    assert desk.key(serial).containers[0].encryption_key
    assert rekey.current() == signing.fingerprint_sm3.hex()


def test_the_new_key_answers_for_its_own_request(
    page: Page, desk: SoftKeyDesk, serial: str, ca: WorkshopCa
) -> None:  # RULES C10: where an approval vouches, the old key signs nothing
    rekey = Rekey(page, ca, serial)
    with refused(ErrorCode.CERT_KEY_MISMATCH):
        page.call("csr.prove", keySerial=serial, txn=TXN, challenge=new_challenge())
    csr = base64.b64decode(rekey.gen_csr()["csr"])

    challenge = new_challenge()
    proof = page.call("csr.prove", keySerial=serial, txn=TXN, challenge=challenge)

    assert base64.b64decode(proof["csr"]) == csr
    parts: dict[str, Any] = {
        "origin": ORIGIN,
        "challenge": decode_challenge(challenge),
        "txn": TXN,
        "action": request_action(csr),
    }
    signer, signature = CertificateRequest.from_der(csr).public_key, base64.b64decode(proof["signature"])
    assert verify_proof(signer, signature, **parts)
    for part, wrong in (
        ("origin", "https://evil.example"),
        ("txn", "szca/other"),
        ("action", rekey_action(csr)),
        ("challenge", bytes(32)),
    ):
        assert not verify_proof(signer, signature, **{**parts, part: wrong})
    assert states(desk, serial) == [(ContainerState.CURRENT, True), (ContainerState.PENDING, True)]

    rekey.import_sign()  # from now on install.verify speaks for it
    with refused(ErrorCode.CERT_KEY_MISMATCH):
        page.call("csr.prove", keySerial=serial, txn=TXN, challenge=new_challenge())


def test_a_page_of_protocol_1_does_not_get_what_protocol_2_brought(desk: SoftKeyDesk, serial: str) -> None:
    page = Page(desk, protocol=1)
    with refused(ErrorCode.UNSUPPORTED):
        page.call("csr.prove", keySerial=serial, txn=TXN, challenge=new_challenge())
    assert page.call("cert.list")["key"]["keySerial"] == serial
    with refused(ErrorCode.BRIDGE_TOO_OLD):
        Page(desk, protocol=PROTOCOL_VERSION + 1)


def test_a_medium_makes_what_its_model_can(desk: SoftKeyDesk, ca: WorkshopCa) -> None:
    """RULES A, B, D: ePass3000GM is SM2, ePass3003 and 诚信飞天3003 are RSA."""
    made = {
        name: desk.key(desk.provision(name[:9].encode().hex(), "测试 Ekey", PIN, model=name).serial)
        for name in ("ePass3000GM", "ePass3003", "诚信飞天3003")
    }
    assert {name: key.containers[0].algorithm for name, key in made.items()} == {
        "ePass3000GM": "SM2",
        "ePass3003": "RSA2048",
        "诚信飞天3003": "RSA2048",
    }
    with pytest.raises(ValueError, match="RSA2048 is none"):
        desk.provision("EP3000GM000009", "测试 Ekey", PIN, "RSA2048", model="ePass3000GM")
    serial = made["ePass3000GM"].serial
    desk.insert(serial)
    with pytest.raises(BridgeFault, match="UNSUPPORTED"):
        Page(desk).call("key.genCsr", keySerial=serial, txn=TXN, algorithm="RSA2048", subject=b64(SUBJECT))


def test_rsa_goes_the_same_way(desk: SoftKeyDesk, ca: WorkshopCa) -> None:
    serial = personalise(desk, ca, "3003000000000001", "RSA2048")
    desk.insert(serial)
    rekey = Rekey(Page(desk), ca, serial, algorithm="RSA2048")
    challenge = new_challenge()
    rekey.gen_csr()
    rekey.import_sign()
    rekey.import_enc()
    installed = rekey.verify(challenge)
    assert verify_proof(
        rekey.issued[0],
        base64.b64decode(installed["signature"]),
        origin=ORIGIN,
        challenge=decode_challenge(challenge),
        txn=TXN,
        action=install_action(rekey.issued[0].serial),
    )


def test_encryption_key_may_stay(page: Page, desk: SoftKeyDesk, serial: str, ca: WorkshopCa) -> None:
    """P8, encryption_key: keep. The CA certifies the old encryption key again."""
    before = desk.key(serial).containers[0]
    rekey = Rekey(page, ca, serial)
    rekey.gen_csr()
    rekey.import_sign()
    again = ca.certificate(Certificate.from_der(before.encryption_certificate).public_key, usage="keyEncipherment")
    page.call("cert.importEnc", keySerial=serial, txn=TXN, certificate=b64(again.der))
    rekey.verify()
    assert desk.key(serial).containers[1].encryption_key == before.encryption_key


def test_repeating_a_txn_changes_nothing(page: Page, desk: SoftKeyDesk, serial: str, ca: WorkshopCa) -> None:
    rekey = Rekey(page, ca, serial)
    assert rekey.gen_csr() == rekey.gen_csr()
    assert len(desk.key(serial).containers) == 2
    assert rekey.import_sign() == rekey.import_sign()
    assert rekey.import_enc() == rekey.import_enc()
    first, second = rekey.verify(), rekey.verify()  # a fresh challenge each: signed again, exchanged once
    assert first["fingerprint"] == second["fingerprint"]
    after = desk.key(serial).containers
    assert rekey.gen_csr()["csr"]  # still the same answer when everything is over
    assert desk.key(serial).containers == after


def test_a_txn_with_other_parameters_is_refused(page: Page, desk: SoftKeyDesk, serial: str, ca: WorkshopCa) -> None:
    rekey = Rekey(page, ca, serial)
    rekey.gen_csr()
    before = desk.key(serial)
    with refused(ErrorCode.BAD_REQUEST):
        page.call("key.genCsr", keySerial=serial, txn=TXN, algorithm="SM2", subject=b64(SUBJECT))
    assert desk.key(serial) == before


def test_space_is_looked_at_before_anything_is_asked(
    page: Page, desk: SoftKeyDesk, serial: str, ca: WorkshopCa
) -> None:
    rekey = Rekey(page, ca, serial)
    with desk.editing(serial) as key:
        key.capacity = 1
    before = desk.key(serial)
    with refused(ErrorCode.CONTAINER_FULL):
        rekey.gen_csr()
    assert page.stages() == ["check"]  # no PIN window
    assert desk.key(serial) == before


def test_another_certificate_is_not_written(page: Page, desk: SoftKeyDesk, serial: str, ca: WorkshopCa) -> None:
    rekey = Rekey(page, ca, serial)
    rekey.gen_csr()
    before = desk.key(serial)
    stranger = ca.certificate(public_key_of(generate("SM2")))
    for method in ("cert.importSign", "cert.importEnc"):
        if method == "cert.importEnc":
            rekey.import_sign()
            before = desk.key(serial)
        with refused(ErrorCode.CERT_KEY_MISMATCH):
            page.call(method, keySerial=serial, txn=TXN, certificate=b64(stranger.der))
        assert desk.key(serial) == before


def test_envelope_for_another_key_or_changed_is_not_opened(
    page: Page, desk: SoftKeyDesk, serial: str, ca: WorkshopCa
) -> None:
    rekey = Rekey(page, ca, serial)
    rekey.gen_csr()
    rekey.import_sign()
    before = desk.key(serial)
    encryption_key = generate("SM2")
    certificate = ca.certificate(public_key_of(encryption_key), usage="keyEncipherment")
    stranger = ca.certificate(public_key_of(generate("SM2")))
    right = seal(rekey.issued[0], encryption_key)
    for wrong in (seal(stranger, encryption_key), right[:-1] + bytes([right[-1] ^ 1]), right[:-1], b"\x30\x00"):
        with refused(ErrorCode.ENVELOPE_INVALID):
            page.call(
                "cert.importEnc", keySerial=serial, txn=TXN, certificate=b64(certificate.der), envelopedKey=b64(wrong)
            )
        assert desk.key(serial) == before
    page.call("cert.importEnc", keySerial=serial, txn=TXN, certificate=b64(certificate.der), envelopedKey=b64(right))
    assert desk.key(serial).containers[1].encryption_key == dump_key(encryption_key)


def test_verify_wants_the_encryption_certificate_and_the_right_serial(
    page: Page, desk: SoftKeyDesk, serial: str, ca: WorkshopCa
) -> None:
    rekey = Rekey(page, ca, serial)
    rekey.gen_csr()
    with refused(ErrorCode.CERT_NOT_FOUND):
        rekey.verify()
    rekey.import_sign()
    with refused(ErrorCode.VERIFY_FAILED):
        rekey.verify()  # encryption: required
    with refused(ErrorCode.VERIFY_FAILED):
        page.call(
            "install.verify",
            keySerial=serial,
            txn=TXN,
            challenge=new_challenge(),
            action="install:1",
            encryption="none",
        )
    assert states(desk, serial) == [(ContainerState.CURRENT, True), (ContainerState.PENDING, True)]


def test_resumed_in_another_session(page: Page, desk: SoftKeyDesk, serial: str, ca: WorkshopCa) -> None:
    """P6, A8: the pending container is in the key, not in the computer."""
    rekey = Rekey(page, ca, serial)
    rekey.gen_csr()
    page.dispatcher.shut_down()
    elsewhere = Rekey(Page(SoftKeyDesk(desk._store.folder)), ca, serial)
    elsewhere.pair = rekey.issued
    elsewhere.import_sign()
    elsewhere.import_enc()
    elsewhere.verify()
    assert elsewhere.current() == rekey.issued[0].fingerprint_sm3.hex()


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        ("pull", ErrorCode.NO_KEY),
        ("second", ErrorCode.MULTIPLE_KEYS),
        ("exchange", ErrorCode.KEY_CHANGED),
        ("driver missing", ErrorCode.DRIVER_MISSING),
        ("driver old", ErrorCode.DRIVER_TOO_OLD),
    ],
)
def test_only_with_exactly_the_one_key(
    page: Page, desk: SoftKeyDesk, serial: str, other: str, ca: WorkshopCa, prepare: str, code: ErrorCode
) -> None:
    """A5, A10."""
    rekey = Rekey(page, ca, serial)
    if prepare in ("pull", "exchange"):
        desk.pull(serial)
    if prepare in ("second", "exchange"):
        desk.insert(other)
    if prepare.startswith("driver"):
        desk.faults.update({"driver": prepare.removeprefix("driver ")})
    before = desk.key(serial), desk.key(other)
    with refused(code):
        rekey.gen_csr()
    assert (desk.key(serial), desk.key(other)) == before


def test_certificate_that_is_not_in_the_key(page: Page, serial: str) -> None:
    with refused(ErrorCode.CERT_NOT_FOUND):
        page.call(
            "auth.sign", keySerial=serial, fingerprint="0" * 64, challenge=new_challenge(), txn=TXN, action="claim"
        )


def test_unsupported_and_failing_keygen(page: Page, desk: SoftKeyDesk, serial: str, ca: WorkshopCa) -> None:
    with refused(ErrorCode.UNSUPPORTED):
        page.call("key.genCsr", keySerial=serial, txn=TXN, algorithm="RSA1024", subject=b64(SUBJECT))
    with refused(ErrorCode.UNSUPPORTED):
        page.call("key.explode")
    desk.faults.update({"keygen_fails": True})
    with refused(ErrorCode.KEYGEN_FAILED):
        Rekey(page, ca, serial).gen_csr()
    assert len(desk.key(serial).containers) == 1
