"""/sign-in/ and /sign-in/code/ as a browser sees them."""

import re

import pytest
from captcha.models import CaptchaStore
from django.http import HttpResponse
from django.test import Client

from portal.accounts import sms_codes
from portal.accounts.models import SmsCode, User
from portal.tenants.models import Tenant
from portal.tenants.transaction import tenant_tx
from tests.portal.accounts.people import browser_of, make_customer, session_of

pytestmark = pytest.mark.django_db(transaction=True)
SIGN_IN, CODE = "/first-ca/sign-in/", "/first-ca/sign-in/code/"


@pytest.fixture(autouse=True)
def _known_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sms_codes, "new_code", lambda: "123456")


@pytest.fixture
def browser(tenant: Tenant) -> Client:
    return Client()


def solved(**more: str) -> dict[str, str]:
    key = CaptchaStore.generate_key("portal.accounts.captcha.picture")
    return {"challenge_0": key, "challenge_1": CaptchaStore.objects.get(hashkey=key).response, **more}


def ask(browser: Client, phone: str = "19900000001", **more: str) -> HttpResponse:
    return browser.post(SIGN_IN, solved(phone=phone, **more))


def text_of(response: HttpResponse) -> str:
    """Without what differs from one rendering to the next, whoever asks."""
    page = response.content.decode()
    page = re.sub(r"[0-9a-f]{40}", "KEY", page)
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "TOKEN", page)


def test_phone_challenge_code_and_in(browser: Client, tenant: Tenant) -> None:
    assert browser.get(SIGN_IN).status_code == 200
    response = ask(browser, next="/first-ca/orders/")
    assert (response.status_code, response["Location"]) == (302, CODE)
    page = browser.get(CODE).content.decode()
    assert "199****0001" in page
    assert "19900000001" not in page
    assert 'autocomplete="one-time-code"' in page
    response = browser.post(CODE, {"code": "123456"})
    assert (response.status_code, response["Location"]) == (302, "/first-ca/orders/")
    assert browser.get(SIGN_IN)["Location"] == "/first-ca/"


def test_known_and_unknown_numbers_get_the_same_answers(tenant: Tenant) -> None:
    make_customer(tenant, "19900000001")
    answers = []
    for phone in ("19900000001", "19900000002"):
        browser = Client(REMOTE_ADDR=f"192.0.2.{phone[-1]}")
        first = ask(browser, phone)
        page = text_of(browser.get(CODE)).replace(f"199****{phone[-4:]}", "MASKED")
        wrong = text_of(browser.post(CODE, {"code": "000000"})).replace(f"199****{phone[-4:]}", "MASKED")
        again = ask(browser, phone)
        right = browser.post(CODE, {"code": "123456"})
        answers.append((first.status_code, first["Location"], page, wrong, again.status_code, right.status_code))
    assert answers[0] == answers[1]


