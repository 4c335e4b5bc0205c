"""Names of organisations: as registered, and when two spellings are one name. RULES C6, P10, P11."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renewals.validation import InvalidValue, Problem, parse_organisation_name, same_name
from renewals.validation.organisation_name import normal_name

NAME = "深圳市测试精密制造有限公司"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("测试（深圳）有限公司", "测试(深圳)有限公司"),
        ("测试〔深圳〕有限公司", "测试（深圳）有限公司"),
        (f" {NAME} ", NAME),
        ("深圳市测试 精密制造有限公司", NAME),
        ("TEST（China）有限公司", "ｔｅｓｔ(china)有限公司"),
        ("深圳市测试•精密制造有限公司", "深圳市测试·精密制造有限公司"),
    ],
)
def test_brackets_width_spaces_and_capitals_make_no_other_name(one: str, other: str) -> None:
    assert same_name(one, other)


@pytest.mark.parametrize("other", ["深圳市测试精密制造股份有限公司", "深圳市测试精密制造有限公", ""])
def test_another_name_is_another_name(other: str) -> None:
    assert not same_name(NAME, other)


@given(st.text(max_size=30))
def test_a_normal_name_is_its_own(name: str) -> None:
    assert normal_name(normal_name(name)) == normal_name(name)


def test_a_name_is_kept_as_typed_but_for_its_spaces() -> None:
    assert parse_organisation_name("  测试（深圳）  有限公司 ") == "测试（深圳） 有限公司"


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        ("", Problem.ORGANISATION_NAME_LENGTH),
        ("测", Problem.ORGANISATION_NAME_LENGTH),
        ("测" * 101, Problem.ORGANISATION_NAME_LENGTH),
        ("测试<b>公司", Problem.ORGANISATION_NAME_CHARACTERS),
        ("测试\u200b公司", Problem.ORGANISATION_NAME_CHARACTERS),
    ],
)
def test_what_is_wrong_is_named(typed: str, what: Problem) -> None:
    with pytest.raises(InvalidValue) as refused:
        parse_organisation_name(typed)
    assert refused.value.problem is what
