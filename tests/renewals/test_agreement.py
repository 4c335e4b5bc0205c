"""`manage.py orders check` proves that projection and derivation agree, and names the first order where they don't."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.tenants import tenant_tx
from renewals import agreement
from renewals.agreement import check
from renewals.models import Order, OrderItem, StepRecord
from tests.renewals.hall import STATIONS, Hall


@pytest.fixture
def orders(hall: Hall) -> list[str]:
    """One at each station; those that would stand in each other's way are cancelled."""
    made = []
    for station in (*STATIONS[:4], "issuance", "completed"):
        made.append(hall.to(station))
        if station not in {"completed", "consent", "application"}:
            hall.act(made[-1], "", "cancel", {"reason": "no_longer_needed"})
    made.append(hall.to("payment"))
    return made


def test_what_the_door_writes_agrees(hall: Hall, orders: list[str]) -> None:
    result = check(hall.tenant)
    assert (result.orders, result.found) == (len(orders), None)
    told = StringIO()
    call_command("orders", "check", "--tenant", "szca", stdout=told)
    assert told.getvalue() == f"szca: 一致，共 {len(orders)} 张\n"


def rewritten(**fields: Any) -> Callable[[str], None]:
    return lambda order: Order.objects.filter(public_id=order).update(**fields) and None


DAMAGE: list[tuple[Callable[[str], None], str]] = [
    (rewritten(status="completed"), "status is completed, derived awaiting_payment"),
    (rewritten(next_actor="nobody"), "next actor is nobody, derived customer"),
    (rewritten(version=9), "version is 9, but there are 4 acts up to version 4"),
    (rewritten(due_on=None), "due on None, against the pack's clocks"),
    (
        lambda order: StepRecord.objects.filter(order__public_id=order, name="payment").update(state="done") and None,
        "a step is waiting or open against its gates",
    ),
    (
        lambda order: StepRecord.objects.filter(order__public_id=order, name="payment").update(state="lost") and None,
        "its rows say nothing that the rules know: ValueError",
    ),
    (
        lambda order: OrderItem.objects.filter(order__public_id=order).update(reserves=False) and None,
        "its application was submitted, and no certificate is taken",
    ),
]


@pytest.mark.parametrize(("damage", "problem"), DAMAGE, ids=[problem for _, problem in DAMAGE])
def test_the_first_disagreement_is_named(hall: Hall, damage: Callable[[str], None], problem: str) -> None:
    hall.to("consent")
    order = hall.to("payment")
    with tenant_tx(hall.tenant, write=True):
        damage(order)
    found = check(hall.tenant).found
    assert found is not None
    assert (found.public_id, found.number, found.problem) == (order, hall.order(order).number, problem)
    with pytest.raises(CommandError, match=found.number) as refusal:
        call_command("orders", "check")
    assert refusal.value.returncode == 1


def test_an_ended_order_that_keeps_its_certificate_is_found(hall: Hall, orders: list[str]) -> None:
    # RULES Across 2
    with tenant_tx(hall.tenant, write=True):
        OrderItem.objects.filter(order__public_id=orders[2]).update(reserves=True)
    found = check(hall.tenant).found
    assert found is not None
    assert found.problem == "it has ended and still keeps a certificate from others"


def test_pages_keep_memory_and_queries_even(hall: Hall, orders: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    counts = {}
    for batch in (2, 100):
        monkeypatch.setattr(agreement, "BATCH", batch)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert check(hall.tenant).orders == len(orders)
        counts[batch] = sum("renewals_" in query["sql"] for query in queries.captured_queries)
    assert counts == {100: 4 + 1, 2: 4 * 4 + 1}


def test_an_unknown_hall_is_told(db: None) -> None:
    with pytest.raises(CommandError, match="没有短名为 nowhere 的网厅"):
        call_command("orders", "check", "--tenant", "nowhere")
