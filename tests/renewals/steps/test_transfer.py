"""An order that is paid by bank transfer: who is next, what the customer hears, and the order's end (C9, P9, P10)."""

from typing import Any

import pytest
from django.utils.timezone import localdate

from payments import ledger, refunds, suspense, transfers
from payments.models import ChannelOrder, CustomerBalance, Refund, Suspense, TransferClaim
from portal.accounts.roles import Role
from portal.errors import InvalidInput
from portal.files.models import FileState, StoredFile
from portal.tenants import tenant_tx
from renewals.errors import TransferUnderWay
from renewals.lifecycle import NotCancellable
from tests.renewals.hall import ORGANISATION, Hall
from tests.renewals.packs import publish_changed

HOLDER = ORGANISATION[0]
PARENT = "深圳市测试控股集团有限公司"


def with_transfers(document: dict[str, Any]) -> None:
    for path in document["paths"]:
        for step in path["steps"]:
            if step["kind"] == "payment":
                step["channels"] = ["wechat", "alipay", "bank_transfer"]


@pytest.fixture
def order(hall: Hall) -> str:
    publish_changed(hall.tenant, with_transfers)
    return hall.to("payment")


def claim(hall: Hall, order: str, fen: int = 20_000, **more: Any) -> str:
    data = {
        "payer_name": HOLDER,
        "payer_account": "6222000011112222",
        "amount_fen": fen,
        "paid_on": localdate().isoformat(),
        "remittance": hall.order(order).number,
    }
    return str(hall.act(order, "payment", "claim_transfer", data | more).answer["claim"])


def found(hall: Hall, claim_id: str, fen: int = 20_000, *, payer: str = HOLDER, serial: str = "L1") -> None:
    finance = hall.staff_member(Role.FINANCE)
    with tenant_tx(hall.tenant, write=True):
        transfers.confirm(claim_id, transfers.Received(fen, payer, localdate(), serial), by=finance)
    hall.run()


def letter(hall: Hall, order: str) -> str:
    with tenant_tx(hall.tenant, write=True):
        file = StoredFile.objects.create(
            tenant=hall.tenant,
            purpose=transfers.EXPLANATION,
            owner=f"order:{order}",
            name="代付说明.pdf",
            content_key="00" * 16,
            kind="pdf",
            content_type="application/pdf",
            size=1,
            digest=b"0" * 32,
            state=FileState.COMMITTED,
        )
    return str(file.public_id)


def held(hall: Hall) -> Suspense:
    with tenant_tx(hall.tenant):
        return Suspense.objects.select_related("payment").get()


def test_a_claim_makes_finance_next_and_the_money_moves_the_order_on(hall: Hall, order: str) -> None:
    # RULES C9
    claim_id = claim(hall, order)
    assert (hall.steps(order)["payment"], hall.order(order).next_actor) == ("submitted:transfer", "finance")
    found(hall, claim_id)
    assert hall.steps(order)["payment"] == "done:transfer"
    assert hall.order(order).status == "ready_to_install"
    assert hall.notices()[-1] == "order.paid"


def test_what_was_started_online_gives_way_to_the_claim(channels: Hall) -> None:
    # RULES P9
    hall = channels
    publish_changed(hall.tenant, with_transfers)
    order = hall.to("payment")
    hall.act(order, "payment", "pay", {"channel": "wechat"})
    claim(hall, order)
    assert hall.steps(order)["payment"] == "submitted:transfer"
    with pytest.raises(TransferUnderWay):
        hall.act(order, "payment", "pay", {"channel": "alipay"})
    with tenant_tx(hall.tenant):
        assert ChannelOrder.objects.count() == 1


def test_taking_the_claim_back_makes_the_customer_next(hall: Hall, order: str) -> None:
    # RULES E4
    first, second = claim(hall, order, 12_000), claim(hall, order, 8_000)
    hall.act(order, "payment", "withdraw_transfer", {"claim": first})
    assert hall.order(order).next_actor == "finance"
    hall.act(order, "payment", "withdraw_transfer", {"claim": second})
    assert (hall.steps(order)["payment"], hall.order(order).next_actor) == ("open", "customer")


def test_a_programme_without_transfers_takes_none(hall: Hall) -> None:
    order = hall.to("payment")
    with pytest.raises(InvalidInput):
        claim(hall, order)
    assert hall.steps(order)["payment"] == "open"


def test_not_found_is_told_and_corrected(hall: Hall, order: str) -> None:
    claim_id = claim(hall, order)
    with tenant_tx(hall.tenant, write=True):
        transfers.refuse(claim_id, code="not_found", reason="", by=hall.staff_member(Role.FINANCE))
    hall.run()
    assert (hall.steps(order)["payment"], hall.notices()[-1]) == ("open", "transfer.refused")
    again = claim(hall, order, corrects=claim_id)
    assert hall.order(order).next_actor == "finance"
    found(hall, again)
    assert hall.steps(order)["payment"] == "done:transfer"


def test_a_short_transfer_is_told_and_made_up_online(hall: Hall, order: str) -> None:
    found(hall, claim(hall, order), 15_000)
    assert (hall.steps(order)["payment"], hall.notices()[-1]) == ("open", "transfer.partly")
    hall.pay(order, fen=5_000)
    assert hall.steps(order)["payment"] == "done"


