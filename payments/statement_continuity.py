"""Does a statement begin where the last one known has ended?"""

from payments.models import BankStatement, BankTransaction


def gap_before(statement: BankStatement) -> int | None:
    """Opening balance minus the closing balance known before it, in fen; 0: nothing is missing. None: not to be told.

    Asked whenever it is shown, never kept: a statement that comes later may fill the gap. Where another statement
    tells lines of days before this one and up to it, the last such line counts.
    """
    if statement.opening_fen is None or statement.first_on is None:
        return None
    earlier: BankStatement | None = (
        BankStatement.objects.filter(account_id=statement.account_id, last_on__lt=statement.first_on)
        .exclude(closing_fen=None)
        .order_by("-last_on", "-id")
        .first()
    )
    if earlier is None or earlier.closing_fen is None:
        return None
    if _is_covered(statement):
        return 0
    return statement.opening_fen - earlier.closing_fen


def _is_covered(statement: BankStatement) -> bool:
    """Another statement reaches from before into this one, and a line of it ends with just this opening balance."""
    return bool(
        BankTransaction.objects.filter(
            account_id=statement.account_id,
            booked_on__lt=statement.first_on,
            balance_fen=statement.opening_fen,
            statement__last_on__gte=statement.first_on,
        ).exists()
    )
