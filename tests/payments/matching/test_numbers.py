"""The number in the remark: certain or doubtful. RULES Across 1."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.matching.model import Reason
from payments.matching.numbers import Reading, near, read
from tests.payments.matching.scene import RULE, number

N, M = number(42), number(43)
WIDE = N.translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)})
GROUPS = [N[:2], N[2:10], N[10:16], N[16:]]


@pytest.mark.parametrize(
    "remark",
    [
        N,
        f"证书费{N}谢谢",
        f"NO.{N}",
        f"【{N}】",
        WIDE,
        f"订单：{WIDE}，请查收",
        " ".join(GROUPS),
        "－".join(GROUPS),
        " - ".join(GROUPS),
        "_".join(GROUPS),
        " ".join(N[at : at + 4] for at in range(0, 17, 4)),
        f"{N} {N}",
        f"20261121 {N}",
        f"200元,{N}",
        f"{N}/13800138000",
        f"DD{N}A",
        "\u200b".join(N),
    ],
)
def test_certain(remark: str) -> None:
    assert read(remark, RULE) == Reading((N,), ())


@pytest.mark.parametrize("between", ["、", ",", ";", " ", "和", "/", "+", "-"])
def test_several_numbers(between: str) -> None:
    assert read(f"{N}{between}{M}", RULE).named == (N, M)


@pytest.mark.parametrize(
    "remark", ["", "证书费", "2026112100004", "6222020000001234567890123", "①②③", "13800138000 20261121"]
)
def test_nothing(remark: str) -> None:
    assert read(remark, RULE).named == ()


@pytest.mark.parametrize(
    ("remark", "slip"),
    [
        (N[:-1] + str((int(N[-1]) + 1) % 10), Reason.ONE_WRONG_DIGIT),
        (N[:3] + "5" + N[4:], Reason.ONE_WRONG_DIGIT),
        (N[:14] + N[15] + N[14] + N[16:], Reason.SWAPPED_DIGITS),
        (N[:5] + N[6:], Reason.LOST_DIGIT),
        (N[:5] + "7" + N[5:], Reason.EXTRA_DIGIT),
        (N + "13800138000", Reason.GLUED_NUMBER),
        ("20261121" + N, Reason.GLUED_NUMBER),
        (N + "2", Reason.GLUED_NUMBER),
        (N[:1].replace("0", "O") + N[1:], Reason.ONE_WRONG_DIGIT),
    ],
)
def test_one_slip_is_doubtful_and_found(remark: str, slip: Reason) -> None:
    reading = read(f"订单{remark}", RULE)
    assert reading.named == ()
    assert slip in [near(written, RULE).get(N) for written in reading.doubtful]


def test_a_number_and_a_slip_beside_it() -> None:
    wrong = M[:-1] + str((int(M[-1]) + 1) % 10)
    assert read(f"{N}、{wrong}", RULE) == Reading((N,), (wrong,))


serials = st.integers(1, 999_999)


@given(serials, st.integers(0, 16), st.sampled_from("0123456789"))
def test_a_wrong_digit_is_never_certain(serial: int, at: int, digit: str) -> None:
    right = number(serial)
    wrong = right[:at] + digit + right[at + 1 :]
    assert read(wrong, RULE).named == ((right,) if wrong == right else ())


@given(serials, st.integers(0, 15))
def test_a_swap_is_never_certain(serial: int, at: int) -> None:
    right = number(serial)
    wrong = right[:at] + right[at + 1] + right[at] + right[at + 2 :]
    assert read(wrong, RULE).named == ((right,) if wrong == right else ())


@given(serials, st.text(alphabet="0123456789", min_size=1, max_size=20), st.booleans())
def test_glued_to_digits_is_never_certain(serial: int, digits: str, before: bool) -> None:
    right = number(serial)
    assert read(digits + right if before else right + digits, RULE).named == ()


@given(serials, st.lists(st.integers(1, 16), max_size=5), st.sampled_from([" ", "-", "－", "　", ".", "_", " - "]))
def test_grouping_changes_nothing(serial: int, cuts: list[int], between: str) -> None:
    right = number(serial)
    ends = [0, *sorted(set(cuts)), 17]
    groups = [right[begin:end] for begin, end in pairwise(ends)]
    assert read(f"订单号{between.join(groups)}谢谢", RULE) == Reading((right,), ())
