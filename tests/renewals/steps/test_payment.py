"""The frozen quote, the channels, money that comes once, twice or too late (RULES C5, C11, P9)."""

import pytest
from django.utils import timezone

from payments import ledger
from payments.errors import ChargeIsSettled
from payments.models import Allocation, Charge, CustomerBalance, Invoice, Payment
from portal.accounts.actor import Actor
from portal.errors import InvalidInput
from portal.tenants import tenant_tx
from renewals.lifecycle import GateClosed, StepNotOpen
from tests.renewals.hall import Hall
from tests.renewals.packs import free, publish_changed, with_dearer_tariff
from tests.renewals.snapshot import refused


def test_the_quote_is_frozen_when_the_step_opens(hall: Hall) -> None:
    # RULES C5, E5
    order = hall.to("application")
    hall.confirm(order, term_years="2")
    hall.run()
    charge = hall.charge(order)
    assert [(line.name, line.unit_price_fen, line.quantity, line.subtotal_fen) for line in charge.quote] == [
        ("数字证书服务费", 20_000, 2, 40_000)
    ]
    assert (charge.total_fen, charge.state, charge.payer_name) == (40_000, "open", "深圳市测试精密制造有限公司")


def test_a_new_tariff_touches_no_quote_that_is_frozen(hall: Hall) -> None:
    order = hall.to("payment")
    publish_changed(hall.tenant, with_dearer_tariff)
    assert hall.charge(order).total_fen == 20_000
    hall.confirm(order, representative_name="周明远")  # the step opens again; the quote stays
    hall.run()
    assert hall.charge(order).total_fen == 20_000
    hall.act(order, "", "cancel", {"reason": "no_longer_needed"})
    assert hall.charge(hall.to("payment")).total_fen == 30_000


def test_another_term_before_payment_makes_another_quote(hall: Hall) -> None:
    order = hall.to("payment")
    first = hall.charge(order)
    hall.confirm(order, term_years="3")
    second = hall.charge(order)
    assert (second.total_fen, second.state) == (60_000, "open")
    with tenant_tx(hall.tenant):
        closed = Charge.objects.get(pk=first.pk)
    assert (closed.state, closed.close_reason) == ("closed", "quote_replaced")


def test_nothing_to_pay_is_skipped_with_a_reason(hall: Hall) -> None:
    publish_changed(hall.tenant, free)
    order = hall.to("payment")
    assert hall.steps(order)["payment"] == "skipped"
    assert hall.order(order).status == "ready_to_install"
    with tenant_tx(hall.tenant):
        assert not Charge.objects.exists()
        assert hall.order(order).steps.get(name="payment").reason == "nothing_to_pay"


def test_a_channel_is_picked_and_may_be_changed_while_unpaid(channels: Hall) -> None:
    order = channels.to("payment")
    first = channels.act(order, "payment", "pay", {"channel": "wechat"})
    assert channels.steps(order)["payment"] == "submitted:online"
    second = channels.act(order, "payment", "pay", {"channel": "alipay"})
    assert first.answer["channel_order"] != second.answer["channel_order"]
    with refused(InvalidInput) as refusal:
        channels.act(order, "payment", "pay", {"channel": "cheque"})
    assert refusal.value.fields == {"channel": ["请选择页面上列出的付款方式。"]}  # type: ignore[attr-defined]


def test_two_orders_may_use_the_same_key(channels: Hall) -> None:
    one = channels.to("payment")
    channels.act(one, "payment", "pay", {"channel": "wechat"}, key="page")
    channels.act(one, "", "cancel", {"reason": "no_longer_needed"})
    other = channels.to("payment")
    channels.act(other, "payment", "pay", {"channel": "wechat"}, key="page")


def test_nobody_pays_before_the_identity_is_checked(channels: Hall) -> None:
    order = channels.to("identity")
    with refused(GateClosed):
        channels.act(order, "payment", "pay", {"channel": "wechat"})


def test_money_opens_the_installation_and_the_customer_hears_of_it(hall: Hall) -> None:
    # RULES C5: no review
    order = hall.to("issuance")
    assert hall.steps(order)["payment"] == "done"
    assert hall.steps(order)["issuance"] == "open"
    assert hall.notices() == ["order.paid"]
    assert [job.payload["kind"] for job in hall.jobs("notices.email")] == ["order.paid"]


