# ruff: noqa: DTZ001 (a bank's own clock: its zone comes with the reading)
"""Refused whole, or listed by row: never guessed, never 0, never half a file."""

import zlib
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.statements import RowErrorCode, RowsRefused, StatementRefused, errors, read
from payments.words import ROW_WORDS
from tests.payments.statements.exports import (
    DIALECTS,
    FILES,
    OWN_ACCOUNT,
    Rows,
    Told,
    boc,
    ccb,
    citic,
    csv_bytes,
    icbc_flag,
    icbc_transfers,
)
from tests.payments.statements.sheets import compound, sheet_xml, xls, xlsx, xlsx_of

TOLD = [
    Told(datetime(2026, 11, 2, 9, 0, 1), 12_345),
    Told(datetime(2026, 11, 3, 9, 0, 1), -500),
    Told(datetime(2026, 11, 3, 17, 30, 59), 122_100),
]
DEBIT, CREDIT, BALANCE, CURRENCY, DAY, OWN = 3, 4, 5, 6, 10, 0


def rows_wrong(rows: Rows, *, expected_account: str | None = None) -> list[tuple[int, str, str]]:
    with pytest.raises(RowsRefused) as refused:
        read(csv_bytes(rows), expected_account=expected_account)
    return [(error.row, error.code.value, error.read) for error in refused.value.rows]


def changed(row: int, cell: int, text: str) -> Rows:
    rows = ccb(TOLD)
    rows[row][cell] = text
    return rows


# -- rows -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("amount", ["abc", "123.456", "1,22,100", "12 21.00", "1e3", "#REF!", "１２三", "122100.00.0"])
def test_an_amount_that_is_none_is_an_error_of_its_row_and_never_0(amount: str) -> None:
    assert rows_wrong(changed(3, CREDIT, amount)) == [(4, "amount", amount)]


def test_an_error_names_the_column_as_the_header_does() -> None:
    with pytest.raises(RowsRefused) as refused:
        read(csv_bytes(changed(3, CREDIT, "abc")))
    assert refused.value.rows[0].column == "贷方发生额（收入）"
    assert refused.value.params == {"count": 1, "row": 4}


@pytest.mark.parametrize(
    ("cell", "text", "code"),
    [
        (CREDIT, "0", "no_amount"),
        (CREDIT, "", "no_amount"),
        (DEBIT, "7.00", "both_sides"),
        (BALANCE, "11339.4x", "amount"),
        (BALANCE, "11339.46", "balance"),
        (CURRENCY, "美元", "currency"),
        (DAY, "20261131", "date"),
        (DAY, "03/11/2026", "date"),
        (DAY, "", "date"),
        (2, "20261103 25:00:00", "time"),
        (OWN, "6222000000009999", "account"),
    ],
)
def test_what_else_a_row_can_have_wrong(cell: int, text: str, code: str) -> None:
    assert [(row, found) for row, found, _read in rows_wrong(changed(3, cell, text))] == [(4, code)]


def test_all_wrong_rows_are_listed() -> None:
    rows = changed(1, CREDIT, "x")
    rows[2][DAY], rows[3][CURRENCY] = "昨天", "USD"
    assert [(row, code) for row, code, _read in rows_wrong(rows)] == [(2, "amount"), (3, "date"), (4, "currency")]


def test_thousands_without_quotes_make_a_cell_too_many() -> None:
    rows = ccb(TOLD)
    for row in rows[1:]:
        row[-1] = "V001"
    data = csv_bytes(rows).replace(b"1221.00", b"1,221.00")
    with pytest.raises(RowsRefused) as refused:
        read(data)
    assert [(error.row, error.code) for error in refused.value.rows] == [(4, RowErrorCode.CELLS)]


@pytest.mark.parametrize("flag", ["", "？", "借贷"])
def test_a_flag_that_says_neither(flag: str) -> None:
    rows = icbc_flag(TOLD)
    rows[3][2] = flag
    assert rows_wrong(rows, expected_account=OWN_ACCOUNT)[0] == (4, "direction", flag)


def test_a_flag_that_contradicts_the_column() -> None:
    rows = icbc_transfers(TOLD, flag=True)
    rows[3][3] = "贷"
    assert rows_wrong(rows, expected_account=OWN_ACCOUNT) == [(4, "direction", "贷")]


