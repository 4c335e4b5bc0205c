import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments import money


@pytest.mark.parametrize(
    ("fen", "text"), [(0, "0.00"), (5, "0.05"), (22100, "221.00"), (-1, "-0.01"), (123456789, "1234567.89")]
)
def test_yuan(fen: int, text: str) -> None:
    assert money.yuan(fen) == text
    assert money.parse_yuan(text) == fen


def test_display_groups_thousands() -> None:
    assert money.display(122100) == "1,221.00 元"
    assert money.display(-5) == "-0.05 元"


@pytest.mark.parametrize(
    "text", ["", "abc", "1.234", "1e3", "٣", "1,000.00", " 1", "1\n", "+1", "--1", "01", ".5", "1.", "NaN", "１"]
)
def test_what_is_no_amount_is_refused_and_never_zero(text: str) -> None:
    with pytest.raises(money.NotAnAmount):
        money.parse_yuan(text)


@given(st.integers(-(10**15), 10**15))
def test_writing_and_reading_agree(fen: int) -> None:
    assert money.parse_yuan(money.yuan(fen)) == fen
