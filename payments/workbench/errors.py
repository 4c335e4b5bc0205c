"""What a decision on a line of a statement is refused for. Nothing has changed then."""

from portal.errors import GuardRefused, NotFound, StaleVersion


class LineNotFound(NotFound):
    code = "payments.line_not_found"


class LineNotWaiting(StaleVersion):
    """A colleague was faster. ``params``: by, state (as displayed)."""

    code = "payments.line_not_waiting"


class NothingDecided(GuardRefused):
    """Neither a charge nor a rest."""

    code = "payments.nothing_decided"


class TotalsDiffer(GuardRefused):
    """Shares and rest aren't what came in. ``params``: lines, shares (as displayed)."""

    code = "payments.totals_differ"


class ShareTooMuch(GuardRefused):
    """More than the charge is open for: the rest goes to balance or back. ``params``: charge, open."""

    code = "payments.share_too_much"


class PayerIsAnother(GuardRefused):
    """RULES C9, P10: into suspense until the 代付说明 is here. ``params``: payer, holder."""

    code = "payments.payer_is_another"


class HolderMissing(GuardRefused):
    """Balance is somebody's."""

    code = "payments.holder_missing"


class ReasonMissing(GuardRefused):
    code = "payments.reason_missing"


class NotUndoable(GuardRefused):
    """The line has no decision, or isn't incoming money."""

    code = "payments.not_undoable"


class MoneyGoneOn(GuardRefused):
    """A refund is on its way or made, the money was carried elsewhere, or the balance was used."""

    code = "payments.money_gone_on"


class OrderGoneOn(GuardRefused):
    """The charge was settled and whoever asked for it has heard: refund instead. ``params``: charge."""

    code = "payments.order_gone_on"


class CustomerAnswered(GuardRefused):
    """Suspense whose customer has sent the 代付说明 or asked for the money back."""

    code = "payments.customer_answered"
