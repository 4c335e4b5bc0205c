"""Anybody does anything at any time: every answer is a result or a typed refusal, and what must hold holds.

Seeds are fixed, so that a failure can be walked again; the moves are printed with it.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from payments.models import Charge, CustomerBalance, Payment, Refund
from portal.accounts.actor import Actor
from portal.accounts.roles import Role
from portal.audit.verify import verify
from portal.errors import PortalError
from portal.jobs.models import Job
from portal.tenants import tenant_tx
from renewals.agreement import check
from renewals.bridge.protocol import BridgeFault
from renewals.ca_of_tenant import ca_of
from renewals.identity.base import Outcome
from renewals.models import Issuance, OrderItem
from tests.renewals.hall import Hall
from tests.renewals.snapshot import snapshot

MOVES = 60
Move = Callable[["Crowd"], object]


@dataclass
class Crowd:
    """A customer with two certificates, two administrators, finance, and chance."""

    hall: Hall
    chance: random.Random
    certificates: list[object]
    administrators: list[Actor]
    finance: Actor
    orders: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    @property
    def order(self) -> str:
        """Usually the newest."""
        return self.orders[-1] if self.chance.random() < 0.8 else self.chance.choice(self.orders)


def opens(crowd: Crowd) -> None:
    crowd.orders.append(crowd.hall.open(crowd.chance.choice(crowd.certificates)))  # type: ignore[arg-type]


def confirms(crowd: Crowd) -> None:
    changed = {
        "term_years": crowd.chance.choice("123"),
        "representative_name": crowd.chance.choice(["林晓彤", "周明远"]),
        "representative_email": crowd.chance.choice(["", "handler@example.cn"]),
    }
    crowd.hall.confirm(crowd.order, **changed)


def is_doubted(crowd: Crowd) -> None:
    crowd.hall.identity.outcomes.append(crowd.chance.choice(list(Outcome)))


def pays(crowd: Crowd) -> None:
    """Online money comes whole, sometimes with too much of it; parts come with bank transfers."""
    order = crowd.order
    if crowd.hall.order(order).charge:
        crowd.hall.pay(order, fen=crowd.hall.charge(order).total_fen + crowd.chance.choice([0, 0, 5_000]))


def requests(crowd: Crowd) -> None:
    order = crowd.order
    if crowd.hall.steps(order)["issuance"] in {"open", "waiting"} and crowd.chance.random() < 0.9:
        crowd.hall.request(order)
    else:
        crowd.hall.act(order, "issuance", "request", {"csr": "AA==", "challenge": "x", "signature": "AA=="})


def verifies(crowd: Crowd) -> None:
    order = crowd.order
    if crowd.hall.steps(order)["issuance"] == "submitted:issued":
        crowd.hall.verify(order)
    else:
        crowd.hall.act(order, "issuance", "verify", {"challenge": "x", "signature": "AA=="})


def is_frozen(crowd: Crowd) -> None:
    if crowd.chance.random() < 0.1:
        serial = crowd.hall.item(crowd.order).certificate.serial
        ca = ca_of(crowd.hall.tenant)
        if ca.status(serial).state == "valid":
            ca.freeze(serial)  # type: ignore[attr-defined]


def decides(crowd: Crowd) -> None:
    fen = crowd.chance.choice([0, 5_000, 20_000, 90_000])
    crowd.hall.act(crowd.order, "", "decide_refund", {"amount_fen": fen, "reason": "核定"}, by=crowd.finance)


PLAYS: list[tuple[int, Move]] = [
    (3, opens),
    (4, lambda crowd: crowd.hall.consent(crowd.order)),
    (5, confirms),
    (2, is_doubted),
    (8, lambda crowd: crowd.hall.run()),
    (3, lambda crowd: crowd.hall.act(crowd.order, "payment", "pay", {"channel": crowd.chance.choice(["wechat", "x"])})),
    (4, pays),
    (3, lambda crowd: crowd.hall.show_code(crowd.order)),
    (5, requests),
    (4, verifies),
    (1, is_frozen),
    (1, lambda crowd: crowd.hall.act(crowd.order, "", "cancel", {"reason": "no_longer_needed"})),
    (1, lambda crowd: crowd.hall.system(crowd.order, "", "expire")),
    (2, lambda crowd: crowd.hall.act(crowd.order, "", "revoke_new", by=crowd.chance.choice(crowd.administrators))),
    (
        1,
        lambda crowd: crowd.hall.act(
            crowd.order, "issuance", "reissue_code", by=crowd.chance.choice(crowd.administrators)
        ),
    ),
    (1, decides),
    (2, lambda crowd: crowd.hall.refund_arrives()),
    (1, lambda crowd: crowd.hall.act(crowd.order, "identity", "confirm_at_counter", by=crowd.finance)),
    (1, lambda crowd: crowd.hall.system(crowd.order, "", "old_revoked")),
    (1, lambda crowd: crowd.hall.system(crowd.order, "", "refunded", {"refund": "x", "amount_fen": 1})),
]
NEXT: dict[str, Move] = {
    "consent": PLAYS[1][1],
    "application": confirms,
    "identity": PLAYS[4][1],
    "payment": pays,
}


def forward(crowd: Crowd) -> object:
    """What the newest order waits for; a new order where it has ended."""
    order = crowd.orders[-1]
    if crowd.hall.order(order).closed_at is not None:
        if crowd.hall.order(order).status in {"completed", "stopped"}:
            crowd.certificates = [crowd.hall.certificate() for _ in crowd.certificates]
        return opens(crowd)
    waiting = {name: state for name, state in crowd.hall.steps(order).items() if state not in {"done", "skipped"}}
    step, state = next(iter(waiting.items()))
    if step != "issuance":
        return NEXT[step](crowd)
    if state == "open":
        crowd.hall.show_code(order)
        return crowd.hall.request(order)
    return crowd.hall.verify(order) if state == "submitted:issued" else crowd.hall.run()


WEIGHTS = [weight for weight, _ in PLAYS]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_tried_leaves_things_in_order(channels: Hall, seed: int) -> None:
    hall = channels
    crowd = Crowd(
        hall,
        random.Random(seed),  # noqa: S311
        [hall.certificate(), hall.certificate()],
        [hall.staff_member(Role.CERTIFICATE_ADMINISTRATOR) for _ in range(2)],
        hall.staff_member(Role.FINANCE),
    )
    opens(crowd)
    for _ in range(MOVES):
        number = crowd.chance.choices(range(len(PLAYS)), WEIGHTS)[0]
        play = forward if crowd.chance.random() < 0.55 else PLAYS[number][1]
        before = snapshot()
        try:
            play(crowd)
            crowd.done.append("forward" if play is forward else f"{number}")
        except (PortalError, BridgeFault) as refusal:  # the bridge's: the key has moved on to a newer certificate
            crowd.done.append(f"{number}: {refusal.code}")
            if play not in {requests, verifies, pays, forward}:  # these do several things, each of which may be refused
                assert snapshot() == before, crowd.done
        except Exception as error:
            raise AssertionError(f"seed {seed}, moves {crowd.done}, then {number}") from error
    hall.run()
    assert check(hall.tenant).found is None, crowd.done
    assert verify(hall.tenant).finding is None
    in_order(hall)


def in_order(hall: Hall) -> None:
    """Across all orders: no fen astray, no certificate twice, no certificate without its money."""
    with tenant_tx(hall.tenant):
        paid = sum(Payment.objects.values_list("amount_fen", flat=True))
        kept = sum(charge.credited_fen - charge.refunded_fen for charge in Charge.objects.all())
        balance = sum(CustomerBalance.objects.values_list("amount_fen", flat=True))
        back = sum(Refund.objects.filter(state="succeeded").values_list("amount_fen", flat=True))
        assert paid == kept + balance + back
        assert set(Job.objects.values_list("last_error", flat=True)) <= {"", "Retry"}  # nothing fails on the quiet
        for charge in Charge.objects.all():
            assert charge.refunded_fen + charge.refunding_fen <= charge.credited_fen <= charge.total_fen
        taken = list(OrderItem.objects.filter(reserves=True).values_list("certificate_id", flat=True))
        assert len(taken) == len(set(taken))
        for issuance in Issuance.objects.filter(state__in=["requested", "issued", "verified"]).select_related(
            "item__order"
        ):
            order = issuance.item.order
            assert Charge.objects.get(public_id=order.charge).state == "settled"
