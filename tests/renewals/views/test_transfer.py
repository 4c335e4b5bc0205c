"""The transfer page and finance's list: nothing typed or uploaded is lost, and each refusal says what to do."""

import re

import pytest
from django.test import Client
from django.utils.timezone import localdate

from payments import transfers
from payments.models import Invoice, Payment, Suspense, TransferClaim
from portal.accounts.roles import Role
from portal.audit.models import AuditRow
from portal.files.models import FileState, StoredFile
from portal.tenants import tenant_tx
from tests.portal.accounts.people import browser_of, make_staff
from tests.portal.files import papers
from tests.renewals.hall import Hall
from tests.renewals.packs import publish_changed
from tests.renewals.steps.test_transfer import HOLDER, PARENT, claim, found, with_transfers

pytestmark = pytest.mark.django_db(transaction=True)
ACCOUNT = "6222000011112222"


@pytest.fixture
def order(hall: Hall) -> str:
    publish_changed(hall.tenant, with_transfers)
    return hall.to("payment")


def url(hall: Hall, order: str, tail: str = "") -> str:
    return f"/{hall.tenant.slug}/orders/{order}/pay/transfer/{tail}"


def typed(hall: Hall, order: str, **changed: str) -> dict[str, str]:
    return {
        "payer_name": HOLDER,
        "payer_account": ACCOUNT,
        "amount": "200.00",
        "paid_on": localdate().isoformat(),
        "remittance": hall.order(order).number,
        "key": "key-of-the-form",
    } | changed


def voucher(name: str = "回单.pdf") -> dict[str, object]:
    return {"voucher": papers.upload(name, papers.plain_pdf())}


def finance_of(hall: Hall) -> Client:
    return browser_of(make_staff(hall.tenant, Role.FINANCE))


def staff_url(hall: Hall, tail: str = "") -> str:
    return f"/{hall.tenant.slug}/staff/payments/transfers/{tail}"


def status_of(browser: Client, address: str) -> int:
    answer = browser.get(address)
    answer.close()
    return answer.status_code


def test_the_page_says_where_to_how_much_and_what_to_write(hall: Hall, browser: Client, order: str) -> None:
    # RULES C9, Across 1
    page = browser.get(url(hall, order)).content.decode()
    for part in (*hall.tenant.payee.values(), "¥200.00", hall.order(order).number):
        assert str(part) in page or f'data-copy="{part}"' in page
    assert f'data-copy="{hall.order(order).number}"' in page


def test_choosing_bank_transfer_changes_nothing_yet(hall: Hall, browser: Client, order: str) -> None:
    answer = browser.post(f"/{hall.tenant.slug}/orders/{order}/pay/", {"channel": "bank_transfer", "key": "k" * 10})
    assert (answer.status_code, answer["Location"]) == (302, url(hall, order))
    assert hall.steps(order)["payment"] == "open"


def test_claiming_with_a_voucher(hall: Hall, browser: Client, order: str) -> None:
    # RULES E4
    for _ in range(2):  # two clicks
        answer = browser.post(url(hall, order), typed(hall, order) | voucher())
        assert (answer.status_code, answer["Location"]) == (302, url(hall, order))
    with tenant_tx(hall.tenant):
        [made] = TransferClaim.objects.select_related("voucher").filter(state="waiting")
    assert (made.amount_fen, made.payer_name, made.paid_on) == (20_000, HOLDER, localdate())
    assert made.voucher is not None
    assert (made.voucher.owner, made.voucher.purpose) == (f"order:{order}", "transfer_voucher")
    page = browser.get(url(hall, order)).content.decode()
    assert "待财务核对" in page
    assert "**** 2222" in page
    assert ACCOUNT not in page
    redirected = browser.get(f"/{hall.tenant.slug}/orders/{order}/pay/")
    assert redirected["Location"] == url(hall, order)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("amount", "两百", "请填写金额"),
        ("amount", "0", "金额须大于 0"),
        ("payer_account", "abc", "请填写付款账号"),
        ("paid_on", "2099-01-01", "请核对付款日期"),
        ("payer_name", "", "此项"),
    ],
)
def test_a_mistake_keeps_the_voucher_and_what_was_typed(
    hall: Hall, browser: Client, order: str, field: str, value: str, sentence: str
) -> None:
    sent = typed(hall, order, **{field: value})
    answer = browser.post(url(hall, order), sent | voucher())
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    for name in set(sent) - {"key", field}:
        assert f'value="{sent[name]}"' in page, name
    assert "回单.pdf" in page
    assert "已上传" in page
    assert hall.steps(order)["payment"] == "open"
    again = browser.post(url(hall, order), typed(hall, order))  # without choosing the file again
    assert again.status_code == 302
    with tenant_tx(hall.tenant):
        assert TransferClaim.objects.get().voucher_id == StoredFile.objects.get(purpose="transfer_voucher").pk


