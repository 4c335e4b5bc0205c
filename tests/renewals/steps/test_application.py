"""The application: checked field by field, a version of its own, takes the certificate, fixes the path."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from portal.errors import InvalidInput
from portal.tenants import tenant_tx
from renewals import drafts
from renewals.errors import CertificateReserved, FinishTheOtherFirst
from renewals.lifecycle import AlreadyIssuing, FieldsLocked
from renewals.models import ApplicationDraft, ApplicationVersion, Certificate, OrderItem
from tests.portal.accounts.people import make_customer
from tests.renewals.hall import Hall, organisation_of
from tests.renewals.packs import publish_changed, with_two_paths
from tests.renewals.snapshot import refused, snapshot

# -- wrong input (RULES C5) -------------------------------------------------------------------------------------------

WRONG = [
    ("term_years", "", "请选择续期年限。"),
    ("term_years", "7", "请选择续期年限。"),
    ("representative_name", "", "请填写经办人姓名，与身份证上的一致。"),
    ("representative_name", "小明123", "请填写身份证上的姓名，中间的点用“·”，不含数字和其他符号。"),
    ("representative_id_kind", "passport", "请选择证件类型。"),
    ("representative_id_number", "", "请填写经办人的身份证号码。"),
    ("representative_id_number", "990101199903070062", "身份证号码有误，请对照身份证逐位核对。"),
    ("representative_id_number", "9901011999030700", "身份证号码应为 18 位，请核对是否多填或少填。"),
    ("representative_mobile", "", "请填写经办人本人实名登记的手机号码。"),
    ("representative_mobile", "12345", "请填写 11 位的大陆手机号码，以 13 到 19 开头。"),
    ("representative_email", "handler@", "这个邮箱地址不完整，请按 name@example.cn 的样子填写。"),
    ("invoice_kind", "paper", "请选择发票类型。"),
    ("invoice_title", "", "请填写发票抬头，一般是单位全称。"),
    ("invoice_tax_number", "123", "纳税人识别号应为 15 到 20 位数字或大写字母，请核对。"),
]


@pytest.mark.parametrize(("field", "value", "sentence"), WRONG)
def test_each_field_says_what_is_wrong_and_what_to_do(hall: Hall, field: str, value: str, sentence: str) -> None:
    # RULES C5
    order = hall.to("application")
    with refused(InvalidInput) as refusal:
        hall.confirm(order, **{field: value})
    assert refusal.value.fields == {field: [sentence]}  # type: ignore[attr-defined]


def test_a_special_invoice_needs_a_tax_number(hall: Hall) -> None:
    # RULES C5
    order = hall.to("application")
    with refused(InvalidInput) as refusal:
        hall.confirm(order, invoice_kind="special", invoice_tax_number="")
    assert set(refusal.value.fields) == {"invoice_tax_number"}  # type: ignore[attr-defined]
    hall.confirm(order, invoice_kind="ordinary", invoice_tax_number="")


def test_several_wrong_fields_are_told_at_once(hall: Hall) -> None:
    order = hall.to("application")
    with refused(InvalidInput) as refusal:
        hall.confirm(order, term_years="", representative_mobile="1", invoice_title="")
    assert set(refusal.value.fields) == {"term_years", "representative_mobile", "invoice_title"}  # type: ignore[attr-defined]


def test_what_is_typed_with_spaces_and_wide_digits_is_kept_tidy(hall: Hall) -> None:
    from portal.accounts.actor import Actor
    from renewals.steps.application import answers_of, latest

    order = hall.to("application")
    hall.confirm(order, representative_mobile=" 199 0000 0006 ")
    with tenant_tx(hall.tenant, write=True):
        kept = answers_of(latest(hall.order(order)), by=Actor.system("tests"), reason="核对")
    assert kept["representative_mobile"] == "19900000006"


# -- versions ---------------------------------------------------------------------------------------------------------


def test_a_confirmation_is_a_version_and_ends_the_draft(hall: Hall) -> None:
    order = hall.to("application")
    with tenant_tx(hall.tenant, write=True):
        drafts.save(hall.order(order), hall.answers(order))
    hall.confirm(order)
    with tenant_tx(hall.tenant):
        assert list(ApplicationVersion.objects.values_list("version", "term")) == [(1, "1")]
        assert not ApplicationDraft.objects.exists()


def test_the_same_answers_again_make_no_version(hall: Hall) -> None:
    order = hall.to("payment")
    hall.confirm(order)
    with tenant_tx(hall.tenant):
        assert ApplicationVersion.objects.count() == 1


def test_a_change_of_the_email_reopens_nothing(hall: Hall) -> None:
    # RULES P3
    order = hall.to("payment")
    charge = hall.order(order).charge
    hall.confirm(order, representative_email="other@example.cn")
    assert hall.steps(order) == {
        "consent": "done",
        "application": "done",
        "identity": "done",
        "payment": "open",
        "issuance": "waiting",
    }
    assert hall.order(order).charge == charge


def test_a_change_of_the_handler_reopens_the_identity_check_alone(hall: Hall) -> None:
    # RULES P3
    order = hall.to("payment")
    hall.confirm(order, representative_name="周明远")
    assert hall.steps(order)["identity"] == "submitted"
    assert hall.steps(order)["payment"] == "waiting"
    hall.run()
    assert hall.steps(order)["payment"] == "open"
    assert [question["name"] for question in hall.identity.asked] == ["林晓彤", "周明远"]


def test_the_handler_may_change_after_payment_and_the_term_may_not(hall: Hall) -> None:
    # RULES P3
    order = hall.to("issuance")
    with refused(FieldsLocked):
        hall.confirm(order, term_years="2")
    hall.confirm(order, representative_name="周明远")
    hall.run()
    assert hall.steps(order)["payment"] == "done"
    assert hall.order(order).status == "ready_to_install"


def test_nothing_changes_once_the_ca_has_been_asked(hall: Hall) -> None:
    order = hall.to("requested")
    with refused(AlreadyIssuing):
        hall.confirm(order, representative_name="周明远")


# -- the certificate is taken (RULES Across 2, C3) --------------------------------------------------------------------


def test_a_draft_reserves_nothing_and_the_first_confirmation_takes_the_certificate(hall: Hall) -> None:
    # RULES Across 2
    certificate = hall.certificate()
    colleague = make_customer(hall.tenant, "19900000011")
    with tenant_tx(hall.tenant, write=True):
        certificate.contacts.create(name="周明远", phone="19900000011", tenant=hall.tenant)
    first = hall.to("application", certificate)
    other = Hall(hall.tenant, colleague, hall.desk, hall.identity, session="visit-2", mobile="19900000011")
    second = other.to("application", certificate)
    hall.confirm(first)
    assert hall.item(first).reserves
    with refused(CertificateReserved) as refusal:
        other.confirm(second)
    assert refusal.value.params == {"serial": certificate.serial}
    assert not hall.item(second).reserves


def test_cancelling_gives_the_certificate_free(hall: Hall) -> None:
    # RULES Across 2
    certificate = hall.certificate()
    first = hall.to("payment", certificate)
    hall.act(first, "", "cancel", {"reason": "no_longer_needed"})
    assert not hall.item(first).reserves
    second = hall.to("payment", certificate)
    assert hall.item(second).reserves


def test_the_next_certificate_starts_after_the_first_is_installed(hall: Hall) -> None:
    # RULES C3
    first, next_one = hall.to("payment"), hall.certificate()
    with refused(FinishTheOtherFirst) as refusal:
        hall.open(next_one)
    assert refusal.value.params == {
        "number": hall.order(first).number,
        "reason": "您有一张证书正在续期。请先完成缴费并更新到 Ukey，再办理下一张。",
    }
    hall.pay(first)
    with refused(FinishTheOtherFirst):
        hall.open(next_one)
    hall.show_code(first)
    hall.request(first)
    hall.run()
    hall.verify(first)
    assert hall.open(next_one)


def test_two_drafts_do_not_slip_past_the_order_of_certificates(hall: Hall) -> None:
    # RULES C3
    first, second = hall.to("application"), hall.to("application")
    hall.confirm(first)
    with refused(FinishTheOtherFirst):
        hall.confirm(second)
    hall.act(first, "", "cancel", {"reason": "no_longer_needed"})
    hall.confirm(second)


def test_one_certificate_is_reserved_once_in_the_database_itself(hall: Hall) -> None:
    # RULES Across 2
    from django.db import IntegrityError, transaction

    order = hall.to("payment")
    item = hall.item(order)
    with tenant_tx(hall.tenant, write=True), pytest.raises(IntegrityError), transaction.atomic():
        OrderItem.objects.create(order=item.order, certificate=item.certificate, reserves=True)


# -- the path (RULES P12) ---------------------------------------------------------------------------------------------


def later(days: int) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(days=days))


def test_the_path_is_chosen_again_when_the_application_is_submitted(hall: Hall) -> None:
    publish_changed(hall.tenant, with_two_paths)
    order = hall.to("application", hall.certificate(days_left=15))
    assert hall.order(order).path == "unexpired"
    with later(7):
        hall.confirm(order)
        row = hall.order(order)
        assert (row.path, row.facts["days_left"]) == ("last_days", 8)
        assert hall.steps(order)["identity"] == "submitted"


def test_after_submission_the_path_stays(hall: Hall) -> None:
    # RULES P12
    publish_changed(hall.tenant, with_two_paths)
    order = hall.to("payment", hall.certificate(days_left=15))
    with later(7):
        hall.confirm(order, representative_name="周明远")
        assert hall.order(order).path == "unexpired"


def test_a_certificate_that_expired_before_submission_takes_the_expired_path(hall: Hall) -> None:
    # RULES P12: a draft is chosen anew; what the other path asks for beyond is asked for, and nothing has changed
    order = hall.to("application", hall.certificate(days_left=3))
    with later(9):
        with refused(InvalidInput) as refusal:
            hall.confirm(order)
        assert set(refusal.value.fields) == {"organisation_name", "organisation_code", "legal_representative"}  # type: ignore[attr-defined]
        assert hall.order(order).path == "unexpired"
        hall.confirm(order, **organisation_of(hall.item(order).certificate))
        row = hall.order(order)
        assert (row.path, row.facts["days_left"]) == ("expired", -6)
        assert hall.steps(order)["three_factor"] == "submitted"


def test_a_certificate_that_expires_while_its_order_is_open_is_finished_on_the_same_path(hall: Hall) -> None:
    # RULES P12, P8
    certificate = hall.certificate(days_left=3)
    order = hall.to("payment", certificate)
    with later(9):
        hall.pay(order)
        hall.show_code(order)
        hall.request(order)
        hall.run()
        hall.verify(order)
        row = hall.order(order)
        assert (row.status, row.path) == ("completed", "unexpired")
        made = hall.item(order).issued
    assert isinstance(made, Certificate)
    assert made.not_after.date() == (certificate.not_after + timedelta(days=365)).date()


def test_facts_are_kept_as_they_were_at_submission(hall: Hall) -> None:
    order = hall.to("application", hall.certificate(days_left=20))
    before = snapshot()["renewals_order"]
    with later(2):
        hall.confirm(order)
    assert hall.order(order).facts["days_left"] == 18
    assert snapshot()["renewals_order"] != before
