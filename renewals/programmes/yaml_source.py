"""YAML read narrowly, with the place of every key and value kept. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Loc = tuple[str | int, ...]
_TAG = "tag:yaml.org,2002:"
MAX_DEPTH = 40


@dataclass(frozen=True, slots=True)
class Fault:
    """Line and column count from 1."""

    line: int
    column: int
    message: str


class YamlRefused(Exception):
    """The text isn't YAML, or not of the narrow kind."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(faults)
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Source:
    """``document``: dict, list, str, int, bool, None. ``root``: the nodes that know where they stand."""

    document: Any
    root: Node

    def place(self, loc: Loc, *, key: str = "") -> tuple[int, int]:
        """(line, column) of the value at ``loc``, or of its ``key``; of the nearest part that is there."""
        node, mark = self.root, self.root.start_mark
        for part in loc:
            found = _child(node, part)
            if found is None:
                continue  # a tag of a union, or something that is missing: its parent is the place
            node = found[1]
            mark = node.start_mark
        if key and (found := _child(node, key)):
            mark = found[0].start_mark
        return mark.line + 1, mark.column + 1


def read(text: bytes | str) -> Source:
    """YamlRefused with line and column of every fault."""
    try:
        text = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise YamlRefused((_fault(event.start_mark, "规则包里不用 & 和 * 引用，请把内容写全"),))
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlRefused((_fault(mark, f"不是正确的 YAML：{error.problem or error.context}"),)) from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        raise YamlRefused((Fault(1, 1, "不是正确的 YAML，文件应为 UTF-8 编码的文本"),)) from None
    if root is None:
        raise YamlRefused((Fault(1, 1, "文件是空的"),))
    faults = tuple(_faults(root, 0))
    if faults:
        raise YamlRefused(faults)
    return Source(_plain(root), root)


def _child(node: Node, part: str | int) -> tuple[Node, Node] | None:
    """(key node, value node); an element of a list is its own key."""
    if isinstance(node, MappingNode):
        return next(((key, value) for key, value in node.value if key.value == part), None)
    if isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None


def _fault(mark: Any, message: str) -> Fault:
    return Fault(mark.line + 1, mark.column + 1, message) if mark else Fault(1, 1, message)


def _faults(node: Node, depth: int) -> Iterator[Fault]:
    if depth > MAX_DEPTH:
        yield _fault(node.start_mark, "层次太深，这不像一个规则包")
    elif isinstance(node, MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, ScalarNode) or key.tag != _TAG + "str":
                yield _fault(key.start_mark, "字段名应是文字")
            elif key.value in seen:
                yield _fault(key.start_mark, f"字段 {key.value} 写了两次")
            else:
                seen.add(key.value)
            yield from _faults(value, depth + 1)
    elif isinstance(node, SequenceNode):
        for value in node.value:
            yield from _faults(value, depth + 1)
    elif isinstance(node, ScalarNode):
        yield from _scalar_faults(node)


def _scalar_faults(node: ScalarNode) -> Iterator[Fault]:
    match node.tag.removeprefix(_TAG):
        case "str" | "null":
            return
        case "bool":
            if node.value not in {"true", "false"}:
                yield _fault(node.start_mark, f"{node.value} 在 YAML 里是真假值：请写 true 或 false，文字请加引号")
        case "int":
            if not node.value.removeprefix("-").isdecimal() or node.value.removeprefix("-").startswith("0") > (
                node.value == "0"
            ):
                yield _fault(node.start_mark, f"{node.value} 应写成十进制整数；文字请加引号")
        case "float":
            yield _fault(node.start_mark, f"{node.value} 是小数：金额用整数分，文字请加引号")
        case "timestamp":
            yield _fault(node.start_mark, f"{node.value} 会被当成日期，请加引号")
        case other:
            yield _fault(node.start_mark, f"规则包里不用标签 {other}")


def _plain(node: Node) -> Any:
    if isinstance(node, MappingNode):
        return {key.value: _plain(value) for key, value in node.value}
    if isinstance(node, SequenceNode):
        return [_plain(value) for value in node.value]
    match node.tag.removeprefix(_TAG):
        case "int":
            return int(node.value)
        case "bool":
            return node.value == "true"
        case "null":
            return None
        case _:
            return node.value
