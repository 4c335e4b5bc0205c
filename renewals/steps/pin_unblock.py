"""PIN unblock: a locked key takes a new PIN (RULES P1)."""

from renewals.steps.base import StepKind

KIND = StepKind(actions={})
