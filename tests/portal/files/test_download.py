"""Downloads: nobody without a guard's word, staff never the customer's bytes, and headers that keep it inert."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from portal import jobs
from portal.accounts.actor import Actor
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.audit.models import AuditRow
from portal.files import access, store
from portal.files.models import StoredFile
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from tests.portal.accounts.people import browser_of, make_customer, make_staff
from tests.portal.files.conftest import SYSTEM, Keep, accepted, path_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(60)]
Guards = list[access.Guard]


@pytest.fixture
def file(keep: Keep, tenant: Tenant) -> StoredFile:
    stored = keep("营业执照 “1”.png")
    jobs.drain()
    return stored


@pytest.fixture
def picture(file: StoredFile, tenant: Tenant) -> StoredFile:
    with tenant_tx(tenant):
        [found] = store.pictures_of(file)
    return found


@pytest.fixture
def customer(tenant: Tenant) -> User:
    return make_customer(tenant)


def let(*users: User) -> access.Guard:
    """A guard that knows these people, and is only ever asked about an upload."""

    def guard(actor: Actor, file: StoredFile) -> bool:
        assert file.derived_from_id is None
        return actor.user_id in {user.pk for user in users}

    return guard


def ask(browser: Client, file: StoredFile, *, staff: bool = False, slug: str = "first-ca") -> int:
    response = browser.get(f"/{slug}/{'staff/' if staff else ''}files/{file.public_id}/")
    if response.streaming:
        b"".join(response)  # type: ignore[arg-type]
    return response.status_code


def looks(tenant: Tenant) -> int:
    with tenant_tx(tenant):
        return AuditRow.objects.filter(action="file.opened").count()


def test_the_owner_downloads_it(tenant: Tenant, file: StoredFile, customer: User, guards: Guards) -> None:
    guards.append(let(customer))
    response = browser_of(customer).get(f"/first-ca/files/{file.public_id}/")
    with tenant_tx(tenant):
        expected = b"".join(store.open_stream(file, by=SYSTEM, reason="x"))
    assert response.status_code == 200
    assert b"".join(response) == expected  # type: ignore[arg-type]
    assert response["Content-Type"] == "image/png"
    assert response["Content-Length"] == str(len(expected))
    assert response["Content-Disposition"] == f"attachment; filename*=utf-8''{quote('营业执照 “1”.png')}"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert response["Cache-Control"] == "private, no-store"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert looks(tenant) == 0


def test_head_sends_no_content(file: StoredFile, customer: User, guards: Guards) -> None:
    guards.append(let(customer))
    response = browser_of(customer).head(f"/first-ca/files/{file.public_id}/")
    assert response.status_code == 200
    assert response.content == b""
    assert response["Content-Length"] != "0"


def test_nobody_without_a_guards_word(
    tenant: Tenant, other_tenant: Tenant, file: StoredFile, picture: StoredFile, customer: User, guards: Guards
) -> None:
    """Default deny: every role, other customers, other tenants, and nobody."""
    everybody = {role.value: make_staff(tenant, role) for role in Role}
    for one in (file, picture):
        assert ask(browser_of(customer), one) == 404
        for user in everybody.values():
            assert ask(browser_of(user), one, staff=True) == 404
            assert ask(browser_of(user), one) == 403  # the customers' address
        assert ask(browser_of(customer), one, staff=True) == 403
        assert ask(Client(), one) == 302
        assert ask(Client(), one, staff=True) == 302
    guards.append(lambda _actor, _file: True)
    stranger, colleague = make_customer(other_tenant), make_staff(other_tenant, *Role)
    for one in (file, picture):
        assert ask(browser_of(stranger), one) == 302
        assert ask(browser_of(stranger), one, slug="second-ca") == 404
        assert ask(browser_of(colleague), one, staff=True, slug="second-ca") == 404
        assert ask(browser_of(colleague), one, staff=True) == 302
    assert looks(tenant) == looks(other_tenant) == 0


def test_a_guard_lets_only_whom_it_knows(file: StoredFile, tenant: Tenant, customer: User, guards: Guards) -> None:
    guards.extend([lambda _actor, _file: False, let(customer)])
    assert ask(browser_of(customer), file) == 200
    assert ask(browser_of(make_customer(tenant, "19900000002")), file) == 404


def test_reviewers_see_pictures_never_the_customers_bytes(
    tenant: Tenant, file: StoredFile, picture: StoredFile, guards: Guards
) -> None:
    reviewer = make_staff(tenant, Role.REVIEWER)
    guards.append(let(reviewer))
    browser = browser_of(reviewer)
    assert ask(browser, file, staff=True) == 404
    assert looks(tenant) == 0
    response = browser.get(f"/first-ca/staff/files/{picture.public_id}/")
    assert b"".join(response)[:3] == b"\xff\xd8\xff"  # type: ignore[arg-type]
    assert response["Content-Type"] == "image/jpeg"
    assert response["Content-Disposition"].startswith("inline; filename*=utf-8''")
    assert looks(tenant) == 1


def test_a_customer_idle_for_long_sees_nothing_old(tenant: Tenant, file: StoredFile, guards: Guards) -> None:
    """RULES P17."""
    idle = make_customer(tenant, "19900000003")
    guards.append(let(idle))
    browser = browser_of(idle)
    assert ask(browser, file) == 200
    with tenant_tx(tenant, write=True):
        User.objects.filter(pk=idle.pk).update(restricted_since=timezone.now() - timedelta(days=1))
    assert ask(browser, file) == 404


def test_pending_unknown_and_destroyed(tenant: Tenant, file: StoredFile, customer: User, guards: Guards) -> None:
    guards.append(let(customer))
    browser = browser_of(customer)
    with accepted() as taken:
        pending = store.put(tenant, taken, owner="order:x", purpose="licence")
    assert ask(browser, pending) == 404
    assert browser.get("/first-ca/files/" + "A" * 22 + "/").status_code == 404
    assert browser.get("/first-ca/files/%00/").status_code == 404
    with tenant_tx(tenant, write=True):
        store.destroy(file, by=SYSTEM, reason="撤回")
    answer = browser.get(f"/first-ca/files/{file.public_id}/")
    assert answer.status_code == 410
    assert "永久删除" in answer.content.decode()
    assert ask(browser_of(make_customer(tenant, "19900000002")), file) == 404  # to others it never was there


def test_forged_bytes_are_not_sent(file: StoredFile, customer: User, guards: Guards) -> None:
    guards.append(let(customer))
    path_of(file).write_bytes(b"<script>alert(1)</script>")
    answer = browser_of(customer).get(f"/first-ca/files/{file.public_id}/")
    assert answer.status_code == 500
    assert b"<script>alert" not in answer.content


def test_nobody_posts_to_it(file: StoredFile, customer: User, guards: Guards) -> None:
    guards.append(let(customer))
    assert browser_of(customer).post(f"/first-ca/files/{file.public_id}/").status_code == 405
