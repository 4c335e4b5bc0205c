"""What is named exists: files of ORDER-PATH.md, jobs, notices, permissions, words of errors, helps of commands."""

import ast
import importlib
import re

import pytest
from django.apps import apps
from django.core.management import get_commands, load_command_class

from portal.accounts import policy
from portal.jobs import registry
from portal.notices.registry import all_kinds
from portal.ui.words import every_error_has_words
from renewals.steps.ending import _CANCELLED
from tests.structure.source import APPS, ROOT, calls, name, strings, text

ORDER_PATH = ROOT / "renewals" / "ORDER-PATH.md"
ENTRY = re.compile(r"\[[^\]]+\]\(([^)#]+)\)((?:\s+`[a-z_]+`)*)")


# -- ORDER-PATH.md ----------------------------------------------------------------------------------------------------


def entries() -> list[tuple[str, list[str]]]:
    """(file, functions named after it)."""
    return [(file, re.findall(r"`([a-z_]+)`", names)) for file, names in ENTRY.findall(text(ORDER_PATH))]


@pytest.mark.parametrize(("file", "functions"), entries(), ids=str)
def test_the_order_path_names_files_and_functions_that_exist(file: str, functions: list[str]) -> None:
    path = ORDER_PATH.parent / file
    assert path.is_file(), file
    if functions:
        tree = ast.parse(text(path))
        defined = {node.name.lstrip("_") for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        actions = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        assert [one for one in functions if one not in defined | actions] == []


def test_the_order_path_is_numbered_without_a_gap() -> None:
    numbers = [int(number) for number in re.findall(r"^\| (\d+) \|", text(ORDER_PATH), re.MULTILINE)]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) > 10


def test_every_step_module_stands_in_the_order_path() -> None:
    known = {file for file, _ in entries()}
    steps = [name(path)[len("renewals/") :] for path in (ROOT / "renewals" / "steps").glob("*.py")]
    helpers = {"steps/__init__.py", "steps/base.py", "steps/wrong_input.py", "steps/key_proof.py", "steps/quote.py"}
    assert set(steps) - helpers - known == set()


# -- jobs -------------------------------------------------------------------------------------------------------------


def enqueued() -> dict[str, str]:
    """Handler name, or its beginning with a * where the rest is made → where it is enqueued."""
    found = {}
    for where, call in calls("enqueue"):
        if not call.args:
            continue
        match call.args[0]:
            case ast.Constant(value=str(handler)):
                found[handler] = where
            case ast.JoinedStr(values=[ast.Constant(value=str(start)), *_]):
                found[f"{start}*"] = where
    return found


def fits(handler: str, wanted: str) -> bool:
    return handler == wanted or (wanted.endswith("*") and handler.startswith(wanted[:-1]))


def ours() -> set[str]:
    return {spec.name for spec in registry.all_handlers() if spec.fn.__module__.split(".")[0] in APPS}


def test_every_job_that_is_enqueued_has_a_handler() -> None:
    known = ours()
    missing = {wanted: where for wanted, where in enqueued().items() if not any(fits(one, wanted) for one in known)}
    assert missing == {}


def test_every_handler_is_enqueued_by_somebody() -> None:
    recurring = {entry.handler for entry in registry.all_recurring()}
    wanted = enqueued()
    idle = {one for one in ours() - recurring if not any(fits(one, each) for each in wanted)}
    assert idle == set()


# -- notices ----------------------------------------------------------------------------------------------------------


def sent() -> dict[str, str]:
    found = dict.fromkeys(_CANCELLED.values(), "renewals/steps/ending.py")
    for where, call in calls("send", "tell"):
        position = 1 if isinstance(call.func, ast.Name) else 0  # tell(act, kind); notices.send(kind, …)
        arguments = call.args[position : position + 1]
        found |= {a.value: where for a in arguments if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    for where, call in calls("end"):
        found |= {
            word.value.value: where
            for word in call.keywords
            if word.arg == "notice" and isinstance(word.value, ast.Constant)
        }
    return found


def test_every_notice_that_is_sent_is_registered() -> None:
    registered = {kind.name for kind in all_kinds()}
    assert {kind: where for kind, where in sent().items() if kind not in registered} == {}
    assert len(sent()) > 8


def test_every_notice_that_is_registered_is_sent() -> None:
    used: dict[str, set[str]] = {}
    for file, value in strings():
        used.setdefault(value, set()).add(file)
    registering = {"renewals/notice_texts.py", "portal/accounts/apps.py", "payments/apps.py"}
    unused = [kind.name for kind in all_kinds() if not used.get(kind.name, set()) - registering]
    composed = [
        made_of(call.args[0]) for _, call in calls("send") if call.args and isinstance(call.args[0], ast.JoinedStr)
    ]
    assert [kind for kind in unused if not any(re.fullmatch(pattern, kind) for pattern in composed)] == []


def made_of(node: ast.expr) -> str:
    """A pattern for what an f-string may become."""
    assert isinstance(node, ast.JoinedStr)
    parts = [re.escape(str(p.value)) if isinstance(p, ast.Constant) else "[a-z_]+" for p in node.values]
    return "".join(parts)


# -- the rest ---------------------------------------------------------------------------------------------------------


def test_every_error_has_words() -> None:
    for config in apps.get_app_configs():
        if config.name.split(".")[0] in APPS:
            for module in ("errors", "lifecycle.refusals"):
                with_errors = f"{config.name}.{module}"
                if importlib.util.find_spec(with_errors.rpartition(".")[0]) and importlib.util.find_spec(with_errors):
                    importlib.import_module(with_errors)
    assert every_error_has_words() == []


OUR_COMMANDS = sorted((app, command) for command, app in get_commands().items() if str(app).split(".")[0] in APPS)


@pytest.mark.parametrize(("app", "command"), OUR_COMMANDS, ids=str)
def test_every_command_has_a_help(app: str, command: str) -> None:
    assert len(load_command_class(app, command).help) > 5


def test_every_permission_that_the_code_names_is_registered() -> None:
    known = policy.registered()
    asked = {
        a.value
        for _, call in calls("allows")
        for a in call.args[1:2]
        if isinstance(a, ast.Constant) and isinstance(a.value, str)
    }
    assert asked - set(known) == set()
