import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.addresses import address_group
from portal.accounts.phones import normalise_code, normalise_mobile


@pytest.mark.parametrize(
    "typed",
    [
        "19900000001",
        " 199 0000 0001 ",
        "199-0000-0001",
        "+86 19900000001",
        "0086-199-0000-0001",
        "8619900000001",
        "１９９０００００００１",
    ],
)
def test_a_number_is_understood_as_people_write_it(typed: str) -> None:
    assert normalise_mobile(typed) == "19900000001"


@pytest.mark.parametrize(
    "typed",
    ["", "1990000000", "199000000011", "12900000001", "29900000001", "19900000a01", "010-88880000", "+1 19900000001"],
)
def test_what_is_no_mainland_mobile_is_none(typed: str) -> None:
    assert normalise_mobile(typed) is None


@given(
    st.integers(3, 9),
    st.integers(0, 10**9 - 1),
    st.sampled_from(["", "+86", "86", "0086"]),
    st.sampled_from(["", " ", "-"]),
)
def test_every_mobile_survives_prefix_and_separators(second: int, rest: int, prefix: str, separator: str) -> None:
    digits = f"1{second}{rest:09d}"
    typed = prefix + separator + separator.join([digits[:3], digits[3:7], digits[7:]])
    assert normalise_mobile(typed) == digits


def test_a_code_may_be_typed_with_blanks_and_full_width_digits() -> None:
    assert normalise_code(" １２３ 456 ") == "123456"


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_a_limit_counts_an_ipv4_address_or_an_ipv6_subscriber(address: str, group: str) -> None:
    assert address_group(address) == group
