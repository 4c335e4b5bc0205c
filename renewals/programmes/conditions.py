"""Conditions as data: (field, operator, value) over Facts. Typed when the pack is read, so they can't fail later."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from renewals.programmes.facts import FACT_TYPES, Facts


class Operator(StrEnum):
    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    LESS_THAN = "less_than"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    AT_LEAST = "at_least"
    BETWEEN = "between"  # [low, high], both included
    ONE_OF = "one_of"
    NONE_OF = "none_of"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    NOT_ENDS_WITH = "not_ends_with"


_HOLDS: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQUALS: lambda fact, value: fact == value,
    Operator.NOT_EQUALS: lambda fact, value: fact != value,
    Operator.LESS_THAN: lambda fact, value: fact < value,
    Operator.AT_MOST: lambda fact, value: fact <= value,
    Operator.MORE_THAN: lambda fact, value: fact > value,
    Operator.AT_LEAST: lambda fact, value: fact >= value,
    Operator.BETWEEN: lambda fact, value: value[0] <= fact <= value[1],
    Operator.ONE_OF: lambda fact, value: fact in value,
    Operator.NONE_OF: lambda fact, value: fact not in value,
    Operator.STARTS_WITH: lambda fact, value: fact.startswith(value),
    Operator.ENDS_WITH: lambda fact, value: fact.endswith(value),
    Operator.NOT_ENDS_WITH: lambda fact, value: not fact.endswith(value),
}
_ORDERED = {Operator.LESS_THAN, Operator.AT_MOST, Operator.MORE_THAN, Operator.AT_LEAST, Operator.BETWEEN}
_TEXTUAL = {Operator.STARTS_WITH, Operator.ENDS_WITH, Operator.NOT_ENDS_WITH}
_LISTS = {Operator.ONE_OF, Operator.NONE_OF, Operator.BETWEEN}

Scalar = bool | int | str


class Condition(BaseModel):
    """``{field: days_left, operator: between, value: [0, 90]}``"""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    field: str
    operator: Operator = Field(strict=False)  # a word in YAML
    value: Scalar | tuple[Scalar, ...]

    @field_validator("field")
    @classmethod
    def _known(cls, field: str) -> str:
        if field not in FACT_TYPES:
            raise ValueError(f"没有“{field}”这一项事实；可以用：{'、'.join(sorted(FACT_TYPES))}")
        return field

    @field_validator("operator")
    @classmethod
    def _fits(cls, operator: Operator, info: ValidationInfo) -> Operator:
        kind = FACT_TYPES.get(info.data.get("field", ""))
        if kind is None:
            return operator
        allowed = [o for o in Operator if _applies(o, kind)]
        if operator not in allowed:
            raise ValueError(f"“{info.data['field']}”不能用 {operator}；可以用：{'、'.join(allowed)}")
        return operator

    @field_validator("value")
    @classmethod
    def _typed(cls, value: Scalar | tuple[Scalar, ...], info: ValidationInfo) -> Scalar | tuple[Scalar, ...]:
        kind, operator = FACT_TYPES.get(info.data.get("field", "")), info.data.get("operator")
        if kind is None or operator is None:
            return value  # the field or the operator is wrong and says so itself
        wanted = _wanted(kind)
        if operator not in _LISTS:
            if isinstance(value, tuple) or not _is(value, kind, whole=operator not in _TEXTUAL):
                raise ValueError(f"{operator} 的值应为{wanted}")
            return value
        if not isinstance(value, tuple) or not value or not all(_is(one, kind, whole=True) for one in value):
            raise ValueError(f"{operator} 的值应为一个列表，每一项都是{wanted}")
        if operator is Operator.BETWEEN and (len(value) != 2 or value[0] > value[1]):  # type: ignore[operator]
            raise ValueError("between 的值应为 [下限, 上限]，两端都包含，下限不大于上限")
        return value


def _applies(operator: Operator, kind: type) -> bool:
    if operator in _ORDERED:
        return kind is int
    if operator in _TEXTUAL:
        return kind is str
    return not (kind is bool and operator in _LISTS)


def _is(value: Scalar, kind: type, *, whole: bool) -> bool:
    """Has the value the fact's type? bool is not an int here. ``whole`` False: a part of a text."""
    if issubclass(kind, StrEnum):
        return isinstance(value, str) and value in list(kind)
    return type(value) is kind and (whole or bool(value))


def _wanted(kind: type) -> str:
    if issubclass(kind, StrEnum):
        return f"以下之一：{'、'.join(kind)}"
    return {int: "整数", bool: " true 或 false", str: "文字（请加引号）"}[kind]


def holds(condition: Condition, facts: Facts) -> bool:
    return _HOLDS[condition.operator](getattr(facts, condition.field), condition.value)


def all_hold(conditions: Iterable[Condition], facts: Facts) -> bool:
    """True for no condition at all."""
    return all(holds(condition, facts) for condition in conditions)
