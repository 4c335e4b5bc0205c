"""Tracking numbers against the carriers' patterns (RULES A14, P15)."""

import pytest

from renewals.parcels import carriers
from renewals.parcels.carriers import CARRIERS, TrackingNumberWrong, guess, parse


@pytest.mark.parametrize(
    ("carrier", "typed", "kept"),
    [
        ("sf", "SF0123456789", "SF0123456789"),  # RULES A14: the manual's own example
        ("sf", " sf1234 5678-90123 ", "SF1234567890123"),
        ("sf", "ＳＦ１２３４５６７８９０１２３", "SF1234567890123"),
        ("ems", "EA473124829CN", "EA473124829CN"),  # S10: 8·4+6·7+4·3+2·1+3·2+5·4+9·8+7·2 = 200; 11 - 2 = 9
        ("ems", "1012345678901", "1012345678901"),
        ("jd", "JDVA12345678901", "JDVA12345678901"),
        ("yto", "yt1234567890123", "YT1234567890123"),
        ("other", "ABC-123456", "ABC123456"),
    ],
)
def test_a_number_is_kept_in_its_normal_form(carrier: str, typed: str, kept: str) -> None:
    assert parse(carrier, typed) == kept


@pytest.mark.parametrize(
    ("carrier", "typed", "why"),
    [
        ("sf", "SF123456789", "shape"),  # one digit short
        ("sf", "SF12345678901234", "shape"),  # one too many
        ("yto", "SF1234567890123", "shape"),
        ("ems", "EA473124828CN", "shape"),  # one wrong digit: the check digit finds it
        ("ems", "EA473124892CN", "shape"),  # two neighbours swapped
        ("ems", "EA473124829HK", "shape"),
        ("other", "AB1", "shape"),
        ("other", "9" * 31, "shape"),
        ("sf", "  ", "missing"),
        ("pigeon", "1234567890", "unknown_carrier"),
    ],
)
def test_a_number_that_cannot_be_the_carriers_is_refused(carrier: str, typed: str, why: str) -> None:
    with pytest.raises(TrackingNumberWrong) as refused:
        parse(carrier, typed)
    assert refused.value.why == why


def test_the_refusal_names_the_carrier_whose_number_it_looks_like() -> None:
    with pytest.raises(TrackingNumberWrong) as refused:
        parse("ems", "SF1234567890123")
    assert refused.value.others == ("顺丰速运",)


def test_every_example_is_a_number_of_its_carrier() -> None:
    for carrier in CARRIERS[:-1]:
        assert parse(carrier.code, carrier.example) == carrier.example
        assert carrier in guess(carrier.example)
    assert carriers.title_of("ems") == "邮政 EMS"
