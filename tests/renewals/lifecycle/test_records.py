"""Steps and endings go into tables and come back the same."""

import json

from hypothesis import given
from hypothesis import strategies as st

from renewals.lifecycle import (
    KINDS,
    Duty,
    Ending,
    Evidence,
    Kind,
    Phase,
    Status,
    Step,
    StepState,
    ending_from_record,
    ending_to_record,
    step_from_record,
    step_to_record,
)

evidences = st.builds(Evidence, st.integers(0, 99), st.frozensets(st.text(min_size=1, max_size=9), max_size=4))
steps = st.builds(
    Step,
    name=st.text(max_size=9),
    kind=st.sampled_from(Kind),
    scope=st.sampled_from([rule.scope for rule in KINDS.values()]),
    state=st.sampled_from(StepState),
    item=st.none() | st.text(max_size=9),
    reason=st.text(max_size=9),
    evidence=st.none() | evidences,
    phase=st.none() | st.sampled_from(Phase),
    since_version=st.integers(0, 99),
)
endings = st.builds(
    Ending,
    st.sampled_from(Status),
    st.text(max_size=9),
    st.lists(st.sampled_from(Duty), unique=True).map(tuple),
    st.booleans(),
)


@given(steps)
def test_steps_come_back(step: Step) -> None:
    assert step_from_record(json.loads(json.dumps(step_to_record(step)))) == step


@given(endings)
def test_endings_come_back(ending: Ending) -> None:
    assert ending_from_record(json.loads(json.dumps(ending_to_record(ending)))) == ending
