"""A hall's own keys on its papers (RULES Across 3): what it printed it knows again, for years."""

from dataclasses import replace

import pytest

from portal import vault
from portal.errors import PortalError
from portal.gm.sm3 import sm3
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from portal.ui import words
from portal.vault import keys
from portal.vault.rotation import rewrap
from renewals.request_form import errors, qr
from renewals.request_form.data import TEMPLATE_VERSION, digest
from renewals.request_form.printing import Printed, check_scan, print_form
from renewals.request_form.words import WORDS
from tests.conftest import Somebody
from tests.renewals.request_form.samples import FORM
from tests.renewals.request_form.scans import page_image, scanned

pytestmark = pytest.mark.django_db


def check(tenant: Tenant, printed: Printed, version: int = 3, **others: bytes) -> qr.Payload | qr.NotFound:
    scan = scanned(page_image(printed.pdf), degrees=3.7)
    digests = {printed.payload.form_version: printed.digest} | {int(name[1:]): value for name, value in others.items()}
    return check_scan(tenant.pk, [scan], order_number=FORM.order_number, form_version=version, digests=digests)


def test_what_was_printed_is_known_again(tenant: Tenant) -> None:
    printed = print_form(tenant.pk, FORM)
    assert printed.pdf_digest == sm3(printed.pdf)
    assert (printed.digest, printed.template_version) == (digest(FORM), TEMPLATE_VERSION)
    assert check(tenant, printed) == printed.payload


def test_it_prints_the_same_bytes_again(tenant: Tenant) -> None:
    assert print_form(tenant.pk, FORM) == print_form(tenant.pk, FORM)


def test_a_new_master_key_changes_no_paper(tenant: Tenant, acting: Somebody, settings, monkeypatch) -> None:
    printed = print_form(tenant.pk, FORM)
    settings.CERTHALL = settings.CERTHALL.model_copy(update={"master_key_hex": "17" * 32})
    keys.forget()
    rewrap(tenant, old_master_key=bytes.fromhex("5a" * 32), by=acting)
    keys.forget()
    assert check(tenant, printed) == printed.payload


def test_another_hall_s_paper_is_refused(tenant: Tenant, other_tenant: Tenant) -> None:
    """Order numbers are unique per tenant only, and the data may be the same."""
    print_form(other_tenant.pk, FORM)
    with pytest.raises(errors.ScanKeyUnknown):
        check(other_tenant, print_form(tenant.pk, FORM))


def test_a_hall_without_a_key_made_no_paper(tenant: Tenant, other_tenant: Tenant) -> None:
    with pytest.raises(errors.ScanKeyUnknown):
        check(other_tenant, print_form(tenant.pk, FORM))
    assert vault.mac_keys(other_tenant, "papers") == {}


def test_the_version_before_is_told_so(tenant: Tenant) -> None:
    printed = print_form(tenant.pk, FORM)
    with pytest.raises(errors.ScanOfOtherVersion) as refused:
        check(tenant, printed, 4, v4=digest(replace(FORM, form_version=4)))
    assert "第 3 版" in str(words.say(refused.value))
    assert "打印第 4 版" in str(words.say(refused.value))


def test_a_page_of_another_order_spoils_the_scan(tenant: Tenant) -> None:
    right, wrong = print_form(tenant.pk, FORM), print_form(tenant.pk, replace(FORM, order_number="20202611210000029"))
    pages = [page_image(right.pdf), page_image(wrong.pdf)]
    with pytest.raises(errors.ScanOfOtherOrder):
        check_scan(tenant.pk, pages, order_number=FORM.order_number, form_version=3, digests={3: right.digest})


def test_no_code_no_verdict(tenant: Tenant) -> None:
    blank = page_image(print_form(tenant.pk, FORM).pdf).crop((0, 400, 1000, 1600))
    found = check_scan(tenant.pk, [blank], order_number=FORM.order_number, form_version=3, digests={})
    assert found == qr.NotFound()


def test_keys_differ_by_tenant_and_purpose_and_stay(tenant: Tenant, other_tenant: Tenant) -> None:
    made = [vault.mac_keys(tenant, "papers", make=True), vault.mac_keys(tenant, "labels", make=True)]
    made.append(vault.mac_keys(other_tenant, "papers", make=True))
    assert len({key for each in made for key in each.values()}) == 3
    assert all(len(key_id) == 4 and len(key) == 32 for each in made for key_id, key in each.items())
    with tenant_tx(tenant):
        assert vault.mac_keys(tenant, "papers") == made[0]


def test_every_refusal_has_a_sentence() -> None:
    """RULES: every message says what to do next."""
    assert words.every_error_has_words() == []
    for refusal in vars(errors).values():
        if isinstance(refusal, type) and issubclass(refusal, PortalError) and refusal.__module__ == errors.__name__:
            assert refusal.code in WORDS
