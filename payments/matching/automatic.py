"""The two rules that need no person, and everything that speaks against them. RULES C9, P9, P10.

Each decision looks at one line and what is around it, never at another decision: so neither the order of lines nor of
charges matters, and of two lines for one charge, or of two charges for one line, none is taken.
"""

from typing import TypeVar

from payments.matching.known import Facts, Known
from payments.matching.model import Claim, Match, MatchRule, OpenCharge
from payments.matching.names import may_be_one, says_on_behalf

T = TypeVar("T")
_LATELY = 60  # days since a charge was opened that is settled or closed now


def decide(facts: Facts, known: Known) -> Match | None:
    """The charge that this line can only be for, paid in full; or None."""
    if facts.reading.named:
        return _by_number(facts, known)
    return _by_claim(facts, known)


def _by_number(facts: Facts, known: Known) -> Match | None:
    """One number with its check digit, and the amount that is open."""
    charge = _only(known.open_numbered(facts.reading.named[0])) if len(facts.reading.named) == 1 else None
    if (
        charge is None
        or charge.open_fen != facts.line.amount_fen
        or _means_another_number_too(facts, known)
        or not _may_pay(facts, charge, known)
        or _claimed_for_another(facts, charge, known)
        or _may_mean_a_sibling(facts, charge, known)
        or _has_rivals(facts, charge, known)
    ):
        return None
    return Match(facts.line.id, charge.id, facts.line.amount_fen, MatchRule.NUMBER)


def _by_claim(facts: Facts, known: Known) -> Match | None:
    """What the holder says about a transfer of its own, where nothing else can be meant."""
    if not facts.key or known.is_crowded(facts.key) or says_on_behalf(facts.line.remittance_information):
        return None
    claims = known.claims_of(facts)
    claim = _only([claim for claim in claims if known.fits(claim, facts)])
    if claim is None:
        return None
    charge = claim.charge
    if (
        not charge.is_open
        or charge.open_fen != facts.line.amount_fen
        or charge.opened_on > facts.line.booked_on
        or len(known.claims_on(charge)) != 1
        or any(other.charge.id != charge.id for other in claims)
        or not _accounts_agree(claim, facts)
        or not known.is_holder(facts, charge)  # also where others may pay: an agent's next transfer looks the same
        or _owes_more(facts, charge, known)
        or _may_be_paid_twice(facts, known)
        or not _doubtful_digits_mean(facts, charge, known)
        or _has_rivals(facts, charge, known)
    ):
        return None
    return Match(facts.line.id, charge.id, facts.line.amount_fen, MatchRule.CLAIM, claim.id)


def _only(found: list[T]) -> T | None:
    return found[0] if len(found) == 1 else None


def _means_another_number_too(facts: Facts, known: Known) -> bool:
    return any(known.meant_by(written) for written in facts.reading.doubtful)


def _doubtful_digits_mean(facts: Facts, charge: OpenCharge, known: Known) -> bool:
    """Whatever looks like a number in the remark may be this charge's."""
    return all(charge.number in known.meant_by(written) for written in facts.reading.doubtful)


def _may_pay(facts: Facts, charge: OpenCharge, known: Known) -> bool:
    """The holder may. Somebody else only where the programme lets them, and if nothing of their own is open: who has
    written a colleague's number means the own charge.
    """
    if known.is_holder(facts, charge):
        return True
    if charge.payer_must_be_holder or not facts.key:
        return False
    return (
        not known.is_crowded(facts.key)
        and not any(may_be_one(facts.line.payer_name, other.holder_name) for other in known.in_bucket(facts.key))
        and not any(claim.charge.id != charge.id for claim in known.claims_of(facts))
    )


def _claimed_for_another(facts: Facts, charge: OpenCharge, known: Known) -> bool:
    """A claim tells this very transfer for another charge, and none tells it for this one."""
    told = {
        claim.charge.id
        for claim in known.claims_of(facts)
        if claim.amount_fen == facts.line.amount_fen
        and abs((claim.paid_on - facts.line.booked_on).days) <= known.policy.days_apart
    }
    return bool(told) and charge.id not in told


def _may_mean_a_sibling(facts: Facts, charge: OpenCharge, known: Known) -> bool:
    """The check digit catches one wrong digit, not two: and orders made together differ in two. So where the holder
    has such another one with the same amount open, a claim must say so too, or the other must have a line of its own.
    """
    if any(known.fits(claim, facts) for claim in known.claims_on(charge)):
        return False
    siblings = known.siblings(charge)
    return siblings is None or any(
        _digits_apart(sibling.number, charge.number) <= 2 and not _has_a_line(sibling, known) for sibling in siblings
    )


def _digits_apart(one: str, other: str) -> int:
    return sum(left != right for left, right in zip(one, other, strict=False)) + abs(len(one) - len(other))


def _has_a_line(charge: OpenCharge, known: Known) -> bool:
    lines = list(known.naming(charge.number))
    return len(lines) == 1 and lines[0].line.amount_fen == charge.open_fen


def _owes_more(facts: Facts, charge: OpenCharge, known: Known) -> bool:
    return any(
        other.id != charge.id and may_be_one(facts.line.payer_name, other.holder_name)
        for other in known.in_bucket(facts.key)
    )


def _may_be_paid_twice(facts: Facts, known: Known) -> bool:
    """Just as much was paid, or owed, a short while ago: this may be the same once more (RULES P9)."""
    return any(
        gone.total_fen == facts.line.amount_fen and (facts.line.booked_on - gone.opened_on).days <= _LATELY
        for gone in known.gone(facts)
    )


def _accounts_agree(claim: Claim, facts: Facts) -> bool:
    """Where both sides name the account in full."""
    said, shown = ("".join(text.split()) for text in (claim.payer_account, facts.line.payer_account))
    return not (said.isdigit() and shown.isdigit()) or said == shown


def _has_rivals(facts: Facts, charge: OpenCharge, known: Known) -> bool:
    """Another line is for this charge too: it names the number, or a claim on the charge tells it."""
    own = facts.line.id
    if any(other.line.id != own for other in known.naming(charge.number)):
        return True
    for claim in known.claims_on(charge):
        told = known.told_by(claim)
        if told is None or any(other.line.id != own for other in told):
            return True
    return False
