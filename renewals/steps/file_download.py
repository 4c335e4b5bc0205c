"""File download: with both codes, key and .pfx on the customer's side (RULES B6, B7)."""

from renewals.steps.base import StepKind

KIND = StepKind(actions={})
