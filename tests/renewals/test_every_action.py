"""Every action of every kind of step is played, and each leaves exactly its audit row, in the act's transaction."""

import json

from portal.accounts.roles import Role
from portal.audit.models import AuditRow
from portal.audit.verify import verify
from portal.tenants import tenant_tx
from renewals.ca_of_tenant import ca_of
from renewals.identity.base import Outcome
from renewals.models import Order, OrderAct
from renewals.steps import KINDS, ORDER_ACTIONS
from tests.renewals.hall import Hall
from tests.renewals.packs import publish_changed, with_key_proof
from tests.renewals.steps.test_key_proof import proof, prove

CANCEL = {"reason": "no_longer_needed"}


def to_the_end(hall: Hall) -> None:
    order = hall.to("payment")
    hall.act(order, "payment", "pay", {"channel": "wechat"})
    hall.pay(order)
    hall.show_code(order)
    hall.request(order)
    hall.run()
    for _ in range(2):
        hall.act(order, "issuance", "reissue_code", by=hall.staff_member(Role.CERTIFICATE_ADMINISTRATOR))
    hall.verify(order)
    hall.run()


def cancelled_after_issuance(hall: Hall) -> None:
    order = hall.to("issued")
    hall.act(order, "", "cancel", CANCEL)
    for _ in range(2):
        hall.act(order, "", "revoke_new", by=hall.staff_member(Role.CERTIFICATE_ADMINISTRATOR))
    hall.run()
    decision = {"amount_fen": 5_000, "reason": "新证书已签发"}
    hall.act(order, "", "decide_refund", decision, by=hall.staff_member(Role.FINANCE))
    hall.refund_arrives()


def stopped_by_the_ca(hall: Hall) -> None:
    order = hall.to("code")
    ca_of(hall.tenant).freeze(hall.item(order).certificate.serial)  # type: ignore[attr-defined]
    hall.request(order)
    hall.run()


def checked_at_the_counter(hall: Hall) -> None:
    hall.identity.outcomes = [Outcome.MISMATCH] * 5
    order = hall.to("payment")
    for _ in range(5):
        hall.confirm(order)
        hall.run()
    hall.act(order, "identity", "confirm_at_counter", by=hall.staff_member(Role.REVIEWER))
    hall.act(order, "", "cancel_for_customer", CANCEL, by=hall.staff_member(Role.TENANT_ADMINISTRATOR))


def proved_and_forgotten(hall: Hall) -> None:
    publish_changed(hall.tenant, with_key_proof)
    order = hall.to("application")
    data = proof(hall, order)
    hall.reserve(data)
    prove(hall, order, data)
    hall.system(order, "", "expire")


def test_every_action_leaves_its_audit_row(channels: Hall) -> None:
    hall = channels
    scenes = (to_the_end, cancelled_after_issuance, stopped_by_the_ca, checked_at_the_counter, proved_and_forgotten)
    for scene in scenes:
        scene(hall)
    with tenant_tx(hall.tenant):
        acts = list(OrderAct.objects.select_related("order").order_by("id"))
        kinds = {(order.pk, step.name): step.kind for order in Order.objects.all() for step in order.steps.all()}
        rows = [
            (row.subject, row.action, json.loads(bytes(row.body)))
            for row in AuditRow.objects.filter(subject__startswith="order:", action__startswith="order.").order_by(
                "seq"
            )
        ]
    played = {(kinds[act.order_id, act.step], act.action) if act.step else ("", act.action) for act in acts}
    every = {(kind.value, action) for kind, rule in KINDS.items() for action in rule.actions}
    every |= {("", action) for action in ORDER_ACTIONS} | {("", "open")}
    assert every - played == set()
    wanted = [
        (
            f"order:{a.order.public_id}",
            f"order.{a.step + '.' if a.step else ''}{a.action}",
            a.order_version,
            a.actor_kind,
        )
        for a in acts
    ]
    assert [(s, action, body["detail"]["version"], body["by"]["kind"]) for s, action, body in rows] == wanted
    assert verify(hall.tenant).finding is None
