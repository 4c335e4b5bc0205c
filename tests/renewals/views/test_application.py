"""Consents, the form, drafts, check your answers (RULES C1, C5; issue 2: nothing typed is lost)."""

import pytest
from django.test import Client

from portal.tenants import tenant_tx
from renewals.models import ApplicationDraft, ApplicationVersion, ConsentRecord
from tests.renewals.hall import Hall
from tests.renewals.views.page import url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("channels")]


def typed(hall: Hall, order: str, **changed: str) -> dict[str, str]:
    return hall.answers(order, **changed)


# -- consents ---------------------------------------------------------------------------------------------------------


def test_every_text_can_be_read_in_full(hall: Hall, browser: Client) -> None:
    page = browser.get(url("order-consent", hall.to("consent"))).text
    for text in hall.texts:
        assert text.title in page
        assert text.paragraphs[-1] in page
    assert page.count('type="checkbox"') == 2  # RULES C1: together, and the sensitive one apart


@pytest.mark.parametrize("ticked", [{}, {"together": "on"}, {"sensitive_information_authorisation": "on"}])
def test_a_missing_consent_is_said_and_nothing_is_stored(hall: Hall, browser: Client, ticked: dict[str, str]) -> None:
    order = hall.to("consent")
    answer = browser.post(url("order-consent", order), ticked)
    assert answer.status_code == 422
    assert "请阅读后" in answer.text
    with tenant_tx(hall.tenant):
        assert not ConsentRecord.objects.exists()
    assert hall.steps(order)["consent"] == "open"


def test_both_ticks_lead_to_the_form(hall: Hall, browser: Client) -> None:
    order = hall.to("consent")
    answer = browser.post(url("order-consent", order), {"together": "on", "sensitive_information_authorisation": "on"})
    assert answer["Location"] == url("order-application", order)
    with tenant_tx(hall.tenant):
        assert ConsentRecord.objects.count() == 4
    assert "您已同意以下文件" in browser.get(url("order-consent", order)).text


# -- the form ---------------------------------------------------------------------------------------------------------


def test_the_form_starts_with_what_is_known(hall: Hall, browser: Client) -> None:
    page = browser.get(url("order-application", hall.to("application"))).text
    assert 'value="19900000006"' in page
    assert 'value="深圳市测试精密制造有限公司"' in page
    assert 'value="91440300MA5DEM0019"' in page
    for fee in ("¥200.00", "¥400.00", "¥600.00"):
        assert fee in page


def test_a_second_application_has_the_first_ones_answers_but_no_id_number(hall: Hall, browser: Client) -> None:
    first = hall.to("completed")
    number = hall.answers(first)["representative_id_number"]
    page = browser.get(url("order-application", hall.to("application", hall.certificate(33)))).text
    assert 'value="林晓彤"' in page
    assert 'value="handler@example.cn"' in page
    assert number not in page


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("term_years", "7", "请选择续期年限。"),
        ("term_years", "", "请选择续期年限。"),
        ("representative_name", "", "请填写经办人姓名，与身份证上的一致。"),
        ("representative_name", "林123", "请填写身份证上的姓名"),
        ("representative_id_number", "", "请填写经办人的身份证号码。"),
        ("representative_id_number", "990101850307123", "15 位身份证号码已经停用"),
        ("representative_id_number", "99010119900307007", "身份证号码应为 18 位"),
        ("representative_id_number", "990101199013070077", "第 7 到 14 位不是正确的出生日期"),
        ("representative_id_number", "990101199003070071", "身份证号码有误"),
        ("representative_mobile", "12345", "请填写 11 位的大陆手机号码"),
        ("representative_email", "nobody", "这个邮箱地址不完整"),
        ("invoice_title", "", "请填写发票抬头"),
        ("invoice_kind", "", "请选择发票类型。"),
        ("invoice_tax_number", "123", "纳税人识别号应为 15 到 20 位"),
    ],
)
def test_wrong_input_is_said_beside_its_field_and_kept(
    hall: Hall, browser: Client, field: str, value: str, sentence: str
) -> None:
    """Issue 2 §6: each rule, what the customer sees; every other answer stays."""
    order = hall.to("application")
    sent = typed(hall, order, **{field: value})
    answer = browser.post(url("order-application", order), sent)
    assert answer.status_code == 422
    assert answer.text.count(sentence) == 2  # in the summary and at the field
    for name in ("representative_name", "invoice_title", "representative_email"):
        if name != field:
            assert f'value="{sent[name]}"' in answer.text
    with tenant_tx(hall.tenant):
        assert not ApplicationVersion.objects.exists()
    reopened = browser.get(url("order-application", order)).text
    if value and field not in {"term_years"}:
        assert f'value="{value}"' in reopened  # the draft has it, right or wrong


