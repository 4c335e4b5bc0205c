"""The one door as a specification: who may do what, what is refused, and that a refusal changes nothing (DESIGN §3)."""

import pytest

from portal import audit
from portal.accounts import policy
from portal.accounts.actor import Actor
from portal.accounts.roles import Role
from portal.audit.models import AuditRow
from portal.audit.verify import verify
from portal.errors import IdempotencyConflict, InvalidInput, StaleVersion
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from renewals import orders
from renewals.errors import ActionUnknown, NotYourOrder, OrderNotFound
from renewals.lifecycle import Kind, OrderEnded, StepNotOpen, UnknownStep
from renewals.models import Order, OrderAct, StepRecord
from renewals.steps import KINDS, ORDER_ACTIONS
from renewals.steps.base import CUSTOMER, HANDS, KEY_HOLDER, SYSTEM
from tests.portal.accounts.people import make_customer
from tests.renewals.hall import Hall
from tests.renewals.snapshot import refused, snapshot

# -- the same again ---------------------------------------------------------------------------------------------------


def test_the_same_request_under_the_same_key_gets_the_same_answer_and_does_nothing_twice(hall: Hall) -> None:
    order = hall.to("application")
    first = hall.act(order, "application", "confirm", hall.answers(order), key="page-1")
    before = snapshot()
    again = hall.act(order, "application", "confirm", hall.answers(order), key="page-1")
    assert (first.repeated, again.repeated) == (False, True)
    assert again.answer == first.answer == {"application_version": 1}
    assert snapshot() == before


def test_a_repeat_is_answered_even_when_the_order_has_moved_on(hall: Hall) -> None:
    order = hall.to("consent")
    hall.act(order, "consent", "accept", {"accepted": [t.name for t in hall.texts]}, key="page-1", seen=1)
    hall.confirm(order)
    again = hall.act(order, "consent", "accept", {"accepted": [t.name for t in hall.texts]}, key="page-1", seen=1)
    assert again.repeated


def test_another_request_under_the_same_key_is_refused(hall: Hall) -> None:
    order = hall.to("application")
    hall.act(order, "application", "confirm", hall.answers(order), key="page-1")
    with refused(IdempotencyConflict):
        hall.act(order, "application", "confirm", hall.answers(order, term_years="2"), key="page-1")
    with refused(IdempotencyConflict):
        hall.act(order, "", "cancel", {"reason": "no_longer_needed"}, key="page-1")


def test_what_somebody_was_answered_is_told_to_nobody_else(hall: Hall) -> None:
    order = hall.to("application")
    hall.act(order, "application", "confirm", hall.answers(order), key="page-1")
    stranger = Actor("customer", make_customer(hall.tenant, "19900000099").pk, "别人")
    with refused(NotYourOrder):
        hall.act(order, "application", "confirm", hall.answers(order), key="page-1", by=stranger)


def test_opening_again_under_the_same_key_gives_the_same_order(hall: Hall) -> None:
    certificate = hall.certificate()
    order = hall.open(certificate, key="open-1")
    before = snapshot()
    assert hall.open(certificate, key="open-1") == order
    assert snapshot() == before
    other = hall.certificate()
    with refused(IdempotencyConflict):
        hall.open(other, key="open-1")


@pytest.mark.parametrize("key", ["", "k" * 81])
def test_a_key_that_cannot_be_kept_is_a_mistake_of_ours(hall: Hall, key: str) -> None:
    order = hall.to("consent")
    with tenant_tx(hall.tenant, write=True), pytest.raises(ValueError, match="idempotency key"):
        orders.act(order, "accept", step="consent", by=hall.by, key=key)


# -- versions ---------------------------------------------------------------------------------------------------------


def test_whoever_saw_an_older_version_is_refused(hall: Hall) -> None:
    order = hall.to("application")
    assert hall.order(order).version == 2
    with refused(StaleVersion):
        hall.act(order, "application", "confirm", hall.answers(order), seen=1)
    hall.act(order, "application", "confirm", hall.answers(order), seen=2)
    assert hall.order(order).version == 3


def test_versions_of_an_order_have_no_gap_and_the_audit_chain_holds(hall: Hall) -> None:
    order = hall.to("completed")
    with tenant_tx(hall.tenant):
        acts = OrderAct.objects.filter(order__public_id=order).values_list("order_version", flat=True)
        assert list(acts) == list(range(1, hall.order(order).version + 1))
    assert verify(hall.tenant).finding is None


# -- who may ----------------------------------------------------------------------------------------------------------

