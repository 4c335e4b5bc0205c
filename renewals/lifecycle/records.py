"""Steps and endings as plain JSON values and back, for tables and tests. Exact: back(out(x)) == x."""

from collections.abc import Mapping
from typing import Any

from renewals.lifecycle.states import Duty, Ending, Evidence, Kind, Phase, Scope, Status, Step, StepState


def step_to_record(step: Step) -> dict[str, Any]:
    """Strings, numbers, None, and ``evidence`` as {form_version, fields (sorted)} or None."""
    evidence = step.evidence
    return {
        "name": step.name,
        "kind": step.kind.value,
        "scope": step.scope.value,
        "state": step.state.value,
        "item": step.item,
        "reason": step.reason,
        "evidence": {"form_version": evidence.form_version, "fields": sorted(evidence.fields)} if evidence else None,
        "phase": step.phase.value if step.phase else None,
        "since_version": step.since_version,
    }


def step_from_record(record: Mapping[str, Any]) -> Step:
    evidence = record["evidence"]
    return Step(
        name=record["name"],
        kind=Kind(record["kind"]),
        scope=Scope(record["scope"]),
        state=StepState(record["state"]),
        item=record["item"],
        reason=record["reason"],
        evidence=Evidence(evidence["form_version"], frozenset(evidence["fields"])) if evidence else None,
        phase=Phase(record["phase"]) if record["phase"] else None,
        since_version=record["since_version"],
    )


def ending_to_record(ending: Ending) -> dict[str, Any]:
    return {
        "status": ending.status.value,
        "reason": ending.reason,
        "duties": [duty.value for duty in ending.duties],
        "close_charge": ending.close_charge,
        **({"refund_by_hand": True} if ending.refund_by_hand else {}),
    }


def ending_from_record(record: Mapping[str, Any]) -> Ending:
    return Ending(
        status=Status(record["status"]),
        reason=record["reason"],
        duties=tuple(Duty(duty) for duty in record["duties"]),
        close_charge=record["close_charge"],
        refund_by_hand=record.get("refund_by_hand", False),
    )
