"""What staff do to an order goes through the one door: offered where it may be done, else refused."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from payments.models import Refund
from portal.accounts.roles import Role
from portal.jobs.models import Job, JobState
from portal.tenants import tenant_tx
from renewals.identity.base import Outcome
from renewals.issuing import renewal_codes
from renewals.models import DualControl, OrderAct
from tests.renewals.hall import Hall
from tests.renewals.snapshot import snapshot
from tests.renewals.staff.conftest import Browse

ADMIN = Role.CERTIFICATE_ADMINISTRATOR
CODE = re.compile(r'code-once__value">([^<]+)<')


def url(order: str, what: str = "") -> str:
    return f"/szca/staff/orders/{order}/{what}"


def body(answer: Any) -> str:
    return unescape(answer.content.decode())


def form_of(browser: Client, order: str, what: str) -> dict[str, str]:
    """The hidden fields of the action's form on the page; KeyError-like failure where the page doesn't offer it."""
    text = body(browser.get(url(order)))
    found = re.search(
        rf'<form class="stack" method="post" action="{re.escape(url(order, what))}".*?</form>', text, re.S
    )
    assert found, f"the page doesn't offer {what}"
    return dict(re.findall(r'<input type="hidden" name="(key|seen_version|item)" value="([^"]*)"', found.group()))


def offered(browser: Client, order: str) -> set[str]:
    text = body(browser.get(url(order)))
    return {what for what in ACTIONS if f'action="{url(order, what)}"' in text}


ACTIONS = (
    "identity/confirm/",
    "code/reissue/",
    "revoke/",
    "refund/",
    "cancel/",
)
CONFIRM, REISSUE, REVOKE, REFUND, CANCEL = ACTIONS


def post(browser: Client, order: str, what: str, **data: str) -> Any:
    return browser.post(url(order, what), form_of(browser, order, what) | data)


def business(hall: Hall) -> dict[str, list[str]]:
    """Everything but visits: a page that says no may still note that somebody was there."""
    return {
        name: rows
        for name, rows in snapshot().items()
        if not name.startswith(("django_", "accounts_", "audit_security"))
    }


@pytest.fixture
def at_the_counter(channels: Hall) -> str:
    """Five times the three factors didn't match (RULES P4)."""
    order = channels.to("application")
    channels.identity.outcomes = [Outcome.MISMATCH] * 5
    for number in range(5):
        channels.confirm(order, representative_name=f"林晓{'一二三四五'[number]}")
        channels.run()
    channels.confirm(order)
    channels.run()
    return order


# -- identity at the counter ------------------------------------------------------------------------------------------


def test_a_reviewer_confirms_the_identity_at_the_counter(channels: Hall, browse: Browse, at_the_counter: str) -> None:
    # RULES P4
    order = at_the_counter
    assert channels.steps(order)["identity"] == "submitted:counter"
    assert channels.order(order).next_actor == "reviewer"
    reviewer = browse(Role.REVIEWER)
    assert "待当面或视频核验" in body(reviewer.get("/szca/staff/"))
    assert order in body(reviewer.get("/szca/staff/orders/?actor=reviewer"))
    answer = post(reviewer, order, CONFIRM, reason="当面核对身份证原件，人证一致", method="counter")
    assert answer.status_code == 302
    assert channels.steps(order)["identity"] == "done:counter"
    assert channels.order(order).status == "awaiting_payment"
    text = body(reviewer.get(url(order)))
    assert "已确认身份核验通过" in text
    assert "当面核对身份证原件" in text  # in the audit trail
    assert CONFIRM not in offered(reviewer, order)


@pytest.mark.parametrize("station", ["consent", "application", "payment", "issued", "completed"])
def test_it_is_offered_only_while_identity_waits(channels: Hall, browse: Browse, station: str) -> None:
    assert CONFIRM not in offered(browse(Role.REVIEWER), channels.to(station))


def test_a_form_without_a_reason_comes_back_with_what_to_do(
    channels: Hall, browse: Browse, at_the_counter: str
) -> None:
    reviewer = browse(Role.REVIEWER)
    before = business(channels)
    answer = post(reviewer, at_the_counter, CONFIRM, reason="", method="counter")
    assert answer.status_code == 422
    assert "请填写原因。" in body(answer)
    assert 'id="do-confirm-identity"' in body(answer)
    assert "data-open-now" in body(answer)
    assert business(channels) == before


