"""What a kind of step is to the one door: its actions, and what happens when it opens.

A step's module changes its own tables and moves the path through the context; orders.py does the rest
(lock, permission, version, idempotency, projection, audit).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from portal.accounts.actor import Actor
from renewals import lifecycle
from renewals.lifecycle import Duty, Ending, Evidence, Flags, PathSpec, Phase, Step, Steps
from renewals.models import Order, OrderItem
from renewals.programmes.schema import RulePack

CUSTOMER = "customer"  # the order's own customer
KEY_HOLDER = "key_holder"  # the customer, or whoever proved renewal code and key in this session (RULES P6)
SYSTEM = "system"  # the portal's own jobs
HANDS = "hands"  # staff in the role that the pack's ``hands`` names; else the customer or key holder


class NoData(BaseModel):
    """For actions that bring nothing along."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StaffReason(BaseModel):
    """For what staff decide: why, in a sentence without personal data; it stands in the audit row."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str = Field("", max_length=200)


Data = TypeVar("Data", bound=BaseModel)


@dataclass(frozen=True)
class Action(Generic[Data]):
    """Something that can be done to a step.

    ``who``: customer, key_holder, system, hands, or a staff permission. ``closed_too``: also on an order that has ended
    (the duties that are still owed). ``audit``: data fields that may stand in the audit row: never personal ones.
    """

    run: "Callable[[ActContext, Data], None]"
    schema: type[Data]
    who: str = CUSTOMER
    closed_too: bool = False
    audit: tuple[str, ...] = ()


@dataclass
class ActContext:
    """One act under way. ``answer`` is stored for repeats of the same key; ``once`` goes to the first caller alone."""

    order: Order
    pack: RulePack
    path: PathSpec
    steps: Steps
    flags: Flags
    step: str
    item: OrderItem | None
    by: Actor
    key: str
    now: datetime
    door: Callable[..., Any] | None = None  # orders.act itself: what one act does to another order
    answer: dict[str, Any] = field(default_factory=dict)
    once: dict[str, Any] = field(default_factory=dict)
    audit_detail: dict[str, Any] = field(default_factory=dict)

    @property
    def item_key(self) -> str | None:
        return self.item.public_id if self.item else None

    @property
    def the_item(self) -> OrderItem:
        """The item, where the step has one."""
        if self.item is None:
            raise lifecycle.UnknownStep(step=self.step, item=None)
        return self.item

    @property
    def config(self) -> Any:
        """This step's own part of the rule pack."""
        return self.pack.step_config(self.order.path, self.step)

    def find(self, name: str | None = None, item: str | None = None) -> Step:
        return lifecycle.find(self.steps, name or self.step, item or self.item_key if name is None else item)

    def submit(self, *, evidence: Evidence | None = None, phase: Phase | None = None) -> None:
        self.steps = lifecycle.submit(
            self.path, self.steps, self.step, flags=self.flags, item=self.item_key, evidence=evidence, phase=phase
        )

    def advance(self, phase: Phase) -> None:
        self.steps = lifecycle.advance(self.path, self.steps, self.step, phase, flags=self.flags, item=self.item_key)

    def complete(self, *, evidence: Evidence | None = None) -> None:
        self.steps = lifecycle.complete(
            self.path, self.steps, self.step, flags=self.flags, item=self.item_key, evidence=evidence
        )

    def skip(self, reason: str) -> None:
        self.steps = lifecycle.skip(
            self.path, self.steps, self.step, reason=reason, flags=self.flags, item=self.item_key
        )

    def return_(self, reasons: Mapping[str, str]) -> None:
        self.steps = lifecycle.return_(
            self.path, self.steps, reasons, by=self.step, flags=self.flags, item=self.item_key
        )

    def withdraw(self) -> None:
        self.steps = lifecycle.withdraw(self.path, self.steps, self.step, flags=self.flags)

    def settle(self) -> None:
        self.steps = lifecycle.settle(self.path, self.steps, self.step, flags=self.flags)

    def fields_changed(self, fields: frozenset[str], form_version: int) -> None:
        self.steps = lifecycle.fields_changed(
            self.path, self.steps, fields, form_version=form_version, flags=self.flags, source=self.step
        )

    def end(self, ending: Ending) -> None:
        self.flags = Flags(ending)

    def owes(self, duty: Duty) -> bool:
        return self.flags.ending is not None and duty in self.flags.ending.duties

    def owe(self, duty: Duty) -> None:
        """On an ended order. StepNotOpen on one that runs or was completed."""
        if self.flags.ending is None:
            raise lifecycle.StepNotOpen(step=duty, item=None, state="not_owed")
        self.flags = Flags(lifecycle.owe(self.flags.ending, duty))

    def discharge(self, duty: Duty, *, refund: bool = False) -> None:
        if self.flags.ending is None:
            raise lifecycle.StepNotOpen(step=duty, item=None, state="not_owed")
        self.flags = Flags(lifecycle.discharge(self.flags.ending, duty, refund=refund))


@dataclass(frozen=True)
class StepKind:
    """A module of this folder, as the door knows it. ``on_open`` runs in the act that opened the step."""

    actions: Mapping[str, Action[Any]]
    on_open: Callable[[ActContext], None] | None = None
