"""What a bank statement says, whatever the bank: statements, their lines, and what was wrong in a row. Pure.

Money is signed fen: positive came in (贷, credit), negative went out (借, debit). Times carry the bank's zone.
"""

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from typing import NamedTuple

#: where Chinese banks keep their clocks
BANK_ZONE = timezone(timedelta(hours=8))


class Direction(StrEnum):
    CREDIT = "credit"  # 贷, 收入: the account grew
    DEBIT = "debit"  # 借, 支出


class StatementLine(NamedTuple):
    """One booking.

    A named tuple, because a statement has a hundred thousand: see bench/money_parse.py. Texts are stripped, "" where
    the bank says nothing. ``row`` is the row as a person counts it (for MT940, camt and OFX the number of the entry);
    ``cells`` what stood there. ``occurrence`` counts lines that are alike in everything (see ``line_identity``).
    """

    account: str
    booked_on: date
    booked_at: datetime | None
    amount_fen: int
    balance_fen: int | None
    counterparty_name: str
    counterparty_account: str
    counterparty_bank: str
    remittance_information: str
    bank_serial: str | None
    row: int
    cells: Sequence[str]
    occurrence: int

    @property
    def direction(self) -> Direction:
        return Direction.CREDIT if self.amount_fen > 0 else Direction.DEBIT


@dataclass(frozen=True, slots=True)
class Control:
    """What the bank itself counted and added up; None where it doesn't say. Totals are fen and not negative."""

    count: int | None = None
    credit_count: int | None = None
    credit_fen: int | None = None
    debit_count: int | None = None
    debit_fen: int | None = None


class Proof(StrEnum):
    """What agreed with the lines. A statement without any can be as wrong as whoever typed it."""

    BALANCE = "balance"  # every balance follows from the one before
    ENDS = "ends"  # opening + lines = closing, all three stated
    TOTALS = "totals"  # counts or totals


@dataclass(frozen=True, slots=True)
class Statement:
    """``format`` is the reader's code (ccb, camt053, …).

    ``account_named`` tells whether the file says whose it is. Opening and closing balance are None where neither
    stated nor to be had from the balances of the lines; ``opening_stated`` tells which. Lines keep the file's order.
    ``not_booked`` counts entries that the bank only announces.
    """

    format: str
    bank: str
    account: str
    account_named: bool
    account_name: str
    currency: str
    opening_fen: int | None
    opening_stated: bool
    closing_fen: int | None
    control: Control
    newest_first: bool
    proofs: frozenset[Proof]
    lines: tuple[StatementLine, ...]
    not_booked: int = 0


class RowErrorCode(StrEnum):
    """What is wrong with a row; ``payments.words.row_words`` says it."""

    AMOUNT = "amount"  # isn't an amount in yuan with two decimals
    NO_AMOUNT = "no_amount"  # neither side says anything but 0
    BOTH_SIDES = "both_sides"  # in and out at once
    DIRECTION = "direction"  # unknown flag, or it contradicts the amount
    DATE = "date"
    TIME = "time"
    CURRENCY = "currency"
    CELLS = "cells"  # more or fewer cells than the header
    BALANCE = "balance"  # doesn't follow from the balance before
    ACCOUNT = "account"  # another account than the first row's
    DIGITS_LOST = "digits_lost"  # a number too long for a spreadsheet's number cell
    BATCH = "batch"  # parts of a batch don't add up to it
    ENTRY = "entry"  # not in the form of its format


@dataclass(frozen=True, slots=True)
class RowError:
    """``row`` as a person counts; ``column`` the header's words; ``read`` what stood there, cut at 80 characters."""

    row: int
    column: str
    code: RowErrorCode
    read: str

    @classmethod
    def at(cls, row: int, column: str, code: RowErrorCode, read: object) -> "RowError":
        text = str(read)
        return cls(row, column, code, text if len(text) <= 80 else text[:79] + "…")


def plain(text: str) -> str:
    """For comparing: full-width forms folded, without any space."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def line_identity(line: StatementLine) -> str:
    """64 hex digits that are the same whenever the bank reports the same booking, in whatever file.

    By the bank's serial where there is one; with day and amount, because tellers' serials begin anew each day and a
    transfer may share one with its fee. Else by all that the line says. Genuine twins differ in ``occurrence``.
    """
    day = line.booked_on.isoformat()
    if line.bank_serial:
        said: list[object] = ["serial", line.account, line.bank_serial, day, line.amount_fen, line.occurrence]
    else:
        name, memo = plain(line.counterparty_name), plain(line.remittance_information)
        said = ["said", line.account, day, line.amount_fen, name, memo, line.balance_fen, line.occurrence]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def occurrences(
    *,
    serials: Sequence[str | None],
    days: Sequence[date],
    amounts: Sequence[int],
    names: Sequence[str],
    memos: Sequence[str],
    balances: Sequence[int | None],
) -> list[int]:
    """1 for each line, 2 for the second that is the same by ``line_identity``, and so on."""
    keys: list[tuple[object, ...]]
    if len(set(serials)) == len(serials) and None not in serials:
        return [1] * len(serials)
    if all(serials):
        keys = list(zip(serials, days, amounts, strict=True))
    else:
        said = zip(serials, days, amounts, names, memos, balances, strict=True)
        keys = [
            (serial, day, amount) if serial else (None, day, amount, plain(name), plain(memo), balance)
            for serial, day, amount, name, memo, balance in said
        ]
    if len(set(keys)) == len(keys):
        return [1] * len(keys)
    seen: Counter[tuple[object, ...]] = Counter()
    numbers = []
    for key in keys:
        seen[key] += 1
        numbers.append(seen[key])
    return numbers
