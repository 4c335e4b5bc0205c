"""A table with a header → a statement, or the rows that are wrong."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from operator import mul, sub

from payments.statements.amounts import NotAnAmount, parse_amount
from payments.statements.checks import prove_ends, prove_totals, running
from payments.statements.columns import Body, total_rows
from payments.statements.errors import (
    AccountNotNamed,
    CurrencyRefused,
    FileTruncated,
    NoLines,
    RowsRefused,
    WrongAccount,
    control_broken,
)
from payments.statements.header import Header, said_around
from payments.statements.layouts import Role
from payments.statements.model import (
    Control,
    Proof,
    RowError,
    RowErrorCode,
    Statement,
    StatementLine,
    occurrences,
    plain,
)
from payments.statements.table import Table

_CREDIT_FLAGS = frozenset({"贷", "贷方", "C", "CR", "CRDT", "CREDIT", "收", "收入", "来账", "转入", "入", "+"})
_DEBIT_FLAGS = frozenset({"借", "借方", "D", "DR", "DBIT", "DEBIT", "支", "支出", "付", "往账", "转出", "出", "-"})
_YUAN = frozenset({"CNY", "RMB", "人民币", "人民币元", "人民币(元)", "CNY人民币", "人民币CNY", "156"})
_COUNTS = ("count", "credit_count", "debit_count")


def read_table(table: Table, header: Header, *, expected_account: str | None = None) -> Statement:
    """Raises StatementRefused: RowsRefused with every row that is wrong, or why the whole can't be taken."""
    body = Body(table, header)
    if table.open_end and table.rows and table.rows[-1] and len(table.rows[-1]) < len(header.names):
        _whole_footer_or_truncated(table, body)
    said = said_around([*table.rows[: header.row], *body.footers], dict(header.layout.labels))
    _check_currency(body, said.get("currency"))
    account, named = _account(body, said.get("account"), expected_account)
    amounts, sides = _amounts(body)
    balances = body.fen(Role.BALANCE)
    lines = _lines(body, account, amounts, balances)
    if body.errors:
        raise RowsRefused(_in_order(body.errors))

    run = running(amounts, balances, _clock(lines))
    balance_texts = body.texts(Role.BALANCE) if run.breaks else []
    for index in run.breaks:
        body.error(index, Role.BALANCE, RowErrorCode.BALANCE, balance_texts[index])
    if body.errors:
        raise RowsRefused(tuple(body.errors))
    control, opening, closing = _control(said), _fen_said(said, "opening_fen"), _fen_said(said, "closing_fen")
    if not lines and control.count is None and control.credit_count is None:
        raise NoLines
    proofs = prove_totals(control, amounts, sides) | prove_ends(opening, closing, amounts)
    proofs |= _prove_footers(body, sides)
    if run.followed:
        proofs |= {Proof.BALANCE}
        _agree("opening_fen", opening, run.opening_fen)
        _agree("closing_fen", closing, run.closing_fen)
    return Statement(
        format=header.layout.code,
        bank=header.layout.bank,
        account=account,
        account_named=named,
        account_name=said.get("name") or next(iter(body.cells(Role.OWN_NAME)), "").strip(),
        currency="CNY",
        opening_fen=run.opening_fen if opening is None else opening,
        opening_stated=opening is not None,
        closing_fen=run.closing_fen if closing is None else closing,
        control=control,
        newest_first=run.newest_first,
        proofs=proofs,
        lines=tuple(lines),
    )


def _whole_footer_or_truncated(table: Table, body: Body) -> None:
    """The last row has no line end and too few cells: unless it is a footer, the file was cut there."""
    if not any(row is table.rows[-1] for row in body.footers):
        raise FileTruncated


def _in_order(found: Sequence[RowError]) -> tuple[RowError, ...]:
    """By row. Where a row has cells too many or too few all that follows from it isn't worth telling."""
    shifted = {error.row for error in found if error.code is RowErrorCode.CELLS}
    told = [error for error in found if error.code is RowErrorCode.CELLS or error.row not in shifted]
    return tuple(sorted(told, key=lambda error: error.row))