def test_an_order_with_a_claim_or_with_money_does_not_expire(hall: Hall, order: str) -> None:
    # RULES P9
    claim_id = claim(hall, order)
    with pytest.raises(NotCancellable):
        hall.system(order, "", "expire")
    found(hall, claim_id, 15_000)
    with pytest.raises(NotCancellable):
        hall.system(order, "", "expire")
    assert hall.order(order).status == "awaiting_payment"


def test_a_partly_paid_order_that_is_cancelled_gives_its_money_back(hall: Hall, order: str) -> None:
    found(hall, claim(hall, order, 5_000), 5_000)
    found(hall, claim(hall, order, 3_000), 3_000, serial="L2")
    hall.act(order, "", "cancel", {"reason": "no_longer_needed"})
    assert (hall.order(order).ending or {})["duties"] == ["refund"]
    assert hall.notices()[-1] == "order.cancelled_refunding"
    finance = hall.staff_member(Role.FINANCE)
    with tenant_tx(hall.tenant):
        parts = list(Refund.objects.order_by("id"))
    assert sorted((part.amount_fen, part.state) for part in parts) == [(3_000, "approved"), (5_000, "approved")]
    assert hall.order(order).next_actor == "finance"  # nothing but a person sends a transfer back (Across 4)
    for number, part in enumerate(parts, start=1):
        with tenant_tx(hall.tenant, write=True):
            refunds.record_bank_refund(part.public_id, bank_reference=f"B{number}", by=finance)
        hall.run()
        assert hall.order(order).next_actor == ("nobody" if number == 2 else "finance")
        assert (hall.order(order).ending or {})["duties"] == ([] if number == 2 else ["refund"])
    assert hall.notices().count("order.refunded") == 1


def test_a_declined_refund_ends_the_waiting(hall: Hall, order: str) -> None:
    """The order owed it; finance said no: nobody waits any more, and the customer is told."""
    hall.pay(order)
    with tenant_tx(hall.tenant, write=True):
        from payments.models import PaymentSettings

        PaymentSettings.objects.create(tenant=hall.tenant, two_person_refund_fen=100)
    hall.act(order, "", "cancel", {"reason": "no_longer_needed"})
    with tenant_tx(hall.tenant, write=True):
        [refund] = Refund.objects.all()
        ledger.decline_refund(refund.public_id, by=hall.staff_member(Role.FINANCE), reason="证书已使用")
    hall.run()
    assert ((hall.order(order).ending or {})["duties"], hall.order(order).next_actor) == ([], "nobody")
    assert hall.notices()[-1] == "order.refund_declined"


def test_late_money_on_an_ended_order_becomes_balance(hall: Hall, order: str) -> None:
    # RULES P9
    claim_id = claim(hall, order)
    hall.act(order, "", "cancel", {"reason": "no_longer_needed"})
    found(hall, claim_id)
    assert hall.order(order).status == "cancelled"
    with tenant_tx(hall.tenant):
        assert CustomerBalance.objects.get(holder=HOLDER).amount_fen == 20_000


def test_money_follows_another_term(hall: Hall, order: str) -> None:
    """Partly paid, then another term: the money counts for the new quote."""
    found(hall, claim(hall, order, 15_000), 15_000)
    hall.confirm(order, term_years="3")
    charge = hall.charge(order)
    assert (charge.total_fen, charge.credited_fen, charge.state) == (60_000, 15_000, "open")


def test_somebody_else_pays_and_explains_it(hall: Hall, order: str) -> None:
    # RULES P10
    found(hall, claim(hall, order), payer=PARENT)
    assert (hall.steps(order)["payment"], hall.notices()[-1]) == ("open", "transfer.held")
    money = held(hall)
    hall.act(order, "payment", "explain_payer", {"suspense": money.public_id, "file": letter(hall, order)})
    assert hall.order(order).next_actor == "finance"
    with tenant_tx(hall.tenant, write=True):
        suspense.release_from_suspense(money.payment, by=hall.staff_member(Role.FINANCE))
    hall.run()
    assert hall.steps(order)["payment"] == "done:transfer"


def test_somebody_else_s_money_goes_back_and_the_customer_pays(hall: Hall, order: str) -> None:
    # RULES P10
    found(hall, claim(hall, order), payer=PARENT)
    money = held(hall)
    hall.act(order, "payment", "explain_payer", {"suspense": money.public_id})
    assert hall.order(order).next_actor == "finance"
    with tenant_tx(hall.tenant, write=True):
        suspense.return_from_suspense(money.payment, by=hall.staff_member(Role.FINANCE), key="h")
    hall.run()
    assert hall.order(order).next_actor == "customer"
    hall.pay(order)
    assert hall.steps(order)["payment"] == "done"


def test_the_same_click_twice_is_one_claim(hall: Hall, order: str) -> None:
    for _ in range(2):
        data = {
            "payer_name": HOLDER,
            "payer_account": "6222000011112222",
            "amount_fen": 20_000,
            "paid_on": localdate().isoformat(),
        }
        hall.act(order, "payment", "claim_transfer", data, key="twice")
    with tenant_tx(hall.tenant):
        assert TransferClaim.objects.count() == 1
