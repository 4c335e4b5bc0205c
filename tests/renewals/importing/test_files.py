"""A file: found by its headings in any order, encoding and place; refused as a whole with what to do. Pure."""

import pytest

from renewals.importing.columns import HEADINGS, find_layout, normal
from renewals.importing.errors import (
    ImportColumnsMissing,
    ImportColumnTwice,
    ImportFileUnreadable,
    ImportWithoutHeader,
    ImportWithoutRows,
)
from renewals.importing.files import read_file
from tests.payments.statements.sheets import xlsx
from tests.renewals.importing.rows import csv_of, row


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_text_in_any_encoding(encoding: str, delimiter: str) -> None:
    found = read_file(csv_of(row(1), row(2), encoding=encoding, delimiter=delimiter))
    assert [one.number for one in found.rows] == [2, 3]
    assert found.rows[0].cells == row(1) | {"certificate": row(1)["certificate"].strip()}


def test_a_workbook_with_a_title_above_and_an_empty_row_between() -> None:
    good = row(1)
    fields = list(good)
    head = ["*" + HEADINGS[field][0] + "（必填）" for field in fields]
    sheet = [["证书清单"], [""], head, [good[field] for field in fields], [""], [row(2)[field] for field in fields]]
    found = read_file(xlsx(sheet))
    assert [one.number for one in found.rows] == [4, 6]
    assert found.rows[1].cells["medium_number"] == "3888000000000002"


def test_headings_are_known_by_all_their_names() -> None:
    for field, headings in HEADINGS.items():
        for heading in headings:
            assert normal(heading) == heading, "as they are compared"
            layout = find_layout([[heading, "业务项目" if field != "programme" else "序列号"]])
            assert layout is not None
            assert layout.columns[field] == 0


@pytest.mark.parametrize(
    ("data", "refusal", "params"),
    [
        (b"\x00\x01\x02", ImportFileUnreadable, {}),
        (b'"open', ImportFileUnreadable, {}),
        (b"a,b\n1,2\n", ImportWithoutHeader, {}),
        (
            "序列号,介质号\n1,2\n".encode(),
            ImportColumnsMissing,
            {"columns": "业务项目、单位名称、统一社会信用代码、签名证书"},
        ),
        ("序列号,证书序列号,介质号\n1,2,3\n".encode(), ImportColumnTwice, {"columns": "序列号"}),
        ("业务项目,单位名称,统一社会信用代码,证书\n,,,\n".encode(), ImportWithoutRows, {}),
    ],
)
def test_what_cannot_be_read_is_refused_as_a_whole(data: bytes, refusal: type, params: dict[str, str]) -> None:
    with pytest.raises(refusal) as refused:
        read_file(data)
    assert refused.value.params == params
