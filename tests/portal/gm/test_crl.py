"""Revocation lists as they are made and read."""

import pytest

from portal.gm import CertificateRevocationList, InvalidSignature, MalformedCertificate, crl, der
from tests.portal.gm.hierarchy import DAY, NOW, hierarchy

ALGORITHMS = pytest.mark.parametrize("algorithm", ["SM2", "RSA"])


@ALGORITHMS
def test_what_was_put_in_is_read_back(algorithm):
    made = hierarchy(algorithm)
    entries = [crl.Revoked(serial, NOW - DAY, reason) for serial, reason in enumerate(crl.REASONS, start=1)]
    read = CertificateRevocationList.from_der(made.make_crl(*entries).der)

    assert read.number == 7
    assert read.issuer_der == made.issuing.subject_der
    assert (read.this_update, read.next_update) == (NOW - DAY, NOW + DAY)
    assert list(read.revoked.values()) == entries
    read.verify(made.issuing)
    assert CertificateRevocationList.from_pem(read.pem) == read


@ALGORITHMS
def test_an_empty_list_is_a_list(algorithm):
    made = hierarchy(algorithm)

    assert CertificateRevocationList.from_der(made.make_crl().der).revoked == {}


@ALGORITHMS
def test_only_its_issuer_signed_it(algorithm):
    made = hierarchy(algorithm)

    with pytest.raises(InvalidSignature):
        made.make_crl(issuer_key=made.root_key).verify(made.issuing)
    with pytest.raises(InvalidSignature, match="another issuer"):
        made.make_crl().verify(made.root)
    with pytest.raises(InvalidSignature, match="may not sign CRLs"):
        made.make_crl(issuer=made.leaf, issuer_key=made.leaf_key).verify(made.leaf)


@pytest.mark.parametrize("data", [b"", b"\x30\x00", der.sequence(der.sequence(), der.sequence(), der.bit_string(b""))])
def test_rubbish_is_refused(data):
    with pytest.raises(MalformedCertificate):
        CertificateRevocationList.from_der(data)
