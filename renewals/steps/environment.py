"""Environment: the customer's computer has what the pack wants, item by item, before the key is touched (RULES A5, B1).

    open ──report──► done, when every mandatory check passes; else it stays open, and the report says what is missing

The report comes from the customer's own bridge and is believed as far as that goes: whoever forges it has only their
own installation to lose. What really matters is proved by signatures later.
"""

from pydantic import BaseModel, ConfigDict, Field

from renewals import lifecycle
from renewals.bridge.readiness import Found, Judgement, is_ready, judge
from renewals.issuing.requests import parse
from renewals.lifecycle import StepState
from renewals.models import EnvironmentReport
from renewals.steps.base import ActContext, Action, StepKind


class FoundData(BaseModel):
    """What the bridge found for one check of the pack; ``found``: version, number of keys, or fingerprint."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=64)
    present: bool
    enabled: bool = True
    found: str = Field("", max_length=100)
    error: str = Field("", max_length=40)


class ReportData(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    checks: tuple[FoundData, ...] = Field(max_length=40)


def _report(act: ActContext, data: ReportData) -> None:
    """The answer says check by check whether it passed and, if not, why."""
    if act.find().state not in {StepState.OPEN, StepState.RETURNED}:
        raise lifecycle.StepNotOpen(step=act.step, item=act.item_key, state=act.find().state)
    found = {one.name: Found(one.name, one.present, one.enabled, one.found, one.error) for one in data.checks}
    wanted = parse(bytes(act.the_item.certificate.signing_der)).fingerprint_sm3.hex()
    judged = judge(act.config.checks, found, fingerprint=wanted)
    passed = is_ready(judged)
    EnvironmentReport.objects.create(
        item=act.the_item,
        reported_by_id=act.by.user_id,
        reported_at=act.now,
        passed=passed,
        findings=[finding(one) for one in judged],
    )
    act.answer |= {"outcome": "passed" if passed else "failed", "checks": [finding(one) for one in judged]}
    if passed:
        act.submit()


def finding(one: Judgement) -> dict[str, str | bool]:
    """As it is stored and told to the page."""
    return {"name": one.name, "mandatory": one.mandatory, "passed": one.passed, "found": one.found, "why": one.why}


KIND = StepKind(actions={"report": Action(_report, ReportData)})
