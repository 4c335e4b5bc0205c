"""Certificates as they are read, for SM2 and RSA."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.gm import (
    Certificate,
    InvalidSignature,
    MalformedCertificate,
    der,
    sign_message,
    sm3,
    verify_issued_by,
    verify_signature,
    x509,
)
from tests.portal.gm.hierarchy import CUSTOMER, DAY, NOW, hierarchy

ALGORITHMS = pytest.mark.parametrize("algorithm", ["SM2", "RSA"])


@ALGORITHMS
def test_the_view_says_what_the_certificate_says(algorithm):
    made = hierarchy(algorithm)
    leaf = made.leaf

    assert leaf.algorithm == algorithm
    assert leaf.serial == 0x7ABCDEF
    assert leaf.serial_hex == "07ABCDEF"
    assert leaf.subject == "CN=Z9900001,O=深圳市测试精密制造有限公司,C=CN"
    assert leaf.subject_der == x509.build_name(CUSTOMER)
    assert leaf.issuer == "CN=测试签发,O=测试,C=CN"
    assert leaf.not_before == NOW - DAY
    assert leaf.not_after == NOW + 365 * DAY
    assert leaf.not_after.tzinfo is not None
    assert leaf.key_usage == {"digitalSignature", "nonRepudiation"}
    assert leaf.fingerprint_sm3 == sm3(leaf.der)
    assert x509.spki_der(leaf.public_key) == x509.spki_der(x509.public_key_of(made.leaf_key))
    assert not leaf.is_ca
    assert leaf.authority_key_identifier == made.issuing.subject_key_identifier
    assert (made.issuing.is_ca, made.issuing.path_length) == (True, 0)
    assert made.issuing.key_usage == {"keyCertSign", "cRLSign"}


@ALGORITHMS
def test_pem_and_der_round_trip(algorithm):
    leaf = hierarchy(algorithm).leaf

    assert Certificate.from_pem(leaf.pem) == leaf
    assert Certificate.from_pem(b"text before\n" + leaf.pem.encode()) == leaf
    assert Certificate.from_der(leaf.der) == leaf
    assert len({leaf, Certificate.from_der(leaf.der)}) == 1


@ALGORITHMS
def test_the_issuer_and_nobody_else_issued_it(algorithm):
    made = hierarchy(algorithm)

    verify_issued_by(made.leaf, made.issuing)
    verify_issued_by(made.issuing, made.root)
    verify_issued_by(made.root, made.root)
    with pytest.raises(InvalidSignature):
        verify_issued_by(made.leaf, made.root)
    forged = made.make_leaf(issuer_key=made.root_key)
    with pytest.raises(InvalidSignature):
        verify_issued_by(forged, made.issuing)


@ALGORITHMS
def test_signatures_verify_with_certificate_or_key(algorithm):
    made = hierarchy(algorithm)
    signature = sign_message(made.leaf_key, b"challenge")

    verify_signature(made.leaf, signature, b"challenge")
    verify_signature(made.leaf.public_key, signature, b"challenge")
    with pytest.raises(InvalidSignature):
        verify_signature(made.leaf, signature, b"challenge.")
    with pytest.raises(InvalidSignature):
        verify_signature(made.issuing, signature, b"challenge")
    with pytest.raises(InvalidSignature):
        verify_signature(made.leaf, b"", b"challenge")


def test_an_sm2_key_does_not_stand_for_an_rsa_signature():
    sm2, rsa = hierarchy("SM2"), hierarchy("RSA")

    with pytest.raises(InvalidSignature):
        verify_signature(sm2.leaf, sign_message(rsa.leaf_key, b"m"), b"m")
    with pytest.raises(InvalidSignature):
        verify_signature(rsa.leaf, sign_message(sm2.leaf_key, b"m"), b"m")


def test_null_parameters_of_sm2_with_sm3_are_read_too():
    """Both occur in the field (FACTS: accept absent or NULL)."""
    made = hierarchy("SM2")
    absent = der.sequence(der.oid("1.2.156.10197.1.501"))
    null = der.sequence(der.oid("1.2.156.10197.1.501"), der.null())
    tbs = der.read_one(made.leaf.tbs_der)._data.replace(absent, null)
    tbs = der.sequence(tbs)
    leaf = Certificate.from_der(der.sequence(tbs, null, der.bit_string(sign_message(made.issuing_key, tbs))))

    verify_issued_by(leaf, made.issuing)


def test_two_algorithms_that_differ_are_refused():
    leaf = hierarchy("SM2").leaf
    other = der.sequence(der.oid("1.2.156.10197.1.504"))

    with pytest.raises(MalformedCertificate, match="differ"):
        Certificate.from_der(der.sequence(leaf.tbs_der, other, der.bit_string(leaf.signature)))


@pytest.mark.parametrize("serial", [0, -1, 1 << 160])
def test_serials_out_of_range_are_refused(serial):
    with pytest.raises(MalformedCertificate, match="serial"):
        hierarchy("SM2").make_leaf(serial=serial)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x30\x00", b"not a certificate", der.sequence(der.sequence(), der.sequence(), der.bit_string(b""))],
)
def test_rubbish_is_refused(data):
    with pytest.raises(MalformedCertificate):
        Certificate.from_der(data)


def test_bytes_after_the_certificate_are_refused():
    with pytest.raises(MalformedCertificate):
        Certificate.from_der(hierarchy("SM2").leaf.der + b"\x00")


@pytest.mark.parametrize("pem", ["", "-----BEGIN CERTIFICATE-----\n", "证书", b"\xff\xfe", "-----BEGIN X509 CRL-----"])
def test_rubbish_for_pem_is_refused(pem):
    with pytest.raises(MalformedCertificate):
        Certificate.from_pem(pem)


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_a_flipped_bit_never_passes_and_never_breaks_out(data):
    made = hierarchy("SM2")
    changed = bytearray(made.leaf.der)
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises((MalformedCertificate, InvalidSignature)):
        verify_issued_by(Certificate.from_der(bytes(changed)), made.issuing)


def test_a_validity_that_ends_before_it_begins_is_not_made():
    with pytest.raises(ValueError, match="not_after"):
        hierarchy("SM2").make_leaf(not_after=NOW - 2 * DAY)


def test_dates_beyond_2049_are_generalized_time():
    leaf = hierarchy("SM2").make_leaf(not_after=datetime(2051, 1, 1, tzinfo=UTC))

    assert leaf.not_after == datetime(2051, 1, 1, tzinfo=UTC)


def test_a_name_with_an_unknown_part_is_the_callers_mistake():
    with pytest.raises(ValueError, match="unknown name attribute"):
        x509.build_name([("XX", "y")])
    with pytest.raises(ValueError, match="unknown key usage"):
        x509.key_usage_extension(["everything"])