# -- who may what -----------------------------------------------------------------------------------------------------

HOLDERS = {
    CONFIRM: {Role.REVIEWER},
    REISSUE: {ADMIN},
    REVOKE: {ADMIN},
    REFUND: {Role.FINANCE},
    CANCEL: {ADMIN, Role.TENANT_ADMINISTRATOR},
}


@pytest.mark.parametrize("role", list(Role))
def test_nobody_does_what_isnt_theirs(channels: Hall, browse: Browse, at_the_counter: str, role: Role) -> None:
    browser = browse(role)
    before = business(channels)
    shown = offered(browser, at_the_counter)
    assert shown == {what for what in (CONFIRM, CANCEL) if role in HOLDERS[what]}
    for what, holders in HOLDERS.items():
        if role not in holders:
            data = {"key": "k" * 20, "seen_version": "1", "item": "", "reason": "试试看", "amount": "0"}
            assert browser.post(url(at_the_counter, what), data).status_code == 403, what
    assert business(channels) == before


def test_staff_of_another_hall_find_no_such_order(channels: Hall, at_the_counter: str, other_tenant: Any) -> None:
    from tests.portal.accounts.people import browser_of, make_staff

    stranger = browser_of(make_staff(other_tenant, *Role))
    before = business(channels)
    assert stranger.get(f"/second-ca/staff/orders/{at_the_counter}/").status_code == 404
    answer = stranger.post(f"/second-ca/staff/orders/{at_the_counter}/cancel/", {"reason": "other"})
    assert answer.status_code == 404
    assert business(channels) == before


# -- a lost renewal code ----------------------------------------------------------------------------------------------


def test_two_administrators_give_out_a_new_renewal_code_and_it_is_shown_once(channels: Hall, browse: Browse) -> None:
    # RULES A9, P20
    order = channels.to("issued")
    item = channels.item(order)
    first, second = browse(ADMIN), browse(ADMIN)
    answer = post(first, order, REISSUE, reason="客户遗失更新码，已回拨核对")
    assert answer.status_code == 302
    text = body(first.get(url(order)))
    assert "请另一位证书管理员确认" in text
    assert REISSUE not in offered(first, order)
    assert "等另一位管理员" in body(first.get("/szca/staff/"))
    assert "待您确认" in body(second.get("/szca/staff/"))

    form = form_of(second, order, REISSUE) | {"reason": "已核对"}
    answer = second.post(url(order, REISSUE), form)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    (code,) = CODE.findall(body(answer))
    with tenant_tx(channels.tenant):
        assert renewal_codes.matches(item, code)
        control = DualControl.objects.get()
        assert control.asked_by_id != control.confirmed_by_id

    again = second.post(url(order, REISSUE), form)  # the browser's reload: the same act, not another code
    assert code not in body(again)
    assert code not in body(second.get(url(order)))
    with tenant_tx(channels.tenant):
        assert renewal_codes.matches(item, code)
        assert DualControl.objects.count() == 1


def test_the_one_who_asked_cant_confirm(channels: Hall, browse: Browse) -> None:
    order = channels.to("issued")
    first = browse(ADMIN)
    form = form_of(first, order, REISSUE)
    first.post(url(order, REISSUE), form | {"reason": "客户遗失更新码"})
    before = business(channels)
    answer = first.post(
        url(order, REISSUE),
        {"item": form["item"], "key": "another-key-of-mine", "seen_version": "", "reason": "再来一次"},
    )
    assert answer.status_code == 409
    assert "另一位" in body(answer)
    assert business(channels) == before


@pytest.mark.parametrize("station", ["payment", "issuance", "completed"])
def test_no_code_is_given_out_where_none_is_of_use(channels: Hall, browse: Browse, station: str) -> None:
    assert REISSUE not in offered(browse(ADMIN), channels.to(station))


# -- cancelling -------------------------------------------------------------------------------------------------------


def test_cancelling_for_the_customer(channels: Hall, browse: Browse) -> None:
    order = channels.to("payment")
    administrator = browse(ADMIN)
    assert "还没有缴费" in body(administrator.get(url(order)))
    answer = post(administrator, order, CANCEL, reason="asked_by_phone")
    assert answer.status_code == 302
    row = channels.order(order)
    assert (row.status, row.ending["reason"]) == ("cancelled", "asked_by_phone")  # type: ignore[index]
    assert channels.charge(order).state == "closed"
    text = body(administrator.get(url(order)))
    assert "订单已取消" in text
    assert "工作人员代为取消订单" in text
    assert not offered(administrator, order)


