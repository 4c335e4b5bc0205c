"""Every operator, and what the schema refuses. Conditions can't fail once they are read."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from renewals.programmes import Condition, Operator, all_hold, holds
from tests.renewals.programmes.example import facts


def condition(field: str, operator: str, value: Any) -> Condition:
    return Condition.model_validate({"field": field, "operator": operator, "value": value})


@pytest.mark.parametrize(
    ("field", "operator", "value", "yes", "no"),
    [
        ("days_left", "equals", 0, [0], [-1, 1]),
        ("days_left", "not_equals", 0, [-1, 1], [0]),
        ("days_left", "less_than", 0, [-1], [0, 1]),
        ("days_left", "at_most", 90, [90, -90], [91]),
        ("days_left", "more_than", 90, [91], [90]),
        ("days_left", "at_least", 0, [0, 1], [-1]),
        ("days_left", "between", (-90, 90), [-90, 0, 90], [-91, 91]),  # A4: inclusive at both ends
        ("days_left", "one_of", (1, 3), [1, 3], [2]),
        ("days_left", "none_of", (1, 3), [2], [1, 3]),
        ("medium_number", "starts_with", "3888", ["3888", "38881"], ["388", "13888"]),  # C2
        ("certificate_number", "ends_with", "#0", ["100#0"], ["100#01", "1000"]),  # B3
        ("certificate_number", "not_ends_with", "#0", ["100#01", "1000"], ["100#0"]),  # B3
        ("key_model", "one_of", ("a", "b"), ["a"], ["c", ""]),
        ("algorithm", "equals", "sm2", ["sm2"], ["rsa"]),
        ("ca_status", "none_of", ("frozen", "revoked"), ["valid", "replaced"], ["frozen", "revoked"]),
        ("has_seal", "equals", True, [True], [False]),
    ],
)
def test_operators(field: str, operator: str, value: Any, yes: list[Any], no: list[Any]) -> None:
    checked = condition(field, operator, value)
    assert [holds(checked, facts(**{field: one})) for one in yes] == [True] * len(yes)
    assert [holds(checked, facts(**{field: one})) for one in no] == [False] * len(no)


def test_no_operator_is_left_untested() -> None:
    tested = {mark.args[1][i][1] for mark in test_operators.pytestmark for i in range(len(mark.args[1]))}
    assert tested == {str(operator) for operator in Operator}


def test_all_must_hold_and_none_is_all() -> None:
    both = [condition("days_left", "at_least", 0), condition("algorithm", "equals", "sm2")]
    assert all_hold(both, facts())
    assert not all_hold(both, facts(days_left=-1))
    assert all_hold([], facts())


@pytest.mark.parametrize(
    ("field", "operator", "value", "where", "says"),
    [
        ("days_lef", "equals", 0, "field", "没有“days_lef”这一项事实"),
        ("on", "equals", "2026-11-21", "field", "没有“on”这一项事实"),
        ("algorithm", "at_least", "sm2", "operator", "“algorithm”不能用 at_least"),
        ("days_left", "starts_with", "3", "operator", "“days_left”不能用 starts_with"),
        ("has_seal", "one_of", (True,), "operator", "“has_seal”不能用 one_of"),
        ("days_left", "equals", "0", "value", "equals 的值应为整数"),
        ("days_left", "equals", True, "value", "equals 的值应为整数"),  # true is not 1
        ("days_left", "equals", (0,), "value", "equals 的值应为整数"),
        ("days_left", "one_of", 0, "value", "one_of 的值应为一个列表"),
        ("days_left", "one_of", (), "value", "one_of 的值应为一个列表"),
        ("days_left", "between", (90, 0), "value", "下限不大于上限"),
        ("days_left", "between", (0, 1, 2), "value", "[下限, 上限]"),
        ("medium_number", "starts_with", 3888, "value", "starts_with 的值应为文字"),
        ("medium_number", "starts_with", "", "value", "starts_with 的值应为文字"),
        ("algorithm", "equals", "sm3", "value", "以下之一：sm2、rsa"),
        ("has_seal", "equals", "true", "value", "true 或 false"),
    ],
)
def test_what_doesn_t_fit_is_refused_where_it_stands(
    field: str, operator: str, value: Any, where: str, says: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        condition(field, operator, value)
    (error,) = refused.value.errors()
    assert error["loc"] == (where,)
    assert says in str(error["ctx"]["error"])


def test_an_unknown_operator_is_refused() -> None:
    with pytest.raises(ValidationError) as refused:
        condition("days_left", "is", 0)
    assert [error["loc"] for error in refused.value.errors()] == [("operator",)]


@given(st.integers(-400, 400), st.integers(-400, 400))
def test_operators_agree_with_one_another(left: int, value: int) -> None:
    def says(operator: str) -> bool:
        return holds(condition("days_left", operator, value), facts(days_left=left))

    assert says("less_than") + says("equals") + says("more_than") == 1
    assert says("at_most") == (says("less_than") or says("equals"))
    assert says("at_least") == (not says("less_than"))
    assert says("not_equals") == (not says("equals"))
    assert holds(condition("days_left", "between", (value, value)), facts(days_left=left)) == says("equals")
