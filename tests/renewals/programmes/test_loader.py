"""A wrong pack is refused with file, line and column, and told in Chinese what is wrong and what is allowed."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renewals.programmes import PACKS, PackProblem, RulePackInvalid, load_pack, parse_pack
from tests.renewals.programmes.example import SMALL, small


def faults(text: str | bytes) -> list[tuple[int, int, str]]:
    with pytest.raises(RulePackInvalid) as refused:
        parse_pack(text, file="p.yaml")
    assert {problem.file for problem in refused.value.problems} == {"p.yaml"}
    return [(problem.line, problem.column, problem.message) for problem in refused.value.problems]


def place(snippet: str) -> tuple[int, int]:
    """Line and column, from 1, of a snippet that occurs once in SMALL."""
    assert SMALL.count(snippet) == 1, snippet
    before = SMALL[: SMALL.index(snippet)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


@pytest.mark.parametrize("channel", ["wechat", "alipay", "unionpay", "bank_transfer"])
def test_a_pack_lists_the_channels_it_takes(channel: str) -> None:
    listed = small("channels: [wechat]", f"channels: [{channel}]").paths[0].steps[2]
    assert listed.channels == (channel,)  # type: ignore[union-attr]


def test_the_small_pack_is_right() -> None:
    assert small().key == "demo/small"
    assert small().paths[0].steps[2].kind == "payment"


@pytest.mark.parametrize(
    ("old", "new", "at", "says"),
    [
        ("price_fen: 100", 'price_fen: "100"', "100, unit", "price_fen：应为整数（不加引号）"),
        ("price_fen: 100", "price_fen: -1", "100, unit", "price_fen：不能小于 0"),
        ("slug: small", "slug: Small", "small\nversion", "slug：应为小写英文字母开头，只含小写字母、数字和连字符"),
        ('order_kind: "09"', "order_kind: 9", '"09"', "order_kind：应为文字；看起来像数字或真假值的文字请加引号"),
        ('order_kind: "09"', 'order_kind: "9"', '"09"', "order_kind：应为两位数字，加引号"),
        ("title: 演示业务", "titel: 演示业务", "title: 演示业务", "不认识的字段 titel。是不是 title？这里可以写："),
        ("invoice_at: payment", "invoice_at: later", "payment\nrenewal", "invoice_at：只能是 payment、approval"),
        ("ticked: together", "ticked: both", "together", "ticked：只能是 together、apart"),
        ("validity_start: issue", "validity_start: now", "issue\n", "validity_start：只能是 old_end、issue"),
        ("channels: [wechat]", "channels: [cash]", "wechat", "channels：只能是 wechat、alipay"),
        ("channels: [wechat]", "channels: []", "[wechat]", "channels：至少要有 1 项"),
        ("channels: [wechat]", "channels: wechat", "[wechat]", "channels：应为一个列表"),
        (
            "fields: [term_years]",
            "fields: [term_years, fax]",
            "[term_years]",
            "申请表没有“fax”这一栏；可以用：term_years",
        ),
        ("kind: payment", "kind: paymant", "payment\n        name", "kind：没有“paymant”这种步骤，或本系统还不能办理"),
        (
            "kind: payment",
            "kind: mailbox",
            "payment\n        name",
            "可以用：consent、notice、environment、key_proof、application、request_form、documents、identity",
        ),
        ("{years: 1, title: 1 年}", "3", "{years: 1", "terms：应为一组“字段: 值”"),
        (
            "还没到可以续期的时间。",
            "'还有 {day} 天。'",
            "还没到",
            "不认识的占位 day；可以用：certificate_number、days_left、days_past",
        ),
        ("还没到可以续期的时间。", "'还有 {day_left 天。'", "还没到", "花括号不成对"),
        ("schema_version: 1", "schema_version: 2", "1\ntenant", "schema_version：只能是 1"),
    ],
)
def test_a_wrong_value_is_named_where_it_stands(old: str, new: str, at: str, says: str) -> None:
    line, column = place(at)
    found = [fault for fault in faults(SMALL.replace(old, new)) if says in fault[2]]
    assert len(found) == 1
    assert found[0][0] == line
    assert found[0][1] in {column, column + len(new) - len(old), column + len("term_years, ") + 1}


@pytest.mark.parametrize("missing", ["slug: small\n", "invoice_at: payment\n", "eligibility: []\n"])
def test_what_is_missing_is_named_at_its_group(missing: str) -> None:
    name = missing.partition(":")[0]
    assert faults(SMALL.replace(missing, "")) == [(1, 1, f"缺少 {name}（必填）")]


def test_a_missing_field_of_a_step_is_named_at_the_step() -> None:
    line, column = place("kind: payment")
    assert faults(SMALL.replace("        channels: [wechat]\n", "")) == [(line, column, "缺少 channels（必填）")]


def test_several_faults_come_in_the_order_of_the_text() -> None:
    text = SMALL.replace("slug: small", "slug: 5").replace("years: 1,", "years: 0,").replace("[wechat]", "[cash]")
    assert [line for line, _, _ in faults(text)] == [place("slug: small")[0], place("{years")[0], place("[wechat]")[0]]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", (1, 1, "文件是空的")),
        ("# 只有注释\n", (1, 1, "文件是空的")),
        ("a: 1\na: 2\n", (2, 1, "字段 a 写了两次")),
        ("a: 1.5\n", (1, 4, "1.5 是小数：金额用整数分，文字请加引号")),
        ("a: 2026-11-21\n", (1, 4, "2026-11-21 会被当成日期，请加引号")),
        ("a: yes\n", (1, 4, "yes 在 YAML 里是真假值：请写 true 或 false，文字请加引号")),
        ("a: 010\n", (1, 4, "010 应写成十进制整数；文字请加引号")),
        ("a: 0x1F\n", (1, 4, "0x1F 应写成十进制整数；文字请加引号")),
        ("a: 1_000\n", (1, 4, "1_000 应写成十进制整数；文字请加引号")),
        ("1: a\n", (1, 1, "字段名应是文字")),
        ("a: !!binary aGk=\n", (1, 4, "规则包里不用标签 binary")),
        ("a: !!python/name:os.system x\n", (1, 4, "规则包里不用标签 python/name:os.system")),
        ("a: &x 1\nb: *x\n", (1, 4, "规则包里不用 & 和 * 引用，请把内容写全")),
    ],
)
def test_yaml_is_read_narrowly(text: str, fault: tuple[int, int, str]) -> None:
    assert faults(text) == [fault]


def test_broken_yaml_is_named_with_its_line() -> None:
    ((line, _, message),) = faults("a: 1\nb: [1, 2\nc: 3\n")
    assert line == 3
    assert message.startswith("不是正确的 YAML：")


@pytest.mark.parametrize("text", [b"\xff\xfe\x00a", b"a: \xe4\xb8", "a: \x07", "--- a\n--- b\n", "[" * 5000])
def test_what_is_no_text_at_all_is_refused(text: bytes | str) -> None:
    assert faults(text)[0][2].startswith("不是正确的 YAML")


@given(st.text(max_size=60))
def test_any_text_is_refused_or_read_never_a_crash(text: str) -> None:
    with pytest.raises(RulePackInvalid):
        parse_pack(text)


@given(st.data())
def test_a_pack_with_a_line_torn_out_is_right_or_refused(data: st.DataObject) -> None:
    lines = SMALL.splitlines()
    torn = data.draw(st.integers(0, len(lines) - 1))
    text = "\n".join(lines[:torn] + lines[torn + 1 :])
    try:
        parse_pack(text)
        problems: tuple[PackProblem, ...] = ()
    except RulePackInvalid as refused:
        problems = refused.problems
    assert all(1 <= p.line <= len(lines) and re.search("[\u4e00-\u9fff]", p.message) for p in problems)


def test_a_file_that_is_too_big(tmp_path: Path) -> None:
    file = tmp_path / "big.yaml"
    file.write_bytes(b"#" * (1024 * 1024 + 1))
    with pytest.raises(RulePackInvalid, match="1 MiB"):
        load_pack(file)


def test_every_shipped_pack_is_right() -> None:
    assert [load_pack(path).key for path in sorted(PACKS.glob("*.yaml"))] == [
        "netca/client-renewal",
        "sscc/epass3000gm",
        "sscc/epass3003",
        "szca/cgn-sm2",
        "szca/jsj-rsa-upgrade",
    ]
