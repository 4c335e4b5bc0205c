"""What the development CA is beyond the contract: its secrets, its counter, its certificates."""

import sqlite3
import stat
import subprocess
from contextlib import closing
from datetime import UTC, datetime

import pytest

from portal.gm import Certificate, SM2PrivateKey, x509
from renewals.ca import (
    CaConfig,
    CaConflict,
    CaError,
    CaUnavailable,
    DevCa,
    DevCaInProduction,
    Issued,
    Pending,
    Rejected,
    UnknownMedium,
    connector_for,
    register,
)
from renewals.ca.dev_authority import key_to_der, new_key
from renewals.ca.dev_store import DevStore, WrongStorageKey
from renewals.ca.registry import UnknownConnector
from tests.renewals.ca.world import DAY, STORAGE_KEY, SUBJECT


def test_it_refuses_production_and_leaves_no_trace(tmp_path):
    with pytest.raises(DevCaInProduction):
        DevCa(tmp_path / "ca", STORAGE_KEY, production=True)

    assert not (tmp_path / "ca").exists()


def test_the_registry_makes_it_outside_production_only(tmp_path):
    options = {"folder": str(tmp_path / "ca"), "key": STORAGE_KEY}

    assert isinstance(connector_for(CaConfig("dev", production=False, options=options)), DevCa)
    with pytest.raises(DevCaInProduction):
        connector_for(CaConfig("dev", options=options))
    with pytest.raises(UnknownConnector):
        connector_for(CaConfig("no such CA"))
    with pytest.raises(ValueError, match="registered already"):
        register("dev", lambda _config: None)


def test_a_configuration_does_not_print_its_key():
    assert "32" not in repr(CaConfig("dev", options={"key": b"32 bytes"}))


def test_the_authorities_are_made_once_and_kept(tmp_path):
    first = DevCa(tmp_path, STORAGE_KEY, production=False).chain("SM2")

    assert DevCa(tmp_path, STORAGE_KEY, production=False).chain("SM2") == first
    issuing, root = (Certificate.from_der(one) for one in first)
    assert (issuing.subject, issuing.path_length) == ("CN=Certhall 开发 CA SM2,O=Certhall 开发 CA,C=CN", 0)
    assert root.subject == "CN=Certhall 开发 CA SM2 根,O=Certhall 开发 CA,C=CN"


def test_another_storage_key_opens_nothing(ca_folder):
    with pytest.raises(WrongStorageKey):
        DevCa(ca_folder, b"another storage key, also long..", production=False).chain()


def test_private_keys_are_not_in_the_file_in_the_clear(tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(
        "renewals.ca.dev_authority.new_key", lambda algorithm: made.append(new_key(algorithm)) or made[-1]
    )
    monkeypatch.setattr("renewals.ca.dev.new_key", lambda algorithm: made.append(new_key(algorithm)) or made[-1])
    ca = DevCa(tmp_path, STORAGE_KEY, production=False)
    customer = SM2PrivateKey.generate()
    now = datetime(2026, 11, 21, tzinfo=UTC)
    ca.issue_initial("i", subject_der=SUBJECT, public_key=customer.public_key, not_before=now, not_after=now + DAY)
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert len(made) == 3
    for key in made:
        assert key.to_scalar() not in stored
        assert key_to_der(key) not in stored
    assert b"Certhall" in stored


def test_folder_and_file_are_the_owners_alone(tmp_path):
    DevCa(tmp_path / "ca", STORAGE_KEY, production=False)

    assert stat.S_IMODE((tmp_path / "ca").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "ca" / "ca.sqlite3").stat().st_mode) == 0o600


def test_a_sealed_key_moved_to_another_row_does_not_open(tmp_path):
    store = DevStore(tmp_path, STORAGE_KEY)
    sealed = store.seal("request/a/encryption", b"secret")

    assert store.unseal("request/a/encryption", sealed) == b"secret"
    with pytest.raises(WrongStorageKey):
        store.unseal("request/b/encryption", sealed)


def test_serials_are_sixteen_unpredictable_bytes(sm2_world):
    serials = {sm2_world.old.serial}
    for number in range(20):
        issued = sm2_world.mint(f"m{number}", SM2PrivateKey.generate())
        serials.add(Certificate.from_der(issued.signing_certificate_der).serial)

    assert len(serials) == 21
    assert {len(f"{serial:X}") for serial in serials} == {32}
    assert len({serial >> 64 for serial in serials}) == 21


def test_the_counter_mints_for_the_past_and_the_same_again(world):
    start = datetime(2019, 1, 1, tzinfo=UTC)
    key = world.new_key()
    first = world.mint("past", key, not_before=start, not_after=start + 365 * DAY)

    assert world.mint("past", key, not_before=start, not_after=start + 365 * DAY) == first
    serial = Certificate.from_der(first.signing_certificate_der).serial_hex
    assert world.connector.status(serial).state == "expired"
    with pytest.raises(CaConflict):
        world.mint("past", world.new_key())


