"""OFX 1 (SGML) and 2 (XML), bank statements: the few elements that hold bookings.

An element with text is a leaf, whether or not it is closed; one without is a group and must be. Source: OFX 2.3, 11.4.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

from payments.statements.amounts import NotAnAmount, parse_amount
from payments.statements.entries import Ends, Entry, statement
from payments.statements.errors import FileTruncated, FileUnreadable, FileUnsafe
from payments.statements.model import BANK_ZONE, Control, RowError, RowErrorCode, Statement

_TOKEN = re.compile(r"<(/?)([A-Z0-9_.]{1,40})(/?)>([^<]*)")
_DAY = re.compile(
    r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})(?:\.\d{1,6})?)?(?:\[([+-]?\d{1,2})(?:\.(\d{1,2}))?(?::[A-Z]{1,6})?\])?"
)


def is_ofx(text: str) -> bool:
    return "<OFX>" in text[:4000]


@dataclass
class _Group:
    name: str
    values: dict[str, str] = field(default_factory=dict)
    groups: "list[_Group]" = field(default_factory=list)

    def all(self, name: str) -> "Iterator[_Group]":
        for group in self.groups:
            if group.name == name:
                yield group
            else:
                yield from group.all(name)

    def first(self, name: str) -> "_Group":
        return next(self.all(name), _Group(name))


def read(text: str, *, expected_account: str | None = None) -> tuple[Statement, ...]:
    """One statement each STMTRS. Raises StatementRefused's kinds."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise FileUnsafe
    found = tuple(_statement(group, expected_account) for group in _tree(text).all("STMTRS"))
    if not found:
        raise FileUnreadable
    return found


def _tree(text: str) -> _Group:
    root = _Group("")
    open_groups = [root]
    start = text.index("<OFX>")
    end = start
    for token in _TOKEN.finditer(text, start):
        if token.start() != end:
            raise FileUnreadable
        end = token.end()
        closing, name, empty, value = token.groups()
        if closing:
            if open_groups[-1].name == name:
                open_groups.pop()
            elif name not in open_groups[-1].values:
                raise FileUnreadable
        elif value.strip() or empty:
            open_groups[-1].values.setdefault(name, html.unescape(value.strip()))
        elif re.match(rf"</{re.escape(name)}>", text[end : end + 50]):
            open_groups[-1].values.setdefault(name, "")
        else:
            group = _Group(name)
            open_groups[-1].groups.append(group)
            open_groups.append(group)
            if len(open_groups) > 40:
                raise FileUnreadable
    if len(open_groups) != 1 or text[end:].strip():
        raise FileTruncated
    return root


def _statement(group: _Group, expected_account: str | None) -> Statement:
    entries, errors = [], []
    for row, one in enumerate(group.all("STMTTRN"), 1):
        try:
            entries.append(_entry(row, one))
        except _Wrong as wrong:
            errors.append(RowError.at(row, wrong.args[0], wrong.args[1], wrong.args[2]))
    return statement(
        code="ofx",
        account=group.first("BANKACCTFROM").values.get("ACCTID", ""),
        currency=group.values.get("CURDEF", ""),
        entries=entries,
        errors=errors,
        ends=Ends(None, _closing(group)),
        control=Control(),
        expected_account=expected_account,
    )


def _closing(group: _Group) -> int | None:
    said = group.first("LEDGERBAL").values.get("BALAMT")
    try:
        return None if said is None else parse_amount(said)
    except NotAnAmount as error:
        raise FileUnreadable from error


class _Wrong(ValueError):
    """Element, code, what stood there."""


def _entry(row: int, one: _Group) -> Entry:
    values = one.values
    said = values.get("TRNAMT", "")
    try:
        fen = parse_amount(said)
    except NotAnAmount as error:
        raise _Wrong("TRNAMT", RowErrorCode.AMOUNT, said) from error
    if fen == 0:
        raise _Wrong("TRNAMT", RowErrorCode.NO_AMOUNT, said)
    kind = values.get("TRNTYPE", "")
    if (kind == "CREDIT" and fen < 0) or (kind == "DEBIT" and fen > 0):
        raise _Wrong("TRNTYPE", RowErrorCode.DIRECTION, f"{kind} {said}")
    if currency := one.first("CURRENCY").values.get("CURSYM") or one.first("ORIGCURRENCY").values.get("CURSYM"):
        raise _Wrong("CURRENCY", RowErrorCode.CURRENCY, currency)
    booked_on, booked_at = _day(values.get("DTPOSTED", ""))
    return Entry(
        row=row,
        booked_on=booked_on,
        booked_at=booked_at,
        amount_fen=fen,
        counterparty_name=values.get("NAME") or one.first("PAYEE").values.get("NAME", ""),
        counterparty_account=one.first("BANKACCTTO").values.get("ACCTID", ""),
        counterparty_bank=one.first("BANKACCTTO").values.get("BANKID", ""),
        remittance_information=values.get("MEMO", ""),
        bank_serial=values.get("FITID") or None,
        cells=tuple(f"{name}={value}" for name, value in values.items()),
    )


def _day(said: str) -> tuple[date, datetime | None]:
    found = _DAY.fullmatch(said)
    if found is None:
        raise _Wrong("DTPOSTED", RowErrorCode.DATE, said)
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
        if found[4] is None:
            return day, None
        # without a zone the standard means GMT, but a bank that gives none writes its own clock
        hours = timedelta(hours=int(found[7])) if found[7] else timedelta(hours=8)
        at = datetime(day.year, day.month, day.day, int(found[4]), int(found[5]), int(found[6]), tzinfo=timezone(hours))
    except (ValueError, OverflowError) as error:
        raise _Wrong("DTPOSTED", RowErrorCode.DATE, said) from error
    return at.astimezone(BANK_ZONE).date() if found[7] else day, at
