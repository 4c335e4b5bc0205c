"""The handler's phone, the liveness service's word, staff in person: what each does to the order (RULES C8, P3, P4)."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from renewals.errors import NotYourOrder
from renewals.identity.refusals import TriesSpent
from renewals.lifecycle import StepNotOpen
from renewals.models import Order
from renewals.steps.identity import result_of
from tests.renewals.handler import Handler, answer
from tests.renewals.snapshot import refused


def test_it_waits_for_the_customers_phone_once_the_three_factors_fit(handler: Handler) -> None:
    # RULES C8
    assert handler.step == "open"
    assert handler.hall.order(handler.order).next_actor == "customer"


def test_a_pass_settles_it(handler: Handler) -> None:
    # RULES C8
    handler.connect()
    handler.photograph()
    handler.check("passed")
    assert (handler.step, handler.checks()) == ("done", ["passed"])


def test_the_service_is_asked_for_the_handler_of_the_application(handler: Handler) -> None:
    handler.connect()
    handler.photograph()
    handler.start()
    (question,) = handler.service.asked
    assert question["name"] == "林晓彤"
    assert question["id_number"] == handler.hall.answers(handler.order)["representative_id_number"]
    assert question["return_url"].endswith(f"/szca/phone/back/{question['request_id']}/")


def test_a_no_is_counted_and_stays_with_the_customer(handler: Handler) -> None:
    # RULES P4
    handler.connect()
    handler.photograph()
    handler.check("failed", "poor_image")
    assert handler.step == "open"
    assert "画面不清晰" in handler.said()
    assert "还可以再试 2 次" in handler.said()
    handler.check("passed")
    assert (handler.step, handler.checks()) == ("done", ["failed", "passed"])


@pytest.mark.parametrize("outcome", ["declined", "expired"])
def test_what_decided_nothing_costs_no_try(handler: Handler, outcome: str) -> None:
    # RULES P4
    handler.connect()
    handler.photograph()
    for _ in range(4):
        handler.check(outcome)
    assert (handler.step, handler.checks()) == ("open", [outcome] * 4)
    assert "没有占用次数" in handler.said()


def test_after_so_many_tries_staff_are_asked_and_the_handler_is_told(handler: Handler) -> None:
    # RULES P4
    handler.connect()
    handler.photograph()
    for _ in range(3):
        handler.check("failed", "face_mismatch")
    assert handler.step == "submitted:counter"
    assert handler.persons() == [("", "", "waiting")]
    assert handler.hall.order(handler.order).next_actor in {"customer", "reviewer"}
    assert "identity.staff_check" in handler.hall.notices()
    assert "改由工作人员核验" in handler.said()
    with refused(TriesSpent):
        handler.hall.act(handler.order, "liveness", "choose_phone")


@pytest.mark.parametrize("method", ["counter", "video"])
def test_the_customer_may_choose_staff_without_a_single_try(handler: Handler, method: str) -> None:
    # RULES P4: face is never the only way
    handler.hall.act(handler.order, "liveness", "choose_staff", {"method": method})
    assert (handler.step, handler.persons()) == ("submitted:counter", [(method, "", "waiting")])
    reviewer = handler.hall.staff_member(Role.REVIEWER)
    finance = handler.hall.staff_member(Role.FINANCE)
    with refused(NotYourOrder):
        handler.hall.act(handler.order, "liveness", "confirm_at_counter", by=finance)
    data = {"method": method, "reason": "人证一致"}
    handler.hall.act(handler.order, "liveness", "confirm_at_counter", data, by=reviewer)
    assert (handler.step, handler.persons()) == ("done:counter", [(method, method, "confirmed")])
    with tenant_tx(handler.hall.tenant):
        found = result_of(Order.objects.select_related("programme").get(public_id=handler.order))
    assert found is not None
    assert (found.method, found.outcome, found.tries, found.reason) == (method, "passed", 0, "人证一致")
    assert found.by


def test_the_mind_may_be_changed_either_way(handler: Handler) -> None:
    # RULES P4
    handler.hall.act(handler.order, "liveness", "choose_staff", {"method": "counter"})
    handler.hall.act(handler.order, "liveness", "choose_staff", {"method": "video"})
    assert handler.persons() == [("video", "", "waiting")]
    handler.hall.act(handler.order, "liveness", "choose_phone")
    assert (handler.step, handler.persons()) == ("returned", [("video", "", "withdrawn")])
    handler.connect()
    handler.photograph()
    handler.check("passed")
    assert handler.step == "done"
    with refused(StepNotOpen):
        handler.hall.act(handler.order, "liveness", "choose_phone")


def test_staff_may_say_no_and_the_customer_goes_on(handler: Handler) -> None:
    # RULES P4
    handler.hall.act(handler.order, "liveness", "choose_staff", {"method": "counter"})
    reviewer = handler.hall.staff_member(Role.REVIEWER)
    handler.hall.act(handler.order, "liveness", "not_confirmed", {"reason": "没带身份证原件"}, by=reviewer)
    assert (handler.step, handler.persons()) == ("returned", [("counter", "counter", "not_confirmed")])
    assert "identity.not_confirmed" in handler.hall.notices()
    assert "没有能确认经办人身份" in handler.page().content.decode()


def test_a_handler_who_comes_unasked_is_confirmed_all_the_same(handler: Handler) -> None:
    # RULES P4
    reviewer = handler.hall.staff_member(Role.REVIEWER)
    handler.hall.act(handler.order, "liveness", "confirm_at_counter", {"reason": "本人到场"}, by=reviewer)
    assert handler.step == "done"


def test_another_handler_starts_anew_and_what_the_first_one_did_counts_no_more(handler: Handler) -> None:
    # RULES P3
    hall = handler.hall
    handler.connect()
    handler.photograph()
    handler.start()
    request_id = handler.service.asked[-1]["request_id"]
    hall.confirm(handler.order, representative_name="周明远")
    assert handler.sessions() == [(True, False)]
    hall.system(handler.order, "liveness", "answered", {"request_id": request_id, "outcome": "passed"})
    assert hall.steps(handler.order)["liveness"] == "waiting"
    assert handler.checks() == ["passed"]
    assert "这部手机已停用" in handler.said()
    assert handler.start().status_code == 410
    hall.run()
    assert handler.step == "open"
    assert handler.files() == [("id_front", "destroyed"), ("id_back", "destroyed")]
    assert handler.sessions() == [(True, True)]


def test_tries_of_the_first_handler_are_not_the_seconds(handler: Handler) -> None:
    # RULES P3, P4
    handler.connect()
    handler.photograph()
    for _ in range(2):
        handler.check("failed", "not_live")
    handler.hall.confirm(handler.order, representative_name="周明远")
    handler.hall.run()
    handler.connect()
    handler.photograph()
    handler.check("failed", "not_live")
    assert "还可以再试 2 次" in handler.said()


def test_a_change_that_identity_does_not_rest_on_leaves_the_phone_at_it(handler: Handler) -> None:
    # RULES P3
    handler.connect()
    handler.photograph()
    handler.hall.confirm(handler.order, representative_email="other@example.cn")
    handler.check("passed")
    assert handler.step == "done"


def test_what_is_accepted_stays_until_the_handler_changes(handler: Handler) -> None:
    # RULES P3
    handler.connect()
    handler.photograph()
    handler.check("passed")
    handler.hall.confirm(handler.order, representative_email="other@example.cn")
    assert handler.step == "done"
    handler.hall.confirm(handler.order, representative_email="other@example.cn", representative_name="周明远")
    handler.hall.run()
    assert handler.step == "open"


def test_an_answer_that_comes_twice_decides_once(handler: Handler) -> None:
    handler.connect()
    handler.photograph()
    request_id = handler.check("failed", "not_live")
    handler.hall.system(handler.order, "liveness", "answered", {"request_id": request_id, "outcome": "passed"})
    assert (handler.step, handler.checks()) == ("open", ["failed"])


def test_a_phone_that_does_not_come_back_is_asked_for_by_a_job(handler: Handler) -> None:
    handler.connect()
    handler.photograph()
    handler.start()
    with time_machine.travel(timezone.now() + timedelta(seconds=25), tick=False):
        handler.hall.run()
    assert handler.checks() == ["pending"]
    handler.service.answers[handler.service.asked[-1]["request_id"]] = answer("passed")
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        handler.hall.run()
    assert (handler.step, handler.checks()) == ("done", ["passed"])


def test_a_session_that_nobody_finishes_lapses_and_costs_no_try(handler: Handler) -> None:
    # RULES P4
    handler.connect()
    handler.photograph()
    handler.start()
    with time_machine.travel(timezone.now() + timedelta(minutes=20, seconds=1), tick=False):
        handler.hall.run()
    assert (handler.step, handler.checks()) == ("open", ["expired"])


def test_the_reviewer_sees_method_tries_and_the_card(handler: Handler) -> None:
    handler.connect()
    handler.photograph()
    handler.check("failed", "not_live")
    handler.check("passed")
    with tenant_tx(handler.hall.tenant):
        found = result_of(Order.objects.select_related("programme").get(public_id=handler.order))
    assert found is not None
    assert (found.method, found.outcome, found.tries, found.by) == ("liveness", "passed", 1, "")
    assert found.front is not None
    assert found.back is not None
    assert found.at is not None