def test_a_number_that_a_sheet_has_cut_short() -> None:
    rows: list[list[str | float]] = [list(row) for row in ccb(TOLD)]
    rows[2][8] = 6_222_000_000_001_111_222.0
    with pytest.raises(RowsRefused) as refused:
        read(xls(rows))
    assert [(error.row, error.code) for error in refused.value.rows] == [(3, RowErrorCode.DIGITS_LOST)]


def test_every_row_error_has_words() -> None:
    assert set(ROW_WORDS) == set(RowErrorCode)


# -- the whole --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", [name for name, (_code, _build, named) in DIALECTS.items() if named])
def test_another_account_is_refused(dialect: str) -> None:
    data = csv_bytes(DIALECTS[dialect][1](TOLD))
    with pytest.raises(errors.WrongAccount) as refused:
        read(data, expected_account="44250100990000001235")
    assert refused.value.params == {"expected": "44250100990000001235", "found": OWN_ACCOUNT}
    assert read(data, expected_account="4425 0100 9900 0000 1234")[0].account_named


def test_a_file_that_names_no_account_needs_one() -> None:
    data = csv_bytes(icbc_flag(TOLD))
    with pytest.raises(errors.AccountNotNamed):
        read(data)
    (statement,) = read(data, expected_account=OWN_ACCOUNT)
    assert (statement.account, statement.account_named) == (OWN_ACCOUNT, False)


@pytest.mark.parametrize(
    ("row", "text", "kind"),
    [
        (1, "4", errors.CountDiffers),
        (2, "2", errors.CountDiffers),
        (3, "5.01", errors.TotalDiffers),
        (5, "1,344.44", errors.TotalDiffers),
        (5, "viel", errors.TotalDiffers),
    ],
)
def test_counts_and_totals_must_hold(row: int, text: str, kind: type[StatementRefused]) -> None:
    rows = boc(TOLD)
    rows[row][1] = text
    with pytest.raises(kind):
        read(csv_bytes(rows))


def test_a_missing_line_is_found_by_the_balance_and_by_the_count() -> None:
    rows = ccb(TOLD)
    assert rows_wrong(rows[:2] + rows[3:]) == [(3, "balance", "11339.45")]
    with pytest.raises(errors.CountDiffers):
        read(csv_bytes(boc(TOLD)[:-1]))


def test_the_sum_below_must_hold() -> None:
    rows = citic(TOLD, header_row=13)
    rows[4:6] = [[], []]
    rows[-1][6] = "1344.40"
    with pytest.raises(errors.TotalDiffers):
        read(csv_bytes(rows))


def test_another_currency_above_the_header() -> None:
    rows = citic(TOLD, header_row=13)
    rows[3] = ["币种：美元"]
    with pytest.raises(errors.CurrencyRefused):
        read(csv_bytes(rows))


def test_a_header_twice_the_same() -> None:
    rows = changed(0, 14, "余额")
    with pytest.raises(errors.HeaderAmbiguous):
        read(csv_bytes(rows))


@pytest.mark.parametrize("data", [b"", b" \r\n ", csv_bytes(ccb([])), csv_bytes(icbc_flag([]))])
def test_nothing_in_it(data: bytes) -> None:
    with pytest.raises(errors.NoLines):
        read(data, expected_account=OWN_ACCOUNT)


def test_an_empty_month_that_says_so_is_a_statement() -> None:
    assert read(csv_bytes(boc([])))[0].lines == ()


@pytest.mark.parametrize("data", [b"hello", b"a,b,c\n1,2,3\n", "姓名,电话,地址\n".encode("gbk"), b"%PDF-1.7\n"])
def test_what_nobody_knows(data: bytes) -> None:
    with pytest.raises(errors.UnknownFormat):
        read(data)


def test_a_header_below_the_thirtieth_row_is_not_looked_for() -> None:
    with pytest.raises(errors.UnknownFormat):
        read(csv_bytes([["说明"]] * 30 + ccb(TOLD)))


# -- files that are hurt or mean harm ---------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [3, 20, 40, 61])
def test_a_cut_file(cut: int) -> None:
    with pytest.raises(StatementRefused):
        read(csv_bytes(ccb(TOLD))[:-cut])


def test_a_cut_inside_a_character() -> None:
    with pytest.raises(errors.FileTruncated):
        read("账号,对方户名,深".encode("gb18030")[:-1])


