"""The words of a path: kinds of steps, their states, who acts next, and the values that rules pass around.

Everything here is frozen and knows no database. DESIGN §1 is the source; RULES Across 4: every state
says who acts next.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class NextActor(StrEnum):
    """Who has to do something now, so that the order goes on."""

    CUSTOMER = "customer"
    REVIEWER = "reviewer"
    FINANCE = "finance"
    MAIL_ROOM = "mail_room"
    PRODUCTION = "production"
    CERTIFICATE_ADMINISTRATOR = "certificate_administrator"
    CA = "ca"
    SYSTEM = "system"
    NOBODY = "nobody"  # only where the order has ended and nothing is owed any more


class Scope(StrEnum):
    ORDER = "order"  # one step for the whole order
    ITEM = "item"  # one step for each item; items move at their own pace


class StepState(StrEnum):
    """The six states of a step; the comment says who acts next."""

    WAITING = "waiting"  # whoever acts on the earlier steps that `opens_when` names
    OPEN = "open"  # the kind's own actor: see KINDS[…].open_to; SYSTEM for an automatic step
    SUBMITTED = "submitted"  # KINDS[…].submitted_to, or the step that accepts this one (a reviewer)
    DONE = "done"  # nobody: accepted, and stays so until a field that it proves changes
    RETURNED = "returned"  # the customer (staff for staff's own steps): mend what `reason` says, then submit
    SKIPPED = "skipped"  # nobody: does not apply, `reason` says why


class Status(StrEnum):
    """The status of an order as people see it. Derived, never chosen; the comment says who acts next."""

    DRAFT = "draft"  # customer: fills in and submits the application
    IN_PROGRESS = "in_progress"  # whoever the current step names (identity: system; returned: customer)
    AWAITING_PAYMENT = "awaiting_payment"  # customer pays; finance confirms a transfer
    UNDER_REVIEW = "under_review"  # reviewer; finance beside them while a transfer is looked for
    ISSUING = "issuing"  # CA (system, while the old certificate is being revoked)
    READY_TO_INSTALL = "ready_to_install"  # customer: key in, start the installation
    AWAITING_PARCEL = "awaiting_parcel"  # customer sends the key in; mail room checks it on arrival
    IN_PRODUCTION = "in_production"  # production makes it; the CA while it answers
    IN_DELIVERY = "in_delivery"  # mail room sends or hands over; customer receives
    INSTALLING = "installing"  # customer's bridge: import and verify; the renewal code resumes it
    COMPLETED = "completed"  # nobody
    CANCELLED = "cancelled"  # the first duty's actor (certificate administrator, finance, system), then nobody
    REJECTED = "rejected"  # the first duty's actor (system refunds), then nobody
    EXPIRED = "expired"  # nobody: a draft that nobody went on with
    STOPPED = "stopped"  # the first duty's actor (system refunds), then nobody: the CA won't renew it (P13)

    @property
    def terminal(self) -> bool:
        return self in TERMINAL


TERMINAL = frozenset({Status.COMPLETED, Status.CANCELLED, Status.REJECTED, Status.EXPIRED, Status.STOPPED})


class Phase(StrEnum):
    """How far a *submitted* step is, where that changes who acts next."""

    ONLINE = "online"  # payment: a channel order is open; the customer pays
    TRANSFER = "transfer"  # payment: a bank transfer is claimed; finance looks for the money
    COUNTER = "counter"  # identity: the online tries are used up; staff check in person (P4)
    REQUESTED = "requested"  # issuance: intent and request id committed; the CA answers
    ISSUED = "issued"  # issuance: the certificate (seal: its data) exists; the customer's bridge imports it
    INSTALLED = "installed"  # issuance: imported; the customer's bridge verifies it, then the step is done
    RELEASED = "released"  # pin_unblock: the certificate administrator has released it; the customer's bridge uses it
    SENT = "sent"  # delivery: with the carrier; the customer receives it
    READY = "ready"  # delivery: waiting at the service point; the customer collects it


ISSUANCE_PHASES = (Phase.REQUESTED, Phase.ISSUED, Phase.INSTALLED)
PAYMENT_PHASES = (Phase.ONLINE, Phase.TRANSFER)
DELIVERY_PHASES = (Phase.SENT, Phase.READY)


class Kind(StrEnum):
    """The closed vocabulary of steps (DESIGN §1)."""

    CONSENT = "consent"
    NOTICE = "notice"
    ENVIRONMENT = "environment"
    KEY_PROOF = "key_proof"
    APPLICATION = "application"
    REQUEST_FORM = "request_form"
    DOCUMENTS = "documents"
    IDENTITY = "identity"
    PAYMENT = "payment"
    MAIL_IN = "mail_in"
    REVIEW = "review"
    REVOCATION = "revocation"
    ISSUANCE = "issuance"
    SEAL = "seal"
    PRODUCTION = "production"
    DELIVERY = "delivery"
    FILE_DOWNLOAD = "file_download"
    PIN_UNBLOCK = "pin_unblock"


@dataclass(frozen=True, slots=True)
class KindRule:
    """What every step of a kind has in common.

    ``submitted_to`` None: nobody works on it as such. It is accepted by a later step (``StepSpec.accepts``);
    where the path has none, submitting completes it.
    """

    scope: Scope
    open_to: NextActor
    submitted_to: NextActor | None = None
    phases: Mapping[Phase, NextActor] = field(default_factory=lambda: MappingProxyType({}))
    skippable: bool = False  # may be left out for a reason (nothing to pay, no seal on the key)


_C, _CA, _SYSTEM = NextActor.CUSTOMER, NextActor.CA, NextActor.SYSTEM
_PRODUCTION, _MAIL_ROOM = NextActor.PRODUCTION, NextActor.MAIL_ROOM


def _issuing(hands: NextActor) -> Mapping[Phase, NextActor]:
    """Who is next while a certificate is made and brought home by these hands."""
    return MappingProxyType({Phase.REQUESTED: _CA, Phase.ISSUED: hands, Phase.INSTALLED: hands})


KINDS: Mapping[Kind, KindRule] = MappingProxyType(
    {
        Kind.CONSENT: KindRule(Scope.ORDER, _C),
        Kind.NOTICE: KindRule(Scope.ORDER, _C),
        Kind.ENVIRONMENT: KindRule(Scope.ITEM, _C),
        Kind.KEY_PROOF: KindRule(Scope.ITEM, _C),
        Kind.APPLICATION: KindRule(Scope.ORDER, _C),
        Kind.REQUEST_FORM: KindRule(Scope.ORDER, _C),
        Kind.DOCUMENTS: KindRule(Scope.ORDER, _C),
        Kind.IDENTITY: KindRule(Scope.ORDER, _C, _SYSTEM, MappingProxyType({Phase.COUNTER: NextActor.REVIEWER})),
        Kind.PAYMENT: KindRule(
            Scope.ORDER,
            _C,
            _C,
            MappingProxyType({Phase.ONLINE: _C, Phase.TRANSFER: NextActor.FINANCE}),
            skippable=True,
        ),
        Kind.MAIL_IN: KindRule(Scope.ITEM, _C, NextActor.MAIL_ROOM, skippable=True),
        Kind.REVIEW: KindRule(Scope.ORDER, NextActor.REVIEWER, NextActor.REVIEWER),  # submitted: the second reviewer
        Kind.REVOCATION: KindRule(Scope.ITEM, _SYSTEM, _CA, skippable=True),
        Kind.ISSUANCE: KindRule(Scope.ITEM, _C, _CA, _issuing(_C)),
        Kind.SEAL: KindRule(Scope.ITEM, _C, _CA, MappingProxyType({Phase.ISSUED: _C}), skippable=True),
        Kind.PRODUCTION: KindRule(Scope.ITEM, _PRODUCTION, _PRODUCTION, _issuing(_PRODUCTION), skippable=True),
        Kind.DELIVERY: KindRule(
            Scope.ITEM, _MAIL_ROOM, _C, MappingProxyType({Phase.SENT: _C, Phase.READY: _C}), skippable=True
        ),
        Kind.FILE_DOWNLOAD: KindRule(Scope.ITEM, _C, _CA, _issuing(_C)),
        Kind.PIN_UNBLOCK: KindRule(
            Scope.ITEM, _C, NextActor.CERTIFICATE_ADMINISTRATOR, MappingProxyType({Phase.RELEASED: _C})
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a submitted or accepted step rests on: the form's version and the fields it proves (DESIGN §1)."""

    form_version: int
    fields: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of one order. ``item`` is None exactly when the scope is the order.

    ``since_version``: evidence older than this form version no longer counts (the fields changed since).
    """

    name: str
    kind: Kind
    scope: Scope
    state: StepState = StepState.WAITING
    item: str | None = None
    reason: str = ""
    evidence: Evidence | None = None
    phase: Phase | None = None
    since_version: int = 0

    @property
    def settled(self) -> bool:
        """Nothing is left to do on it."""
        return self.state in {StepState.DONE, StepState.SKIPPED}


Steps = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Gate:
    """ "Opens when ``step`` is at least ``state``" (submitted or done; a skipped step opens every gate)."""

    step: str
    state: StepState


@dataclass(frozen=True, slots=True)
class StepSpec:
    """One step as the path names it.

    ``proves``: the application's fields that its evidence rests on. ``accepts``: names of steps that turn from
    submitted to done with this one. ``automatic``: the system starts it as soon as it opens. ``issues``: a certificate
    comes out of it, by the phases of issuance. ``hands``: who does what the kind leaves to the customer.
    """

    name: str
    kind: Kind
    scope: Scope
    opens_when: tuple[Gate, ...] = ()
    proves: frozenset[str] = frozenset()
    accepts: tuple[str, ...] = ()
    automatic: bool = False
    skippable: bool = False
    working_days: int | None = None
    issues: bool = False
    hands: NextActor | None = None


@dataclass(frozen=True, slots=True)
class PathSpec:
    """A path of a programme version: its steps in order, and the fields that the price depends on."""

    name: str
    steps: tuple[StepSpec, ...]
    price_fields: frozenset[str] = frozenset()

    def spec(self, name: str) -> StepSpec:
        for spec in self.steps:
            if spec.name == name:
                return spec
        raise KeyError(name)

    def issuing(self, steps: "Steps") -> list[Step]:
        """Those of the steps that a certificate comes out of."""
        names = {spec.name for spec in self.steps if spec.issues}
        return [step for step in steps if step.name in names]

    def of_kind(self, kind: Kind) -> tuple[StepSpec, ...]:
        return tuple(spec for spec in self.steps if spec.kind is kind)


class Duty(StrEnum):
    """What is still owed after an order has ended, in the order in which it is done."""

    REVOKE_NEW = "revoke_new"  # certificate administrator revokes the certificate that was issued (P19)
    DECIDE_REFUND = "decide_refund"  # finance decides whether and how much goes back (P19)
    REFUND = "refund"  # system: the refund runs at the channel until it is confirmed
    RETURN_KEYS = "return_keys"  # mail room sends back the keys that came in by post (P15, P23)


@dataclass(frozen=True, slots=True)
class Ending:
    """Why and how an order ended. ``close_charge``: close the charge in the same transaction.

    ``refund_by_hand``: money that came by bank transfer, which finance sends back; no channel does it for us.
    """

    status: Status
    reason: str
    duties: tuple[Duty, ...] = ()
    close_charge: bool = False
    refund_by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Flags:
    """What the steps alone don't say. ``ending`` None while the order runs (or has completed)."""

    ending: Ending | None = None


RUNNING = Flags()
