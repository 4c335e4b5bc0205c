"""Environment: the customer's bridge reports what is installed (RULES A5, B1)."""

from renewals.steps.base import StepKind

KIND = StepKind(actions={})
