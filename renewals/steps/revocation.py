"""Revocation: the old certificate goes before the new one is made (RULES D7)."""

from renewals.steps.base import StepKind

KIND = StepKind(actions={})