def test_an_rsa_key_that_is_too_short_is_refused(ca_folder):
    from cryptography.hazmat.primitives.asymmetric import rsa

    ca = DevCa(ca_folder, STORAGE_KEY, production=False)
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 weak on purpose
    now = datetime(2026, 11, 21, tzinfo=UTC)

    with pytest.raises(CaError, match="weak_key"):
        ca.issue_initial("weak", subject_der=SUBJECT, public_key=weak.public_key(), not_before=now, not_after=now + DAY)


def test_by_hand_a_request_is_pending_until_approved(sm2_world, ca_folder):
    ca = DevCa(ca_folder, STORAGE_KEY, production=False, clock=sm2_world.clock, manual_approval=True)
    request = sm2_world.rekey("r")

    assert ca.request_certificate(request) == Pending("r")
    assert ca.request_certificate(request) == Pending("r")
    assert ca.lookup("r") == Pending("r")
    other = ca.request_certificate(sm2_world.rekey("other"))
    assert isinstance(other, Rejected)
    assert other.reason_code == "renewal_in_progress"
    issued = ca.approve("r")
    assert isinstance(issued, Issued)
    assert ca.lookup("r") == issued
    with pytest.raises(CaError, match="no such request"):
        ca.approve("never")


def test_frozen_while_pending_is_not_issued(sm2_world, ca_folder):
    """RULES P13: asked again right before signing."""
    ca = DevCa(ca_folder, STORAGE_KEY, production=False, clock=sm2_world.clock, manual_approval=True)
    ca.request_certificate(sm2_world.rekey("r"))
    ca.freeze(sm2_world.old.serial_hex)

    assert ca.approve("r") == Rejected("r", "certificate_frozen", "证书已冻结，请先到 CA 解冻")
    assert ca.status(sm2_world.old.serial_hex).successor_serial is None


def test_a_held_lock_is_unavailable_not_a_refusal(sm2_world, ca_folder, monkeypatch):
    monkeypatch.setattr("renewals.ca.dev_store._LOCK_SECONDS", 0.1)
    with closing(sqlite3.connect(ca_folder / "ca.sqlite3", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(CaUnavailable):
            sm2_world.ca.request_certificate(sm2_world.rekey("r"))
        holder.execute("ROLLBACK")

    assert sm2_world.ca.lookup("r") is None
    assert isinstance(sm2_world.ca.request_certificate(sm2_world.rekey("r")), Issued)


def openssl(*arguments, data=b""):
    return subprocess.run(
        ["openssl", *map(str, arguments)], input=data, capture_output=True, check=True
    ).stdout.decode()


def test_openssl_accepts_what_it_makes(world, tmp_path):
    issued = world.connector.request_certificate(world.rekey("r"))
    issuing, root = (Certificate.from_der(one) for one in issued.chain_der)
    text = openssl("crl", "-inform", "DER", "-noout", "-text", data=world.connector.crl(world.algorithm))
    assert "CRL Number" in text
    for data in (issued.signing_certificate_der, issued.encryption_certificate_der):
        made = Certificate.from_der(data)
        assert "Key Usage: critical" in openssl("x509", "-inform", "DER", "-noout", "-text", data=data)
        (tmp_path / "tbs").write_bytes(made.tbs_der)
        (tmp_path / "signature").write_bytes(made.signature)
        (tmp_path / "issuing.pem").write_text(x509.pem_encode("PUBLIC KEY", issuing.spki_der))
        digest = ("-sm3", "-sigopt", "distid:1234567812345678") if world.algorithm == "SM2" else ("-sha256",)
        verify = ("-verify", tmp_path / "issuing.pem", "-signature", tmp_path / "signature", tmp_path / "tbs")
        assert "Verified OK" in openssl("dgst", *digest, *verify)
    if world.algorithm == "RSA":
        (tmp_path / "root.pem").write_text(root.pem)
        (tmp_path / "chain.pem").write_text(issuing.pem)
        (tmp_path / "leaf.pem").write_text(Certificate.from_der(issued.signing_certificate_der).pem)
        trust = ("-CAfile", tmp_path / "root.pem", "-untrusted", tmp_path / "chain.pem")
        at = str(int((world.old.not_after + DAY).timestamp()))
        assert "OK" in openssl("verify", "-attime", at, *trust, tmp_path / "leaf.pem")


def test_the_ca_lets_a_medium_it_personalised_be_unlocked(ca_folder):
    """RULES P1, P14: for this medium and nonce, the same every time; for no other medium that somebody holds."""
    secrets = {("SIM01", "3888000000000001"): bytes(32)}
    ca = DevCa(ca_folder, STORAGE_KEY, production=False, secret_of=lambda *medium: secrets.get(medium))

    made = ca.unlock_authorization("SIM01", bytes(16), medium_number="3888000000000001")
    assert made.hex() == "ed23365c20c5d26929fab766ecd7d0130bf8f62d4ded7b021cbecda8cd6a9826"  # docs/bridge.md
    assert ca.unlock_authorization("SIM01", bytes(16), medium_number="3888000000000001") == made
    assert ca.unlock_authorization("SIM01", b"n" * 16, medium_number="3888000000000001") != made
    for other in (("SIM02", "3888000000000001"), ("SIM01", "3888000000000002"), ("SIM01", "")):
        with pytest.raises(UnknownMedium):
            ca.unlock_authorization(other[0], bytes(16), medium_number=other[1])