def _clock(lines: Sequence[StatementLine]) -> Sequence[date]:
    """First and last are all that is looked at; moments where both have one, for a day has many bookings."""
    if not lines:
        return []
    first, last = lines[0], lines[-1]
    if first.booked_on == last.booked_on and first.booked_at and last.booked_at:
        return [first.booked_at, last.booked_at]
    return [first.booked_on, last.booked_on]


def _agree(what: str, stated: int | None, found: int | None) -> None:
    if stated is not None and stated != found:
        raise control_broken(what, stated=stated, found=found)


# -- whose, in what currency ------------------------------------------------------------------------------------------


def same_account(one: str, other: str) -> bool:
    """Blanks and hyphens don't matter, and nothing else may differ."""
    return plain(one).replace("-", "").upper() == plain(other).replace("-", "").upper()


def _account(body: Body, said: str | None, expected: str | None) -> tuple[str, bool]:
    """The account, and whether the file names it. Other accounts among the rows are errors of theirs."""
    texts = body.cells(Role.OWN_ACCOUNT)
    if body.sheet:
        body.numbers_as_text(Role.OWN_ACCOUNT)
    found = said or next((text for text in map(str.strip, texts) if text), None)
    if found is None:
        if expected is None:
            raise AccountNotNamed
        return expected, False
    if expected is not None and not same_account(found, expected):
        raise WrongAccount(expected=expected, found=found)
    others = {text for text in set(texts) if text.strip() and not same_account(text, found)}
    _report(body, Role.OWN_ACCOUNT, RowErrorCode.ACCOUNT, others)
    return expected or plain(found).replace("-", ""), True


def is_yuan(text: str) -> bool:
    return plain(text).upper() in _YUAN


def _check_currency(body: Body, said: str | None) -> None:
    if said is not None and not is_yuan(said):
        raise CurrencyRefused(read=said)
    if Role.CURRENCY not in body.header.places:
        return
    others = {text for text in set(body.cells(Role.CURRENCY)) if text.strip() and not is_yuan(text)}
    _report(body, Role.CURRENCY, RowErrorCode.CURRENCY, others)


def _report(body: Body, role: Role, code: RowErrorCode, wrong: set[str]) -> None:
    """An error for every row in which one of these cells stands."""
    for index, text in enumerate(body.cells(role) if wrong else ()):
        if text in wrong:
            body.error(index, role, code, text.strip())


# -- amounts ----------------------------------------------------------------------------------------------------------


def _amounts(body: Body) -> tuple[list[int], tuple[Sequence[int], Sequence[int]] | None]:
    """Signed fen, and the two columns where there are two."""
    signs = _signs(body)
    if Role.AMOUNT in body.header.places:
        return _signed(body, signs), None
    came_in = [fen or 0 for fen in body.fen(Role.CREDIT)]
    went_out = [fen or 0 for fen in body.fen(Role.DEBIT)]
    amounts = list(map(sub, came_in, went_out))
    if 0 in amounts or any(map(mul, came_in, went_out)):
        wrong = {error.row for error in body.errors if error.code is RowErrorCode.AMOUNT}
        credit_texts, debit_texts = body.texts(Role.CREDIT), body.texts(Role.DEBIT)
        for index, (came, went) in enumerate(zip(came_in, went_out, strict=True)):
            if body.numbers[index] in wrong:
                continue
            if came and went:
                body.error(index, Role.DEBIT, RowErrorCode.BOTH_SIDES, debit_texts[index])
            elif not came and not went:
                body.error(index, Role.CREDIT, RowErrorCode.NO_AMOUNT, credit_texts[index])
    if signs is not None:
        flags = body.texts(Role.FLAG)
        for index, (sign, came, went) in enumerate(zip(signs, came_in, went_out, strict=True)):
            if (sign > 0 and went) or (sign < 0 and came):
                body.error(index, Role.FLAG, RowErrorCode.DIRECTION, flags[index])
    return amounts, (came_in, went_out)


def _signed(body: Body, signs: Sequence[int] | None) -> list[int]:
    wrong_before = len(body.errors)
    found = body.fen(Role.AMOUNT)
    wrong = {error.row for error in body.errors[wrong_before:]}
    if 0 in found or None in found:
        texts = body.texts(Role.AMOUNT)
        for index, fen in enumerate(found):
            if not fen and body.numbers[index] not in wrong:
                body.error(index, Role.AMOUNT, RowErrorCode.NO_AMOUNT, texts[index])
    amounts = [fen or 0 for fen in found]
    return amounts if signs is None else list(map(mul, amounts, signs))


