"""Production: the hall makes the medium (RULES D8)."""

from renewals.steps.base import StepKind

KIND = StepKind(actions={})
