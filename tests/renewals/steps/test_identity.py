"""Name, ID number and mobile against the carrier's records: four outcomes, and the counter after so many tries."""

from typing import Any

import pytest

from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from renewals.errors import NotYourOrder
from renewals.identity.base import Outcome
from renewals.models import IdentityCheck, PersonalCheck
from tests.renewals.hall import Hall
from tests.renewals.packs import publish_changed
from tests.renewals.snapshot import refused


def checks(hall: Hall) -> list[str]:
    with tenant_tx(hall.tenant):
        return list(IdentityCheck.objects.order_by("id").values_list("outcome", flat=True))


def test_opening_the_step_asks_once_with_what_was_confirmed(hall: Hall) -> None:
    order = hall.to("identity")
    assert hall.steps(order)["identity"] == "submitted"
    hall.run()
    hall.run()
    (question,) = hall.identity.asked
    assert (question["name"], question["mobile"]) == ("林晓彤", "19900000006")
    assert len(question["id_number"]) == 18
    assert checks(hall) == ["match"]


def test_a_match_opens_the_payment(hall: Hall) -> None:
    order = hall.to("payment")
    assert hall.steps(order)["identity"] == "done"
    assert hall.order(order).status == "awaiting_payment"


@pytest.mark.parametrize("outcome", [Outcome.MISMATCH, Outcome.NO_RECORD])
def test_a_no_returns_the_application_with_its_reason_and_tells_the_handler(hall: Hall, outcome: Outcome) -> None:
    # RULES P4
    hall.identity.outcomes = [outcome]
    order = hall.to("payment")
    assert hall.steps(order)["application"] == "returned"
    assert hall.steps(order)["identity"] == "waiting"
    with tenant_tx(hall.tenant):
        assert hall.order(order).steps.get(name="application").reason == f"identity_{outcome}"
    assert (hall.order(order).status, hall.order(order).next_actor) == ("in_progress", "customer")
    assert hall.notices() == ["identity.failed"]
    hall.confirm(order)  # the very same answers may be sent again: the carrier may have mended its records
    hall.run()
    assert checks(hall) == [outcome.value, "match"]
    assert hall.steps(order)["payment"] == "open"


def test_an_unavailable_service_is_asked_again_and_costs_no_try(hall: Hall) -> None:
    from datetime import timedelta

    hall.identity.outcomes = [Outcome.UNAVAILABLE, Outcome.UNAVAILABLE]
    order = hall.to("payment")
    assert checks(hall) == ["unavailable"]
    assert hall.steps(order)["identity"] == "submitted"
    assert hall.order(order).next_actor == "system"
    hall.run(ahead=timedelta(minutes=1))
    assert checks(hall) == ["match"]
    assert {question["request_id"] for question in hall.identity.asked} == {hall.identity.asked[0]["request_id"]}


def exhausted(hall: Hall) -> str:
    hall.identity.outcomes = [Outcome.MISMATCH] * 5
    order = hall.to("payment")
    for _ in range(4):
        hall.confirm(order)
        hall.run()
    return order


def test_the_last_try_leads_to_staff_and_asks_for_no_sixth(hall: Hall) -> None:
    # RULES P4
    order = exhausted(hall)
    assert checks(hall) == ["mismatch"] * 5
    assert hall.steps(order)["application"] == "done"
    assert hall.steps(order)["identity"] == "submitted:counter"
    assert hall.order(order).next_actor == "reviewer"
    assert hall.notices() == ["identity.failed"] * 4 + ["identity.staff_check"]


def test_at_the_counter_a_reviewer_confirms_and_nobody_else(hall: Hall) -> None:
    # RULES P4, P20
    order = exhausted(hall)
    desk = hall.staff_member(Role.SERVICE_DESK)
    with refused(NotYourOrder):
        hall.act(order, "identity", "confirm_at_counter", by=desk)
    with refused(NotYourOrder):
        hall.act(order, "identity", "confirm_at_counter")
    hall.act(order, "identity", "confirm_at_counter", {"reason": "本人到场"}, by=hall.staff_member(Role.REVIEWER))
    assert hall.steps(order)["payment"] == "open"
    with tenant_tx(hall.tenant):
        seen = PersonalCheck.objects.get()
    assert (seen.outcome, seen.method, seen.reason, seen.wished) == ("confirmed", "counter", "本人到场", "")


def test_staff_who_cannot_confirm_return_the_application(hall: Hall) -> None:
    # RULES P4
    order = exhausted(hall)
    data = {"reason": "证件与申请不一致", "method": "video"}
    hall.act(order, "identity", "not_confirmed", data, by=hall.staff_member(Role.REVIEWER))
    assert (hall.steps(order)["application"], hall.steps(order)["identity"]) == ("returned", "waiting")
    assert hall.notices()[-1] == "identity.not_confirmed"
    hall.confirm(order, representative_name="周明远")
    hall.run()
    assert hall.steps(order)["identity"] == "submitted:counter"  # the tries stay used up
    assert len(hall.identity.asked) == 5


def test_another_handler_takes_the_first_ones_place_at_the_counter(hall: Hall) -> None:
    # RULES P3
    order = exhausted(hall)
    hall.confirm(order, representative_name="周明远")
    with tenant_tx(hall.tenant):
        assert list(PersonalCheck.objects.order_by("id").values_list("outcome", flat=True)) == ["withdrawn", "waiting"]


def test_the_answer_about_an_earlier_handler_is_kept_and_decides_nothing(hall: Hall) -> None:
    # RULES P3
    order = hall.to("identity")
    with tenant_tx(hall.tenant):
        first = IdentityCheck.objects.get().request_id
    hall.confirm(order, representative_name="周明远")
    hall.system(order, "identity", "answered", {"request_id": first, "outcome": "mismatch"})
    assert hall.steps(order)["identity"] == "submitted"
    assert checks(hall) == ["mismatch", "pending"]
    hall.run()
    assert checks(hall) == ["mismatch", "match"]
    assert hall.steps(order)["payment"] == "open"


def test_a_change_that_identity_does_not_rest_on_leaves_the_question_standing(hall: Hall) -> None:
    # RULES P3
    order = hall.to("identity")
    hall.confirm(order, representative_email="other@example.cn")
    hall.run()
    assert checks(hall) == ["match"]
    assert hall.steps(order)["payment"] == "open"


def test_an_answered_check_is_not_asked_again_by_a_late_job(hall: Hall) -> None:
    hall.identity.outcomes = [Outcome.UNAVAILABLE]
    order = hall.to("identity")
    with tenant_tx(hall.tenant):
        request = IdentityCheck.objects.get().request_id
    hall.system(order, "identity", "answered", {"request_id": request, "outcome": "match"})
    hall.run()
    assert (hall.identity.asked, checks(hall)) == ([], ["match"])


def test_whoever_has_another_id_than_the_card_is_seen_by_staff(hall: Hall) -> None:
    # RULES P4
    def with_passports(document: dict[str, Any]) -> None:
        document["id_kinds"].append({"name": "passport", "title": "护照"})

    publish_changed(hall.tenant, with_passports, version=9)
    order = hall.to("application")
    hall.confirm(order, representative_id_kind="passport", representative_id_number="E12345678")
    hall.run()
    assert hall.steps(order)["identity"] == "submitted:counter"
    assert hall.identity.asked == []
    assert "identity.staff_check" in hall.notices()
