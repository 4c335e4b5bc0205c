"""Pydantic's findings in Chinese, saying what is allowed. Pure."""

import difflib
import types
import typing
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from renewals.programmes.schema import RulePack
from renewals.programmes.schema_base import PATTERN_HINTS

Loc = tuple[str | int, ...]

_PLAIN = {
    "int_type": "应为整数（不加引号）",
    "string_type": "应为文字；看起来像数字或真假值的文字请加引号",
    "bool_type": "应为 true 或 false",
    "tuple_type": "应为一个列表，每项以 - 开头",
    "model_type": "应为一组“字段: 值”",
    "model_attributes_type": "应为一组“字段: 值”",
    "union_tag_not_found": "缺少 kind（必填）：先说这是哪种步骤",
}
_LIMITS = {
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "string_too_short": "太短，至少 {min_length} 个字",
    "string_too_long": "太长，最多 {max_length} 个字",
    "too_short": "至少要有 {min_length} 项",
}


def say(error: ErrorDetails) -> tuple[Loc, str, str]:
    """(where, the key that is too much or "", sentence). Where = the value, or the group that lacks something."""
    loc, kind, ctx = error["loc"], error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return loc[:-1], str(loc[-1]), _unknown(loc)
    if kind == "missing":
        return loc[:-1], "", f"缺少 {loc[-1]}（必填）"
    name = next((str(part) for part in reversed(loc) if isinstance(part, str)), "规则包")
    if "kind" in ctx.get("discriminator", ""):
        return (*loc, "kind"), "", _wrong_kind(ctx)
    return loc, "", f"{name}：{_sentence(kind, ctx)}"


def _sentence(kind: str, ctx: Mapping[str, Any]) -> str:
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in _LIMITS:
        return _LIMITS[kind].format(**ctx)
    if kind in {"literal_error", "enum"}:
        return "只能是 " + str(ctx["expected"]).replace(" or ", "、").replace(", ", "、").replace("'", "")
    if kind == "string_pattern_mismatch":
        return "应为" + PATTERN_HINTS.get(ctx["pattern"], f"符合 {ctx['pattern']} 的文字")
    if kind == "value_error":
        return str(ctx["error"])
    return f"值不对（{kind}）"


def _wrong_kind(ctx: Mapping[str, Any]) -> str:
    expected = str(ctx.get("expected_tags", "")).replace("'", "").replace(", ", "、")
    if "tag" not in ctx:
        return _PLAIN["union_tag_not_found"]
    return f"kind：没有“{ctx['tag']}”这种步骤，或本系统还不能办理；可以用：{expected}"


def _unknown(loc: Loc) -> str:
    model, name = _model_at(loc[:-1]), str(loc[-1])
    allowed = sorted(model.model_fields) if model else []
    near = difflib.get_close_matches(name, allowed, n=1)
    hint = f"是不是 {near[0]}？" if near else ""
    return f"不认识的字段 {name}。{hint}这里可以写：{'、'.join(allowed)}"


def _model_at(loc: Loc) -> type[BaseModel] | None:
    """The model that a place in the pack belongs to."""
    here: Any = RulePack
    for part in loc:
        here = _bare(here)
        if isinstance(here, type) and issubclass(here, BaseModel):
            field = here.model_fields.get(str(part))
            if field is None:
                return None
            here = field.annotation
        elif isinstance(part, int):
            here = typing.get_args(here)[0]
        else:  # the tag of a union of steps
            here = next((m for m in typing.get_args(here) if _tag(m) == part), None)
    here = _bare(here)
    return here if isinstance(here, type) and issubclass(here, BaseModel) else None


def _bare(annotation: Any) -> Any:
    """Without Annotated and without `| None`."""
    while typing.get_origin(annotation) is Annotated:
        annotation = typing.get_args(annotation)[0]
    if typing.get_origin(annotation) in {types.UnionType, typing.Union}:
        real = [one for one in typing.get_args(annotation) if one is not type(None)]
        return _bare(real[0]) if len(real) == 1 else annotation
    return annotation


def _tag(model: Any) -> Any:
    field = model.model_fields.get("kind") if isinstance(model, type) and issubclass(model, BaseModel) else None
    return typing.get_args(field.annotation)[0] if field else None
