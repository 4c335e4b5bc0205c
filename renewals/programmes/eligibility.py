"""Which path a certificate takes, or the sentence that says why none. Pure. RULES A4, C2, C3, P12."""

import datetime
from dataclasses import dataclass

from renewals.programmes.conditions import all_hold
from renewals.programmes.facts import Facts
from renewals.programmes.schema import RulePack


@dataclass(frozen=True, slots=True)
class PathChoice:
    """The path, and the facts that it was chosen by: keep both with the order. ``open``: all that would do."""

    path: str
    facts: Facts
    open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotEligible:
    """``reason``: the pack's own sentence, filled in. ``window_opens``: the day to come back, if it is too early."""

    reason: str
    window_opens: datetime.date | None = None


def window_opens_on(pack: RulePack, facts: Facts) -> datetime.date:
    """The first day on which this certificate can be renewed (it may lie in the past)."""
    return facts.on + datetime.timedelta(days=facts.days_left - pack.renewal_window.opens_days_before)


def choose_path(pack: RulePack, facts: Facts, business: str = "renewal", wish: str = "") -> PathChoice | NotEligible:
    """The first path for that business whose conditions all hold, or the one that is wished for if it is open (A18).

    Before that eligibility's rules and, for a renewal, the window, in this order. Never raises for a validated pack:
    what doesn't fit is a sentence.
    """
    for rule in pack.eligibility:
        asked = business in (rule.businesses or (business,)) and all_hold(rule.when or (), facts)
        if asked and not all_hold(rule.require, facts):
            return NotEligible(_filled(rule.otherwise, pack, facts))
    if business == "renewal" and facts.days_left > pack.renewal_window.opens_days_before:
        opens = window_opens_on(pack, facts)
        return NotEligible(_filled(pack.renewal_window.too_early, pack, facts), window_opens=opens)
    fitting = tuple(path.name for path in pack.paths if business in path.serves and all_hold(path.when, facts))
    if fitting and (not wish or wish in fitting):
        return PathChoice(wish or fitting[0], facts, fitting)
    refusals = (one for one in pack.otherwise if business in (one.businesses or (business,)))
    refusal = next(one for one in refusals if all_hold(one.when, facts))  # the last has neither `when` nor businesses
    return NotEligible(_filled(refusal.say, pack, facts))


def _filled(sentence: str, pack: RulePack, facts: Facts) -> str:
    opens = window_opens_on(pack, facts)
    return sentence.format(
        days_left=facts.days_left,
        days_past=-facts.days_left,
        medium_number=facts.medium_number,
        certificate_number=facts.certificate_number,
        key_model=facts.key_model,
        window_opens=f"{opens.year} 年 {opens.month} 月 {opens.day} 日",
    )
