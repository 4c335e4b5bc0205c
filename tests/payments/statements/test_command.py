# ruff: noqa: DTZ001 (a bank's own clock: its zone comes with the reading)
"""``manage.py statement read``: what a reader sees; an exit that scripts can trust."""

import json
from datetime import datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.payments.statements.exports import OWN_ACCOUNT, Told, ccb, csv_bytes, icbc_flag

TOLD = [Told(datetime(2026, 11, 2, 9, 0, 1), 12_345), Told(datetime(2026, 11, 3, 9, 0, 1), -500)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "流水.csv"
    path.write_bytes(csv_bytes(ccb(TOLD)))
    return path


def run(*arguments: object) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("statement", *map(str, arguments), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_for_people(file: Path) -> None:
    out, _err = run("read", file)
    assert out.splitlines()[:4] == [
        f"中国建设银行 {OWN_ACCOUNT} 深圳市测试精密制造有限公司：2 笔",
        "  收入 123.45 元，支出 5.00 元",
        "  期初 10,000.00 元，期末 10,118.45 元",
        "  核对：余额逐笔连续",
    ]


def test_for_programs(file: Path) -> None:
    (statement,) = json.loads(run("read", file, "--json")[0])["statements"]
    assert (statement["format"], statement["account"], statement["proofs"]) == ("ccb", OWN_ACCOUNT, ["balance"])
    line = statement["lines"][1]
    assert (line["booked_on"], line["amount_fen"], line["direction"], line["row"]) == ("2026-11-03", -500, "debit", 3)
    assert (line["booked_at"], line["balance_fen"]) == ("2026-11-03T09:00:01+08:00", 1_011_845)
    assert len(line["identity"]) == 64
    assert line["cells"][7] == "东莞市样本电子有限公司"


def test_a_refusal_lists_rows_and_fails(file: Path) -> None:
    rows = ccb(TOLD)
    rows[1][4] = "abc"
    file.write_bytes(csv_bytes(rows))
    out, err = StringIO(), StringIO()
    with pytest.raises(CommandError, match="首处在第 2 行"):
        call_command("statement", "read", str(file), stdout=out, stderr=err)
    assert err.getvalue() == "第 2 行 贷方发生额（收入）：金额无法识别（abc）\n"
    with pytest.raises(CommandError):
        call_command("statement", "read", str(file), "--json", stdout=out, stderr=err)
    told = json.loads(out.getvalue())["refused"]
    assert told["code"] == "payments.statement_rows_refused"
    assert told["rows"] == [
        {"row": 2, "column": "贷方发生额（收入）", "code": "amount", "read": "abc", "words": "金额无法识别"}
    ]


def test_another_account_fails(file: Path) -> None:
    with pytest.raises(CommandError, match="不是所选的 6222"):
        run("read", file, "--account", "6222")


def test_an_account_for_a_file_that_names_none(file: Path) -> None:
    file.write_bytes(csv_bytes(icbc_flag(TOLD)))
    with pytest.raises(CommandError, match="没有写明本方账号"):
        run("read", file)
    assert f"中国工商银行 {OWN_ACCOUNT}：2 笔" in run("read", file, "--account", OWN_ACCOUNT)[0]


def test_a_mapping(file: Path, tmp_path: Path) -> None:
    file.write_bytes("日期,金额,单位\n20261102,5.00,甲\n".encode("gbk"))
    mapping = tmp_path / "mapping.json"
    mapping.write_text('{"name": "农商行", "columns": {"day": "日期", "amount": "金额", "name": "单位"}}', "utf-8")
    out, _err = run("read", file, "--mapping", mapping, "--account", "1")
    assert "农商行 1：1 笔" in out
    assert "没有可供核对的合计或余额" in out


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="不能读取"):
        run("read", tmp_path / "x.csv")
