"""Canonical JSON: one content, one form."""

import datetime as dt
import enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.audit.canonical import canonical
from portal.audit.chain import GENESIS, link

TEXTS = st.text(st.characters(codec="utf-8"))
CONTENT = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=20,
)


class Kind(enum.StrEnum):
    A = "alpha"


def test_form():
    zone = dt.timezone(dt.timedelta(hours=8))
    content = {
        "b": [1, True, None],
        "a": "证书",
        "when": dt.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=zone),
        "day": dt.date(2026, 1, 2),
        "raw": b"\x01\xff",
        "set": frozenset({"y", "x"}),
        "kind": Kind.A,
    }
    assert canonical(content).decode() == (
        '{"a":"证书","b":[1,true,null],"day":"2026-01-02","kind":"alpha","raw":"01ff","set":["x","y"],'
        '"when":"2026-01-01T19:04:05.000006Z"}'
    )


@given(st.dictionaries(TEXTS, CONTENT))
def test_order_of_keys_doesnt_matter(content):
    assert canonical(content) == canonical(dict(reversed(content.items())))


@pytest.mark.parametrize("value", [1.5, dt.datetime(2026, 1, 1), object(), {1.5: "x"}])  # noqa: DTZ001
def test_what_has_no_one_form_is_refused(value):
    with pytest.raises(TypeError):
        canonical({"x": value})


def test_links_depend_on_everything_before():
    one = link(GENESIS, 1, b"{}")
    assert one.hex() == "88d3f8b7aaed19b48a3836ff9d0e38e96c951a2f1a5e0f334499c168d3e8e1f7"
    assert len({one, link(GENESIS, 2, b"{}"), link(GENESIS, 1, b"{ }"), link(one, 1, b"{}")}) == 4
