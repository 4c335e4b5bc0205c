"""Mobiles, names, invoice titles and tax numbers. RULES C5, C6, P5. All of them are invented."""

import pytest

from renewals.rules_words import PROBLEMS, say_problem
from renewals.validation import (
    InvalidValue,
    Problem,
    parse_invoice_title,
    parse_mobile,
    parse_person_name,
    parse_tax_number,
)
from tests.renewals.validation.test_credit_code import CODE
from tests.renewals.validation.test_id_card import BODY
from tests.renewals.validation.test_id_card import with_check as id_number


@pytest.mark.parametrize(
    "typed", ["19900000001", "+86 199 0000 0001", "0086-19900000001", "8619900000001", "１９９００００ ０００１"]
)
def test_mobiles(typed: str) -> None:
    assert parse_mobile(typed) == "19900000001"


@pytest.mark.parametrize(
    "typed", ["", "1990000000", "199000000011", "12900000001", "29900000001", "0755-12345678", "+85299000001", "一九九"]
)
def test_no_mobiles(typed: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        parse_mobile(typed)
    assert refused.value.problem is Problem.MOBILE_FORMAT


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("张三", "张三"),
        (" 欧 阳 娜娜 ", "欧阳娜娜"),
        ("𬱖龘㛃", "𬱖龘㛃"),  # rare names are names
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("阿依古丽.买买提", "阿依古丽·买买提"),
        ("Zhang  San", "Zhang San"),
        ("O'Neil-Smith Jr.", "O'Neil-Smith Jr."),
    ],
)
def test_names(typed: str, name: str) -> None:
    assert parse_person_name(typed) == name


@pytest.mark.parametrize(
    "typed", ["", "张", "·张三", "张三·", "张··三", "张三1", "<b>张三</b>", "张三😀", "张" * 51, "1"]
)
def test_no_names(typed: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        parse_person_name(typed)
    assert refused.value.problem is Problem.PERSON_NAME_FORMAT


def test_tax_numbers() -> None:
    assert parse_tax_number(f" {CODE.lower()} ", required=True) == CODE
    assert parse_tax_number(id_number(BODY), required=True) == id_number(BODY)  # a sole trader's
    assert parse_tax_number("440300123456789", required=True) == "440300123456789"
    assert parse_tax_number("44030012345678901234", required=False) == "44030012345678901234"
    assert parse_tax_number(" ", required=False) == ""


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        ("", Problem.TAX_NUMBER_MISSING),
        ("4403001234567", Problem.TAX_NUMBER_FORMAT),
        ("4" * 21, Problem.TAX_NUMBER_FORMAT),
        ("44030012345678？", Problem.TAX_NUMBER_FORMAT),
        (CODE[:-1] + ("1" if CODE[-1] == "0" else "0"), Problem.TAX_NUMBER_CHECK_DIGIT),
        ("91440300I2143569XX", Problem.TAX_NUMBER_CHECK_DIGIT),
    ],
)
def test_no_tax_numbers(typed: str, what: Problem) -> None:
    with pytest.raises(InvalidValue) as refused:
        parse_tax_number(typed, required=True)
    assert refused.value.problem is what


def test_invoice_titles() -> None:
    assert parse_invoice_title("  深圳市测试精密制造有限公司 ") == "深圳市测试精密制造有限公司"
    assert parse_invoice_title("测试（深圳）科技  有限公司") == "测试（深圳）科技 有限公司"


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        ("", Problem.INVOICE_TITLE_LENGTH),
        ("司", Problem.INVOICE_TITLE_LENGTH),
        ("测" * 101, Problem.INVOICE_TITLE_LENGTH),
        ("<script>测试", Problem.INVOICE_TITLE_CHARACTERS),
        ("测试\u200b公司", Problem.INVOICE_TITLE_CHARACTERS),
        ("测试\x00公司", Problem.INVOICE_TITLE_CHARACTERS),
    ],
)
def test_no_invoice_titles(typed: str, what: Problem) -> None:
    with pytest.raises(InvalidValue) as refused:
        parse_invoice_title(typed)
    assert refused.value.problem is what


def test_every_problem_has_words() -> None:
    assert set(PROBLEMS) == set(Problem)
    assert say_problem(InvalidValue(Problem.MOBILE_FORMAT)) == "请填写 11 位的大陆手机号码，以 13 到 19 开头。"
