"""核验转账信息: what a customer is told about one claim. RULES E4, C9.

Only transfers that are the asker's own business count: the remark holds the charge's number, or the money is credited
to it, or its proven holder has paid. Whoever claims that somebody else has paid, or hasn't proven to be the holder, is
told 转人工 where nothing of that is there: the same whether or not such a transfer exists. Names and accounts stand on
every invoice, so knowing them proves nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from payments.matching.model import Claim, Line, NumberRule, Policy
from payments.matching.names import cut_of, same_payer
from payments.matching.numbers import read


class Answer(StrEnum):
    CONFIRMED = "confirmed"  # 成功
    NOT_ARRIVED = "not_arrived"  # 未到账
    AMOUNT_DIFFERS = "amount_differs"  # 金额不符
    NAME_DIFFERS = "name_differs"  # 户名不符
    ALREADY_USED = "already_used"  # 已被使用
    TO_STAFF = "to_staff"  # 转人工


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line and the charges that it has been credited to, by id: empty as long as nobody has matched it."""

    line: Line
    used_for: frozenset[str] = frozenset()


_STANDARD = Policy()


def verify(
    claim: Claim,
    candidates: Iterable[Candidate],
    *,
    rule: NumberRule,
    policy: Policy = _STANDARD,
    holder_is_proven: bool,
) -> Answer:
    """What to tell about the claim, after the matcher has run over what is waiting.

    ``holder_is_proven``: the asker has shown to be the charge's holder (key or review), not just typed its name.
    CONFIRMED only where the money is credited to the claim's charge: whether it may be is the matcher's decision.
    """
    own = [
        each
        for each in candidates
        if claim.charge.id in each.used_for or _is_own(claim, each.line, rule, policy, proven=holder_is_proven)
    ]
    answer = _of_own(claim, own, rule, policy)
    by_holder = holder_is_proven and same_payer(claim.payer_name, claim.charge.holder_name)
    return Answer.TO_STAFF if answer is Answer.NOT_ARRIVED and not by_holder else answer


def _of_own(claim: Claim, own: list[Candidate], rule: NumberRule, policy: Policy) -> Answer:
    whole = [each for each in own if _same_name(claim, each.line, policy) and _same_amount(claim, each.line)]
    on_the_day = [each for each in whole if _same_days(claim, each.line, policy)]
    if on_the_day:
        return _of_arrived(claim, on_the_day)
    if any(not each.used_for for each in whole):
        return Answer.TO_STAFF  # all but the day
    return _of_unlike(claim, [each for each in own if not each.used_for], rule, policy)


def _of_arrived(claim: Claim, found: list[Candidate]) -> Answer:
    if any(claim.charge.id in each.used_for for each in found):
        return Answer.CONFIRMED
    if all(each.used_for for each in found):
        return Answer.ALREADY_USED
    return Answer.TO_STAFF


def _of_unlike(claim: Claim, unused: list[Candidate], rule: NumberRule, policy: Policy) -> Answer:
    """Nothing is as claimed: is there one transfer that is nearly so?"""
    near = [each for each in unused if _same_days(claim, each.line, policy) or _names_charge(claim, each.line, rule)]
    wrong_amount = [each for each in near if _same_name(claim, each.line, policy)]
    wrong_name = [each for each in near if _same_amount(claim, each.line)]
    match (len(near), len(wrong_amount), len(wrong_name)):
        case (0, _, _):
            return Answer.NOT_ARRIVED
        case (1, 1, _):
            return Answer.AMOUNT_DIFFERS
        case (1, _, 1):
            return Answer.NAME_DIFFERS
        case _:
            return Answer.TO_STAFF


def _is_own(claim: Claim, line: Line, rule: NumberRule, policy: Policy, *, proven: bool) -> bool:
    named = read(line.remittance_information, rule).named
    if named:
        return claim.charge.number in named  # else somebody's other order, whoever has paid
    return proven and _shows(line.payer_name, claim.charge.holder_name, policy)


def _names_charge(claim: Claim, line: Line, rule: NumberRule) -> bool:
    return claim.charge.number in read(line.remittance_information, rule).named


def _same_name(claim: Claim, line: Line, policy: Policy) -> bool:
    return _shows(line.payer_name, claim.payer_name, policy)


def _shows(shown: str, whole: str, policy: Policy) -> bool:
    at = policy.bank_cuts_names_at
    return same_payer(shown, whole) or (at is not None and cut_of(shown, whole, at=at))


def _same_amount(claim: Claim, line: Line) -> bool:
    return claim.amount_fen == line.amount_fen


def _same_days(claim: Claim, line: Line, policy: Policy) -> bool:
    return abs((claim.paid_on - line.booked_on).days) <= policy.days_apart
