"""Certificate requests."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.gm import CertificateRequest, InvalidSignature, MalformedCertificate, SM2PrivateKey, csr, der, x509
from tests.portal.gm.hierarchy import CUSTOMER, hierarchy

ALGORITHMS = pytest.mark.parametrize("algorithm", ["SM2", "RSA"])
REQUEST = csr.build(CUSTOMER, SM2PrivateKey.generate())


@ALGORITHMS
def test_a_request_says_who_and_which_key_and_proves_it(algorithm):
    made = hierarchy(algorithm)
    request = CertificateRequest.from_der(csr.build(CUSTOMER, made.leaf_key).der)

    request.verify()
    assert request.algorithm == algorithm
    assert request.subject_der == x509.build_name(CUSTOMER)
    assert request.subject == "CN=Z9900001,O=深圳市测试精密制造有限公司,C=CN"
    assert x509.spki_der(request.public_key) == x509.spki_der(x509.public_key_of(made.leaf_key))
    assert CertificateRequest.from_pem(request.pem) == request
    assert CertificateRequest.from_pem(request.pem.replace("CERTIFICATE", "NEW CERTIFICATE")) == request


def test_the_subject_of_the_old_certificate_is_taken_byte_for_byte():
    made = hierarchy("SM2")

    assert csr.build(made.leaf.subject_der, made.leaf_key).subject_der == made.leaf.subject_der


def test_a_request_for_anothers_key_does_not_verify():
    mine, other = SM2PrivateKey.generate(), SM2PrivateKey.generate()
    forged = csr.build(CUSTOMER, mine).der.replace(mine.public_key.point, other.public_key.point)

    with pytest.raises(InvalidSignature):
        CertificateRequest.from_der(forged).verify()


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_a_flipped_bit_never_passes(data):
    changed = bytearray(REQUEST.der)
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises((MalformedCertificate, InvalidSignature)):
        CertificateRequest.from_der(bytes(changed)).verify()


@pytest.mark.parametrize(
    "data", [b"", b"\x30\x00", REQUEST.der + b"\x00", REQUEST.der[:-1], der.sequence(REQUEST.info_der)]
)
def test_rubbish_is_refused(data):
    with pytest.raises(MalformedCertificate):
        CertificateRequest.from_der(data)
