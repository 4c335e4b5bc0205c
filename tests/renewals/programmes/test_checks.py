"""What only the whole pack shows: names that exist, gates that hold, paths that lead to the end."""

import pytest

from renewals.programmes import RulePackInvalid
from tests.renewals.programmes.example import SMALL, small
from tests.renewals.programmes.test_loader import place


def fault(old: str, new: str) -> tuple[int, str]:
    with pytest.raises(RulePackInvalid) as refused:
        small(old, new)
    (problem,) = refused.value.problems
    return problem.line, problem.message


APPLICATION_GATE = "opens_when: [{step: consent, state: done}]"
ISSUANCE_GATE = "opens_when: [{step: application, state: done}, {step: payment, state: done}]"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            APPLICATION_GATE,
            "opens_when: [{step: payment, state: done}]",
            "前面没有名为“payment”的步骤；可以用：consent",
        ),
        (APPLICATION_GATE, "accepts: [issuance]", "前面没有名为“issuance”的步骤；可以用：consent"),
        (
            ISSUANCE_GATE,
            "opens_when: [{step: application, state: done}, {step: payment, state: submitted}]",
            "签发前必须完成“payment”：请加上 {step: payment, state: done}",
        ),
        (
            ISSUANCE_GATE,
            "opens_when: [{step: payment, state: done}]",
            "签发前必须完成“application”：请加上 {step: application, state: done}",
        ),
        (  # D7: it can't be taken back
            "      - kind: issuance\n",
            (
                "      - {kind: revocation, name: revocation, title: 吊销, reason: superseded,\n"
                "         opens_when: [{step: application, state: done}, {step: payment, state: submitted}]}\n"
                "      - kind: issuance\n"
            ),
            "吊销前必须完成“payment”：请加上 {step: payment, state: done}",
        ),
        ("revoke_old: on_verified", "revoke_old: on_submit", "revoke_old 是 on_submit，本路径却没有 revocation 步骤"),
        ("fields: [term_years]", "fields: [representative_name]", "费用按 term_years 计算，申请表里却没有这一栏"),
        (
            "fields: [term_years]",
            "fields: [term_years, invoice_kind]",
            "申请表有 invoice_kind，invoice_kinds 却是空的",
        ),
        (
            "channels: [wechat]",
            "channels: [wechat]\n        proves: [invoice_title]",
            "本路径的申请表没有“invoice_title”",
        ),
        ("texts: [agreement]", "texts: [agreement, other]", "texts 里没有“other”；可以用：agreement"),
        ("steps: [consent]}", "steps: [consent, review]}", "本路径没有名为“review”的步骤"),
        ("        name: payment", "        name: application", "步骤名 application 重复了"),
        ("draft_warning: 3", "draft_warning: 20", "draft_warning 要小于 draft_expires"),
        (
            "  - {years: 1, title: 1 年}",
            "  - {years: 1, title: 1 年}\n  - {years: 1, title: 一年}",
            "年限 1 重复了",
        ),
        (
            "  - say: 暂不能办理。",
            "  - {when: [{field: days_left, operator: less_than, value: 0}], say: 已经过期。}",
            "最后一条不能有 when",
        ),
        ("  - say: 暂不能办理。", "  - say: 暂不能办理。\n  - say: 永远轮不到。", "没有 when 的一条只能放在最后"),
    ],
)
def test_a_pack_that_could_not_work_is_refused(old: str, new: str, says: str) -> None:
    with pytest.raises(RulePackInvalid) as refused:
        small(old, new)
    assert any(says in problem.message for problem in refused.value.problems), refused.value.problems


def test_the_place_is_the_wrong_name_itself() -> None:
    line, message = fault(APPLICATION_GATE, "opens_when: [{step: konsent, state: done}]")
    assert line == place(APPLICATION_GATE)[0]
    assert message == "前面没有名为“konsent”的步骤；可以用：consent"


def test_a_text_that_nobody_is_asked_to_accept() -> None:
    extra = SMALL[SMALL.index("  - name: agreement") : SMALL.index("terms:")].replace("agreement", "forgotten")
    line, message = fault("terms:\n", extra + "terms:\n")
    assert message == "协议 forgotten 没有任何步骤请用户同意"
    assert line == place("- {kind: consent")[0] + extra.count("\n")


def test_two_prices_of_one_code_on_one_day() -> None:
    line, message = fault(
        "tariff:\n",
        "tariff:\n  - {code: service, name: 优惠价, price_fen: 50, unit: 元/年, quantity: term_years, "
        'valid_from: "2026-11-01"}\n',
    )
    assert line == place("tariff:\n")[0] + 1
    assert message.startswith("价目有误：同一代码在同一天只能有一个价格")
