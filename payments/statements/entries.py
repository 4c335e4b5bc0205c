"""What camt, MT940 and OFX share: entries that name themselves, no columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from payments.statements.checks import prove_ends, prove_totals
from payments.statements.errors import AccountNotNamed, CurrencyRefused, RowsRefused, WrongAccount
from payments.statements.model import Control, Proof, RowError, Statement, StatementLine, occurrences, plain
from payments.statements.tabular import is_yuan, same_account


@dataclass(frozen=True, slots=True)
class Entry:
    """A booking on its way to becoming a line; ``row`` counts entries from 1."""

    row: int
    booked_on: date
    booked_at: datetime | None
    amount_fen: int
    counterparty_name: str
    counterparty_account: str
    counterparty_bank: str
    remittance_information: str
    bank_serial: str | None
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ends:
    opening_fen: int | None = None
    closing_fen: int | None = None


def statement(
    *,
    code: str,
    account: str,
    currency: str,
    entries: Sequence[Entry],
    errors: Sequence[RowError],
    ends: Ends,
    control: Control,
    booked: Sequence[int] | None = None,
    expected_account: str | None = None,
    not_booked: int = 0,
) -> Statement:
    """Checks what every such format can check. ``booked``: the amounts that the control counts, where a batch is one.

    Raises RowsRefused, WrongAccount, AccountNotNamed, CurrencyRefused, ControlBroken.
    """
    if errors:
        raise RowsRefused(tuple(errors))
    if currency and not is_yuan(currency):
        raise CurrencyRefused(read=currency)
    if account and expected_account is not None and not same_account(account, expected_account):
        raise WrongAccount(expected=expected_account, found=account)
    ours = expected_account or plain(account).replace("-", "")
    if not ours:
        raise AccountNotNamed
    amounts = [entry.amount_fen for entry in entries]
    proofs: frozenset[Proof] = prove_totals(control, amounts if booked is None else booked)
    proofs |= prove_ends(ends.opening_fen, ends.closing_fen, amounts)
    return Statement(
        format=code,
        bank="",
        account=ours,
        account_named=bool(account),
        account_name="",
        currency="CNY",
        opening_fen=ends.opening_fen,
        opening_stated=ends.opening_fen is not None,
        closing_fen=ends.closing_fen,
        control=control,
        newest_first=False,
        proofs=proofs,
        lines=_lines(ours, entries),
        not_booked=not_booked,
    )


def _lines(account: str, entries: Sequence[Entry]) -> tuple[StatementLine, ...]:
    numbers = occurrences(
        serials=[entry.bank_serial for entry in entries],
        days=[entry.booked_on for entry in entries],
        amounts=[entry.amount_fen for entry in entries],
        names=[entry.counterparty_name for entry in entries],
        memos=[entry.remittance_information for entry in entries],
        balances=[None] * len(entries),
    )
    return tuple(
        StatementLine(
            account,
            entry.booked_on,
            entry.booked_at,
            entry.amount_fen,
            None,
            entry.counterparty_name,
            entry.counterparty_account,
            entry.counterparty_bank,
            entry.remittance_information,
            entry.bank_serial,
            entry.row,
            entry.cells,
            number,
        )
        for entry, number in zip(entries, numbers, strict=True)
    )
