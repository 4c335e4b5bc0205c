"""The application for an expired certificate: whose it is, what it is called now, who handles it.

RULES C6, P3, P11, Across 2.
"""

import json

import pytest
from stdnum.cn import uscc

from portal.audit.models import AuditRow
from portal.errors import InvalidInput
from portal.tenants import tenant_tx
from renewals.errors import CertificateNotYours, CertificateReserved, FinishTheOtherFirst
from renewals.models import Certificate, CertificateContact
from renewals.request_form.data import Change
from renewals.steps.application import subject_change_of
from tests.portal.accounts.people import make_customer
from tests.renewals.hall import Hall
from tests.renewals.packs import publish_changed
from tests.renewals.papers.counter import Counter
from tests.renewals.snapshot import refused

DAYS_PAST = -12
OTHER_HOLDER = "91440300MA5DEM002"
OTHER_ORGANISATION = (
    "这个代码与证书持有单位的不一致，不能续期这张证书。填错了的，请对照营业执照更正；"
    "单位确已换成新代码的，不能续期，请以新单位的名义申请新证书，或拨打服务热线。"
)
COLLEAGUE = "19900000011"


def draft(hall: Hall) -> str:
    order = hall.open(hall.certificate(DAYS_PAST))
    hall.consent(order)
    return order


def other_code() -> str:
    return OTHER_HOLDER + str(uscc.calc_check_digit(OTHER_HOLDER))


def last_audit(hall: Hall, action: str) -> dict[str, object]:
    with tenant_tx(hall.tenant):
        row = AuditRow.objects.filter(action=action).latest("seq")
    detail: dict[str, object] = json.loads(bytes(row.body))["detail"]
    return detail


# -- the organisation (RULES C6) --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("organisation_name", "", "请填写单位名称，与营业执照上的一致。"),
        ("organisation_name", "测", "单位名称应为 2 到 100 个字，请按营业执照填写全称。"),
        ("organisation_code", "", "请填写统一社会信用代码，在营业执照上。"),
        ("organisation_code", "91440300MA5DEM0018", "统一社会信用代码有误，请对照营业执照逐位核对。"),
        ("organisation_code", "9144030", "统一社会信用代码应为 18 位，请对照营业执照核对。"),
        ("organisation_code", "D2143569-1", "组织机构代码有误，请对照证书逐位核对。"),
        ("legal_representative", "", "请填写法定代表人（负责人）姓名，与营业执照上的一致。"),
        ("legal_representative", "周1", "请填写身份证上的姓名，中间的点用“·”，不含数字和其他符号。"),
    ],
)
def test_each_field_of_the_organisation_says_what_is_wrong(hall: Hall, field: str, value: str, sentence: str) -> None:
    """RULES C6."""
    order = draft(hall)
    with refused(InvalidInput) as refusal:
        hall.confirm(order, **{field: value})
    assert refusal.value.fields == {field: [sentence]}  # type: ignore[attr-defined]


def test_another_code_is_another_organisation(hall: Hall) -> None:
    """RULES C6: no renewal, and what to do instead."""
    order = draft(hall)
    with refused(InvalidInput) as refusal:
        hall.confirm(order, organisation_code=other_code())
    assert refusal.value.fields == {  # type: ignore[attr-defined]
        "organisation_code": [OTHER_ORGANISATION]
    }


def test_a_certificate_with_the_old_code_fits_the_new_one_around_it(hall: Hall) -> None:
    """RULES C6: digits 9 to 17."""
    order = draft(hall)
    code = hall.item(order).certificate.holder_code
    with tenant_tx(hall.tenant, write=True):
        certificate = hall.item(order).certificate
        certificate.holder_code = code[8:17]
        certificate.save(update_fields=["holder_code"])
    hall.confirm(order, organisation_code=code, invoice_tax_number=code)
    assert hall.steps(order)["application"] == "done"


@pytest.mark.parametrize("spelled", ["深圳市测试精密制造有限公司", " 深圳市测试 精密制造有限公司"])
def test_the_same_name_is_a_renewal(hall: Hall, spelled: str) -> None:
    order = draft(hall)
    hall.confirm(order, organisation_name=spelled)
    item = hall.item(order)
    assert (item.business_type, item.effect, item.new_name) == ("renewal", "renewal", "")
    with tenant_tx(hall.tenant):
        assert subject_change_of(hall.order(order)) is None


def test_a_new_name_is_a_change_of_the_subject(hall: Hall) -> None:
    """RULES P11: the same code under a new name; the papers then include the register's notice."""
    counter, order = Counter(hall), draft(hall)
    hall.confirm(order, organisation_name="深圳市测试智能制造股份有限公司")
    item = hall.item(order)
    assert (item.business_type, item.effect) == ("subject_change", "renewal")
    with tenant_tx(hall.tenant):
        change = subject_change_of(hall.order(order))
    assert change == Change("单位名称", "深圳市测试精密制造有限公司", "深圳市测试智能制造股份有限公司")
    assert counter.views(order)["change_notice"].wanted
    hall.confirm(order)  # the slip is mended: a renewal again
    assert hall.item(order).business_type == "renewal"
    assert "change_notice" not in counter.views(order)


