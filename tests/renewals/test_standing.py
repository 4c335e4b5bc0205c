"""The registry's certificates stand as the CA says: revoked, frozen, thawed, replaced (RULES A6)."""

import pytest

from portal import gm, jobs
from portal.tenants import tenant_tx
from renewals import standing
from renewals.ca.dev import DevCa
from renewals.ca_of_tenant import ca_of
from renewals.models import Certificate
from tests.renewals.hall import Hall
from tests.renewals.staff.conftest import add_certificate


@pytest.fixture
def ca(hall: Hall) -> DevCa:
    found = ca_of(hall.tenant)
    assert isinstance(found, DevCa)
    return found


def refresh(hall: Hall) -> None:
    with tenant_tx(hall.tenant, write=True):
        jobs.enqueue("renewals.refresh_standing", {})
    hall.run()


def stands(hall: Hall, certificate: Certificate) -> str:
    with tenant_tx(hall.tenant):
        return str(Certificate.objects.get(pk=certificate.pk).ca_status)


def test_each_word_of_the_ca_is_taken(hall: Hall, ca: DevCa) -> None:
    kept, revoked, frozen, replaced = (hall.certificate() for _n in range(4))
    rsa = hall.certificate(algorithm="rsa", key_model="诚信飞天3003")
    ca.revoke(revoked.serial, "keyCompromise", request_id=f"a-{revoked.serial}")
    ca.revoke(rsa.serial, "cessationOfOperation", request_id=f"b-{rsa.serial}")
    ca.revoke(replaced.serial, "superseded", request_id=f"c-{replaced.serial}")
    ca.freeze(frozen.serial)
    refresh(hall)
    assert [stands(hall, one) for one in (kept, revoked, frozen, replaced, rsa)] == [
        "valid",
        "revoked",
        "frozen",
        "replaced",
        "revoked",
    ]
    ca.unfreeze(frozen.serial)
    refresh(hall)
    assert stands(hall, frozen) == "valid"


def test_one_that_only_the_cas_file_called_frozen_stays_so(hall: Hall) -> None:
    """The CA doesn't know it: nobody has said that it was thawed."""
    unknown = add_certificate(hall, ca_status="frozen", not_after=hall.certificate().not_after)
    refresh(hall)
    assert stands(hall, unknown) == "frozen"


def test_a_list_that_the_ca_did_not_sign_says_nothing(hall: Hall, ca: DevCa, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = hall.certificate()
    ca.revoke(certificate.serial, "keyCompromise", request_id=f"d-{certificate.serial}")
    forged = bytearray(ca.crl("SM2"))
    forged[-1] ^= 1
    monkeypatch.setattr(type(ca), "crl", lambda _self, _algorithm: bytes(forged))
    with pytest.raises(gm.GmError):
        standing._list_of(ca, "SM2")
    refresh(hall)
    assert stands(hall, certificate) == "valid"
