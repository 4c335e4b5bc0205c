"""Rows into the registry: good ones in, bad ones named, nothing half-done; again they leave the same behind."""

import json
from typing import Any

import pytest

from portal import vault
from portal.accounts.actor import Actor
from portal.accounts.models import Organisation
from portal.audit.models import AuditRow
from portal.tenants import tenant_tx
from renewals.importing import running, storing
from renewals.importing.files import Row
from renewals.models import (
    Certificate,
    CertificateContact,
    Gateway,
    ImportRow,
    ImportRun,
    ImportSource,
    ImportState,
)
from renewals.steps.claims import of_user
from tests.renewals.hall import Hall
from tests.renewals.importing.rows import CREDIT_CODE, certificate, row

BY = Actor.system("tests")
OTHER_CODE = "91440300MA5DEM012D"


def take(hall: Hall, *cells: dict[str, str]) -> ImportRun:
    rows = [Row(number, each) for number, each in enumerate(cells, start=2)]
    with tenant_tx(hall.tenant, write=True):
        run = running.begin(b"file", source=ImportSource.COMMAND, rows=len(rows), by=BY)
    return running.run(hall.tenant, run.public_id, rows, by=BY)


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    return run.created, run.updated, run.unchanged, run.refused


def report(hall: Hall, run: ImportRun) -> list[tuple[int, str, list[str]]]:
    with tenant_tx(hall.tenant):
        rows = ImportRow.objects.filter(run=run).order_by("number")
        return [(one.number, one.outcome, [problem["code"] for problem in one.problems]) for one in rows]


def registered(hall: Hall, serial: str) -> Certificate:
    with tenant_tx(hall.tenant):
        return Certificate.objects.select_related("organisation", "gateway").get(serial=serial)


GATEWAY = {
    "gateway_code": "H00101",
    "gateway_type": "结算通信网关",
    "gateway_system": "结算系统",
    "gateway_state": "开通",
}
PERSON = {"contact_name_1": "顾长风", "contact_phone_1": "19900000041", "contact_email_1": "gu@example.cn"}


def test_a_row_becomes_a_certificate_with_holder_gateway_and_people(hall: Hall) -> None:
    run = take(hall, row(0xA1, number="JSB0001@1", kind="网关", has_seal="是", **GATEWAY, **PERSON))
    assert (run.state, counts(run), run.rows_total) == (ImportState.DONE, (1, 0, 0, 0), 1)
    made = registered(hall, "A1")
    assert (made.display_number, made.kind, made.has_seal, made.storage) == ("JSB0001@1", "gateway", True, "hardware")
    assert (made.organisation.credit_code, made.holder_code) == (CREDIT_CODE, CREDIT_CODE)
    gateway = made.gateway
    assert gateway is not None
    assert (gateway.code, gateway.type, gateway.system, gateway.state) == ("H00101", "结算通信网关", "结算系统", "open")
    with tenant_tx(hall.tenant, write=True):
        contact = CertificateContact.objects.get(certificate=made)
        told = vault.reveal_fields(contact, ["name", "phone", "email"], by=BY, reason="test")
    assert told == {"name": "顾长风", "phone": "19900000041", "email": "gu@example.cn"}


def test_good_rows_go_in_and_bad_ones_are_named(hall: Hall) -> None:
    run = take(hall, row(0xA1), row(0xA2, holder_code="1"), row(0xA3))
    assert counts(run) == (2, 0, 0, 1)
    assert report(hall, run) == [
        (2, "created", []),
        (3, "refused", ["credit_code.length"]),
        (4, "created", []),
    ]
    with tenant_tx(hall.tenant):
        assert sorted(Certificate.objects.values_list("serial", flat=True)) == ["A1", "A3"]
        told = json.loads(bytes(AuditRow.objects.get(action="certificates.imported").body))["detail"]
    assert told == {"created": 2, "updated": 0, "unchanged": 0, "refused": 1}


def test_the_same_rows_again_change_nothing(hall: Hall) -> None:
    rows = (row(0xA1, **GATEWAY, **PERSON), row(0xA2))
    take(hall, *rows)
    assert counts(take(hall, *rows)) == (0, 0, 2, 0)
    with tenant_tx(hall.tenant):
        assert (Certificate.objects.count(), Gateway.objects.count(), CertificateContact.objects.count()) == (2, 1, 1)