def test_a_quote_that_never_closes() -> None:
    data = csv_bytes(ccb(TOLD)).replace("证书服务费".encode("gb18030"), '"证书'.encode("gb18030"), 1)
    with pytest.raises(StatementRefused):
        read(data)


def test_a_quote_that_swallows_a_row() -> None:
    memo = "证书服务费".encode("gb18030")
    data = csv_bytes(ccb(TOLD)).replace(memo, b'"' + memo, 1)
    head, _, tail = data.partition(b'"')
    with pytest.raises(StatementRefused):
        read(head + b'"' + tail.replace(memo, memo + b'"', 2).replace(memo + b'"', memo, 1))


def test_neither_text_nor_workbook() -> None:
    with pytest.raises(errors.FileUnreadable):
        read(b"\x00\x01\x02\x03" * 50)
    with pytest.raises(errors.FileUnreadable):
        read(b"\xff\xfe" + b"\x00\xd8" * 50)


def test_encrypted_workbooks() -> None:
    with pytest.raises(errors.FileEncrypted):
        read(compound("EncryptedPackage", b"\x01" * 6000))
    with pytest.raises(errors.FileEncrypted):
        read(xls([["x"]], encrypted=True))


def test_a_bomb_is_found_by_its_directory() -> None:
    with pytest.raises(errors.FileUnsafe):
        read(xlsx_of(sheet_xml([["x"]]), {"xl/media/bomb.bin": b"\0" * (257 * 1024 * 1024)}))


def test_one_cell_in_the_far_corner() -> None:
    """It is a sheet of 17 billion cells to whoever lays it out."""
    sheet = sheet_xml([["x"]]).replace(
        "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    with pytest.raises(errors.FileUnsafe):
        read(xlsx_of(sheet))


def test_entities_in_a_workbook_and_in_xml() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    with pytest.raises(errors.FileUnsafe):
        read(xlsx_of(sheet_xml([["x"]]).replace("?>", "?>" + bomb, 1)))
    with pytest.raises(errors.FileUnsafe):
        read(f'<?xml version="1.0"?>{bomb}<Document><BkToCstmrStmt>&b;</BkToCstmrStmt></Document>'.encode())
    with pytest.raises(errors.FileUnsafe):
        read(b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><Document/>')


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payments.statements.table.SIZE_LIMIT", 100)
    for data in (csv_bytes(ccb(TOLD)), xlsx(ccb(TOLD)), xls(ccb(TOLD))):
        with pytest.raises(errors.FileTooLarge):
            read(data)


# -- nothing else ever comes out --------------------------------------------------------------------------------------


def only_typed(data: bytes) -> None:
    with suppress(StatementRefused):
        read(data, expected_account=OWN_ACCOUNT)


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=400))
def test_random_bytes(data: bytes) -> None:
    only_typed(data)
    for magic in (
        b"PK\x03\x04",
        bytes.fromhex("d0cf11e0a1b11ae1"),
        b"<?xml ",
        b"OFXHEADER:100\n<OFX>",
        b":20:A\n:25:1\n",
    ):
        only_typed(magic + data)


@settings(max_examples=200, deadline=None)
@given(dialect=st.sampled_from(sorted(DIALECTS)), file=st.sampled_from(sorted(FILES)), data=st.data())
def test_mutated_files(dialect: str, file: str, data: st.DataObject) -> None:
    """Some bytes replaced, taken out, or put in. What is still read is either the file's own lines or was refused."""
    whole = bytearray(FILES[file](DIALECTS[dialect][1](TOLD)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    only_typed(bytes(whole))


def test_a_workbook_with_a_lying_checksum() -> None:
    data = bytearray(xlsx(ccb(TOLD)))
    at = data.index(b"xl/worksheets/sheet1.xml")
    data[at - 16 : at - 12] = zlib.crc32(b"other").to_bytes(4, "little")
    only_typed(bytes(data))


def test_a_file_wrong_in_every_row_takes_no_longer_than_a_right_one() -> None:
    """Each row's error is found in one pass: a hostile file can't make the reader slow."""
    told = [replace(TOLD[0], at=TOLD[0].at + timedelta(seconds=number)) for number in range(4_000)]
    rows = ccb(told)
    for number, row in enumerate(rows[1:]):
        row[CREDIT], row[CURRENCY], row[OWN] = "0", f"币{number}", str(number)
    assert len(rows_wrong(rows)) == 3 * len(told) - 1
