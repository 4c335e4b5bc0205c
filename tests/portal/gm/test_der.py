"""Strict DER: one way to write a thing, and nothing else is read."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.gm import MalformedDer, der


@given(st.integers(-(2**300), 2**300))
def test_integers_round_trip(number):
    reader = der.Reader(der.integer(number))

    assert reader.integer() == number
    reader.end()


@given(st.lists(st.integers(0, 2**40), max_size=8), st.integers(0, 2), st.integers(0, 39))
def test_oids_round_trip(rest, first, second):
    dotted = ".".join(str(arc) for arc in (first, second, *rest))

    assert der.Reader(der.oid(dotted)).oid() == dotted


@given(st.binary(max_size=70_000))
def test_octets_round_trip_at_every_length_form(value):
    assert der.read_one(der.octet_string(value), der.OCTET_STRING)._data == value


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ("", "nothing"),
        ("02", "no length"),
        ("0201", "no value"),
        ("028101" + "05", "length in two bytes that fits in one"),
        ("02820001" + "05", "length with leading zero"),
        ("0280" + "050000", "indefinite length"),
        ("0200", "empty integer"),
        ("02020001", "integer with needless leading zero"),
        ("0202ff80", "negative integer with needless leading byte"),
        ("1f0101", "multi-byte tag"),
        ("040105", "another tag"),
    ],
)
def test_an_integer_written_otherwise_is_refused(data, what):
    with pytest.raises(MalformedDer):
        der.Reader(bytes.fromhex(data)).integer()


def test_bytes_left_over_are_refused():
    with pytest.raises(MalformedDer, match="left over"):
        der.read_one(der.sequence() + b"\x00")


@pytest.mark.parametrize("data", ["0600", "060181", "0602 80 01"])
def test_bad_oids_are_refused(data):
    with pytest.raises(MalformedDer):
        der.Reader(bytes.fromhex(data)).oid()


def test_bit_strings_are_whole_bytes():
    with pytest.raises(MalformedDer, match="unused bits"):
        der.Reader(bytes.fromhex("03020780")).bit_string()


def test_time_is_utc_to_2049_and_generalized_beyond():
    assert der.time(datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)) == b"\x17\x0d491231235959Z"
    assert der.time(datetime(2050, 1, 1, tzinfo=UTC)) == b"\x18\x0f20500101000000Z"
    with pytest.raises(ValueError, match="aware"):
        der.time(datetime(2026, 1, 1))  # noqa: DTZ001 the naive moment is the point
