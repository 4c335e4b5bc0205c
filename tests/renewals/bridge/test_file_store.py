"""Certificates in files, by the bridge: the .pfx is made on the customer's computer. RULES B2, B5–B7."""

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from portal.gm import Certificate, CertificateRequest
from portal.gm.certificate import public_key_of
from renewals.bridge.proof import verify_proof
from renewals.bridge.protocol import (
    BridgeFault,
    ErrorCode,
    decode_challenge,
    install_action,
    new_challenge,
    rekey_action,
    request_action,
)
from renewals.bridge.simulator import SoftKeyDesk
from renewals.bridge.simulator.desk import check_new_password
from renewals.bridge.simulator.soft_key import generate
from tests.renewals.bridge.workshop import ORIGIN, SUBJECT, TXN, Page, WorkshopCa, b64

OLD_PASSWORD, NEW_PASSWORD = "135790", "246802"
FILE = "F000504Y0007#0.pfx"


def pfx(ca: WorkshopCa, password: str = OLD_PASSWORD) -> tuple[bytes, Certificate]:
    """A customer's old .pfx, and the certificate in it."""
    key: Any = generate("RSA2048")
    certificate = ca.certificate(public_key_of(key))
    protection = serialization.BestAvailableEncryption(password.encode())
    stored = x509.load_der_x509_certificate(certificate.der)
    return pkcs12.serialize_key_and_certificates(b"old", key, stored, None, protection), certificate


@pytest.fixture
def old(desk: SoftKeyDesk, ca: WorkshopCa) -> Certificate:
    """Imported by a double click."""
    made, certificate = pfx(ca)
    desk.files.import_pfx(made, OLD_PASSWORD)
    return certificate


@pytest.fixture
def page(desk: SoftKeyDesk) -> Iterator[Page]:
    """No key is in: a file needs none."""
    page = Page(desk, protocol=3, pin=OLD_PASSWORD)
    page.pins.auto_new_pin = NEW_PASSWORD
    yield page
    page.dispatcher.shut_down()


def refused(code: ErrorCode) -> pytest.RaisesExc[BridgeFault]:
    return pytest.RaisesExc(BridgeFault, check=lambda fault: fault.code is code)


def store_of(page: Page) -> str:
    return str(page.call("cert.list", store="file")["key"]["keySerial"])


def renew(page: Page, ca: WorkshopCa, old: Certificate) -> Certificate:
    """Key, request and certificate; nothing saved yet."""
    files = store_of(page)
    fingerprint = old.fingerprint_sm3.hex()
    made = page.call("key.genCsr", keySerial=files, txn=TXN, algorithm="RSA2048", replaces=fingerprint)
    new = ca.certificate(CertificateRequest.from_der(base64.b64decode(made["csr"])).public_key)
    page.call("cert.importSign", keySerial=files, txn=TXN, certificate=b64(new.der))
    return new


