"""Programmes (业务项目) as versioned rule packs: pure. DESIGN §1, docs/rule-packs.md.

pack = load_pack(path)                       # RulePackInvalid names file, line, column
choice = choose_path(pack, facts)            # PathChoice | NotEligible(reason)
path = pack.path_spec(choice.path)           # what renewals.lifecycle walks
"""

from renewals.programmes.conditions import Condition, Operator, all_hold, holds
from renewals.programmes.eligibility import NotEligible, PathChoice, choose_path, window_opens_on
from renewals.programmes.facts import Algorithm, CaStatus, Facts, HolderKind, Storage, days_left
from renewals.programmes.loader import (
    PACKS,
    PackProblem,
    RulePackInvalid,
    canonical_json,
    digest,
    from_canonical,
    load_pack,
    parse_pack,
    shipped_packs,
    upgrade,
)
from renewals.programmes.schema import SCHEMA_VERSION, RulePack
from renewals.programmes.validity import Validity, ValidityStart, new_validity
from renewals.programmes.working_days import (
    CalendarYearMissing,
    DueDate,
    add_working_days,
    calendar_known,
    due_date,
    is_working_day,
    next_working_day,
    working_days_between,
)

__all__ = [
    "PACKS",
    "SCHEMA_VERSION",
    "Algorithm",
    "CaStatus",
    "CalendarYearMissing",
    "Condition",
    "DueDate",
    "Facts",
    "HolderKind",
    "NotEligible",
    "Operator",
    "PackProblem",
    "PathChoice",
    "RulePack",
    "RulePackInvalid",
    "Storage",
    "Validity",
    "ValidityStart",
    "add_working_days",
    "all_hold",
    "calendar_known",
    "canonical_json",
    "choose_path",
    "days_left",
    "digest",
    "due_date",
    "from_canonical",
    "holds",
    "is_working_day",
    "load_pack",
    "new_validity",
    "next_working_day",
    "parse_pack",
    "shipped_packs",
    "upgrade",
    "window_opens_on",
    "working_days_between",
]
