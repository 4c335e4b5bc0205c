"""``manage.py vault rewrap``: a new master key, the same values."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from portal import vault
from portal.audit.models import AuditRow
from portal.tenants import tenant_tx
from portal.vault import SealedValueBroken, keys
from portal.vault.models import TenantKey
from tests.rooms.models import Person

pytestmark = pytest.mark.django_db
OLD, NEW = "5a" * 32, "17" * 32


@pytest.fixture
def person(tenant):
    with tenant_tx(tenant, write=True):
        return Person.objects.create(phone="19900001234")


def _master(settings, key):
    keys.forget()
    settings.CERTHALL = settings.CERTHALL.model_copy(update={"master_key_hex": key})


def _run(monkeypatch, old):
    monkeypatch.setenv("CERTHALL_OLD_MASTER_KEY_HEX", old)
    out = StringIO()
    call_command("vault", "rewrap", stdout=out)
    return out.getvalue()


def test_values_open_with_the_new_key_only(tenant, other_tenant, person, settings, monkeypatch):
    _master(settings, NEW)
    assert _run(monkeypatch, OLD) == "first-ca: 已换用新主密钥\nsecond-ca: 还没有密钥\n"
    assert _run(monkeypatch, OLD).startswith("first-ca: 已是新主密钥\n")
    with tenant_tx(tenant):
        assert vault.open_field(person, "phone") == "19900001234"
        assert vault.blind_index(tenant, "person.phone", "19900001234") == person.phone_index
        assert [row.action for row in AuditRow.objects.all()] == ["vault.rewrapped"]
    _master(settings, OLD)
    with tenant_tx(tenant), pytest.raises(SealedValueBroken):
        vault.open_field(person, "phone")


def test_with_a_wrong_old_key_nothing_changes(tenant, person, settings, monkeypatch):
    with tenant_tx(tenant):
        before = TenantKey.objects.values_list("kek_id", "wrapped").get()
    _master(settings, NEW)
    with pytest.raises(CommandError, match="first-ca: 新旧两把主密钥都打不开"):
        _run(monkeypatch, "99" * 32)
    with pytest.raises(CommandError, match="CERTHALL_OLD_MASTER_KEY_HEX"):
        _run(monkeypatch, "no hex")
    with tenant_tx(tenant):
        assert TenantKey.objects.values_list("kek_id", "wrapped").get() == before
