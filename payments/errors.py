"""What the ledger refuses, typed; ``words.py`` says it in Chinese. Money itself is never refused.

Channel errors stand in channels/base.py, the issuer's in invoicing/base.py.
"""

from portal.errors import GuardRefused, IdempotencyConflict, NotFound, PermissionRefused, PortalError, StaleVersion


class ChargeNotFound(NotFound):
    code = "payments.charge_not_found"


class ChargeNotOpen(GuardRefused):
    """Paid already, or closed."""

    code = "payments.charge_not_open"


class ChargeIsSettled(GuardRefused):
    """It can't be closed any more: money goes back by refund."""

    code = "payments.charge_is_settled"


class QuoteDiffers(IdempotencyConflict):
    """The reference has a charge already, with other lines: a frozen quote doesn't change."""

    code = "payments.quote_differs"


class KeyReused(IdempotencyConflict):
    code = "payments.key_reused"


class ChannelNotOffered(GuardRefused):
    code = "payments.channel_not_offered"


class AccountMisconfigured(PortalError):
    """``params``: account (label), what."""

    code = "payments.account_misconfigured"
    status = 503


class AmountDiffers(PortalError):
    """A genuine callback whose amount isn't the order's: not credited, the channel is asked instead."""

    code = "payments.amount_differs"
    status = 409


class CallbackTooLarge(PortalError):
    code = "payments.callback_too_large"
    status = 413


class ChannelNotKnownHere(NotFound):
    """A callback for a channel where this tenant has no account."""

    code = "payments.channel_not_known_here"


class BankLineUsed(GuardRefused):
    """This line of the bank's statement has been recorded already. ``params``: reference."""

    code = "payments.bank_line_used"


class BankAccountNotFound(NotFound):
    """``params``: number."""

    code = "payments.bank_account_not_found"


class NotInSuspense(StaleVersion):
    """The money was released or sent back meanwhile."""

    code = "payments.not_in_suspense"


class ExplanationMissing(GuardRefused):
    """RULES P10: without the sealed 代付说明 somebody else's money isn't taken."""

    code = "payments.explanation_missing"


class ClaimNotFound(NotFound):
    code = "payments.claim_not_found"


class ClaimNotWaiting(StaleVersion):
    """Decided by a colleague, or withdrawn by the customer meanwhile."""

    code = "payments.claim_not_waiting"


class TransferNotAllowed(PermissionRefused):
    code = "payments.transfer_not_allowed"


class TransfersNotOffered(GuardRefused):
    """The tenant has named no account to pay to."""

    code = "payments.transfers_not_offered"


class RefundNotFound(NotFound):
    code = "payments.refund_not_found"


class RefundTooMuch(GuardRefused):
    """``params``: refundable (as displayed)."""

    code = "payments.refund_too_much"


class RefundNotWaiting(StaleVersion):
    """Somebody else decided already."""

    code = "payments.refund_not_waiting"


class RefundNotAllowed(PermissionRefused):
    code = "payments.refund_not_allowed"


class RefundNeedsSecondPerson(PermissionRefused):
    """``params``: limit (as displayed)."""

    code = "payments.refund_needs_second_person"


class InvoiceBeforePayment(GuardRefused):
    code = "payments.invoice_before_payment"


class InvoiceBusy(GuardRefused):
    """One is on its way: its number must be known before it can be replaced."""

    code = "payments.invoice_busy"


class ReissuesUsed(GuardRefused):
    """The customer has asked for another buyer often enough; finance may go on. ``params``: limit."""

    code = "payments.reissues_used"


class ChargeInBundle(GuardRefused):
    """It is paid together with others. ``params``: number."""

    code = "payments.charge_in_bundle"


class BundleNotFound(NotFound):
    code = "payments.bundle_not_found"


class BundleNotOpen(StaleVersion):
    """Paid or dissolved meanwhile."""

    code = "payments.bundle_not_open"


class BundleUnfit(GuardRefused):
    """Fewer than two open charges, too many, or one that is in a bundle or being transferred. ``params``: what."""

    code = "payments.bundle_unfit"


class RefundsNotForFile(GuardRefused):
    """One of the chosen refunds can't go into a file (any more). ``params``: numbers."""

    code = "payments.refunds_not_for_file"


class RefundFileNotFound(NotFound):
    code = "payments.refund_file_not_found"


class RefundFileUsed(GuardRefused):
    """A result of one of its lines is known: it can't be withdrawn."""

    code = "payments.refund_file_used"


class BankAnswerUnreadable(PortalError):
    """The bank's answer has no column with our refund numbers, or none with the result. ``params``: missing."""

    code = "payments.bank_answer_unreadable"
    status = 422


class PageNotYours(NotFound):
    """No guard vouches for this visitor; who isn't the payer isn't told that the charge exists."""

    code = "payments.page_not_yours"


class DayIsClosed(GuardRefused):
    """Finance has closed this day: its rows aren't changed by hand any more. ``params``: day."""

    code = "payments.day_is_closed"


class DayNotReady(GuardRefused):
    """``params``: day, what (bills still awaited, or differences unexplained, in words)."""

    code = "payments.day_not_ready"


class DayNotOver(GuardRefused):
    code = "payments.day_not_over"


class DayNotClosed(StaleVersion):
    code = "payments.day_not_closed"


class DayNeedsSecondPerson(PermissionRefused):
    """Who closed a day doesn't reopen it."""

    code = "payments.day_needs_second_person"


class LaterDayIsClosed(GuardRefused):
    """Days are reopened from the last one backwards. ``params``: day."""

    code = "payments.later_day_is_closed"


class NotTheirDay(PermissionRefused):
    """Not a member of finance."""

    code = "payments.day_not_allowed"
