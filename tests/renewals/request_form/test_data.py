"""What a form version consists of; when it has to be printed again (RULES C7, Across 3)."""

import datetime
from dataclasses import replace

import pytest

from renewals.request_form.data import Part, canonical_json, changed_parts, digest
from tests.renewals.request_form.samples import FORM, named, with_certificates


def test_the_canonical_data_never_change() -> None:
    """Papers are verified for years: these bytes are what their codes bind."""
    text = canonical_json(FORM).decode()
    assert text.startswith('{"certificates":[{"medium_number":"38880000000001","not_after":"2026-09-01",')
    assert digest(FORM, "2026-11.1").hex() == "4909f8e59ba5bf884d864760f83b06bbd94f05937c3c1c26de7f0e028a6f4ff0"


def test_every_field_and_the_template_are_in_the_digest() -> None:
    versions = [
        FORM,
        replace(FORM, form_version=4),
        replace(FORM, order_number="20202611210000018"),
        replace(FORM, prepared_on=datetime.date(2026, 11, 22)),
        replace(FORM, term="3 年"),
        replace(FORM, invoice=None),
        replace(FORM, hall=replace(FORM.hall, hotline="400-000-0002")),
        named("李示例"),
        with_certificates(2),
    ]
    digests = {digest(form) for form in versions} | {digest(FORM, "2027-01.1")}
    assert len(digests) == len(versions) + 1


def test_nothing_changed_needs_no_printing() -> None:
    assert changed_parts(FORM, replace(FORM, form_version=4, prepared_on=datetime.date(2026, 12, 1))) == ()


def test_what_has_to_be_printed_again_is_named_in_the_order_of_the_form() -> None:
    """P3: a new handler; the fee follows from the term."""
    later = replace(named("李示例"), term="3 年", fees=(replace(FORM.fees[0], quantity=3, subtotal_fen=60000),))
    assert changed_parts(FORM, later) == (Part.REPRESENTATIVE, Part.FEES)


@pytest.mark.parametrize(
    "wrong",
    [
        {"order_number": "123"},
        {"order_number": "２" * 17},
        {"form_version": 0},
        {"form_version": 1000},
        {"certificates": ()},
    ],
)
def test_what_can_not_be_a_form_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"order number|form_version|certificate"):
        replace(FORM, **wrong)  # type: ignore[arg-type]
