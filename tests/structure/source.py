"""The project's own files, as the structure tests look at them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("portal", "payments", "renewals")
_NOT_OURS = {".git", ".venv", "var", "node_modules", "__pycache__", "vendor", "artifacts", ".mypy_cache", ".ruff_cache"}
_NOT_OURS |= {".pytest_cache", ".hypothesis", "staticfiles", ".import_linter_cache"}
TEXT = {
    ".py",
    ".md",
    ".html",
    ".css",
    ".js",
    ".mjs",
    ".yaml",
    ".yml",
    ".toml",
    ".txt",
    ".json",
    ".sh",
    ".sql",
    ".cfg",
    "",
}


def files(*suffixes: str, under: tuple[str, ...] = ()) -> Iterator[Path]:
    """Text files of the project, without what others have made."""
    for place in [ROOT / name for name in under] or [ROOT]:
        for path in sorted(place.rglob("*")):
            inside = path.relative_to(ROOT)
            if _NOT_OURS & set(inside.parts) or not path.is_file() or path.suffix not in (suffixes or TEXT):
                continue
            yield path


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def text(path: Path) -> str:
    return path.read_text("utf-8")


def calls(*names: str) -> Iterator[tuple[str, ast.Call]]:
    """Calls of functions of these names (``enqueue``, ``jobs.enqueue``) in the apps' code: (where, call)."""
    for where, node in _all_calls():
        if _called(node.func) in names:
            yield where, node


@cache
def _all_calls() -> list[tuple[str, ast.Call]]:
    return [
        (f"{name(path)}:{node.lineno}", node)
        for path in files(".py", under=APPS)
        for node in ast.walk(ast.parse(text(path)))
        if isinstance(node, ast.Call)
    ]


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def strings() -> Iterator[tuple[str, str]]:
    """Every string constant in the apps' code: (file, value)."""
    for path in files(".py", under=APPS):
        for node in ast.walk(ast.parse(text(path))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield name(path), node.value