def test_the_invoice_is_asked_for_once(hall: Hall) -> None:
    # RULES C11, P5
    order = hall.to("issuance")
    with tenant_tx(hall.tenant):
        (invoice,) = Invoice.objects.all()
    assert (invoice.title, invoice.kind, invoice.amount_fen) == ("深圳市测试精密制造有限公司", "ordinary", 20_000)
    hall.confirm(order, representative_name="周明远")
    hall.run()
    with tenant_tx(hall.tenant):
        assert Invoice.objects.count() == 1


def test_being_told_twice_changes_nothing_more(hall: Hall) -> None:
    order = hall.to("issuance")
    charge = hall.charge(order)
    told = {"charge": charge.public_id, "total_fen": 20_000, "channel": "wechat"}
    again = hall.act(order, "payment", "settled", told, by=Actor.system("payments"), key=f"settled:{charge.public_id}")
    assert again.repeated
    with refused(StepNotOpen):
        hall.system(order, "payment", "settled", told)
    assert hall.notices() == ["order.paid"]


def test_the_money_of_a_quote_that_was_replaced_settles_nothing(hall: Hall) -> None:
    # RULES P9
    order = hall.to("payment")
    first = hall.charge(order)
    hall.confirm(order, term_years="2")
    with refused(StepNotOpen):
        hall.system(order, "payment", "settled", {"charge": first.public_id, "total_fen": 20_000, "channel": "wechat"})


def test_money_that_comes_after_the_order_was_cancelled_is_kept_for_its_payer(hall: Hall) -> None:
    # RULES P9
    order = hall.to("payment")
    charge = hall.charge(order)
    hall.act(order, "", "cancel", {"reason": "no_longer_needed"})
    hall.pay(order, transaction="late-1")
    row = hall.order(order)
    assert (row.status, row.next_actor) == ("cancelled", "nobody")
    with tenant_tx(hall.tenant):
        (balance,) = CustomerBalance.objects.all()
        assert balance.amount_fen == 20_000
        assert Payment.objects.get().transaction_id == "late-1"
        assert list(Allocation.objects.values_list("target", "amount_fen")) == [("balance", 20_000)]
        assert Charge.objects.get(pk=charge.pk).credited_fen == 0


@pytest.mark.parametrize("parts", [[20_000], [5_000, 15_000], [20_000, 20_000]])
def test_the_order_goes_on_when_the_charge_is_full(hall: Hall, parts: list[int]) -> None:
    order = hall.to("payment")
    for fen in parts[:-1]:
        hall.pay(order, fen=fen)
        full = sum(parts[: parts.index(fen) + 1]) >= 20_000
        assert hall.steps(order)["payment"] == ("done" if full else "open")
    hall.pay(order, fen=parts[-1])
    assert hall.steps(order)["payment"] == "done"
    assert hall.charge(order).credited_fen == 20_000


def test_a_quote_is_dropped_the_moment_its_price_changes_not_when_the_next_one_is_made(hall: Hall) -> None:
    # RULES P9
    order = hall.to("payment")
    first = hall.charge(order)
    hall.confirm(order, term_years="2", representative_name="周明远")  # the identity check comes first again
    assert hall.order(order).charge == ""
    with tenant_tx(hall.tenant, write=True):
        credit(first, "early")
    hall.run()
    assert (hall.charge(order).total_fen, hall.charge(order).credited_fen) == (40_000, 0)
    with tenant_tx(hall.tenant):
        assert CustomerBalance.objects.get().amount_fen == 20_000


def test_a_price_does_not_change_under_money_that_has_just_come(hall: Hall) -> None:
    # RULES P9
    order = hall.to("payment")
    charge = hall.charge(order)
    with tenant_tx(hall.tenant, write=True):
        credit(charge, "now")
    with refused(ChargeIsSettled):
        hall.confirm(order, term_years="2")
    hall.run()
    assert hall.order(order).status == "ready_to_install"


def credit(charge: Charge, transaction_id: str) -> None:
    ledger.credit(
        channel="wechat",
        transaction_id=transaction_id,
        amount_fen=charge.total_fen,
        paid_at=timezone.now(),
        evidence="test",
        by=Actor.system("tests"),
        charge_id=charge.pk,
    )
