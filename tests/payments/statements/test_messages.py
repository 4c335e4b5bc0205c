# ruff: noqa: DTZ001 (a bank's own clock: its zone comes with the reading)
"""camt.053 (versions 2 to 8), MT940 and OFX (both writings)."""

import re
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.statements import Proof, RowErrorCode, RowsRefused, StatementRefused, errors, read
from payments.statements.camt import VERSIONS
from payments.statements.model import BANK_ZONE
from tests.payments.statements import messages
from tests.payments.statements.exports import OPENING, OWN_ACCOUNT, Told

TOLD = [
    Told(datetime(2026, 11, 2, 9, 0, 1), 12_345, serial="S1"),
    Told(datetime(2026, 11, 3, 9, 0, 1), -500, serial="S2", memo="手续费 <&>"),
    Told(datetime(2026, 11, 3, 17, 30, 59), 122_100, serial="S3", name="广州（样本）有限公司"),
]
WRITERS: dict[str, Callable[[list[Told]], str]] = {
    **{f"camt053 v{version}": partial(messages.camt, version=version) for version in VERSIONS},
    "mt940": messages.mt940,
    "mt940 in its envelope": lambda told: messages.mt940(told, envelope=True),
    "ofx 1": messages.ofx,
    "ofx 2": lambda told: messages.ofx(told, xml=True),
}


#: ISO 20022 is UTF-8
ENCODED = [(name, "utf-8") for name in WRITERS] + [(name, "gb18030") for name in WRITERS if "camt" not in name]


@pytest.mark.parametrize(("writer", "encoding"), ENCODED)
def test_what_was_booked_is_read(writer: str, encoding: str) -> None:
    (statement,) = read(WRITERS[writer](TOLD).encode(encoding))
    code = writer.partition(" ")[0]
    assert (statement.format, statement.account, statement.account_named) == (code, OWN_ACCOUNT, True)
    assert [
        (line.booked_on, line.amount_fen, line.counterparty_name, line.counterparty_account, line.counterparty_bank)
        for line in statement.lines
    ] == [(one.at.date(), one.fen, one.name, one.account, one.bank) for one in TOLD]
    assert [(line.remittance_information, line.bank_serial) for line in statement.lines] == [
        (one.memo, one.serial) for one in TOLD
    ]
    if not writer.startswith("mt940"):
        assert [line.booked_at for line in statement.lines] == [one.at.replace(tzinfo=BANK_ZONE) for one in TOLD]
    assert statement.closing_fen == OPENING + 133_945
    expected = {"camt053": {Proof.ENDS, Proof.TOTALS}, "mt940": {Proof.ENDS}, "ofx": set()}
    assert statement.proofs == expected[statement.format]


texts = st.text("深圳测试（样本）有限公司ABC123", min_size=1, max_size=25)
tellings = st.lists(
    st.builds(
        Told,
        at=st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31)).map(lambda at: at.replace(microsecond=0)),
        fen=st.integers(-(10**12), 10**12).filter(bool),
        name=texts,
        memo=texts,
        account=st.text("0123456789", min_size=8, max_size=20),
    ),
    min_size=1,
    max_size=6,
).map(lambda told: [replace(one, serial=f"S{number}") for number, one in enumerate(told)])


@pytest.mark.parametrize("writer", WRITERS)
@settings(max_examples=15, deadline=None)
@given(told=tellings)
def test_any_lines_read_back(writer: str, told: list[Told]) -> None:
    (statement,) = read(WRITERS[writer](told).encode())
    assert [
        (line.booked_on, line.amount_fen, line.counterparty_name, line.remittance_information, line.bank_serial)
        for line in statement.lines
    ] == [(one.at.date(), one.fen, one.name, one.memo, one.serial) for one in told]


@pytest.mark.parametrize("writer", ["camt053 v2", "camt053 v8", "mt940"])
@settings(max_examples=25, deadline=None)
@given(told=tellings, data=st.data())
def test_any_changed_digit_of_an_amount_is_refused(writer: str, told: list[Told], data: st.DataObject) -> None:
    text = WRITERS[writer](told)
    pattern = r":61:\d{10}[CD]([\d,]+)N" if writer == "mt940" else r'<Ntry><Amt Ccy="CNY">([\d.]+)<'
    amount = data.draw(st.sampled_from(list(re.finditer(pattern, text))))
    at = data.draw(st.sampled_from([at for at in range(*amount.span(1)) if text[at].isdigit()]))
    digit = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != text[at]]))
    with pytest.raises(StatementRefused):
        read((text[:at] + digit + text[at + 1 :]).encode())


# -- camt.053 ---------------------------------------------------------------------------------------------------------


