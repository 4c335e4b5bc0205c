"""Mail-in: the key comes to the CA by post (RULES A12-A16, P15)."""

from renewals.steps.base import StepKind

KIND = StepKind(actions={})
