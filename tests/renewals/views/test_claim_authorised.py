"""An expired certificate without its key: serial, organisation, code; a review decides (RULES P2). No oracle."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.models import SecurityEvent
from portal.tenants import tenant_tx
from renewals.models import Certificate, CertificateContact, Order
from tests.portal.accounts.people import browser_of, make_customer
from tests.renewals.hall import Hall
from tests.renewals.views.page import url
from tests.renewals.views.test_claim import claim

pytestmark = pytest.mark.django_db(transaction=True)
NEWCOMER = "19900000077"
NAME = "深圳市测试精密制造有限公司"
FOREIGN_SERIAL = "5F3A21C099E47B10"
ANSWER = "没有找到可以这样办理的证书"


@pytest.fixture
def newcomer(hall: Hall) -> User:
    return make_customer(hall.tenant, NEWCOMER)


@pytest.fixture
def page(newcomer: User) -> Client:
    return browser_of(newcomer)


def typed(certificate: Certificate, **changed: str) -> dict[str, str]:
    return {
        "serial": certificate.serial,
        "organisation_name": certificate.holder_name,
        "organisation_code": certificate.holder_code,
        "key": "the-same-form",
    } | changed


def orders(hall: Hall) -> list[Order]:
    with tenant_tx(hall.tenant):
        return list(Order.objects.order_by("pk"))


def test_what_is_typed_right_opens_an_order_on_the_expired_path(hall: Hall, page: Client, newcomer: User) -> None:
    """RULES P2: it is a claim, and reserves nothing."""
    certificate = hall.certificate(-12)
    answer = page.post(url("claim-authorised"), typed(certificate))
    (order,) = orders(hall)
    assert answer.headers["Location"] == url("order", order.public_id)
    assert (order.customer_id, order.claim, order.path) == (newcomer.pk, "sealed_authorisation", "expired")
    assert not hall.item(order.public_id).reserves


@pytest.mark.parametrize(
    ("case", "changed"),
    [
        ("spelled", {"organisation_name": " 深圳市测试 精密制造有限公司"}),
        ("serial", {}),
    ],
)
def test_spelling_does_not_matter(hall: Hall, page: Client, case: str, changed: dict[str, str]) -> None:
    certificate = hall.certificate(-12)
    serial = ":".join(certificate.serial[i : i + 2] for i in range(0, len(certificate.serial), 2)).lower()
    sent = typed(certificate, **changed) | ({"serial": serial} if case == "serial" else {})
    assert page.post(url("claim-authorised"), sent).status_code == 302


def refusals(hall: Hall) -> dict[str, dict[str, str]]:
    """What doesn't fit, one thing at a time."""
    certificate, unexpired = hall.certificate(-12), hall.certificate(30)
    revoked, foreign = hall.certificate(-5), hall.certificate(-6, medium="2777000000006001")
    with tenant_tx(hall.tenant, write=True):
        Certificate.objects.filter(pk=revoked.pk).update(ca_status="revoked")
    other = "91440300MA5DEM0027"
    return {
        "unknown serial": typed(certificate, serial=FOREIGN_SERIAL),
        "another organisation": typed(certificate, organisation_name="深圳市示例海运物流有限公司"),
        "another code": typed(certificate, organisation_code=_checked(other)),
        "not expired": typed(unexpired),
        "revoked": typed(revoked),
        "of another medium": typed(foreign),
    }


def _checked(code: str) -> str:
    from stdnum.cn import uscc

    return code[:17] + str(uscc.calc_check_digit(code[:17]))


def test_everything_that_does_not_fit_gets_one_answer(hall: Hall) -> None:
    """RULES P2: unknown, another holder's, not expired, not renewable: whoever guesses can't tell them apart."""
    pages = {}
    for number, (name, sent) in enumerate(refusals(hall).items()):
        browser = browser_of(make_customer(hall.tenant, f"199000001{number:02d}"))
        answer = browser.post(url("claim-authorised"), sent)
        assert answer.status_code == 404, name
        assert ANSWER in answer.text
        pages[name] = re.sub(r'(value|name)="[^"]*"|199\*{4}\d{4}', "", answer.text)
    assert len(set(pages.values())) == 1
    assert orders(hall) == []


def test_what_was_typed_is_still_there_after_a_refusal(hall: Hall, page: Client) -> None:
    answer = page.post(url("claim-authorised"), typed(hall.certificate(30)))
    assert f'value="{NAME}"' in answer.text


def test_slips_are_said_beside_their_fields(hall: Hall, page: Client) -> None:
    """RULES C6: and use up no try."""
    wrong = typed(hall.certificate(-12), organisation_code="9144", organisation_name="", serial="序列号")
    answer = page.post(url("claim-authorised"), wrong)
    assert answer.status_code == 422
    for words in ("统一社会信用代码应为 18 位", "请填写证书上的单位名称", "证书序列号只含数字和字母"):
        assert words in answer.text


def test_an_account_has_five_tries_an_hour(hall: Hall, page: Client) -> None:
    """RULES P2: counted before anything is looked at, so the right answer doesn't help any more."""
    certificate = hall.certificate(-12)
    for _ in range(5):
        assert page.post(url("claim-authorised"), typed(certificate, serial=FOREIGN_SERIAL)).status_code == 404
    answer = page.post(url("claim-authorised"), typed(certificate))
    assert answer.status_code == 429
    assert "核对的次数太多" in answer.text
    assert orders(hall) == []
    with tenant_tx(hall.tenant):
        events = [event.event for event in SecurityEvent.objects.order_by("pk")]
    assert events == ["claim.refused"] * 5 + ["claim.limited"]