def openssl(file: Path, password: str) -> "subprocess.CompletedProcess[str]":
    command = ["openssl", "pkcs12", "-in", str(file), "-passin", f"pass:{password}", "-nodes"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_old_file_vouches_and_the_new_one_is_saved(
    page: Page, desk: SoftKeyDesk, old: Certificate, ca: WorkshopCa
) -> None:  # RULES B5
    files, fingerprint = store_of(page), old.fingerprint_sm3.hex()
    listed = page.call("cert.list", store="file")["certificates"]
    assert [each["fingerprint"] for each in listed] == [fingerprint]

    made = page.call("key.genCsr", keySerial=files, txn=TXN, algorithm="RSA2048", replaces=fingerprint)
    csr = base64.b64decode(made["csr"])
    challenge, action = new_challenge(), rekey_action(csr)
    signed = page.call(
        "auth.sign", keySerial=files, fingerprint=fingerprint, challenge=challenge, txn=TXN, action=action
    )
    parts: dict[str, Any] = {"origin": ORIGIN, "challenge": decode_challenge(challenge), "txn": TXN}
    assert verify_proof(old, base64.b64decode(signed["signature"]), **parts, action=action)

    request = CertificateRequest.from_der(csr)
    assert request.subject_der == SUBJECT
    new = ca.certificate(request.public_key)
    page.call("cert.importSign", keySerial=files, txn=TXN, certificate=b64(new.der))
    saved = page.call("file.save", keySerial=files, txn=TXN, fileName=FILE)
    assert (saved["fileName"], saved["fingerprint"]) == (FILE, new.fingerprint_sm3.hex())

    shown = openssl(desk.files.saved / FILE, NEW_PASSWORD)
    assert shown.returncode == 0
    assert "BEGIN PRIVATE KEY" in shown.stdout
    assert openssl(desk.files.saved / FILE, OLD_PASSWORD).returncode != 0

    challenge, action = new_challenge(), install_action(new.serial)
    proof = page.call("install.verify", keySerial=files, txn=TXN, challenge=challenge, action=action, encryption="none")
    parts["challenge"] = decode_challenge(challenge)
    assert verify_proof(new, base64.b64decode(proof["signature"]), **parts, action=action)
    states = [(each["state"], each["fingerprint"]) for each in page.call("cert.list", store="file")["certificates"]]
    assert states == [("current", new.fingerprint_sm3.hex())]


def test_codes_make_a_file_where_there_was_none(page: Page, ca: WorkshopCa) -> None:  # RULES B7
    files = store_of(page)
    made = page.call("key.genCsr", keySerial=files, txn=TXN, algorithm="RSA2048", subject=b64(SUBJECT))
    challenge = new_challenge()
    proved = page.call("csr.prove", keySerial=files, txn=TXN, challenge=challenge)
    csr = base64.b64decode(made["csr"])
    assert verify_proof(
        CertificateRequest.from_der(csr).public_key,
        base64.b64decode(proved["signature"]),
        origin=ORIGIN,
        challenge=decode_challenge(challenge),
        txn=TXN,
        action=request_action(csr),
    )


def test_saving_may_be_repeated(page: Page, desk: SoftKeyDesk, old: Certificate, ca: WorkshopCa) -> None:  # RULES B5
    renew(page, ca, old)
    files = store_of(page)
    desk.faults.saving_blocked = True
    with refused(ErrorCode.FILE_SAVE_FAILED):
        page.call("file.save", keySerial=files, txn=TXN, fileName=FILE)
    assert not desk.files.saved.exists()
    desk.faults.saving_blocked = False
    page.call("file.save", keySerial=files, txn=TXN, fileName=FILE)
    (desk.files.saved / FILE).unlink()
    page.call("file.save", keySerial=files, txn=TXN, fileName=FILE)
    assert (desk.files.saved / FILE).exists()


def test_another_session_asks_for_the_files_password(
    page: Page, desk: SoftKeyDesk, old: Certificate, ca: WorkshopCa
) -> None:
    renew(page, ca, old)
    page.dispatcher.shut_down()
    later = Page(desk, protocol=3, pin=OLD_PASSWORD)
    with refused(ErrorCode.PASSWORD_INCORRECT):  # a file can't lock itself: no tries are counted
        later.call("file.save", keySerial=store_of(later), txn=TXN, fileName=FILE)
    later.pins.auto_pin = NEW_PASSWORD
    later.call("file.save", keySerial=store_of(later), txn=TXN, fileName=FILE)
    later.dispatcher.shut_down()


@pytest.mark.parametrize("password", ["24680", "2468024", "24680a", "２４６８０２", "24 802"])
def test_six_digits_exactly(page: Page, desk: SoftKeyDesk, old: Certificate, password: str) -> None:  # RULES B6
    check_new_password("246802", 6)
    with pytest.raises(ValueError, match="exactly 6 digits"):
        check_new_password(password, 6)
    assert len(desk.files.read().containers) == 1


def test_the_password_is_in_no_message(page: Page, old: Certificate, ca: WorkshopCa) -> None:
    renew(page, ca, old)
    page.call("file.save", keySerial=store_of(page), txn=TXN, fileName=FILE)
    told = json.dumps([page.events, page.call("cert.list", store="file")])
    assert OLD_PASSWORD not in told
    assert NEW_PASSWORD not in told


def test_the_computer_is_checked_without_a_key(page: Page, desk: SoftKeyDesk, old: Certificate) -> None:  # RULES B2
    wanted = {"fingerprint": old.fingerprint_sm3.hex()}
    found = page.call("env.check", store="file", certificate=wanted)
    assert [(each["check"], each["passed"]) for each in found["checks"]] == [("bridge", True), ("certificate", True)]
    with desk.files.editing() as files:
        files.containers.clear()
    found = page.call("env.check", store="file", certificate=wanted)
    assert found["passed"] is False
    assert found["checks"][-1]["error"] == "CERT_NOT_FOUND"  # 未识别到旧证书信息 (RULES B8)


def test_what_files_can_not(page: Page, desk: SoftKeyDesk, serial: str, old: Certificate) -> None:
    files = store_of(page)
    with refused(ErrorCode.UNSUPPORTED):
        page.call("pin.verify", keySerial=files, txn=TXN)
    with refused(ErrorCode.UNSUPPORTED):  # RULES B0: no SM2 in a .pfx
        page.call("key.genCsr", keySerial=files, txn=TXN, algorithm="SM2", subject=b64(SUBJECT))
    with refused(ErrorCode.UNSUPPORTED):  # the key of a medium never leaves it
        page.call("file.save", keySerial=serial, txn=TXN, fileName=FILE)
    with refused(ErrorCode.BAD_REQUEST):  # RULES B6: no Chinese names
        page.call("file.save", keySerial=files, txn=TXN, fileName="证书.pfx")
    older = Page(desk, protocol=2)
    with refused(ErrorCode.UNSUPPORTED):
        older.call("file.save", keySerial=files, txn=TXN, fileName=FILE)


def test_a_double_click_with_the_wrong_password(desk: SoftKeyDesk, ca: WorkshopCa) -> None:
    made, _ = pfx(ca)
    with pytest.raises(ValueError, match=r"[Pp]assword"):
        desk.files.import_pfx(made, NEW_PASSWORD)
    assert desk.files.read().containers == []
