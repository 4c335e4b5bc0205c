"""SWIFT MT940, strictly: an :61: that isn't in the form is an error of its entry, never skipped.

Structured :86: in the ?20–?33 form and the /NAME/…/REMI/ form; any other text is the remittance information as it is.
Source: SWIFT Standards MT, category 9. Own reading instead of a library, because the libraries are made to get
something out of every dialect, and here a line that isn't understood must be refused (docs/dependencies.md).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from payments.statements.amounts import NotAnAmount, parse_amount
from payments.statements.entries import Ends, Entry, statement
from payments.statements.errors import CurrencyRefused, FileTruncated, FileUnreadable
from payments.statements.model import Control, RowError, RowErrorCode, Statement
from payments.statements.tabular import is_yuan

_TAG = re.compile(r":(\d{2}[A-Z]?|NS):(.*)")
_REFERENCE_TAG = re.compile(r"(?:^|\n|\{4:\s*):20:")
_ACCOUNT_TAG = re.compile(r"(?:^|\n):(?:25|60[FM]):")
_BALANCE = re.compile(r"([CD])(\d{6})([A-Z]{3})([\d,]{1,16})")
_ENTRY = re.compile(
    r"(?P<value>\d{6})(?P<entry>\d{4})?(?P<mark>R?[CD])(?P<funds>[A-Z])?(?P<amount>\d{1,15},\d{0,2})"
    r"(?P<kind>[NFS][A-Z0-9]{3})(?P<reference>[^/\n]*(?:/[^/\n]+)*?)(?://(?P<bank>[^\n]*))?(?:\n(?P<more>[\s\S]*))?"
)
_SUBFIELD = re.compile(r"\?(\d{2})")
_CODEWORD = re.compile(r"/(NAME|REMI|ACCT|IBAN|BIC|EREF|ORDP|BENM|ADDR|TRCD|CNTP)/")
_SUMS = re.compile(r"(\d{1,5})([A-Z]{3})([\d,]{1,16})")
_NO_REFERENCE = frozenset({"", "NONREF", "NOTPROVIDED"})


def is_mt940(text: str) -> bool:
    """Both a reference and an opening balance, at the start of a line, near the top."""
    head = text[:4000]
    return _REFERENCE_TAG.search(head) is not None and _ACCOUNT_TAG.search(head) is not None


@dataclass
class _Message:
    account: str = ""
    opening: tuple[str, int] | None = None
    closing: tuple[str, int] | None = None
    entries: list[tuple[str, str]] = field(default_factory=list)  # :61: with its :86:
    sums: dict[str, tuple[int, int]] = field(default_factory=dict)  # C, D → count, fen


def read(text: str, *, expected_account: str | None = None) -> tuple[Statement, ...]:
    """One statement a message. Raises StatementRefused's kinds."""
    return tuple(_statement(message, expected_account) for message in _messages(_fields(text)))


def _fields(text: str) -> Iterator[tuple[str, str]]:
    """Tag and value, continuation lines joined by a newline."""
    tag, value = "", ""
    for raw in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        line = re.sub(r"^\{1:.*\{4:", "", raw)
        if line.strip() in {"-", "-}", ""} or re.fullmatch(r"-\}(\{.*\})*|\{[1-5]:.*\}?", line.strip()):
            continue
        if found := _TAG.fullmatch(line):
            if tag:
                yield tag, value
            tag, value = found[1], found[2]
        elif not tag:
            raise FileUnreadable
        else:
            value += "\n" + line
    if tag:
        yield tag, value


def _messages(fields: Iterator[tuple[str, str]]) -> Iterator[_Message]:
    message: _Message | None = None
    for tag, value in fields:
        if tag == "20":
            if message is not None:
                yield _complete(message)
            message = _Message()
        elif message is None:
            raise FileUnreadable
        else:
            _take(message, tag, value.strip())
    if message is None:
        raise FileUnreadable
    yield _complete(message)


def _complete(message: _Message) -> _Message:
    if message.opening is None or message.closing is None:
        raise FileTruncated
    return message


