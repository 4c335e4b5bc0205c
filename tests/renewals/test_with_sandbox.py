"""The door together with the real sandboxes on loopback: money by signed answers, back to where it came from."""

import pytest

from payments import demo as payments_demo
from payments.models import ChannelOrder, Refund
from portal.jobs import runner
from portal.jobs.models import Job
from portal.tenants import tenant_tx
from tests.payments.conftest import SandboxForTests, _sandbox_server, pay_sandbox  # noqa: F401  (fixtures)
from tests.renewals.hall import Hall

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]


@pytest.fixture
def paying(hall: Hall, request: pytest.FixtureRequest) -> tuple[Hall, SandboxForTests]:
    sandbox: SandboxForTests = request.getfixturevalue("pay_sandbox")
    payments_demo.load(hall.tenant, folder=sandbox.data_dir, pay_url=sandbox.base_url, invoice_url="http://127.0.0.1:9")
    return hall, sandbox


def paid(hall: Hall, sandbox: SandboxForTests, channel: str) -> str:
    order = hall.to("payment")
    hall.act(order, "payment", "pay", {"channel": channel})
    run(hall, "payments.place_order")
    with tenant_tx(hall.tenant):
        placed = ChannelOrder.objects.get(charge__reference__startswith=order, channel=channel)
    sandbox.pay(placed.code_url or placed.pay_url)
    run(hall, "payments.poll_order", "charge_settled")
    return order


def run(hall: Hall, *handlers: str) -> None:
    """The jobs of these handlers, one after another, whenever they are due."""
    for handler in handlers:
        with tenant_tx(hall.tenant):
            waiting = list(Job.objects.filter(handler=handler, state="pending").order_by("pk"))
        for job in waiting:
            runner.run(hall.tenant.pk, job.pk, now=job.run_after)


@pytest.mark.parametrize("channel", ["wechat", "alipay"])
def test_money_is_believed_by_the_channels_signed_answer(paying: tuple[Hall, SandboxForTests], channel: str) -> None:
    # RULES C5
    hall, sandbox = paying
    order = paid(hall, sandbox, channel)
    assert hall.order(order).status == "ready_to_install"
    assert hall.charge(order).credited_fen == 20_000


def test_a_cancelled_orders_money_goes_back_through_its_channel(paying: tuple[Hall, SandboxForTests]) -> None:
    # RULES P19, P9
    hall, sandbox = paying
    order = paid(hall, sandbox, "wechat")
    hall.act(order, "", "cancel", {"reason": "no_longer_needed"})
    run(hall, "payments.send_refund", "payments.follow_refund", "payments.follow_refund", "charge_refunded")
    with tenant_tx(hall.tenant):
        (refund,) = Refund.objects.all()
    assert (refund.state, refund.amount_fen) == ("succeeded", 20_000)
    row = hall.order(order)
    assert (row.status, row.next_actor) == ("cancelled", "nobody")
