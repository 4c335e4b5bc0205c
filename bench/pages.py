"""script/bench: what pages and acts cost in CPU and queries, beside a bare Django view of the same data.

Page and bare view are measured by turns in one run, so that their ratio means the same on a busy machine.
"""

import argparse
import itertools
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.hall import world as worlds  # first: it points the settings at a folder that goes away

from django.db import connection, reset_queries, transaction  # isort: skip
from django.test import Client  # isort: skip
from django.test.utils import CaptureQueriesContext, override_settings  # isort: skip
from django.utils import timezone  # isort: skip

from portal.tenants import tenant_tx  # isort: skip
from renewals import orders  # isort: skip
from renewals.models import Order, OrderAct, OrderItem, RenewalCode  # isort: skip

ROUNDS = 30
WARM = 5
_keys = itertools.count(1)


@dataclass(frozen=True)
class Line:
    """Milliseconds of CPU, medians; queries of one request."""

    what: str
    ours: float
    bare: float
    queries: int
    bare_queries: int

    @property
    def ratio(self) -> float:
        return self.ours / self.bare


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("--orders", type=int, default=worlds.ORDERS, help="张订单（默认 20000）")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="每页测多少次（默认 30）")
    options = parser.parse_args()
    began = time.monotonic()
    world = worlds.make(orders_wanted=options.orders)
    say(f"{options.orders} orders, {worlds.CERTIFICATES} certificates, made in {time.monotonic() - began:.0f} s")
    lines = [_measured(what, ours, bare, options.rounds) for what, ours, bare in _subjects(world)]
    say(table(lines))
    took = time.monotonic() - began
    say(f"\n{connection.vendor}; {options.rounds} rounds each, by turns, medians; {took:.0f} s in all")
    return 0


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def table(lines: list[Line]) -> str:
    head = "| what | CPU, times the bare view | queries | bare queries | CPU ms | bare ms |\n|---|--:|--:|--:|--:|--:|"
    return "\n".join([head, *map(_row, lines)])


def _row(line: Line) -> str:
    return (
        f"| {line.what} | **{line.ratio:.1f}** | {line.queries} | {line.bare_queries} "
        f"| {line.ours:.1f} | {line.bare:.1f} |"
    )


Call = Callable[[], Any]


def _subjects(world: worlds.World) -> list[tuple[str, Call, Call]]:
    customer, staff, tenant = world.browser(world.customer), world.browser(world.staff), world.tenant.pk
    plain = Client(headers={"host": worlds.HOST})
    index = bytes(world.customer.phone_index or b"").hex()
    return [
        (
            "home, 50 certificates",
            _page(customer, "/szca/"),
            _bare(plain, f"/home/{tenant}/{index}/"),
        ),
        (
            "order page",
            _page(customer, f"/szca/orders/{world.order}/"),
            _bare(plain, f"/order/{tenant}/{world.order}/"),
        ),
        (
            "staff: 50 of all orders",
            _page(staff, "/szca/staff/orders/"),
            _bare(plain, f"/orders/{tenant}/"),
        ),
        ("orders.act (show_code)", lambda: _act(world), lambda: _bare_act(world)),
    ]


def _page(client: Client, url: str) -> Call:
    def get() -> None:
        answer = client.get(url)
        if answer.status_code != 200:
            raise SystemExit(f"{url}: {answer.status_code}")
        answer.content  # noqa: B018  (rendered)

    return get


def _bare(client: Client, url: str) -> Call:
    get = _page(client, url)

    def inside() -> None:
        with override_settings(MIDDLEWARE=[], ROOT_URLCONF="bench.hall.bare"):
            get()

    return inside


def _act(world: worlds.World) -> None:
    with tenant_tx(world.tenant, write=True):
        orders.act(
            world.order, "show_code", step="issuance", item=world.item, by=world.by, data={}, key=f"bench-{next(_keys)}"
        )


def _bare_act(world: worlds.World) -> None:
    """The same rows written by hand: no door, no rules, no audit chain."""
    with tenant_tx(world.tenant, write=True), transaction.atomic():
        order = Order.objects.select_for_update().get(public_id=world.order)
        item = OrderItem.objects.get(public_id=world.item)
        RenewalCode.objects.filter(item=item, ended_at__isnull=True).update(ended_at=timezone.now())
        RenewalCode.objects.create(item=item, certificate_id=item.certificate_id, code_hash=bytes(32))
        order.version += 1
        order.save()
        OrderAct.objects.create(
            order=order,
            key=f"bare-{next(_keys)}",
            request_digest="0" * 64,
            step="issuance",
            action="show_code",
            item=item,
            actor_kind="customer",
            actor_label="bench",
            order_version=order.version,
        )


def _measured(what: str, ours: Call, bare: Call, rounds: int) -> Line:
    for _ in range(WARM):
        ours()
        bare()
    taken: dict[Call, list[float]] = {ours: [], bare: []}
    for _ in range(rounds):
        for call in (ours, bare):
            taken[call].append(_cpu(call))
    return Line(
        what,
        statistics.median(taken[ours]),
        statistics.median(taken[bare]),
        _queries(ours),
        _queries(bare),
    )


def _cpu(call: Call) -> float:
    began = time.process_time()
    call()
    return 1000 * (time.process_time() - began)


def _queries(call: Call) -> int:
    reset_queries()
    with CaptureQueriesContext(connection) as queries:
        call()
    return sum(not query["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")) for query in queries)


if __name__ == "__main__":
    sys.exit(main())