def test_holders_of_another_kind_have_fields_of_their_own(hall: Hall) -> None:
    """RULES C6: 机构个人 names who uses the certificate, as the pack says; an organisation doesn't."""

    def by_kind(document: dict[str, object]) -> None:
        (expired,) = (path for path in document["paths"] if path["name"] == "expired")  # type: ignore[attr-defined]
        (step,) = (step for step in expired["steps"] if step["kind"] == "application")
        step["holder_fields"] = [
            {"holder_kind": "organisation_personal", "fields": ["certificate_user_name"]},
            {"holder_kind": "organisation_business", "fields": ["business_department"]},
        ]

    publish_changed(hall.tenant, by_kind)
    order = draft(hall)
    with refused(InvalidInput) as refusal:
        hall.confirm(order, certificate_user_name="周明远")
    assert refusal.value.fields == {"certificate_user_name": ["本业务不需要填写这一项，请清空。"]}  # type: ignore[attr-defined]
    with tenant_tx(hall.tenant, write=True):
        certificate = hall.item(order).certificate
        certificate.holder_kind = "organisation_personal"
        certificate.save(update_fields=["holder_kind"])
    with refused(InvalidInput) as refusal:
        hall.confirm(order)
    assert refusal.value.fields == {"certificate_user_name": ["请填写证书使用人的姓名。"]}  # type: ignore[attr-defined]
    hall.confirm(order, certificate_user_name="周明远")
    assert hall.steps(order)["application"] == "done"


# -- taking the certificate (RULES Across 2, C3) ----------------------------------------------------------------------


def test_the_application_takes_nothing_and_the_papers_do(hall: Hall) -> None:
    """RULES Across 2."""
    counter = Counter(hall)
    order = counter.fetched()
    assert not hall.item(order).reserves
    counter.upload_all(order)
    counter.submit(order)
    assert hall.item(order).reserves


def test_whoever_hands_in_first_has_it(hall: Hall) -> None:
    """RULES Across 2: the other one is refused, and their papers are all still there."""
    certificate = hall.certificate(DAYS_PAST)
    counter, colleague = Counter(hall), Counter(with_colleague(hall, certificate))
    mine, theirs = counter.fetched(certificate), colleague.fetched(certificate)
    counter.upload_all(mine)
    colleague.upload_all(theirs)
    counter.submit(mine)
    with refused(CertificateReserved):
        colleague.submit(theirs)
    assert colleague.states(theirs)["stamped_form"] == "uploaded"


def test_the_next_certificate_waits_at_the_application_and_at_the_papers(hall: Hall) -> None:
    """RULES C3."""
    counter = Counter(hall)
    first, second, third = counter.fetched(), counter.fetched(), draft(hall)
    for order in (first, second):
        counter.upload_all(order)
    counter.submit(first)
    with refused(FinishTheOtherFirst):
        counter.submit(second)
    with refused(FinishTheOtherFirst):
        hall.confirm(third)


@pytest.mark.parametrize("act", ["confirm", "hand_in"])
def test_whose_right_has_ended_takes_nothing_more(hall: Hall, act: str) -> None:
    """RULES P2: unbound while the order was open."""
    counter = Counter(hall)
    order = draft(hall)
    if act == "hand_in":
        hall.confirm(order)
        hall.run()
        counter.fetch(order)
        counter.upload_all(order)
    with tenant_tx(hall.tenant, write=True):
        CertificateContact.objects.update(withdrawn_at=hall.order(order).opened_at)
    with refused(CertificateNotYours):
        counter.submit(order) if act == "hand_in" else hall.confirm(order)


def with_colleague(hall: Hall, certificate: Certificate) -> Hall:
    colleague = make_customer(hall.tenant, COLLEAGUE)
    with tenant_tx(hall.tenant, write=True):
        certificate.contacts.create(name="周明远", phone=COLLEAGUE, tenant=hall.tenant)
    return Hall(hall.tenant, colleague, hall.desk, hall.identity, session="visit-2", mobile=COLLEAGUE)


# -- the handler changes (RULES P3) -----------------------------------------------------------------------------------


def test_a_new_handler_after_the_papers_were_handed_in(hall: Hall) -> None:
    """RULES P3: identity, form, scan and review reopen; the licence stays, and so does the certificate."""
    counter = Counter(hall)
    order = counter.handed_in()
    counter.confirm(order, representative_name="周明远")
    assert hall.steps(order) == {
        "consent": "done",
        "application": "done",
        "three_factor": "submitted",
        "liveness": "waiting",
        "request_form": "waiting",
        "documents": "waiting",
        "payment": "waiting",
        "review": "waiting",
        "issuance": "waiting",
    }
    hall.run()
    counter.fetch(order)
    states = counter.states(order)
    assert (states["stamped_form"], states["licence"]) == ("wanted", "submitted")
    assert hall.item(order).reserves


def test_both_names_stand_in_the_audit_row_by_their_masks(hall: Hall) -> None:
    """RULES P3."""
    counter = Counter(hall)
    order = counter.handed_in()
    counter.confirm(order, representative_name="周明远")
    detail = last_audit(hall, "order.application.confirm")
    assert detail["representative"] == {"before": "林**", "after": "周**"}
    assert detail["changed"] == ["representative_name"]


def test_another_mail_address_asks_for_no_new_identity_check(hall: Hall) -> None:
    """RULES P3: it stands on the form, so the form is printed again; who the handler is hasn't changed."""
    counter = Counter(hall)
    order = counter.handed_in()
    counter.confirm(order, representative_email="other@example.cn")
    steps = hall.steps(order)
    assert (steps["three_factor"], steps["request_form"], steps["documents"]) == ("done", "open", "waiting")