def test_a_page_that_is_out_of_date_changes_nothing(channels: Hall, browse: Browse) -> None:
    order = channels.to("payment")
    administrator = browse(ADMIN)
    form = form_of(administrator, order, CANCEL)
    channels.pay(order)
    before = business(channels)
    answer = administrator.post(url(order, CANCEL), form | {"reason": "other"})
    assert answer.status_code == 409
    assert "刚刚有了变化" in body(answer)
    assert business(channels) == before


def test_the_same_form_twice_is_one_act(channels: Hall, browse: Browse) -> None:
    order = channels.to("payment")
    administrator = browse(ADMIN)
    form = form_of(administrator, order, CANCEL) | {"reason": "other"}
    administrator.post(url(order, CANCEL), form)
    acts = _acts(channels)
    administrator.post(url(order, CANCEL), form)
    assert _acts(channels) == acts


def _acts(hall: Hall) -> int:
    with tenant_tx(hall.tenant):
        return OrderAct.objects.count()


# -- after the CA has issued (RULES P19) ------------------------------------------------------------------------------


def test_cancelled_after_issuing_two_administrators_revoke_and_finance_decides(channels: Hall, browse: Browse) -> None:
    order = channels.to("issued")
    first, second, finance = browse(ADMIN), browse(ADMIN), browse(Role.FINANCE)
    post(first, order, CANCEL, reason="asked_by_phone")
    assert channels.order(order).next_actor == "certificate_administrator"
    assert "请等证书管理员先撤销新证书" in body(finance.get(url(order)))
    assert REFUND not in offered(finance, order)

    post(first, order, REVOKE, reason="客户取消")
    channels.run()
    assert channels.issuance(order).state == "issued"  # one person's wish revokes nothing
    assert REVOKE not in offered(first, order)
    post(second, order, REVOKE, reason="同意撤销")
    assert "正在等 CA 撤销" in body(second.get(url(order)))
    channels.run()
    assert channels.issuance(order).state == "withdrawn"
    assert channels.order(order).next_actor == "finance"
    assert "待财务退款的订单" in body(finance.get("/szca/staff/"))

    for amount, says in (
        ("200.001", "221.00 的样子"),
        ("200.01", "要在 0 和"),
        ("-1", "要在 0 和"),
        ("", "请填写退款金额"),
    ):
        before = business(channels)
        answer = post(finance, order, REFUND, amount=amount, reason="按退费规则")
        assert answer.status_code == 422, amount
        assert says in body(answer)
        assert business(channels) == before
    answer = post(finance, order, REFUND, amount="120.50", reason="按退费规则退还")
    assert answer.status_code == 302
    with tenant_tx(channels.tenant):
        refund = Refund.objects.get()
    assert (refund.amount_fen, refund.reason) == (12_050, "按退费规则退还")
    assert channels.order(order).next_actor == "system"
    assert not offered(finance, order)


# -- notices that never left ------------------------------------------------------------------------------------------


def test_the_service_desk_sends_again_what_never_left(channels: Hall, browse: Browse) -> None:
    """RULES P20: its one act; the rest of the order stays as it is."""
    hall = channels
    order = hall.to("completed")
    with tenant_tx(hall.tenant, write=True):
        job = Job.objects.filter(handler="notices.sms", key__contains=hall.item(order).public_id).latest("pk")
        Job.objects.filter(pk=job.pk).update(state=JobState.DEAD)
    assert "重发未送达的通知" not in body(browse(Role.REVIEWER).get(url(order)))
    assert browse(Role.REVIEWER).post(url(order, "notices/resend/")).status_code == 403
    desk = browse(Role.SERVICE_DESK)
    assert "重发未送达的通知" in body(desk.get(url(order)))

    answer = desk.post(url(order, "notices/resend/"), follow=True)
    assert "已重发 1 条通知" in body(answer)
    with tenant_tx(hall.tenant):
        assert Job.objects.get(pk=job.pk).state == JobState.PENDING
    assert "没有未送达的通知，不用重发。" in body(desk.post(url(order, "notices/resend/"), follow=True))
