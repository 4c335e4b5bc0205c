"""ISO 20022 camt.053 (bank to customer statement), versions 2 to 8.

The versions differ in where the parties' names and the state stand; elements are found by their local names. An entry
that books a batch becomes one line for each of its transactions when these have amounts and add up to it; when they
have none, the entry stays one line: the bank booked one sum. Entries that aren't booked (PDNG, INFO) are counted only.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from payments.statements.amounts import NotAnAmount, parse_amount
from payments.statements.entries import Ends, Entry, statement
from payments.statements.errors import FileTooLarge, FileTruncated, FileUnreadable, FileUnsafe, UnknownFormat
from payments.statements.model import BANK_ZONE, Control, RowError, RowErrorCode, Statement
from payments.statements.table import MIB, SIZE_LIMIT
from payments.statements.tabular import is_yuan

_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(\d{2})")
VERSIONS = range(2, 9)


class _Wrong(ValueError):
    """Element, code, what stood there."""


def is_camt(data: bytes) -> bool:
    head = data[:4000].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith((b"<?xml", b"<Document", b"<!DOCTYPE", b"<")) and (
        b"camt.053" in head or b"BkToCstmrStmt" in head or b"<!DOCTYPE" in head or b"<!ENTITY" in head
    )


def read(data: bytes, *, expected_account: str | None = None) -> tuple[Statement, ...]:
    """Every Stmt. Raises StatementRefused's kinds."""
    if len(data) > SIZE_LIMIT:
        raise FileTooLarge(limit=SIZE_LIMIT // MIB)
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise FileUnsafe from error
    except ParseError as error:
        if error.code in (3, 5):  # no element found, unclosed token: it stops in the middle
            raise FileTruncated from error
        raise FileUnreadable from error
    except (ValueError, LookupError) as error:  # an encoding that isn't, or not known
        raise FileUnreadable from error
    found = _NAMESPACE.match(root.tag[1:]) if root.tag.startswith("{") else None
    if found is None or int(found[1]) not in VERSIONS:
        raise UnknownFormat
    statements = [_statement(one, expected_account) for one in _all(root, "BkToCstmrStmt/Stmt")]
    if not statements:
        raise FileUnreadable
    return tuple(statements)


# -- elements by local name -------------------------------------------------------------------------------------------


def _all(element: Element, path: str) -> Iterator[Element]:
    name, _, rest = path.partition("/")
    for child in element:
        if isinstance(child.tag, str) and child.tag.rpartition("}")[2] == name:
            if rest:
                yield from _all(child, rest)
            else:
                yield child


def _first(element: Element, *paths: str) -> Element | None:
    for path in paths:
        for found in _all(element, path):
            return found
    return None


def _text(element: Element, *paths: str) -> str:
    for path in paths:
        for found in _all(element, path):
            if said := " ".join((found.text or "").split()):
                return said
    return ""


# -- statements -------------------------------------------------------------------------------------------------------


def _statement(stmt: Element, expected_account: str | None) -> Statement:
    entries: list[Entry] = []
    errors: list[RowError] = []
    booked: list[int] = []
    not_booked = 0
    for row, ntry in enumerate(_all(stmt, "Ntry"), 1):
        if _text(ntry, "Sts/Cd", "Sts/Prtry", "Sts") != "BOOK":
            not_booked += 1
            continue
        try:
            entry = _entry(row, ntry)
            booked.append(entry.amount_fen)
            entries.extend(_parts(entry, ntry))
        except _Wrong as wrong:
            errors.append(RowError.at(row, wrong.args[0], wrong.args[1], wrong.args[2]))
    return statement(
        code="camt053",
        account=_text(stmt, "Acct/Id/IBAN", "Acct/Id/Othr/Id"),
        currency=_text(stmt, "Acct/Ccy"),
        entries=entries,
        errors=errors,
        ends=Ends(_balance(stmt, ("OPBD", "PRCD")), _balance(stmt, ("CLBD",))),
        control=_control(stmt) if not not_booked else Control(),
        booked=booked,
        expected_account=expected_account,
        not_booked=not_booked,
    )


def _balance(stmt: Element, codes: tuple[str, ...]) -> int | None:
    for code in codes:
        for bal in _all(stmt, "Bal"):
            if _text(bal, "Tp/CdOrPrtry/Cd") == code:
                try:
                    return _signed(bal)
                except _Wrong as error:
                    raise FileUnreadable from error
    return None


def _control(stmt: Element) -> Control:
    def count(path: str) -> int | None:
        said = _text(stmt, f"TxsSummry/{path}/NbOfNtries")
        if said and not (said.isascii() and said.isdecimal() and len(said) < 10):
            raise FileUnreadable
        return int(said) if said else None

    def total(path: str) -> int | None:
        said = _text(stmt, f"TxsSummry/{path}/Sum")
        try:
            return parse_amount(said) if said else None
        except NotAnAmount as error:
            raise FileUnreadable from error

    return Control(
        count=count("TtlNtries"),
        credit_count=count("TtlCdtNtries"),
        credit_fen=total("TtlCdtNtries"),
        debit_count=count("TtlDbtNtries"),
        debit_fen=total("TtlDbtNtries"),
    )


# -- entries ----------------------------------------------------------------------------------------------------------


def _amount(element: Element, *paths: str) -> int:
    amount = _first(element, *paths)
    said = "" if amount is None else (amount.text or "").strip()
    if amount is None or not is_yuan(amount.get("Ccy", "")):
        raise _Wrong("Amt", RowErrorCode.CURRENCY, "" if amount is None else amount.get("Ccy", ""))
    if not re.fullmatch(r"\d+(\.\d{1,2})?", said, re.ASCII):
        raise _Wrong("Amt", RowErrorCode.AMOUNT, said)
    try:
        return parse_amount(said)
    except NotAnAmount as error:
        raise _Wrong("Amt", RowErrorCode.AMOUNT, said) from error


def _sign(element: Element, otherwise: int | None = None) -> int:
    """CdtDbtInd says where the money went, of a reversal too."""
    said = _text(element, "CdtDbtInd")
    if not said and otherwise is not None:
        return otherwise
    if said not in ("CRDT", "DBIT"):
        raise _Wrong("CdtDbtInd", RowErrorCode.DIRECTION, said)
    return 1 if said == "CRDT" else -1


def _signed(element: Element) -> int:
    return _amount(element, "Amt") * _sign(element)


def _entry(row: int, ntry: Element) -> Entry:
    fen = _signed(ntry)
    if fen == 0:
        raise _Wrong("Amt", RowErrorCode.NO_AMOUNT, "0")
    day, at = _day(ntry)
    return Entry(
        row=row,
        booked_on=day,
        booked_at=at,
        amount_fen=fen,
        counterparty_name="",
        counterparty_account="",
        counterparty_bank="",
        remittance_information=_text(ntry, "AddtlNtryInf"),
        bank_serial=_text(ntry, "AcctSvcrRef", "NtryRef") or None,
        cells=(_text(ntry, "Amt"), _text(ntry, "CdtDbtInd"), day.isoformat(), _text(ntry, "AddtlNtryInf")),
    )


def _day(ntry: Element) -> tuple[date, datetime | None]:
    said = _text(ntry, "BookgDt/Dt", "BookgDt/DtTm")
    try:
        if len(said) == 10:
            return date.fromisoformat(said), None
        at = datetime.fromisoformat(said)
    except ValueError as error:
        raise _Wrong("BookgDt", RowErrorCode.DATE, said) from error
    return at.date(), at if at.tzinfo else at.replace(tzinfo=BANK_ZONE)


def _parts(entry: Entry, ntry: Element) -> list[Entry]:
    details = list(_all(ntry, "NtryDtls/TxDtls"))
    if len(details) == 1:
        return [_detailed(entry, details[0], entry.amount_fen, serial=entry.bank_serial)]
    amounts = [_part_amount(entry, one) for one in details]
    if not details or None in amounts:
        memo = " ".join(filter(None, [entry.remittance_information, *map(_remittance, details)]))
        return [replace(entry, remittance_information=memo)]
    parts = [amount for amount in amounts if amount is not None]
    if sum(parts) != entry.amount_fen or 0 in parts:
        raise _Wrong("NtryDtls", RowErrorCode.BATCH, " + ".join(f"{part / 100:.2f}" for part in parts))
    return [_detailed(entry, one, part) for one, part in zip(details, parts, strict=True)]


def _part_amount(entry: Entry, one: Element) -> int | None:
    paths = [path for path in ("Amt", "AmtDtls/TxAmt/Amt") if _first(one, path) is not None]
    if not paths:
        return None
    return _amount(one, *paths) * _sign(one, 1 if entry.amount_fen > 0 else -1)


def _detailed(entry: Entry, one: Element, fen: int, *, serial: str | None = None) -> Entry:
    """The counterparty is the debtor of what came and the creditor of what went."""
    who = "Dbtr" if fen > 0 else "Cdtr"
    own = _text(one, "Refs/AcctSvcrRef")
    if not own and serial is None and entry.bank_serial:
        own = "/".join(filter(None, [entry.bank_serial, _text(one, "Refs/TxId", "Refs/EndToEndId", "Refs/InstrId")]))
    memo = _remittance(one) or entry.remittance_information
    name = _text(one, f"RltdPties/{who}/Nm", f"RltdPties/{who}/Pty/Nm", f"RltdPties/Ultmt{who}/Nm")
    return replace(
        entry,
        amount_fen=fen,
        counterparty_name=name,
        counterparty_account=_text(one, f"RltdPties/{who}Acct/Id/IBAN", f"RltdPties/{who}Acct/Id/Othr/Id"),
        counterparty_bank=_text(
            one,
            *(f"RltdAgts/{who}Agt/FinInstnId/{what}" for what in ("Nm", "BICFI", "BIC", "ClrSysMmbId/MmbId")),
        ),
        remittance_information=memo,
        bank_serial=serial or own or None,
        cells=(*entry.cells, name, memo, own),
    )


def _remittance(one: Element) -> str:
    """All Ustrd, as they were cut at 140 characters: joined without anything between; then structured references."""
    unstructured = "".join(element.text or "" for element in _all(one, "RmtInf/Ustrd"))
    structured = [element.text or "" for element in _all(one, "RmtInf/Strd/CdtrRefInf/Ref")]
    return " ".join(" ".join([unstructured, *structured, "" if unstructured else _text(one, "AddtlTxInf")]).split())