def test_a_bad_voucher_keeps_what_was_typed(hall: Hall, browser: Client, order: str) -> None:
    bad = {"voucher": papers.upload("回单.pdf", b"not a paper")}
    answer = browser.post(url(hall, order), typed(hall, order) | bad)
    assert answer.status_code == 422
    assert f'value="{ACCOUNT}"' in answer.content.decode()
    missing = browser.post(url(hall, order), typed(hall, order))
    assert "请上传转账凭证" in missing.content.decode()
    with tenant_tx(hall.tenant):
        assert not TransferClaim.objects.exists()


def test_a_better_voucher_replaces_the_one_before(hall: Hall, browser: Client, order: str) -> None:
    for name in ("一.pdf", "二.pdf"):
        browser.post(url(hall, order), typed(hall, order, amount="x") | voucher(name))
    with tenant_tx(hall.tenant):
        states = StoredFile.objects.filter(purpose="transfer_voucher").order_by("id").values_list("state", flat=True)
        assert list(states) == [FileState.DESTROYED, FileState.COMMITTED]


def test_taking_a_claim_back(hall: Hall, browser: Client, order: str) -> None:
    claim_id = claim(hall, order)
    browser.post(url(hall, order, "withdraw/"), {"claim": claim_id, "key": "w" * 10})
    assert hall.steps(order)["payment"] == "open"
    assert "待财务核对" not in browser.get(url(hall, order)).content.decode()


def test_a_refused_claim_is_corrected_from_what_it_said(hall: Hall, browser: Client, order: str) -> None:
    browser.post(url(hall, order), typed(hall, order, amount="199.00") | voucher())
    with tenant_tx(hall.tenant):
        old = TransferClaim.objects.get()
    finance = finance_of(hall)
    answer = finance.post(staff_url(hall, f"{old.public_id}/"), {"do": "refuse", "code": "wrong", "reason": "金额不符"})
    assert answer.status_code == 302
    hall.run()
    page = browser.get(url(hall, order)).content.decode()
    assert "金额不符" in page
    form = browser.get(f"{url(hall, order)}?correct={old.public_id}").content.decode()
    assert f'value="{ACCOUNT}"' in form
    assert 'value="199.00"' in form
    sent = typed(hall, order, corrects=old.public_id, key="another-key")
    assert browser.post(url(hall, order), sent).status_code == 302
    with tenant_tx(hall.tenant):
        new = TransferClaim.objects.get(state="waiting")
        assert (new.amount_fen, new.voucher_id) == (20_000, old.voucher_id)


def test_strangers_see_none_of_it(hall: Hall, order: str) -> None:
    from tests.portal.accounts.people import make_customer

    stranger = browser_of(make_customer(hall.tenant, "19900009999"))
    assert stranger.get(url(hall, order)).status_code == 404
    assert stranger.post(url(hall, order), typed(hall, order)).status_code == 404
    with tenant_tx(hall.tenant):
        assert not TransferClaim.objects.exists()