def _signs(body: Body) -> list[int] | None:
    """1 or -1 by the flag column. A minus beside 借 is a reversal: money that came back."""
    if Role.FLAG not in body.header.places:
        return None
    texts = body.cells(Role.FLAG)
    signs = {text: _sign_of(text) for text in set(texts)}
    _report(body, Role.FLAG, RowErrorCode.DIRECTION, {text for text, sign in signs.items() if sign == 0})
    return [signs[text] for text in texts]


def _sign_of(text: str) -> int:
    flag = plain(text).upper()
    return 1 if flag in _CREDIT_FLAGS else -1 if flag in _DEBIT_FLAGS else 0


# -- lines ------------------------------------------------------------------------------------------------------------


def _lines(body: Body, account: str, amounts: Sequence[int], balances: Sequence[int | None]) -> list[StatementLine]:
    names, accounts, banks = _counterparties(body, amounts)
    days, memos = body.days or [], body.remittance()
    serials = [serial or None for serial in body.numbers_as_text(Role.SERIAL)]
    numbers = occurrences(serials=serials, days=days, amounts=amounts, names=names, memos=memos, balances=balances)
    make = partial(tuple.__new__, StatementLine)
    cells = zip(
        [account] * len(days),
        days,
        body.times(),
        amounts,
        balances,
        names,
        accounts,
        banks,
        memos,
        serials,
        body.numbers,
        body.rows,
        numbers,
        strict=True,
    )
    return list(map(make, cells))


def _counterparties(body: Body, amounts: Sequence[int]) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
    """Name, account and bank of the other side: the payer of what came, the payee of what went."""
    names, accounts = body.texts(Role.NAME), body.numbers_as_text(Role.ACCOUNT)
    banks = body.texts(Role.BANK)
    if Role.PAYEE_NAME not in body.header.places:
        return names, accounts, banks
    others = (body.texts(Role.PAYEE_NAME), body.numbers_as_text(Role.PAYEE_ACCOUNT), body.texts(Role.PAYEE_BANK))
    chosen = [
        [payer if amount > 0 else payee for amount, payer, payee in zip(amounts, mine, theirs, strict=True)]
        for mine, theirs in zip((names, accounts, banks), others, strict=True)
    ]
    return chosen[0], chosen[1], chosen[2]


# -- what the bank added up -------------------------------------------------------------------------------------------


def _control(said: dict[str, str]) -> Control:
    return Control(
        count=_count_said(said, "count"),
        credit_count=_count_said(said, "credit_count"),
        credit_fen=_total_said(said, "credit_fen"),
        debit_count=_count_said(said, "debit_count"),
        debit_fen=_total_said(said, "debit_fen"),
    )


def _count_said(said: dict[str, str], what: str) -> int | None:
    if what not in said:
        return None
    digits = plain(said[what]).removesuffix("笔").replace(",", "")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 9:
        raise control_broken(what, stated=said[what], found=None)
    return int(digits)


def _total_said(said: dict[str, str], what: str) -> int | None:
    """Banks that sign their amounts sign the debit total, too."""
    fen = _fen_said(said, what)
    return None if fen is None else abs(fen)


def _fen_said(said: dict[str, str], what: str) -> int | None:
    if what not in said:
        return None
    try:
        return parse_amount(said[what])
    except NotAnAmount as error:
        raise control_broken(what, stated=said[what], found=None) from error


def _prove_footers(body: Body, sides: tuple[Sequence[int], Sequence[int]] | None) -> frozenset[Proof]:
    """合计 with sums under the amounts."""
    proofs: frozenset[Proof] = frozenset()
    if sides is None:
        return proofs
    for row in total_rows(body.footers):
        for role, what, side in ((Role.CREDIT, "credit_fen", sides[0]), (Role.DEBIT, "debit_fen", sides[1])):
            place = body.header.places.get(role)
            if place is None or place >= len(row) or not row[place].strip():
                continue
            stated = _fen_said({what: row[place]}, what)
            _agree(what, stated, sum(side))
            proofs |= {Proof.TOTALS}
    return proofs
