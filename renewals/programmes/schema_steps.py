"""The steps of a path as a rule pack writes them: one model per kind. DESIGN §1.

Only the kinds that the hall can carry out are listed; another word of the vocabulary is an error when the pack is
read, not when a customer stands in front of it.
"""

from typing import Annotated, Literal

from pydantic import Field

from renewals.lifecycle import KINDS, Gate, Kind, StepSpec, StepState
from renewals.programmes.schema_base import ApplicationField, Line, Name, PackModel, Sentence, WorkingDays


class OpensWhen(PackModel):
    """Opens when that earlier step is at least in that state."""

    step: Name
    state: Literal["submitted", "done"]


class StepBase(PackModel):
    """What every step says. ``proves``: the application's fields that its evidence rests on (DESIGN §1)."""

    name: Name
    title: Line
    opens_when: tuple[OpensWhen, ...] = ()
    proves: tuple[ApplicationField, ...] = ()
    accepts: tuple[Name, ...] = ()
    working_days: WorkingDays | None = None  # by when whoever acts should have acted
    help: Sentence | None = None  # what to do when it doesn't work


class ConsentStep(StepBase):
    """Which texts have to be accepted: the `together` ones with one tick, each `apart` one with its own (C1)."""

    kind: Literal["consent"]
    texts: Annotated[tuple[Name, ...], Field(min_length=1)]


class KeyProofStep(StepBase):
    """The old key signs a challenge, item by item."""

    kind: Literal["key_proof"]


class ApplicationStep(StepBase):
    kind: Literal["application"]
    fields: Annotated[tuple[ApplicationField, ...], Field(min_length=1)]


class IdentityStep(StepBase):
    """``three_factor``: name, ID number and mobile against the carrier's records; starts by itself (C5, C6)."""

    kind: Literal["identity"]
    method: Literal["three_factor"]
    tries: Annotated[int, Field(ge=1, le=20)]  # then staff check at the counter (P4)


class PaymentStep(StepBase):
    kind: Literal["payment"]
    channels: Annotated[tuple[Literal["wechat", "alipay"], ...], Field(min_length=1)]


class IssuanceStep(StepBase):
    """requested → issued → installed → verified, resumable by the renewal code."""

    kind: Literal["issuance"]
    vouched_by: Literal["old_key"]  # who says that the new key belongs to the holder
    renewal_code_days: Annotated[int, Field(ge=1, le=365)]


AnyStep = Annotated[
    ConsentStep | KeyProofStep | ApplicationStep | IdentityStep | PaymentStep | IssuanceStep,
    Field(discriminator="kind"),
]


def step_spec(step: AnyStep, price_fields: frozenset[str]) -> StepSpec:
    """The lifecycle's view of a step. Payment proves the fields that its price depends on."""
    kind = Kind(step.kind)
    return StepSpec(
        name=step.name,
        kind=kind,
        scope=KINDS[kind].scope,
        opens_when=tuple(Gate(gate.step, StepState(gate.state)) for gate in step.opens_when),
        proves=frozenset(step.proves) | (price_fields if kind is Kind.PAYMENT else frozenset()),
        accepts=step.accepts,
        automatic=kind is Kind.IDENTITY,
        skippable=KINDS[kind].skippable,
        working_days=step.working_days,
    )
