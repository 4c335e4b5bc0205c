"""The contrast of the colours that static/css/tokens.css names (WCAG 2.2, 1.4.3 and 1.4.11)."""

import re
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings

from portal.ui import accent

SHEETS = Path(settings.BASE_DIR) / "static" / "css"
TOKENS = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", (SHEETS / "tokens.css").read_text("utf-8")))
GROUNDS = ("page", "surface", "sunken")
TONES = ("info", "success", "warning", "danger", "neutral")


@pytest.mark.parametrize(("text", "ground"), [*product(("ink", "ink-2", "ink-3", "accent", "danger"), GROUNDS)])
def test_text_on_every_ground(text: str, ground: str) -> None:
    assert accent.contrast(TOKENS[text], TOKENS[ground]) >= 4.5


@pytest.mark.parametrize("tone", TONES)
def test_tones_on_their_own_ground_and_on_white(tone: str) -> None:
    assert accent.contrast(TOKENS[tone], TOKENS[f"{tone}-soft"]) >= 4.5
    assert accent.contrast(TOKENS[tone], TOKENS["surface"]) >= 4.5
    for text in ("ink", "ink-2"):
        assert accent.contrast(TOKENS[text], TOKENS[f"{tone}-soft"]) >= 4.5


@pytest.mark.parametrize("ground", ["surface", "page"])
def test_edges_of_controls(ground: str) -> None:
    assert accent.contrast(TOKENS["line-strong"], TOKENS[ground]) >= 2.95


def test_accent_py_knows_the_grounds() -> None:
    assert (TOKENS["page"], TOKENS["sunken"], TOKENS["surface"]) == (accent.PAGE, accent.SUNKEN, accent.WHITE)
    assert TOKENS["accent"] == accent.DEFAULT


def test_every_custom_property_that_is_used_exists() -> None:
    named = set(re.findall(r"(--[\w-]+):", (SHEETS / "tokens.css").read_text("utf-8")))
    for sheet in SHEETS.glob("*.css"):
        used = set(re.findall(r"var\((--[\w-]+)", sheet.read_text("utf-8")))
        assert used <= named, f"{sheet.name}: {sorted(used - named)}"
