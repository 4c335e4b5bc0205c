"""Delivery: by post, or handed over against papers (RULES D8, P23)."""

from renewals.steps.base import StepKind

KIND = StepKind(actions={})