def test_an_address_has_twenty(hall: Hall) -> None:
    certificate = hall.certificate(-12)
    wrong = typed(certificate, serial=FOREIGN_SERIAL)
    for number in range(20):
        browser_of(make_customer(hall.tenant, f"199000002{number:02d}")).post(url("claim-authorised"), wrong)
    answer = browser_of(make_customer(hall.tenant, "19900000299")).post(url("claim-authorised"), typed(certificate))
    assert answer.status_code == 429


def test_the_pages_show_what_was_typed_and_nothing_beyond(hall: Hall, page: Client, newcomer: User) -> None:
    """RULES P2: no medium number, no dates, no contacts, nothing that was ever filled in for this certificate."""
    certificate = hall.certificate(-12)
    earlier = hall.open(certificate)
    hall.consent(earlier)
    hall.confirm(earlier)
    page.post(url("claim-authorised"), typed(certificate))
    order = orders(hall)[-1].public_id
    successor = Hall(hall.tenant, newcomer, hall.desk, hall.identity, mobile=NEWCOMER)
    successor.consent(order)
    shown = page.get(url("order-application", order)).text
    assert f'value="{NAME}"' in shown
    page.post(url("order-application", order), answers_of(hall, order))
    medium, ended = certificate.medium_number, timezone.localdate(certificate.not_after).isoformat()
    for name in ("order", "order-application", "order-check", "order-authorisation"):
        text = page.get(url(name, order)).text.replace(" ", "")
        for old in (medium, certificate.subject, ended, "林晓彤", hall.mobile):
            assert old not in text, (name, old)


def answers_of(hall: Hall, order: str) -> dict[str, str]:
    return hall.answers(order) | {"representative_name": "周明远", "representative_mobile": NEWCOMER}


def test_the_letter_can_be_printed(hall: Hall, page: Client) -> None:
    """RULES P2: with the order's number, the serial that was typed and the organisation."""
    certificate = hall.certificate(-12)
    page.post(url("claim-authorised"), typed(certificate))
    order = orders(hall)[0]
    letter = page.get(url("order-authorisation", order.public_id)).text
    for words in ("授权委托书", order.number, certificate.serial, NAME, "身份证号码 ＿＿"):
        assert words in letter
    assert browser_of(hall.customer).get(url("order-authorisation", order.public_id)).status_code == 404


def test_an_order_of_ones_own_certificate_needs_no_letter(hall: Hall) -> None:
    order = hall.to("application")
    assert browser_of(hall.customer).get(url("order-authorisation", order)).status_code == 404


def test_ones_own_certificate_is_renewed_without_a_claim(hall: Hall) -> None:
    certificate = hall.certificate(-12)
    answer = browser_of(hall.customer).post(url("claim-authorised"), typed(certificate))
    assert answer.headers["Location"] == f"{url('renew')}?serial={certificate.serial}"
    assert orders(hall) == []


def test_a_second_claim_leads_to_the_first_ones_order(hall: Hall, page: Client) -> None:
    certificate = hall.certificate(-12)
    first = page.post(url("claim-authorised"), typed(certificate))
    second = page.post(url("claim-authorised"), typed(certificate, key="another-form"))
    assert first.headers["Location"] == second.headers["Location"]
    assert len(orders(hall)) == 1


def test_an_expired_certificate_is_claimed_by_its_key_as_well(hall: Hall, page: Client) -> None:
    """RULES P2: a key outlives its certificate."""
    certificate = hall.certificate(-12, contact="")
    assert claim(hall, page, certificate) == 200
    start = page.get(url("renew"), {"serial": certificate.serial})
    assert "证书已过期，按过期续期办理" in start.text
    page.post(url("renew"), {"serial": certificate.serial, "key": "a-form-of-its-own"})
    (order,) = orders(hall)
    assert (order.path, order.claim) == ("expired", "")


def test_the_claim_page_says_so_and_where_to_go_without_the_key(hall: Hall, page: Client) -> None:
    text = page.get(url("claim")).text
    assert "已过期的证书，只要 Ekey 还能用，也可以这样认领" in text
    assert url("claim-authorised") in text


def test_the_key_makes_the_letter_needless(hall: Hall, page: Client) -> None:
    """RULES P2: claimed by the seal, then the key turned up."""
    certificate = hall.certificate(-12)
    page.post(url("claim-authorised"), typed(certificate))
    assert claim(hall, page, certificate) == 200
    (order,) = orders(hall)
    assert order.claim == ""
    assert page.get(url("order-authorisation", order.public_id)).status_code == 404


def test_taking_over_by_the_key_moves_the_order(hall: Hall, page: Client, newcomer: User) -> None:
    """RULES P2, P3: through the page's own question."""
    order = hall.to("issuance")
    assert claim(hall, page, hall.item(order).certificate, take_over=True) == 200
    assert hall.order(order).customer_id == newcomer.pk
    assert page.get(url("order", order)).status_code == 200
    with tenant_tx(hall.tenant):
        assert CertificateContact.objects.filter(withdrawn_at__isnull=True).count() == 0
