"""The refusals of the lifecycle. Worded in renewals/rules_words.py.

GuardRefused
└── LifecycleRefused
    ├── UnknownStep       no step of that name (and item) on this path
    ├── OrderEnded        terminal states stay
    ├── StepNotOpen       the step is not in a state that this move starts from
    ├── GateClosed        an earlier step has to come first
    ├── WrongPhase        payment or issuance is not that far, or already further
    ├── NotSkippable      this step can't be left out
    ├── ReasonMissing     skipping, returning and ending need a reason
    ├── StaleEvidence     the answer belongs to an older version of the form
    ├── FieldsLocked      the price was agreed: these fields can't change any more
    ├── AlreadyIssuing    the CA has been asked: the application can't change any more
    └── NotCancellable    installed, the CA is answering just now, or the old certificate is being revoked
"""

from portal.errors import GuardRefused


class LifecycleRefused(GuardRefused):
    """The rules of the path forbid this move now; nothing has changed."""

    code = "lifecycle.refused"


class UnknownStep(LifecycleRefused):
    code = "lifecycle.unknown_step"


class OrderEnded(LifecycleRefused):
    code = "lifecycle.order_ended"


class StepNotOpen(LifecycleRefused):
    code = "lifecycle.step_not_open"


class GateClosed(LifecycleRefused):
    code = "lifecycle.gate_closed"


class WrongPhase(LifecycleRefused):
    code = "lifecycle.wrong_phase"


class NotSkippable(LifecycleRefused):
    code = "lifecycle.not_skippable"


class ReasonMissing(LifecycleRefused):
    code = "lifecycle.reason_missing"


class StaleEvidence(LifecycleRefused):
    code = "lifecycle.stale_evidence"


class FieldsLocked(LifecycleRefused):
    code = "lifecycle.fields_locked"


class AlreadyIssuing(LifecycleRefused):
    code = "lifecycle.already_issuing"


class NotCancellable(LifecycleRefused):
    code = "lifecycle.not_cancellable"