EVERY_ACTION = [(kind, name) for kind, steps in KINDS.items() for name in steps.actions]
EVERY_ACTION += [(None, name) for name in ORDER_ACTIONS]


def somebody(hall: Hall, who: str) -> Actor:
    match who:
        case "owner":
            return hall.by
        case "another customer":
            return Actor("customer", make_customer(hall.tenant, "19900000099").pk, "别人")
        case "nobody":
            return Actor.anonymous("203.0.113.9", "visit-9")
        case "another computer":
            return Actor("bridge", None, "Ekey 持有人", session_hash="visit-9")
        case "system":
            return Actor.system("tests")
        case role:
            return Actor("staff", 1, "工作人员", frozenset({Role(role)}))


@pytest.mark.parametrize(
    "who", ["owner", "another customer", "nobody", "another computer", "system", *(role.value for role in Role)]
)
def test_every_action_refuses_everybody_but_those_it_names(hall: Hall, who: str) -> None:
    # RULES P20
    order, by = hall.open(hall.certificate()), somebody(hall, who)
    item, allowed = hall.item(order).public_id, set()
    own = {CUSTOMER: who == "owner", KEY_HOLDER: who == "owner", HANDS: who == "owner", SYSTEM: who == "system"}
    before = snapshot()
    for kind, action in EVERY_ACTION:
        spec = KINDS[kind].actions[action] if kind else ORDER_ACTIONS[action]
        if own.get(spec.who, policy.allows(by, spec.who)):
            allowed.add(action)
            continue
        if kind:  # no path has every kind: who may is asked of the step's kind alone
            with tenant_tx(hall.tenant, write=True):
                StepRecord.objects.filter(order__public_id=order, name="issuance").update(kind=kind)
        with pytest.raises(NotYourOrder):
            hall.act(order, "issuance" if kind else "", action, {}, by=by, item=item if kind else None)
    with tenant_tx(hall.tenant, write=True):
        StepRecord.objects.filter(order__public_id=order, name="issuance").update(kind=Kind.ISSUANCE)
    assert snapshot() == before
    assert bool(allowed) == (who not in {"another customer", "nobody", "another computer", "service_desk"})


def test_every_permission_that_an_action_asks_for_is_registered() -> None:
    named = {spec.who for kind in KINDS.values() for spec in kind.actions.values()}
    named |= {spec.who for spec in ORDER_ACTIONS.values()}
    for permission in named - {CUSTOMER, KEY_HOLDER, HANDS, SYSTEM}:
        assert policy.is_registered(permission), permission


def test_orders_and_certificates_of_another_customer_are_refused(hall: Hall) -> None:
    stranger = Actor("customer", make_customer(hall.tenant, "19900000099").pk, "别人")
    certificate = hall.certificate()
    for by in (stranger, Actor.anonymous(), Actor.system("tests"), Actor("staff", 1, "员工", frozenset(Role))):
        with refused(NotYourOrder):
            hall.open(certificate, by=by)


def test_an_order_of_another_hall_does_not_exist(hall: Hall, other_tenant: Tenant) -> None:
    order = hall.to("consent")
    with refused(OrderNotFound), tenant_tx(other_tenant, write=True):
        orders.act(order, "cancel", by=hall.by, key="k", data={"reason": "x"})


# -- what is unknown --------------------------------------------------------------------------------------------------


def test_unknown_orders_steps_items_and_actions_are_refused(hall: Hall) -> None:
    order = hall.to("application")
    with refused(OrderNotFound):
        hall.act("A" * 22, "consent", "accept")
    with refused(UnknownStep):
        hall.act(order, "liveness", "pass")
    with refused(UnknownStep):
        hall.act(order, "issuance", "show_code", item="A" * 22)
    with refused(UnknownStep):
        hall.act(order, "application", "confirm", item=hall.item(order).public_id)
    with refused(ActionUnknown):
        hall.act(order, "application", "approve")
    with refused(ActionUnknown):
        hall.act(order, "", "approve")


def test_an_item_of_another_order_is_unknown(hall: Hall) -> None:
    mine, other = hall.to("consent"), hall.to("consent")
    with refused(UnknownStep):
        hall.act(mine, "issuance", "show_code", item=hall.item(other).public_id)


# -- wrong input ------------------------------------------------------------------------------------------------------


