"""Sealed fields: what goes in as text comes out through ``vault.reveal`` only."""

import copy
import json
import logging
import pickle

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from portal import vault
from portal.audit.models import AuditRow
from portal.tenants import TenantTxError, tenant_tx
from portal.vault import Sealed, SealedValueBroken, SealedValueErased, keys
from portal.vault.models import DataKey, TenantKey
from tests.rooms.models import Person

pytestmark = pytest.mark.django_db

PHONE, NAME, ID_NUMBER = "19900001234", "王小明", "110101190001017597"


@pytest.fixture
def person(tenant):
    with tenant_tx(tenant, write=True):
        Person.objects.create(
            phone=PHONE, name=NAME, id_number=ID_NUMBER, remark="病历", papers={"kinds": ["营业执照"]}
        )
    with tenant_tx(tenant):
        return Person.objects.get()


def _reveal(person, field, acting, reason="客户来电核对"):
    return vault.reveal(person, field, by=acting, reason=reason)


def test_what_was_sealed_is_revealed(tenant, person, acting):
    with tenant_tx(tenant, write=True):
        assert _reveal(person, "phone", acting) == PHONE
        assert _reveal(person, "name", acting) == NAME
        assert _reveal(person, "remark", acting) == "病历"
        assert vault.reveal_json(person, "papers", by=acting, reason="x") == {"kinds": ["营业执照"]}
        both = vault.reveal_fields(person, ["phone", "name"], by=acting, reason="x")
        assert both == {"phone": PHONE, "name": NAME}


def test_nothing_is_nothing(tenant, acting):
    with tenant_tx(tenant, write=True):
        empty = Person.objects.create()
        assert empty.phone is None
        assert _reveal(empty, "phone", acting) == ""
        assert vault.reveal_json(empty, "papers", by=acting, reason="x") is None


def test_every_revelation_is_in_the_audit_chain(tenant, person, acting):
    with tenant_tx(tenant, write=True):
        _reveal(person, "phone", acting)
    with tenant_tx(tenant):
        row = AuditRow.objects.get()
        body = json.loads(bytes(row.body))
    assert (row.action, row.subject) == ("vault.revealed", f"person:{person.public_id}")
    assert body["detail"] == {"field": "phone", "reason": "客户来电核对", "rows": []}
    assert PHONE not in bytes(row.body).decode()


def test_a_page_that_reads_may_reveal_and_is_recorded_before_it_is_sent(tenant, person, acting):
    with tenant_tx(tenant):
        assert _reveal(person, "phone", acting) == PHONE
    with tenant_tx(tenant):
        assert AuditRow.objects.get().action == "vault.revealed"


def test_if_it_can_not_be_recorded_the_page_fails(tenant, person, acting, monkeypatch):
    def fail(*_args, **_kwargs):
        raise OSError("disk full")

    monkeypatch.setattr("portal.vault.opening.log.record", fail)
    with pytest.raises(OSError, match="disk full"), tenant_tx(tenant):
        _reveal(person, "phone", acting)


def test_a_reason_is_needed(tenant, person, acting):
    with tenant_tx(tenant, write=True), pytest.raises(ValueError, match="why"):
        _reveal(person, "phone", acting, reason="")


def test_only_inside_a_tenant(tenant, other_tenant, person, acting):
    with pytest.raises(TenantTxError):
        _reveal(person, "phone", acting)
    with tenant_tx(other_tenant, write=True), pytest.raises(SealedValueBroken):
        _reveal(person, "phone", acting)


