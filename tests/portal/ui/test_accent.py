"""A tenant's accent colour stays readable, whatever colour it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.ui import accent

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_contrast_is_wcags() -> None:
    assert accent.contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert accent.contrast("#ffffff", "#ffffff") == pytest.approx(1.0)
    assert accent.contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)
    assert accent.contrast("#0000ff", "#ffffff") == pytest.approx(8.592, abs=0.001)


@given(first=COLOURS, second=COLOURS)
def test_contrast_has_no_direction(first: str, second: str) -> None:
    assert accent.contrast(first, second) == accent.contrast(second, first)
    assert 1.0 <= accent.contrast(first, second) <= 21.0 + 1e-9


@given(COLOURS)
def test_every_text_is_readable(colour: str) -> None:
    derived = accent.derive(colour)
    for ground in (accent.WHITE, accent.PAGE, accent.SUNKEN, derived.soft):
        assert accent.contrast(derived.accent, ground) >= 4.5
    for filled in (derived.accent, derived.hover, derived.active):
        assert accent.contrast(derived.on_accent, filled) >= 4.5
    assert accent.contrast("#15202b", derived.soft) >= 12  # --ink on a selected row


def test_a_dark_enough_colour_is_left_alone() -> None:
    derived = accent.derive("#1d5b8f")
    assert derived.accent == "#1d5b8f"
    assert not derived.adjusted


@pytest.mark.parametrize("light", ["#ffd400", "#ff6a00", "#00c2b8", "#ffffff", "#8fd3ff"])
def test_a_light_colour_is_darkened_as_little_as_needed(light: str) -> None:
    derived = accent.derive(light)
    assert derived.adjusted
    worst = min(accent.contrast(derived.accent, ground) for ground in (accent.WHITE, accent.PAGE, accent.SUNKEN))
    assert 4.5 <= worst < 5.0


def test_a_darkened_orange_is_still_an_orange() -> None:
    red, green, blue = accent.parse(accent.derive("#ff6a00").accent)
    assert red > green > blue
    assert red > 0.6


@pytest.mark.parametrize(
    "bad", ["", "red", "#12345", "1d5b8f", "#1d5b8f;", "#1d5b8g", "#fff}body{display:none", "#1d5b8f\n"]
)
def test_what_is_no_colour_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="not a colour"):
        accent.derive(bad)


def test_short_form() -> None:
    assert accent.parse("#0af") == accent.parse("#00aaff")


def test_style_sheet() -> None:
    sheet = accent.css(accent.derive("#1d5b8f"))
    assert sheet.startswith(":root {\n  --accent: #1d5b8f;\n")
    assert sheet.count("#") == 6
