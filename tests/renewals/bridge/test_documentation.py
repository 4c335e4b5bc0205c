"""docs/bridge.md and words.py say what the code does."""

import re
from pathlib import Path

from renewals.bridge.protocol import MUTATING, RPC_NUMBERS, STAGES, ErrorCode, Event, Method
from renewals.bridge.words import BRIDGE_WORDS, WORDS, page_words
from tests.renewals.bridge.test_protocol import VECTOR_CLAIM, VECTOR_INSTALL, VECTOR_UNLOCK

PAGE = (Path(__file__).parents[3] / "docs" / "bridge.md").read_text("utf-8")


def test_methods_with_their_stages() -> None:
    rows = {
        cells[0].strip("` "): cells
        for cells in (line.strip("|").split("|") for line in PAGE.splitlines())
        if len(cells) == 4
    }
    for method in Method:
        _, mutating, stages, _ = (cell.strip() for cell in rows[method])
        assert (mutating == "yes") is (method in MUTATING)
        assert stages == ", ".join(STAGES.get(method, ()))
    for event in Event:
        assert f"`{event} {{" in PAGE


def test_errors_with_their_numbers() -> None:
    for code, number in RPC_NUMBERS.items():
        assert f"| `{code}` | {number} |" in PAGE


def test_vectors() -> None:
    digits = re.sub(r"\s", "", PAGE)
    for vector in (VECTOR_CLAIM.hex(), VECTOR_INSTALL.hex(), VECTOR_UNLOCK):
        assert vector in digits


def test_every_error_says_what_happened_and_what_to_do() -> None:
    assert set(BRIDGE_WORDS) == set(ErrorCode)
    assert set(WORDS) == {f"bridge.{code}" for code in ErrorCode}
    for code, words in page_words().items():
        assert re.fullmatch(r"[^,;:]+。", words["happened"]), code
        assert re.fullmatch(r"[^,;:]+。", words["cure"]), code
        assert "请" in words["cure"] or "需要继续时" in words["cure"], code
    assert page_words()["PIN_INCORRECT"]["retries"] == "还可以再试 %(retries_left)s 次。"