def test_finance_sees_voucher_claim_and_quote_and_confirms(hall: Hall, browser: Client, order: str) -> None:
    browser.post(url(hall, order), typed(hall, order) | voucher())
    hall.run()  # page images
    with tenant_tx(hall.tenant):
        made = TransferClaim.objects.get()
    finance = finance_of(hall)
    assert HOLDER in finance.get(staff_url(hall)).content.decode()
    page = finance.get(staff_url(hall, f"{made.public_id}/")).content.decode()
    picture = re.search(r'<img src="([^"]+/staff/files/[^"]+)"', page)
    assert picture is not None
    assert status_of(finance, picture[1]) == 200
    assert "¥200.00" in page
    assert ACCOUNT not in page
    line = {"do": "confirm", "amount": "200.00", "payer_name": HOLDER, "paid_on": localdate().isoformat()}
    missing = finance.post(staff_url(hall, f"{made.public_id}/"), line)
    assert missing.status_code == 422
    assert finance.post(staff_url(hall, f"{made.public_id}/"), line | {"bank_serial": "L1"}).status_code == 302
    hall.run()
    assert hall.steps(order)["payment"] == "done:transfer"
    late = finance.post(staff_url(hall, f"{made.public_id}/"), line | {"bank_serial": "L2"})
    assert late.status_code == 422
    assert "已有处理结果" in late.content.decode()
    assert 'value="L2"' in late.content.decode()
    with tenant_tx(hall.tenant):
        assert Payment.objects.count() == 1


def test_showing_the_account_leaves_its_row(hall: Hall, order: str) -> None:
    claim_id, finance = claim(hall, order), finance_of(hall)
    page = finance.post(staff_url(hall, f"{claim_id}/account/"), follow=True).content.decode()
    assert ACCOUNT in page
    with tenant_tx(hall.tenant):
        assert AuditRow.objects.filter(action="vault.revealed", subject__contains=claim_id).count() == 1


def test_held_money_is_explained_and_released(hall: Hall, browser: Client, order: str) -> None:
    # RULES P10
    found(hall, claim(hall, order), payer=PARENT)
    with tenant_tx(hall.tenant):
        money = Suspense.objects.select_related("payment").get()
    page = browser.get(url(hall, order)).content.decode()
    assert PARENT in page
    assert "代付说明" in page
    empty = browser.post(url(hall, order, "payer/"), {"suspense": money.public_id, "key": "p" * 10})
    assert empty.status_code == 422
    assert "请选择代付说明的文件" in empty.content.decode()
    sent = {"suspense": money.public_id, "key": "q" * 10, "explanation": papers.upload("说明.pdf", papers.plain_pdf())}
    assert browser.post(url(hall, order, "payer/"), sent).status_code == 302
    hall.run()
    finance, detail = finance_of(hall), staff_url(hall, f"held/{money.payment.public_id}/")
    assert PARENT in finance.get(staff_url(hall, "held/")).content.decode()
    assert "同意代付，入账" in finance.get(detail).content.decode()
    assert finance.post(detail, {"do": "release"}).status_code == 302
    hall.run()
    assert hall.steps(order)["payment"] == "done:transfer"


def test_who_may_see_the_voucher(hall: Hall, browser: Client, order: str) -> None:
    """The customer their own file; staff only its pictures, and of staff finance and reviewers."""
    browser.post(url(hall, order), typed(hall, order) | voucher())
    hall.run()
    with tenant_tx(hall.tenant):
        file = StoredFile.objects.get(purpose=transfers.VOUCHER)
        [picture] = StoredFile.objects.filter(derived_from=file)
    at = f"/{hall.tenant.slug}"
    assert status_of(browser, f"{at}/files/{file.public_id}/") == 200
    for role, status in ((Role.FINANCE, 200), (Role.REVIEWER, 200), (Role.SERVICE_DESK, 404), (Role.MAIL_ROOM, 404)):
        staff = browser_of(make_staff(hall.tenant, role))
        assert status_of(staff, f"{at}/staff/files/{picture.public_id}/") == status
        assert status_of(staff, f"{at}/staff/files/{file.public_id}/") == 404
        if role is not Role.FINANCE:
            assert staff.get(staff_url(hall)).status_code == 403


@pytest.mark.usefixtures("channels")
def test_an_invoice_that_was_reversed_is_said_to_be(hall: Hall, browser: Client) -> None:
    """After a full refund the page doesn't offer it as if it were still good."""
    order = hall.to("issuance")
    page = f"/{hall.tenant.slug}/orders/{order}/"
    with tenant_tx(hall.tenant, write=True):
        assert Invoice.objects.update(state="issued", number="26442000000000000001", url="https://example.com/i") == 1
    assert "查看电子发票" in browser.get(page).content.decode()
    with tenant_tx(hall.tenant, write=True):
        Invoice.objects.update(state="reversed")
    after = browser.get(page).content.decode()
    assert "电子发票已红冲" in after
    assert "查看电子发票" not in after
