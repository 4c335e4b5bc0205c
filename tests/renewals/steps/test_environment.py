"""The environment check: done when every mandatory check passes; a failed report is kept, and that is all."""

from typing import Any

import pytest

from portal.tenants import tenant_tx
from renewals.issuing.requests import parse
from renewals.lifecycle import StepNotOpen
from renewals.models import EnvironmentReport, Order
from tests.renewals.hall import Hall
from tests.renewals.office import held
from tests.renewals.snapshot import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(office: Hall) -> str:
    return office.open(held(office, 30))


def findings(hall: Hall, order: str, **changed: dict[str, Any]) -> dict[str, Any]:
    """All is well, but for what ``changed`` says of a check."""
    certificate = parse(bytes(hall.item(order).certificate.signing_der))
    found = {"control": "3.0.5.0", "driver": "1.1.23.616", "one_key": "1"}
    found["certificate"] = certificate.fingerprint_sm3.hex()
    return {
        "checks": [
            {"name": name, "present": True, "enabled": True, "found": value, "error": ""} | changed.get(name, {})
            for name, value in found.items()
        ]
    }


def report(hall: Hall, order: str, **changed: dict[str, Any]) -> dict[str, Any]:
    data = findings(hall, order, **changed)
    return dict(hall.act(order, "environment", "report", data, item=hall.item(order).public_id).answer)


def test_when_all_four_pass_the_update_may_begin(office: Hall, order: str) -> None:
    """RULES A5."""
    assert office.steps(order) == {"environment": "open", "issuance": "waiting"}
    answer = report(office, order)
    assert answer["outcome"] == "passed"
    assert [one["passed"] for one in answer["checks"]] == [True, True, True, True]
    assert office.steps(order) == {"environment": "done", "issuance": "open"}
    assert office.order(order).next_actor == "customer"


@pytest.mark.parametrize(
    ("name", "changed", "why"),
    [
        ("control", {"present": False, "found": ""}, "missing"),
        ("control", {"found": "3.0.4.9"}, "too_old"),
        ("driver", {"present": False, "found": ""}, "missing"),
        ("one_key", {"found": "0"}, "missing"),
        ("one_key", {"found": "2"}, "several"),
        ("certificate", {"found": "00" * 32}, "another"),
    ],
)
def test_one_that_fails_keeps_the_update_closed(
    office: Hall, order: str, name: str, changed: dict[str, Any], why: str
) -> None:
    """RULES A1, A5, A10."""
    answer = report(office, order, **{name: changed})
    assert answer["outcome"] == "failed"
    assert {one["name"]: one["why"] for one in answer["checks"] if not one["passed"]} == {name: why}
    assert office.steps(order) == {"environment": "open", "issuance": "waiting"}
    with tenant_tx(office.tenant):
        kept = EnvironmentReport.objects.get()
        assert (kept.passed, kept.reported_by_id) == (False, office.customer.pk)
        assert {one["name"]: one["why"] for one in kept.findings if not one["passed"]} == {name: why}
    assert report(office, order)["outcome"] == "passed"  # 重新检测


def test_what_is_left_out_has_not_passed(office: Hall, order: str) -> None:
    data = findings(office, order)
    office.act(order, "environment", "report", {"checks": data["checks"][:3]}, item=office.item(order).public_id)
    assert office.steps(order)["environment"] == "open"


def test_once_done_it_takes_no_other_report(office: Hall, order: str) -> None:
    report(office, order)
    with refused(StepNotOpen):
        report(office, order)


def test_online_runs_five_more_years_without_a_question(office: Hall, order: str) -> None:
    """RULES A7, A8, A9: code, key, CA, proof; from the old end."""
    old = office.item(order).certificate
    report(office, order)
    office.show_code(order)
    office.request(order)
    office.run()
    office.verify(order)
    new = office.item(order).issued
    assert new is not None
    assert new.not_after.year == old.not_after.year + 5
    assert (new.not_after.month, new.not_after.day) == (old.not_after.month, old.not_after.day)
    assert office.order(order).status == "completed"


def test_a_draft_reserves_nothing_and_showing_the_code_does(office: Hall) -> None:
    """RULES Across 2."""
    first = office.open(held(office, 30))
    report(office, first)
    assert not office.item(first).reserves
    office.show_code(first)
    assert office.item(first).reserves
    with tenant_tx(office.tenant):
        assert Order.objects.get(public_id=first).submitted_at is not None
