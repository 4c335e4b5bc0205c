"""Its actions follow."""

from renewals.steps.base import StepKind

KIND = StepKind(actions={})
