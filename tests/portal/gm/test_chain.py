"""Path validation: what is trusted, and each reason why not."""

import pytest

from portal.gm import (
    CertificateRevoked,
    CrlInvalid,
    IssuerNotFound,
    NotACa,
    NotWithinValidity,
    SM2PrivateKey,
    crl,
    der,
    validate_chain,
    x509,
)
from portal.gm.errors import UnhandledCriticalExtension
from tests.portal.gm.hierarchy import DAY, NOW, hierarchy, make_root

pytestmark = pytest.mark.parametrize("algorithm", ["SM2", "RSA"])


def validate(made, leaf=None, *, issuing=None, at=NOW, **more):
    intermediates = [made.issuing] if issuing is None else [issuing]
    return validate_chain(leaf or made.leaf, intermediates, [made.root], at, **more)


def test_leaf_issuing_ca_and_root_make_a_path(algorithm):
    made = hierarchy(algorithm)

    assert validate(made, crls=[made.make_crl()]) == (made.leaf, made.issuing, made.root)


def test_a_root_is_its_own_path(algorithm):
    made = hierarchy(algorithm)

    assert validate_chain(made.root, [], [made.root], NOW) == (made.root,)


def test_order_and_strangers_among_the_intermediates_do_not_matter(algorithm):
    made = hierarchy(algorithm)
    stranger = hierarchy("RSA" if algorithm == "SM2" else "SM2").issuing

    assert validate_chain(made.leaf, [stranger, made.issuing], [made.root], NOW)[1] == made.issuing


def test_without_the_issuer_there_is_no_path(algorithm):
    made = hierarchy(algorithm)

    with pytest.raises(IssuerNotFound):
        validate_chain(made.leaf, [], [made.root], NOW)


def test_another_root_of_the_same_name_is_not_trusted(algorithm):
    made = hierarchy(algorithm)
    impostor = make_root(SM2PrivateKey.generate())

    with pytest.raises(IssuerNotFound):
        validate_chain(made.leaf, [made.issuing], [impostor], NOW)
    with pytest.raises(IssuerNotFound):
        validate_chain(made.leaf, [made.issuing, made.root], [impostor], NOW)


@pytest.mark.parametrize("days", [-2, 366, -2000, 10_000])
def test_outside_a_validity(algorithm, days):
    with pytest.raises(NotWithinValidity):
        validate(hierarchy(algorithm), at=NOW + days * DAY)


def test_an_expired_issuing_ca_takes_its_certificates_along(algorithm):
    made = hierarchy(algorithm)

    with pytest.raises(NotWithinValidity):
        validate(made, issuing=made.make_issuing(not_after=NOW - DAY))


def test_a_customer_does_not_issue(algorithm):
    """The classic hole: basicConstraints not looked at."""
    made = hierarchy(algorithm)
    key = SM2PrivateKey.generate()
    forged = made.make_leaf(
        issuer_key=made.leaf_key, issuer_subject_der=made.leaf.subject_der, public_key=key.public_key, serial=99
    )

    with pytest.raises(NotACa):
        validate_chain(forged, [made.leaf, made.issuing], [made.root], NOW)


def test_a_ca_without_key_cert_sign_does_not_issue(algorithm):
    made = hierarchy(algorithm)
    ca, _usage, *identifiers = x509.ca_extensions(made.issuing.public_key, issuer_key=made.root.public_key)
    issuing = made.make_issuing(extensions=(ca, x509.key_usage_extension(["cRLSign"]), *identifiers))

    with pytest.raises(NotACa, match="may not sign"):
        validate(made, issuing=issuing)


def test_path_length_is_kept(algorithm):
    made = hierarchy(algorithm)
    key = SM2PrivateKey.generate()
    name = x509.build_name([("CN", "third")])
    third = made.make_issuing(
        issuer_key=made.issuing_key,
        issuer_subject_der=made.issuing.subject_der,
        subject_der=name,
        public_key=key.public_key,
        extensions=x509.ca_extensions(key.public_key, issuer_key=made.issuing.public_key),
    )
    leaf = made.make_leaf(issuer_key=key, issuer_subject_der=name)

    with pytest.raises(NotACa, match="allows 0"):
        validate_chain(leaf, [third, made.issuing], [made.root], NOW)


def test_an_unknown_critical_extension_is_refused(algorithm):
    made = hierarchy(algorithm)
    unknown = x509.Extension("1.2.3.4", der.null(), critical=True)

    with pytest.raises(UnhandledCriticalExtension, match=r"1\.2\.3\.4"):
        validate(made, made.make_leaf(extensions=(unknown,)))
    validate(made, made.make_leaf(extensions=(x509.Extension("1.2.3.4", der.null()),)))


def test_revoked_from_its_moment_on(algorithm):
    made = hierarchy(algorithm)
    revoked = made.make_crl(crl.Revoked(made.leaf.serial, NOW, "keyCompromise"))

    with pytest.raises(CertificateRevoked, match="keyCompromise"):
        validate(made, crls=[revoked])
    validate(made, crls=[revoked], at=NOW - DAY / 2)
    validate(made, crls=[made.make_crl(crl.Revoked(made.leaf.serial + 1, NOW, "keyCompromise"))])


def test_a_crl_that_is_stale_forged_or_missing(algorithm):
    made = hierarchy(algorithm)

    with pytest.raises(CrlInvalid, match="not current"):
        validate(made, crls=[made.make_crl(next_update=NOW - DAY / 2)])
    with pytest.raises(CrlInvalid, match="not current"):
        validate(made, crls=[made.make_crl(this_update=NOW + DAY / 2)])
    with pytest.raises(CrlInvalid, match="does not verify"):
        validate(made, crls=[made.make_crl(issuer_key=made.root_key)])
    with pytest.raises(CrlInvalid, match="no CRL"):
        validate(made, require_crls=True)


def test_a_crl_of_somebody_else_says_nothing(algorithm):
    made = hierarchy(algorithm)
    entry = crl.Revoked(made.leaf.serial, NOW, "keyCompromise")
    foreign = made.make_crl(entry, issuer=made.leaf, issuer_key=made.leaf_key)

    assert validate(made, crls=[foreign, made.make_crl()])[0] == made.leaf


def test_a_naive_moment_is_the_callers_mistake(algorithm):
    with pytest.raises(ValueError, match="aware"):
        validate(hierarchy(algorithm), at=NOW.replace(tzinfo=None))