def test_several_statements_in_one_file() -> None:
    parts = [messages.stmt([messages.entry(one, 2)], [one], opening=number) for number, one in enumerate(TOLD)]
    found = read(messages.document(parts).encode())
    assert [(one.opening_fen, [line.amount_fen for line in one.lines]) for one in found] == [
        (0, [12_345]),
        (1, [-500]),
        (2, [122_100]),
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_batch_becomes_its_transactions(version: int) -> None:
    parts = [replace(TOLD[0], serial="A"), replace(TOLD[2], serial="B")]
    whole = Told(TOLD[0].at, 134_445, serial="BATCH")
    details = "".join(messages.transaction(one, version, amount=True) for one in parts)
    entry = messages.entry(whole, version, details=details)
    (statement,) = read(messages.document([messages.stmt([entry], [whole])], version).encode())
    assert [(line.amount_fen, line.counterparty_name, line.bank_serial, line.row) for line in statement.lines] == [
        (12_345, TOLD[0].name, "BATCH/E-A", 1),
        (122_100, TOLD[2].name, "BATCH/E-B", 1),
    ]


def test_a_batch_without_amounts_stays_the_one_sum_that_was_booked() -> None:
    details = "".join(messages.transaction(one, 2) for one in TOLD)
    whole = Told(TOLD[0].at, 133_945, serial="BATCH")
    entry = messages.entry(whole, 2, details=details)
    (statement,) = read(messages.document([messages.stmt([entry], [whole])]).encode())
    (line,) = statement.lines
    assert (line.amount_fen, line.counterparty_name) == (133_945, "")
    assert line.remittance_information == "证书服务费 手续费 <&> 证书服务费"


def test_a_batch_that_does_not_add_up() -> None:
    details = "".join(messages.transaction(one, 3, amount=True) for one in TOLD)
    whole = Told(TOLD[0].at, 133_900, serial="BATCH")
    entry = messages.entry(whole, 3, details=details)
    with pytest.raises(RowsRefused) as refused:
        read(messages.document([messages.stmt([entry], [whole])], 3).encode())
    (error,) = refused.value.rows
    assert (error.row, error.code, error.read) == (1, RowErrorCode.BATCH, "123.45 + -5.00 + 1221.00")


def test_several_ustrd_are_one_text_that_was_cut() -> None:
    long = replace(TOLD[0], memo="证" * 139 + "号20261121" + "书" * 100)
    (statement,) = read(messages.camt([long]).encode())
    assert statement.lines[0].remittance_information == long.memo


def test_what_is_only_announced_is_counted_and_not_booked() -> None:
    pending = messages.entry(TOLD[2], 2, status="PDNG")
    booked = messages.entry(TOLD[0], 2)
    (statement,) = read(messages.document([messages.stmt([booked, pending], [TOLD[0]])]).encode())
    assert (len(statement.lines), statement.not_booked) == (1, 1)


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("<NbOfNtries>3<", "<NbOfNtries>4<", errors.CountDiffers),
        ("<Sum>1344.45<", "<Sum>1344.54<", errors.TotalDiffers),
        (">11339.45<", ">11339.54<", errors.EndDiffers),
        ("<Ccy>CNY", "<Ccy>USD", errors.CurrencyRefused),
        ('Ccy="CNY">123.45', 'Ccy="USD">123.45', RowsRefused),
        ('"CNY">123.45', '"CNY">123.450', RowsRefused),
        ('"CNY">123.45', '"CNY">123,45', RowsRefused),
        ("2026-11-02T", "2026-11-32T", RowsRefused),
        ("camt.053.001.02", "camt.053.001.01", errors.UnknownFormat),
        ("camt.053.001.02", "camt.054.001.02", errors.UnknownFormat),
        ("</BkToCstmrStmt></Document>", "", errors.FileTruncated),
        ("</Stmt>", "</Stm>", errors.FileUnreadable),
    ],
)
def test_camt_refusals(old: str, new: str, kind: type[StatementRefused]) -> None:
    text = messages.camt(TOLD)
    assert old in text
    with pytest.raises(kind):
        read(text.replace(old, new, 1).encode())


# -- MT940 ------------------------------------------------------------------------------------------------------------


def one_entry(line: str, details: str = "", closing: str = "C261101CNY10100,00") -> bytes:
    return f":20:A\n:25:{OWN_ACCOUNT}\n:60F:C261101CNY10000,00\n:61:{line}\n{details}:62F:{closing}\n".encode()


@pytest.mark.parametrize(
    ("line", "fen", "day"),
    [
        ("2611021102C100,00NTRFNONREF", 10_000, date(2026, 11, 2)),
        ("261102C100,NTRFNONREF", 10_000, date(2026, 11, 2)),
        ("2611021102CY100,NTRFNONREF", 10_000, date(2026, 11, 2)),
        ("2611021102RD100,00NTRFNONREF", 10_000, date(2026, 11, 2)),
        ("2612310102C100,00NTRFNONREF", 10_000, date(2027, 1, 2)),
        ("2701021231C100,00NTRFNONREF", 10_000, date(2026, 12, 31)),
    ],
)
def test_the_forms_of_an_entry(line: str, fen: int, day: date) -> None:
    (statement,) = read(one_entry(line))
    assert [(found.amount_fen, found.booked_on, found.bank_serial) for found in statement.lines] == [(fen, day, None)]


