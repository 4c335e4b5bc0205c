"""manage.py programme check | show."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from renewals.management.commands.programme import Command
from renewals.programmes import PACKS, digest
from tests.renewals.programmes.example import CGN, SMALL


def run(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command(Command(stdout=out, stderr=err, no_color=True), *arguments)
    return out.getvalue(), err.getvalue()


def test_a_right_pack_is_named_with_version_and_digest() -> None:
    out, err = run("check", str(PACKS / "szca-cgn-sm2.yaml"))
    assert out.endswith(f"szca-cgn-sm2.yaml: 正确。szca/cgn-sm2 第 3 版，SM3 {digest(CGN)}\n")
    assert err == ""


def test_a_wrong_pack_exits_1_with_every_line(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(SMALL.replace("slug: small", "slug: 5").replace("[wechat]", "[cash]"), "utf-8")
    out, err = StringIO(), StringIO()
    with pytest.raises(CommandError, match="共 3 处错误") as exit_:
        call_command(Command(stdout=out, stderr=err, no_color=True), "check", str(file), str(tmp_path / "none.yaml"))
    assert exit_.value.returncode == 1
    assert err.getvalue().splitlines() == [
        f"{file}:3:7: slug：应为文字；看起来像数字或真假值的文字请加引号",
        f"{file}:49:20: channels：只能是 wechat、alipay、unionpay、bank_transfer",
        f"{tmp_path / 'none.yaml'}: 打不开这个文件（No such file or directory）",
    ]


def test_show_tells_the_path_and_the_price() -> None:
    out, _ = run("show", "szca/cgn-sm2")
    assert "费用 数字证书服务费 200.00 元/年" in out
    assert "路径 unexpired 证书未过期" in out
    assert "  条件 days_left at_least 0" in out
    assert "  4. payment（payment）缴费 ← identity done" in out


def test_show_json_is_the_canonical_document() -> None:
    out, _ = run("show", "szca/cgn-sm2", "--json")
    assert out.startswith('{"business":"renewal",')


def test_an_unknown_pack_is_told_what_there_is() -> None:
    with pytest.raises(CommandError, match=r"没有名为 szca/none 的规则包；现有：.*、szca/cgn-sm2、"):
        run("show", "szca/none")