def test_a_special_invoice_needs_the_tax_number(hall: Hall, browser: Client) -> None:
    order = hall.to("application")
    sent = typed(hall, order, invoice_kind="special", invoice_tax_number="")
    assert "开这种发票需要纳税人识别号" in browser.post(url("order-application", order), sent).text
    assert browser.post(url("order-application", order), sent | {"invoice_kind": "ordinary"}).status_code == 302


def test_the_draft_is_saved_while_typing_sealed_and_comes_back(hall: Hall, browser: Client) -> None:
    order = hall.to("application")
    answer = browser.post(url("order-draft", order), {"representative_name": "王小明", "representative_mobile": "199"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert 'value="王小明"' in browser.get(url("order-application", order)).text
    with tenant_tx(hall.tenant):
        draft = ApplicationDraft.objects.get()
        assert "王小明" not in str(draft.data)


def test_the_draft_of_a_visitor_who_is_signed_out_is_refused_not_swallowed(hall: Hall) -> None:
    order = hall.to("application")
    answer = Client().post(url("order-draft", order), {"representative_name": "王小明"})
    assert answer.status_code in {401, 403}
    with tenant_tx(hall.tenant):
        assert not ApplicationDraft.objects.exists()


def test_before_the_consents_there_is_no_form(hall: Hall, browser: Client) -> None:
    order = hall.to("consent")
    assert browser.get(url("order-application", order))["Location"] == url("order", order)
    browser.post(url("order-draft", order), {"representative_name": "王小明"})
    with tenant_tx(hall.tenant):
        assert not ApplicationDraft.objects.exists()


# -- check your answers -----------------------------------------------------------------------------------------------


def to_check(hall: Hall, browser: Client, **changed: str) -> tuple[str, str, str]:
    """Order, and the hidden fields of the page: key and seen version."""
    order = hall.to("application")
    sent = browser.post(url("order-application", order), typed(hall, order, **changed))
    assert sent["Location"] == url("order-check", order)
    context = browser.get(url("order-check", order)).context
    return order, context["key"], str(context["order"].version)


def test_the_answers_the_quote_and_the_new_validity_are_shown(hall: Hall, browser: Client) -> None:
    order, _key, _seen = to_check(hall, browser, term_years="2")
    page = browser.get(url("order-check", order)).text
    end = hall.item(order).certificate.not_after
    assert f"{end.year + 2}-{end:%m-%d}" in page  # RULES Across 7: from the old end on
    assert "¥400.00" in page
    assert f"{url('order-application', order)}#id_representative_mobile" in page


def test_confirming_submits_once(hall: Hall, browser: Client) -> None:
    order, key, seen = to_check(hall, browser)
    for _twice in range(2):
        answer = browser.post(url("order-check", order), {"key": key, "seen_version": seen})
        assert answer.status_code == 302
    assert hall.steps(order)["identity"] == "submitted"
    with tenant_tx(hall.tenant):
        assert ApplicationVersion.objects.count() == 1


def test_a_page_that_is_behind_is_refused_and_keeps_everything(hall: Hall, browser: Client) -> None:
    order, key, seen = to_check(hall, browser)
    answer = browser.post(url("order-check", order), {"key": key, "seen_version": str(int(seen) - 1)})
    assert answer.status_code == 409
    assert "没有提交，填写的内容都还在" in answer.text
    assert "林晓彤" in answer.text
    assert hall.steps(order)["application"] == "open"
    again = browser.post(url("order-check", order), {"key": key, "seen_version": seen})
    assert again["Location"] == url("order", order)


def test_a_certificate_that_another_order_has_is_told(hall: Hall, browser: Client) -> None:
    """RULES Across 2, C3."""
    certificate = hall.certificate(30)
    mine, other = hall.to("application", certificate), hall.to("application", certificate)
    browser.post(url("order-application", mine), typed(hall, mine))
    hall.confirm(other)
    answer = browser.post(url("order-check", mine), {"key": "a-key-of-mine"})
    assert answer.status_code == 409
    assert "请先" in answer.text
    assert "林晓彤" in answer.text


def test_without_a_draft_there_is_nothing_to_check(hall: Hall, browser: Client) -> None:
    order = hall.to("application")
    assert browser.get(url("order-check", order))["Location"] == url("order-application", order)


def test_confirmed_answers_are_masked_and_can_be_changed_until_the_ca_is_asked(hall: Hall, browser: Client) -> None:
    order = hall.to("payment")
    page = browser.get(url("order-answers", order)).text
    assert hall.answers(order)["representative_id_number"] not in page
    assert "199****0006" in page
    assert "修改申请信息" in page
    changed = typed(hall, order, representative_name="周明远")
    browser.post(url("order-application", order), changed)
    browser.post(url("order-check", order), {"key": "another-key"})
    assert hall.steps(order)["identity"] == "submitted"  # RULES P3: what depended on it is done again


def test_once_the_ca_was_asked_the_answers_stay(hall: Hall, browser: Client) -> None:
    order = hall.to("requested")
    assert "修改申请信息" not in browser.get(url("order-answers", order)).text
    assert browser.get(url("order-application", order))["Location"] == url("order-answers", order)
