"""Why a review can't be claimed or decided now. Worded in reviewing/words.py."""

from portal.errors import GuardRefused, InvalidInput


class ReviewNotOpen(GuardRefused):
    """Decided, taken back by the customer, or ended: there is nothing to review now."""

    code = "review.not_open"


class ReviewHeldByOther(GuardRefused):
    """A colleague works on it. params: holder (user name), until (local time)."""

    code = "review.held_by_other"


class ReviewNotHeld(GuardRefused):
    """Nobody works on it, or the asker's lease has lapsed: claim it first."""

    code = "review.not_held"


class NothingFree(GuardRefused):
    """No order waits for a reviewer who is free to take it."""

    code = "review.nothing_free"


class PapersChanged(GuardRefused):
    """A paper isn't the one that was looked at. params: papers (titles)."""

    code = "review.papers_changed"


class PapersUndecided(GuardRefused):
    """Approval needs every paper accepted. params: papers (titles)."""

    code = "review.papers_undecided"


class StatusNotFresh(GuardRefused):
    """The CA's answer is missing or older than a day (RULES P13)."""

    code = "review.status_not_fresh"


class NotRenewableAnyMore(GuardRefused):
    """The CA says that the certificate can't be renewed (RULES P13). params: state (in words)."""

    code = "review.not_renewable"


class StillRenewable(GuardRefused):
    """Stopping is for certificates that the CA won't renew; this one it would."""

    code = "review.still_renewable"


class MarksIncomplete(InvalidInput):
    """``fields``: subject → what is missing about its mark."""

    code = "review.marks_incomplete"
