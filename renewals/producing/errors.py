"""Why something can't be made now. Worded in producing/words.py."""

from portal.errors import GuardRefused, NotFound


class TaskUnknown(NotFound):
    """The hall has no such task."""

    code = "production.task_unknown"


class MediumUnfit(GuardRefused):
    """``why``: model (not the pack's), used (it carries a certificate), taken (for another order), other_key (not the
    one that was sent in)."""

    code = "production.medium_unfit"


class NotStarted(GuardRefused):
    """Nobody has taken a medium for it yet."""

    code = "production.not_started"


class AnotherMedium(GuardRefused):
    """What the desk's bridge reports is of another medium than the one that was taken."""

    code = "production.another_medium"


class PinNotOurs(GuardRefused):
    """The sealed PIN doesn't open, or is of another medium: have the desk's bridge make it again."""

    code = "production.pin_not_ours"


class PinGone(GuardRefused):
    """The PIN was sent or printed already, or another one took its place: it is shown and sent once."""

    code = "production.pin_gone"


class PinResetMissing(GuardRefused):
    """The mailed-in key's PIN hasn't been reset by two persons yet (RULES P14)."""

    code = "production.pin_reset_missing"


class CodesGone(GuardRefused):
    """The envelope was printed already: what it says is nowhere else. Make another one."""

    code = "production.codes_gone"


class TooLateToRemake(GuardRefused):
    """Dead on arrival counts for 30 days (RULES P18)."""

    code = "production.too_late_to_remake"


class NotRemakable(GuardRefused):
    """It is under way between hall and customer, or the CA is just being asked."""

    code = "production.not_remakable"
