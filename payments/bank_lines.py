"""A statement's line that finance means when it types the bank's serial number (``transfers.confirm``)."""

from datetime import date

from django.utils import timezone

from payments.errors import BankLineUsed
from payments.models import WAITING_LINES, BankTransaction, LineState, MatchedBy, Payment
from portal.accounts.actor import Actor

_APART = 4  # days between what finance types and what the bank has booked


def waiting_line(*, account: str, serial: str, amount_fen: int, day: date) -> BankTransaction | None:
    """The line that nobody has used; None when no such line has been imported. Locked, in a write tenant_tx.

    Raises BankLineUsed when it is in the ledger already. The account is locked (``bank_accounts.lock``).
    """
    found = [
        line
        for line in BankTransaction.objects.select_for_update()
        .filter(account__number=account, bank_serial=serial, amount_fen=amount_fen)
        .order_by("booked_on", "pk")
        if abs((line.booked_on - day).days) <= _APART
    ]
    unused = [line for line in found if line.payment_id is None]  # one that was undone keeps its money
    free = [line for line in unused if line.state in WAITING_LINES or line.state == LineState.IGNORED]
    if found and not free:
        raise BankLineUsed(reference=serial)
    return free[0] if free else None


def use(line: BankTransaction | None, payment: Payment, *, held: bool, by: Actor) -> None:
    """The line is this payment, by a person's word."""
    if line is None:
        return
    line.state, line.matched_by = LineState.HELD if held else LineState.MATCHED, MatchedBy.PERSON
    line.payment, line.decided_by, line.decided_at = payment, by.label, timezone.now()
    line.save(update_fields=["state", "matched_by", "payment", "decided_by", "decided_at"])
