"""Amounts as figures and in words (大写)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renewals.request_form.amounts import yuan, yuan_in_words

_VALUE = {character: index for index, character in enumerate("零壹贰叁肆伍陆柒捌玖")}
_UNIT = {"拾": 10, "佰": 100, "仟": 1000}


@pytest.mark.parametrize(
    ("fen", "figures", "words"),
    [
        (0, "0.00", "人民币零元整"),
        (5, "0.05", "人民币伍分"),
        (50, "0.50", "人民币伍角整"),
        (20000, "200.00", "人民币贰佰元整"),
        (20005, "200.05", "人民币贰佰元零伍分"),
        (140950, "1,409.50", "人民币壹仟肆佰零玖元伍角整"),
        (600714, "6,007.14", "人民币陆仟零柒元壹角肆分"),
        (10_700_053, "107,000.53", "人民币壹拾万零柒仟元伍角叁分"),
        (100_010_000, "1,000,100.00", "人民币壹佰万零壹佰元整"),
        (10_000_000_100, "100,000,001.00", "人民币壹亿零壹元整"),
    ],
)
def test_an_amount_is_written_as_on_a_cheque(fen: int, figures: str, words: str) -> None:
    assert yuan(fen) == figures
    assert yuan_in_words(fen) == words


@given(st.integers(0, 10**14 - 1))
def test_the_words_say_the_amount(fen: int) -> None:
    assert _said(yuan_in_words(fen)) == fen


@pytest.mark.parametrize("fen", [-1, 10**14])
def test_what_no_form_costs_is_refused(fen: int) -> None:
    with pytest.raises(ValueError, match=str(fen)):
        yuan_in_words(fen)


def _said(words: str) -> int:
    """Read it as a person does."""
    total = group = digit = 0
    for character in words.removeprefix("人民币").removesuffix("整"):
        if character in _VALUE:
            digit = _VALUE[character]
        elif character in _UNIT:
            group, digit = group + digit * _UNIT[character], 0
        elif character in "亿万元":
            total, group, digit = total + (group + digit) * {"亿": 10**8, "万": 10**4, "元": 1}[character] * 100, 0, 0
        else:
            total, digit = total + digit * {"角": 10, "分": 1}[character], 0
    return total