def test_a_reversed_credit_went_out() -> None:
    (statement,) = read(one_entry("2611021102RC100,00NTRFREF//B1", closing="C261101CNY9900,00"))
    assert [(line.amount_fen, line.bank_serial) for line in statement.lines] == [(-10_000, "B1")]


@pytest.mark.parametrize(
    "line",
    [
        "2611021102C100.00NTRFNONREF",
        "2611321102C100,00NTRFNONREF",
        "2611021102X100,00NTRFNONREF",
        "2611021102C100,00",
        "2611021102C100,000NTRFNONREF",
        "2611021102C0,00NTRFNONREF",
        "2611020231C100,00NTRFNONREF",
    ],
)
def test_an_entry_in_another_form_is_an_error_and_not_skipped(line: str) -> None:
    with pytest.raises(RowsRefused) as refused:
        read(one_entry(line))
    assert [(error.row, error.code, error.read) for error in refused.value.rows] == [(1, RowErrorCode.ENTRY, line)]


def test_details_by_code_words_and_as_they_are() -> None:
    words = ":86:/NAME/东莞市样本电子有限公司/ACCT/6222/REMI/证书\n服务费\n"
    line = read(one_entry("2611021102C100,00NTRFNONREF", words))[0].lines[0]
    assert (line.counterparty_name, line.counterparty_account) == ("东莞市样本电子有限公司", "6222")
    assert line.remittance_information == "证书服务费"
    line = read(one_entry("2611021102C100,00NTRFNONREF", ":86:证书\n服务费\n"))[0].lines[0]
    assert line.remittance_information == "证书 服务费"


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (":62F:C261101CNY11339,45", "", errors.FileTruncated),
        ("11339,45", "11339,54", errors.EndDiffers),
        ("60F:C261101CNY", "60F:C261101USD", errors.CurrencyRefused),
        (f":25:{OWN_ACCOUNT}", ":25:BANKCNBJ/6222", errors.WrongAccount),
        (":62F:", ":90C:3CNY1344,45\r\n:62F:", errors.CountDiffers),
        (":62F:", ":90C:2CNY1344,54\r\n:62F:", errors.TotalDiffers),
    ],
)
def test_mt940_refusals(old: str, new: str, kind: type[StatementRefused]) -> None:
    text = messages.mt940(TOLD)
    assert old in text
    with pytest.raises(kind):
        read(text.replace(old, new, 1).encode(), expected_account=OWN_ACCOUNT)


def test_several_messages() -> None:
    text = messages.mt940(TOLD[:1]) + "-\r\n" + messages.mt940(TOLD[1:], opening=5)
    assert [(one.opening_fen, len(one.lines)) for one in read(text.encode())] == [(OPENING, 1), (5, 2)]


def test_an_independent_reader_agrees() -> None:
    """mt-940 of PyPI, a second opinion on the same message."""
    import mt940  # type: ignore[import-untyped,unused-ignore]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = mt940.parse(messages.mt940(TOLD).replace("\r\n", "\n"))
    (ours,) = read(messages.mt940(TOLD).encode())
    assert [Decimal(line.amount_fen) / 100 for line in ours.lines] == [one.data["amount"].amount for one in theirs]
    assert [line.booked_on for line in ours.lines] == [one.data["entry_date"] for one in theirs]


# -- OFX --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("<CURDEF>CNY", "<CURDEF>USD", errors.CurrencyRefused),
        ("<TRNAMT>123.45", "<TRNAMT>123.456", RowsRefused),
        ("<TRNAMT>123.45", "<TRNAMT>-123.45", RowsRefused),
        ("<TRNAMT>123.45", "<TRNAMT>0", RowsRefused),
        ("<DTPOSTED>20261102", "<DTPOSTED>20261132", RowsRefused),
        ("<MEMO>", "<CURRENCY><CURSYM>USD</CURRENCY><MEMO>", RowsRefused),
        ("</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>", "", errors.FileTruncated),
        (f"<ACCTID>{OWN_ACCOUNT}", "<ACCTID>6222", errors.WrongAccount),
        ("<OFX>", "<!DOCTYPE x><OFX>", errors.FileUnsafe),
    ],
)
def test_ofx_refusals(old: str, new: str, kind: type[StatementRefused]) -> None:
    text = messages.ofx(TOLD)
    assert old in text
    with pytest.raises(kind):
        read(text.replace(old, new, 1).encode(), expected_account=OWN_ACCOUNT)


# -- nothing else ever comes out --------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(writer=st.sampled_from(sorted(WRITERS)), data=st.data())
def test_mutated_files(writer: str, data: st.DataObject) -> None:
    whole = bytearray(WRITERS[writer](TOLD).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    with suppress(StatementRefused):
        read(bytes(whole), expected_account=OWN_ACCOUNT)
