"""Notice: read and acknowledged part by part (RULES D3, B5)."""

from renewals.steps.base import StepKind

KIND = StepKind(actions={})
