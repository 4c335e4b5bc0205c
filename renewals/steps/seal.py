"""Seal: bound to the new certificate, written, verified (RULES P7)."""

from renewals.steps.base import StepKind

KIND = StepKind(actions={})