def test_many_at_once_take_one_query_and_one_audit_row(tenant, acting):
    with tenant_tx(tenant, write=True):
        for number in range(20):
            Person.objects.create(phone=f"199000000{number:02}")
    with tenant_tx(tenant, write=True):
        people = list(Person.objects.order_by("id"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            phones = vault.reveal_many(people, "phone", by=acting, reason="导出")
        assert phones == [f"199000000{number:02}" for number in range(20)]
        assert len([q for q in queries if "vault_" in q["sql"]]) <= 2  # the tenant's key, the data keys
    with tenant_tx(tenant):
        assert AuditRow.objects.count() == 1


# Sealed shows its mask and nothing else


def test_sealed_prints_its_mask(tenant, person, caplog):
    assert (str(person.phone), f"{person.phone:>12}", f"{person.name}") == ("199****1234", " 199****1234", "王**")
    assert (str(person.id_number), str(person.remark)) == ("1****************7", "••••••")
    assert repr(person.phone) == "<Sealed>"
    logging.getLogger("tests").warning("who: %s %r", person.phone, person.phone)
    assert PHONE not in caplog.text


def test_fresh_values_are_as_silent(tenant):
    with tenant_tx(tenant):
        fresh = Person(phone=PHONE, papers={"a": 1})
    assert (str(fresh.phone), repr(fresh.phone), f"{fresh.phone}") == ("199****1234", "<Sealed>", "199****1234")
    assert not hasattr(fresh.phone, "__dict__")
    with pytest.raises(TypeError):
        pickle.dumps(fresh)
    with pytest.raises(TypeError):
        pickle.dumps(fresh.phone)
    with pytest.raises(TypeError):
        json.dumps({"phone": fresh.phone})
    assert copy.deepcopy(fresh.phone) is fresh.phone


def test_a_mask_costs_no_query_a_row(tenant, person):
    str(person.phone)  # the tenant's key is fetched once
    with CaptureQueriesContext(connection) as queries:
        assert str(person.name) == "王**"
    assert len(queries) == 0


def test_no_mask_inside_another_tenant(other_tenant, person):
    with tenant_tx(other_tenant):
        assert str(person.phone) == "••••••"


# where it belongs


@pytest.mark.parametrize("target", ["remark", "name"])
def test_a_value_opens_in_its_own_field_only(tenant, person, acting, target):
    with tenant_tx(tenant, write=True), connection.cursor() as cursor:
        cursor.execute(f"UPDATE rooms_person SET {target} = phone")  # noqa: S608
        moved = Person.objects.get()
        with pytest.raises(SealedValueBroken):
            _reveal(moved, target, acting)
        assert str(getattr(moved, target)) == "••••••"


def test_a_value_opens_in_its_own_row_only(tenant, person, acting):
    with tenant_tx(tenant, write=True):
        Person.objects.create(phone="19900005678")
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE rooms_person SET phone = (SELECT phone FROM rooms_person WHERE id = %s)", [person.pk]
            )
        assert _reveal(Person.objects.get(pk=person.pk), "phone", acting) == PHONE
        with pytest.raises(SealedValueBroken):
            _reveal(Person.objects.exclude(pk=person.pk).get(), "phone", acting)


def test_a_sealed_value_is_not_assigned_elsewhere(tenant, person):
    with tenant_tx(tenant):
        other = Person()
        with pytest.raises(TypeError):
            other.phone = person.phone
        with pytest.raises(TypeError):
            other.remark = person.phone
        person.phone = person.phone
        with pytest.raises(TypeError):
            other.phone = 19900001234  # type: ignore[assignment]


@pytest.mark.parametrize("position", [0, 1, 5, 50, 60, -1])
def test_a_changed_byte_of_the_value_is_found(tenant, person, acting, position):
    person.phone = _flipped(person, position)
    with tenant_tx(tenant, write=True), pytest.raises(SealedValueBroken):
        _reveal(person, "phone", acting)


@pytest.mark.parametrize("position", [10, 25, 40])
def test_a_changed_byte_of_the_mask_shows_none(tenant, person, position):
    person.phone = _flipped(person, position)
    assert str(person.phone) == "••••••"  # one damaged row doesn't take a whole list away


def _flipped(person, position):
    raw = bytearray(person.__dict__["phone"])
    raw[position] ^= 1
    return bytes(raw)


def test_saving_again_keeps_the_bytes(tenant, person):
    before = person.__dict__["phone"]
    with tenant_tx(tenant, write=True):
        person.nickname = "x"
        person.save()
        again = Person.objects.get()
        assert again.__dict__["phone"] == before
        again.phone = PHONE
        again.save()
        assert again.__dict__["phone"] != before  # another nonce


def test_a_deferred_field_is_fetched(tenant, person, acting):
    with tenant_tx(tenant, write=True):
        assert _reveal(Person.objects.defer("phone").get(), "phone", acting) == PHONE


def test_bulk_create_seals(tenant, acting):
    with tenant_tx(tenant, write=True):
        Person.objects.bulk_create([Person(phone="19900000001"), Person(phone="19900000002")])
        people = list(Person.objects.order_by("id"))
        assert vault.reveal_many(people, "phone", by=acting, reason="x") == ["19900000001", "19900000002"]


def test_a_query_neither_seals_nor_compares(tenant, person):
    with tenant_tx(tenant, write=True):
        with pytest.raises(TypeError):
            Person.objects.update(phone="19900000000")
        with pytest.raises(TypeError):
            Person.objects.filter(phone=PHONE).exists()


# finding


def test_the_blind_index_finds(tenant, other_tenant, person):
    with tenant_tx(tenant):
        assert Person.objects.get(phone_index=vault.blind_index(tenant, "person.phone", f" {PHONE}")) == person
        assert not Person.objects.filter(phone_index=vault.blind_index(tenant, "person.phone", "19900001235")).exists()


def test_the_blind_index_differs_by_tenant_and_name(tenant, other_tenant, person):
    with tenant_tx(other_tenant, write=True):
        Person.objects.create(phone=PHONE)
    indexes = {
        vault.blind_index(tenant, "person.phone", PHONE),
        vault.blind_index(other_tenant, "person.phone", PHONE),
        vault.blind_index(tenant, "person.mobile", PHONE),
    }
    assert len(indexes) == 3
    assert {len(index) for index in indexes} == {32}


def test_the_blind_index_keeps_it_unique_and_follows_a_change(tenant, person):
    with tenant_tx(tenant, write=True):
        with pytest.raises(IntegrityError), transaction.atomic():
            Person.objects.create(phone=PHONE)
        person.phone = "19900009999"
        person.save(update_fields=["phone"])
        again = Person.objects.get()
        assert again.phone_index == vault.blind_index(tenant, "person.phone", "19900009999")
        again.phone = None
        again.save()
        assert Person.objects.get().phone_index is None


def test_a_tenant_without_a_key_finds_nothing_and_makes_none(tenant):
    with tenant_tx(tenant):
        assert len(vault.blind_index(tenant, "person.phone", PHONE)) == 32
        assert TenantKey.objects.count() == 0


# keys


def test_every_scope_has_a_data_key_and_none_is_in_the_clear(tenant, person):
    with tenant_tx(tenant):
        secret = keys.tenant_secret(tenant.pk)
        assert secret is not None
        key = DataKey.objects.get()
        assert key.scope == f"person:{person.public_id}"
        assert secret not in bytes(TenantKey.objects.get().wrapped)


def test_another_master_key_opens_nothing(tenant, person, acting, settings):
    keys.forget()
    settings.CERTHALL = settings.CERTHALL.model_copy(update={"master_key_hex": "77" * 32})
    with tenant_tx(tenant, write=True), pytest.raises(SealedValueBroken):
        _reveal(person, "phone", acting)


def test_a_key_made_in_a_savepoint_that_went_is_not_used_again(tenant, acting):
    with tenant_tx(tenant, write=True):
        person = Person()
        with pytest.raises(ValueError, match="no"), transaction.atomic():
            person.phone = PHONE
            person.save()
            raise ValueError("no")
        again = Person.objects.create(public_id=person.public_id, phone=PHONE)
    keys.forget()
    with tenant_tx(tenant, write=True):
        assert _reveal(Person.objects.get(pk=again.pk), "phone", acting) == PHONE


@pytest.mark.django_db(transaction=True)
def test_a_key_made_in_a_transaction_that_went_is_not_used_again(tenant, acting):
    with pytest.raises(ValueError, match="no"), tenant_tx(tenant, write=True):
        Person.objects.create(phone=PHONE)
        raise ValueError("no")
    with tenant_tx(tenant, write=True):
        person = Person.objects.create(phone=PHONE)
    keys.forget()  # as another process
    with tenant_tx(tenant, write=True):
        assert _reveal(Person.objects.get(pk=person.pk), "phone", acting) == PHONE


# erasing


def test_erased_is_erased(tenant, person, acting):
    with tenant_tx(tenant, write=True):
        other = Person.objects.create(phone="19900005678")
    raw = person.__dict__["phone"]
    assert vault.destroy(tenant, f"person:{person.public_id}", by=acting, reason="保存期满") == 5
    with tenant_tx(tenant, write=True):
        gone = Person.objects.get(pk=person.pk)
        with pytest.raises(SealedValueErased):
            _reveal(gone, "phone", acting)
        assert gone.phone is not None
        assert (str(gone.phone), gone.phone.is_erased) == ("••••••", True)
        gone.phone = raw  # a copy from a backup
        with pytest.raises(SealedValueErased):
            _reveal(gone, "phone", acting)
        assert _reveal(other, "phone", acting) == "19900005678"
        row = AuditRow.objects.get(action="vault.destroyed")
        assert json.loads(bytes(row.body))["detail"] == {"fields": 5, "reason": "保存期满"}


def test_an_erased_row_can_be_filled_anew(tenant, person, acting):
    vault.destroy(tenant, f"person:{person.public_id}", by=acting, reason="x")
    with tenant_tx(tenant, write=True):
        person = Person.objects.get()
        person.phone = "19900008888"
        person.save()
        assert _reveal(Person.objects.get(), "phone", acting) == "19900008888"
        with pytest.raises(SealedValueErased):
            _reveal(Person.objects.get(), "name", acting)


# loose texts


def test_loose_texts(tenant, other_tenant, acting):
    with tenant_tx(tenant, write=True):
        sealed = vault.seal_text(tenant.pk, "order:a", "job:1", "秘密")
    with tenant_tx(tenant):
        assert vault.open_text(tenant.pk, "order:a", "job:1", sealed) == "秘密"
        for scope, aad in (("order:b", "job:1"), ("order:a", "job:2")):
            with pytest.raises(SealedValueBroken):
                vault.open_text(tenant.pk, scope, aad, sealed)
        for bad in (b"", b"\x01", sealed[:-1], b"\x02" + sealed[1:], b"\x07" + sealed[1:]):
            with pytest.raises(SealedValueBroken):
                vault.open_text(tenant.pk, "order:a", "job:1", bad)
    with tenant_tx(other_tenant, write=True), pytest.raises(SealedValueBroken):
        vault.open_text(other_tenant.pk, "order:a", "job:1", sealed)
    vault.destroy(tenant, "order:a", by=acting, reason="x")
    with tenant_tx(tenant), pytest.raises(SealedValueErased):
        vault.open_text(tenant.pk, "order:a", "job:1", sealed)


def test_open_field_leaves_no_row(tenant, person):
    with tenant_tx(tenant):
        assert vault.open_field(person, "phone") == PHONE
        assert AuditRow.objects.count() == 0
        with pytest.raises(TypeError):
            vault.open_field(person, "nickname")
    assert isinstance(person.phone, Sealed)
