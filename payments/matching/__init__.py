"""Which money is whose: statement lines, open charges and claims to matches and suggestions. Pure; docs/matching.md."""

from payments.matching.matcher import Matcher
from payments.matching.memory import MemoryIndex
from payments.matching.model import (
    Because,
    ChargeIndex,
    Claim,
    Line,
    Match,
    MatchRule,
    NumberRule,
    OpenCharge,
    Outcome,
    Policy,
    Reason,
    Standing,
    Suggestion,
)
from payments.matching.names import NameKind, normal_name, payer_key
from payments.matching.verifying import Answer, Candidate, verify

__all__ = [
    "Answer",
    "Because",
    "Candidate",
    "ChargeIndex",
    "Claim",
    "Line",
    "Match",
    "MatchRule",
    "Matcher",
    "MemoryIndex",
    "NameKind",
    "NumberRule",
    "OpenCharge",
    "Outcome",
    "Policy",
    "Reason",
    "Standing",
    "Suggestion",
    "normal_name",
    "payer_key",
    "verify",
]
