"""The code on the paper: what it says, and what it proves (RULES Across 3, DESIGN §5)."""

import io
from dataclasses import replace

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from renewals.request_form import qr
from renewals.request_form.data import digest
from renewals.request_form.errors import (
    ScanKeyUnknown,
    ScanNotOurs,
    ScanOfOtherOrder,
    ScanOfOtherPaper,
    ScanOfOtherVersion,
)
from tests.renewals.request_form.samples import FORM, KEYS, TENANT, named, payload_of

EXPECTED = qr.Expected(
    tenant=TENANT,
    order_number=FORM.order_number,
    paper=qr.Paper.REQUEST_FORM,
    form_version=3,
    digests={2: digest(replace(FORM, form_version=2)), 3: digest(FORM)},
)


def test_the_text_is_short_and_of_the_alphanumeric_set() -> None:
    text = payload_of(FORM).text()
    assert text.startswith("CH120202611210000017RF003K7QD")
    assert len(text) == 45
    assert segno.make_qr(text, error="q", boost_error=False).version == 3


def test_papers_printed_today_verify_for_years() -> None:
    """The format, the MAC's input and its length are frozen by this code."""
    old = digest(FORM, "2026-11.1")  # the version of that template stands in it for ever
    assert payload_of(FORM, digest=old).text() == "CH120202611210000017RF003K7QDHKBKU2ZSQS7JI7PN"


@given(
    order=st.from_regex(r"[0-9]{17}", fullmatch=True),
    version=st.integers(1, 999),
    mac=st.binary(min_size=10, max_size=10),
)
def test_every_payload_reads_back(order: str, version: int, mac: bytes) -> None:
    payload = qr.Payload(order, "RF", version, "A2B7", mac)
    assert qr.Payload.parse(payload.text()) == payload


@pytest.mark.parametrize(
    "text", ["", "https://example.cn/licence", "CH2" + "1" * 42, "ch1" + "1" * 42, "CH1" + "1" * 42]
)
def test_other_codes_are_not_ours(text: str) -> None:
    assert qr.Payload.parse(text) is None


def test_the_picture_is_the_same_every_time_and_reads_back() -> None:
    picture = qr.make(payload_of(FORM))
    assert picture == qr.make(payload_of(FORM))
    assert qr.read(picture) == payload_of(FORM)


def test_a_page_without_a_code() -> None:
    assert qr.read(Image.new("RGB", (400, 600), "white")) == qr.NotFound()


def test_a_licence_has_a_code_of_its_own() -> None:
    licence, out = segno.make_qr("https://example.cn/licence"), io.BytesIO()
    licence.save(out, kind="png", scale=6)
    assert qr.read(out.getvalue()) == qr.NotFound(foreign=1)


def test_the_right_paper_passes() -> None:
    qr.verify(payload_of(FORM), EXPECTED, KEYS)


def test_another_order() -> None:
    with pytest.raises(ScanOfOtherOrder) as refused:
        qr.verify(payload_of(FORM, order_number="20202611210000029"), EXPECTED, KEYS)
    assert refused.value.params == {"printed": "20202611210000029"}


def test_another_paper_of_the_order() -> None:
    with pytest.raises(ScanOfOtherPaper):
        qr.verify(payload_of(FORM, paper=qr.Paper.PAYER_STATEMENT), EXPECTED, KEYS)


def test_an_old_version_is_told_from_a_forged_one() -> None:
    """The customer changed the application after printing (RULES P3): say which version to print."""
    old = replace(FORM, form_version=2)
    with pytest.raises(ScanOfOtherVersion) as refused:
        qr.verify(payload_of(old), EXPECTED, KEYS)
    assert refused.value.params == {"printed": 2, "wanted": 3}


@pytest.mark.parametrize(
    "forged",
    [
        payload_of(FORM, tenant="8"),
        payload_of(FORM, digest=digest(named("李示例"))),
        payload_of(FORM, key=bytes(32)),
        payload_of(FORM, form_version=4),
        replace(payload_of(FORM, form_version=2), form_version=3),
        replace(payload_of(FORM), mac=bytes(10)),
    ],
    ids=["other tenant", "other data", "other key", "version never printed", "version changed", "MAC made up"],
)
def test_what_we_did_not_make_is_refused(forged: qr.Payload) -> None:
    with pytest.raises(ScanNotOurs):
        qr.verify(forged, EXPECTED, KEYS)


@given(st.integers(0, 79))
def test_every_bit_of_the_mac_counts(bit: int) -> None:
    right = payload_of(FORM)
    flipped = (int.from_bytes(right.mac) ^ 1 << bit).to_bytes(10)
    with pytest.raises(ScanNotOurs):
        qr.verify(replace(right, mac=flipped), EXPECTED, KEYS)


def test_a_key_that_the_hall_does_not_have_is_said_so() -> None:
    with pytest.raises(ScanKeyUnknown):
        qr.verify(payload_of(FORM, key_id="ZZZZ"), EXPECTED, KEYS)


def test_nothing_with_a_bar_in_it_is_signed() -> None:
    with pytest.raises(ValueError, match="binds"):
        payload_of(FORM, tenant="7|1")