def test_input_of_the_wrong_shape_is_told_field_by_field_in_chinese(hall: Hall) -> None:
    order = hall.to("application")
    with refused(InvalidInput) as refusal:
        hall.act(order, "application", "confirm", hall.answers(order) | {"colour": "red", "term_years": 3})  # type: ignore[dict-item]
    assert refusal.value.fields == {  # type: ignore[attr-defined]
        "colour": ["这一项不需要提交，请刷新页面后重新填写。"],
        "term_years": ["填写的内容不符合要求，请核对后重新填写。"],
    }
    with refused(InvalidInput) as refusal:
        hall.act(order, "", "cancel", {"reason": ""})
    assert refusal.value.fields == {"reason": ["至少 1 个字，请补全。"]}  # type: ignore[attr-defined]
    with refused(InvalidInput) as refusal:
        hall.act(order, "", "cancel", {})
    assert refusal.value.fields == {"reason": ["请填写此项。"]}  # type: ignore[attr-defined]


# -- audit ------------------------------------------------------------------------------------------------------------


def test_every_act_leaves_one_audit_row_and_one_act_row(hall: Hall) -> None:
    order = hall.order(hall.to("completed"))
    with tenant_tx(hall.tenant):
        acts = list(OrderAct.objects.filter(order=order).order_by("order_version"))
        rows = AuditRow.objects.filter(subject=f"order:{order.public_id}", action__startswith="order.").order_by("seq")
        told = [(row.action, audit_detail(row)["version"]) for row in rows]
    assert told == [(f"order.{act.step + '.' if act.step else ''}{act.action}", act.order_version) for act in acts]
    assert [action for action, _ in told] == [
        "order.open",
        "order.consent.accept",
        "order.application.confirm",
        "order.identity.answered",
        "order.payment.settled",
        "order.issuance.show_code",
        "order.issuance.request",
        "order.issuance.issued",
        "order.issuance.verify",
    ]


def audit_detail(row: AuditRow) -> dict[str, object]:
    import json

    detail: dict[str, object] = json.loads(bytes(row.body))["detail"]
    return detail


def test_the_audit_row_stands_or_falls_with_the_act(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    order = hall.to("consent")

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("no room in the log")

    before = snapshot()
    monkeypatch.setattr(audit, "record", fails)
    with pytest.raises(RuntimeError, match="no room"):
        hall.consent(order)
    monkeypatch.undo()
    assert snapshot() == before


# -- ended orders -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("step", "action"), [("consent", "accept"), ("application", "confirm"), ("payment", "pay")])
def test_a_cancelled_order_takes_no_more_acts(hall: Hall, step: str, action: str) -> None:
    order = hall.to("payment")
    hall.act(order, "", "cancel", {"reason": "no_longer_needed"})
    with refused(OrderEnded):
        hall.act(order, step, action, {})


def test_a_completed_order_stays_completed(hall: Hall) -> None:
    order = hall.to("completed")
    for step, action, data in (
        ("", "cancel", {"reason": "x"}),
        ("issuance", "show_code", {}),
        ("payment", "pay", {"channel": "wechat"}),
    ):
        before = snapshot()
        with pytest.raises((OrderEnded, StepNotOpen)):
            hall.act(order, step, action, data)
        assert snapshot() == before


def test_a_step_is_not_done_twice(hall: Hall) -> None:
    order = hall.to("application")
    with refused(StepNotOpen):
        hall.consent(order)


def test_the_projection_is_what_the_lists_are_made_from(hall: Hall) -> None:
    for station, status in (("consent", "draft"), ("payment", "awaiting_payment"), ("completed", "completed")):
        order = hall.order(hall.to(station))
        assert order.status == status
        assert (order.closed_at is not None) == (status == "completed")
        with tenant_tx(hall.tenant):
            assert Order.objects.filter(status=status, pk=order.pk).exists()
        if status != "completed":
            hall.act(order.public_id, "", "cancel", {"reason": "no_longer_needed"})


def test_every_word_of_the_rules_fits_its_column() -> None:
    """SQLite would keep it, PostgreSQL refuses it, and then an order can't end."""
    from renewals.lifecycle import Kind, NextActor, Phase, Status, StepState
    from renewals.models import StepRecord

    columns = [(Order, "status", Status), (Order, "next_actor", NextActor)]
    columns += [(StepRecord, "kind", Kind), (StepRecord, "state", StepState), (StepRecord, "phase", Phase)]
    for model, name, words in columns:
        longest = max(words, key=len)
        assert len(longest) <= model._meta.get_field(name).max_length, (name, longest)
    actions = [action for kind in KINDS.values() for action in kind.actions] + list(ORDER_ACTIONS)
    assert len(max(actions, key=len)) <= OrderAct._meta.get_field("action").max_length
