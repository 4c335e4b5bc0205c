"""The three-factor check (name, identity number, mobile number belong together): contract and errors.

Pure: no Django, no network. RULES C5: four outcomes, and the customer's way on differs for each.
"""

from enum import StrEnum
from typing import Protocol

from portal.errors import GuardRefused, OutsideUnavailable


class Outcome(StrEnum):
    MATCH = "match"  # all three belong to one person
    MISMATCH = "mismatch"  # they don't: the customer corrects what was typed, or goes to a counter
    NO_RECORD = "no_record"  # the service knows nothing of the number: paper evidence or a counter
    UNAVAILABLE = "unavailable"  # no answer now: try again later, nothing was decided


class IdentityService(Protocol):
    def three_factor(self, *, name: str, id_number: str, mobile: str, request_id: str) -> Outcome:
        """Ask whether the three belong together.

        `request_id`: at most 64 characters, the same at every try of one check; the service charges and
        answers once per id. UNAVAILABLE covers time-outs, refused connections and the service's own 5xx.
        Raises IdentityReplyInvalid, IdentityRequestRefused.
        """
        ...


class IdentityReplyInvalid(OutsideUnavailable):
    """The reply isn't the service's: wrong signature, stale, or not of the agreed form. Nothing was decided."""

    code = "identity.reply_invalid"


class IdentityRequestRefused(GuardRefused):
    """The service refused our request (4xx): a wrong key, a reused id, a malformed field. `reason`: its code."""

    code = "identity.request_refused"