def test_what_a_row_says_anew_is_taken_and_what_it_leaves_empty_stays(hall: Hall) -> None:
    take(hall, row(0xA1, number="JSB0001@1", **GATEWAY))
    run = take(hall, row(0xA1, ca_status="冻结"))
    assert counts(run) == (0, 1, 0, 0)
    made = registered(hall, "A1")
    assert (made.ca_status, made.number) == ("frozen", "JSB0001@1")
    assert made.ca_status_at is not None
    assert made.gateway is not None
    assert counts(take(hall, row(0xA1, gateway_code="H00101", gateway_state="注销"))) == (0, 1, 0, 0)
    with tenant_tx(hall.tenant):
        assert Gateway.objects.get().state == "closed"


def test_a_row_is_refused_whole_where_the_registry_knows_otherwise(hall: Hall) -> None:
    take(hall, row(0xA1, **GATEWAY))
    another = row(0xA1, certificate=certificate(0xA1, algorithm="rsa"))
    stranger = row(0xA2, holder_name="广州市样本期货有限公司", holder_code=OTHER_CODE, **GATEWAY)
    untyped = row(0xA3, gateway_code="H00999")
    run = take(hall, another, stranger, untyped)
    assert report(hall, run) == [
        (2, "refused", ["other_certificate"]),
        (3, "refused", ["gateway_of_another"]),
        (4, "refused", ["missing"]),
    ]
    with tenant_tx(hall.tenant):
        assert (Certificate.objects.count(), Gateway.objects.count()) == (1, 1)
        assert not Organisation.objects.filter(name="广州市样本期货有限公司").exists()


def test_the_same_certificate_twice_in_a_file_is_named_with_the_first_row(hall: Hall) -> None:
    run = take(hall, row(0xA1), row(0xA1, number="K1"))
    assert counts(run) == (1, 0, 0, 1)
    with tenant_tx(hall.tenant):
        second = ImportRow.objects.get(run=run, number=3)
    assert second.problems == [{"column": "certificate", "code": "twice_in_file", "params": {"row": "2"}}]


class Unplugged(Exception):
    pass


def test_broken_off_it_goes_on_where_it_was(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CHUNK", 2)
    rows = [Row(number, row(0xA0 + number)) for number in range(2, 7)]
    with tenant_tx(hall.tenant, write=True):
        run = running.begin(b"file", source=ImportSource.PAGE, rows=5, by=BY)
    real, done = storing.store, []

    def store_three(*args: Any, **kwargs: Any) -> Any:
        if len(done) == 3:
            raise Unplugged
        done.append(1)
        return real(*args, **kwargs)

    monkeypatch.setattr(running, "store", store_three)
    with pytest.raises(Unplugged):
        running.run(hall.tenant, run.public_id, rows, by=BY)
    with tenant_tx(hall.tenant):
        assert Certificate.objects.count() == 2, "the broken portion left nothing"
        assert ImportRun.objects.get().rows_done == 2
    monkeypatch.setattr(running, "store", real)
    ended = running.run(hall.tenant, run.public_id, rows, by=BY)
    assert (counts(ended), ended.rows_done, ended.state) == ((5, 0, 0, 0), 5, ImportState.DONE)
    assert running.run(hall.tenant, run.public_id, rows, by=BY).rows_done == 5


def test_the_imports_contact_may_work_with_the_certificate(hall: Hall) -> None:
    """RULES P2; and who was unbound isn't bound again by an old list."""
    mine = {"contact_name_1": "林晓彤", "contact_phone_1": hall.mobile}
    take(hall, row(0xA1, **mine))
    with tenant_tx(hall.tenant):
        assert Certificate.objects.filter(of_user(hall.customer)).count() == 1
    assert counts(take(hall, row(0xA1, contact_name_1="顾长风", contact_phone_1="19900000041"))) == (0, 1, 0, 0)
    with tenant_tx(hall.tenant):
        assert not Certificate.objects.filter(of_user(hall.customer)).exists()
    assert counts(take(hall, row(0xA1, **mine))) == (0, 1, 0, 0)
    with tenant_tx(hall.tenant):
        assert not Certificate.objects.filter(of_user(hall.customer)).exists()


def test_no_report_holds_personal_data(hall: Hall) -> None:
    run = take(hall, row(0xA1, contact_name_1="x", contact_phone_1="19900000041"))
    with tenant_tx(hall.tenant):
        assert "19900000041" not in str(list(ImportRow.objects.filter(run=run).values()))