def _take(message: _Message, tag: str, value: str) -> None:
    match tag:
        case "25":
            message.account = value.rsplit("/", maxsplit=1)[-1].removesuffix("CNY").strip()
        case "60F" | "60M":
            message.opening = _balance(value)
        case "62F" | "62M":
            message.closing = _balance(value)
        case "61":
            message.entries.append((value, ""))
        case "86" if message.entries and message.closing is None:
            message.entries[-1] = (message.entries[-1][0], value)
        case "90C" | "90D":
            if found := _SUMS.fullmatch(value):
                message.sums[tag[-1]] = (int(found[1]), _fen(found[3]))
        case _:
            pass  # 28C sequence, 34F floor, 64 and 65 available balances: nothing that is booked


def _balance(value: str) -> tuple[str, int]:
    found = _BALANCE.fullmatch(value)
    if found is None:
        raise FileUnreadable
    if not is_yuan(found[3]):
        raise CurrencyRefused(read=found[3])
    fen = _fen(found[4])
    return found[2], fen if found[1] == "C" else -fen


def _fen(text: str) -> int:
    """ "1234,5" as SWIFT writes it: a comma always, no thousands."""
    whole, comma, part = text.partition(",")
    if not comma or "," in part:
        raise FileUnreadable
    try:
        return parse_amount(f"{whole}.{part or '0'}")
    except NotAnAmount as error:
        raise FileUnreadable from error


def _statement(message: _Message, expected_account: str | None) -> Statement:
    entries, errors = [], []
    for row, (said, details) in enumerate(message.entries, 1):
        try:
            entries.append(_entry(row, said, details))
        except (ValueError, FileUnreadable):
            errors.append(RowError.at(row, ":61:", RowErrorCode.ENTRY, said))
    opening, closing = message.opening, message.closing
    credit, debit = message.sums.get("C"), message.sums.get("D")
    return statement(
        code="mt940",
        account=message.account,
        currency="CNY",
        entries=entries,
        errors=errors,
        ends=Ends(opening[1] if opening else None, closing[1] if closing else None),
        control=Control(
            credit_count=credit[0] if credit else None,
            credit_fen=credit[1] if credit else None,
            debit_count=debit[0] if debit else None,
            debit_fen=debit[1] if debit else None,
        ),
        expected_account=expected_account,
    )


def _entry(row: int, said: str, details: str) -> Entry:
    found = _ENTRY.fullmatch(said)
    if found is None:
        raise ValueError(said)
    fen = _fen(found["amount"])
    if fen == 0:
        raise ValueError(said)
    value_day = date(2000 + int(found["value"][:2]), int(found["value"][2:4]), int(found["value"][4:]))
    name, account, bank, memo = _details(details)
    reference = (found["bank"] or "").strip()
    return Entry(
        row=row,
        booked_on=_entry_day(value_day, found["entry"]),
        booked_at=None,
        amount_fen=fen if found["mark"] in ("C", "RD") else -fen,
        counterparty_name=name,
        counterparty_account=account,
        counterparty_bank=bank,
        remittance_information=memo or (found["more"] or "").strip(),
        bank_serial=None if reference.upper() in _NO_REFERENCE else reference,
        cells=(said, details),
    )


def _entry_day(value_day: date, month_day: str | None) -> date:
    """:61: gives the booking day without its year: the nearest to the value day."""
    if month_day is None:
        return value_day
    month, day = int(month_day[:2]), int(month_day[2:])
    near = []
    for year in (value_day.year - 1, value_day.year, value_day.year + 1):
        try:
            near.append(date(year, month, day))
        except ValueError:
            continue
    return min(near, key=lambda one: abs(one - value_day))  # ValueError when there is none


def _details(text: str) -> tuple[str, str, str, str]:
    """Name, account, bank, remittance information of an :86:."""
    joined = text.replace("\n", "")
    if _SUBFIELD.search(joined):
        parts = _SUBFIELD.split(joined)
        fields = dict(zip(parts[1::2], parts[2::2], strict=True))
        memo = "".join(value for key, value in fields.items() if "20" <= key <= "29" or "60" <= key <= "63")
        return fields.get("32", "") + fields.get("33", ""), fields.get("31", ""), fields.get("30", ""), memo.strip()
    if _CODEWORD.search(joined):
        parts = _CODEWORD.split(joined)
        fields = dict(zip(parts[1::2], parts[2::2], strict=True))
        account = fields.get("ACCT") or fields.get("IBAN") or ""
        return fields.get("NAME", ""), account, fields.get("BIC", ""), fields.get("REMI", "").strip()
    return "", "", "", text.replace("\n", " ").strip()