def test_the_same_statements_run_for_known_and_unknown_numbers(
    tenant: Tenant, django_assert_num_queries: object
) -> None:
    """The timing class: asking for a code does the same work, and never looks at accounts."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    make_customer(tenant, "19900000001")
    ask(Client(REMOTE_ADDR="192.0.2.3"), "19900000003")  # keys are made by whoever comes first
    shapes = []
    for phone in ("19900000001", "19900000002"):
        with CaptureQueriesContext(connection) as queries:
            ask(Client(REMOTE_ADDR=f"192.0.2.{phone[-1]}"), phone)
        shapes.append([re.sub(r"'[^']*'|[0-9]+", "?", query["sql"])[:60] for query in queries])
        assert not any("accounts_user" in query["sql"] for query in queries)
    assert shapes[0] == shapes[1]


def test_without_the_challenge_nothing_is_sent_and_the_number_stays(browser: Client, tenant: Tenant) -> None:
    response = browser.post(SIGN_IN, {**solved(phone="199 0000 0001"), "challenge_1": "wrong"})
    assert response.status_code == 422
    assert 'value="199 0000 0001"' in response.content.decode()
    with tenant_tx(tenant):
        assert not SmsCode.objects.exists()


def test_a_challenge_serves_once(browser: Client, tenant: Tenant) -> None:
    answer = solved(phone="19900000001")
    assert browser.post(SIGN_IN, answer).status_code == 302
    assert browser.post(SIGN_IN, {**answer, "phone": "19900000002"}).status_code == 422
    with tenant_tx(tenant):
        assert SmsCode.objects.count() == 1


def test_a_new_picture_or_a_sum_in_words_keeps_the_number(browser: Client) -> None:
    for wanted, label in (("picture", "图形验证码"), ("words", "验证问题")):
        page = browser.post(SIGN_IN, {"phone": "1990000", "redraw": wanted}).content.decode()
        assert 'value="1990000"' in page
        assert label in page
        assert "需要修改" not in page


def test_the_sum_in_words_opens_too(browser: Client, tenant: Tenant) -> None:
    page = browser.post(SIGN_IN, {"phone": "", "redraw": "words"}).content.decode()
    key = re.search(r'name="challenge_0" value="([0-9a-f]{40})"', page)
    assert key
    asked = CaptchaStore.objects.get(hashkey=key[1])
    assert f"{asked.challenge}等于几？" in page
    answer = {"phone": "19900000001", "in_words": "yes", "challenge_0": key[1], "challenge_1": asked.response}
    assert browser.post(SIGN_IN, answer).status_code == 302


def test_a_limit_says_when_to_try_again(browser: Client) -> None:
    ask(browser)
    response = ask(browser)
    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 60
    assert "每分钟只能获取一次" in response.content.decode()


def test_a_wrong_code_says_how_many_tries_are_left_and_is_not_shown_again(browser: Client) -> None:
    ask(browser)
    response = browser.post(CODE, {"code": "000000"})
    page = response.content.decode()
    assert response.status_code == 422
    assert "还可以再试 4 次" in page
    assert 'value="000000"' not in page
    for _try in range(4):
        page = browser.post(CODE, {"code": "000000"}).content.decode()
    assert "该验证码已失效" in page
    assert "该验证码已失效" in browser.post(CODE, {"code": "123456"}).content.decode()


def test_a_code_that_is_none_uses_no_try(browser: Client, tenant: Tenant) -> None:
    ask(browser)
    assert browser.post(CODE, {"code": "12345"}).status_code == 422
    with tenant_tx(tenant):
        assert SmsCode.objects.get().tries == 0


def test_another_browser_cannot_use_the_code(browser: Client, tenant: Tenant) -> None:
    ask(browser)
    thief = Client()
    assert thief.post(CODE, {"code": "123456"})["Location"] == SIGN_IN
    ask(thief, "19900000002")
    with tenant_tx(tenant):
        assert not User.objects.exists()


def test_coming_back_for_a_new_code_the_number_is_filled_in(browser: Client) -> None:
    ask(browser)
    assert 'value="19900000001"' in browser.get(SIGN_IN).content.decode()


def test_the_number_waits_in_no_session_row(browser: Client, tenant: Tenant) -> None:
    ask(browser)
    assert "19900000001" not in repr(dict(session_of(browser, tenant).items()))


def test_the_session_key_changes_when_signing_in(browser: Client, tenant: Tenant) -> None:
    ask(browser)
    before = session_of(browser, tenant).session_key
    browser.post(CODE, {"code": "123456"})
    after = session_of(browser, tenant).session_key
    assert before != after
    assert not session_of(browser, tenant).exists(before)


@pytest.mark.parametrize(
    "target", ["https://example.com/", "//example.com/", "/second-ca/", "javascript:alert(1)", "/first-ca\\..\\x", ""]
)
def test_nobody_is_sent_elsewhere_after_signing_in(browser: Client, target: str) -> None:
    ask(browser, next=target)
    assert browser.post(CODE, {"code": "123456"})["Location"] == "/first-ca/"


def test_the_code_page_without_a_code_asks_for_the_number(browser: Client) -> None:
    assert browser.get(CODE)["Location"] == SIGN_IN


def test_signing_out_asks_first_and_deletes_the_session(tenant: Tenant) -> None:
    browser = browser_of(make_customer(tenant))
    assert browser.get("/first-ca/sign-out/").status_code == 200
    key = session_of(browser, tenant).session_key
    assert browser.post("/first-ca/sign-out/")["Location"] == SIGN_IN
    assert not session_of(browser, tenant).exists(key)


def test_the_platform_has_no_customers(browser: Client, tenant: Tenant) -> None:
    tenant.is_platform = True
    tenant.save()
    assert browser.get(SIGN_IN).status_code == 404
