"""What may be shown of a personal value; whatever isn't of the expected form is hidden."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.vault import masks
from portal.vault.masks import HIDDEN


@pytest.mark.parametrize(
    ("mask", "value", "shown"),
    [
        (masks.mask_phone, "19900001234", "199****1234"),
        (masks.mask_phone, "+86 199 0000 1234", "199****1234"),
        (masks.mask_phone, "0755-8888 0000", "075****0000"),
        (masks.mask_phone, "8888000", "8****00"),
        (masks.mask_phone, "123", HIDDEN),
        (masks.mask_phone, "王小明", HIDDEN),
        (masks.mask_phone, "", HIDDEN),
        (masks.mask_id_number, "110101190001017597", "1****************7"),
        (masks.mask_id_number, "12345", HIDDEN),
        (masks.mask_name, "王小明", "王**"),
        (masks.mask_name, "王明", "王*"),
        (masks.mask_name, "王", "*"),
        (masks.mask_name, "阿不都热合曼·买买提", "阿***"),
        (masks.mask_name, "", HIDDEN),
        (masks.mask_email, "someone@example.com", "s***@example.com"),
        (masks.mask_email, "@example.com", HIDDEN),
        (masks.mask_email, "example.com", HIDDEN),
        (masks.mask_account, "6222 0000 1111 2233", "**** 2233"),
        (masks.mask_account, "1234567", HIDDEN),
        (masks.mask_text, "anything", HIDDEN),
    ],
)
def test_masks(mask, value, shown):
    assert mask(value) == shown


@given(st.text(min_size=2), st.sampled_from(sorted(masks.MASKS)))
def test_no_mask_shows_the_value(value, name):
    shown = masks.MASKS[name](value)
    assert value.strip() not in {shown, ""} or not value.strip() or set(value.strip()) <= {"*", "•"}


@pytest.mark.parametrize(
    ("field", "mask"),
    [
        ("phone", "phone"),
        ("handler_mobile", "phone"),
        ("display_name", "name"),
        ("handler_id_number", "id_number"),
        ("email", "email"),
        ("data", "text"),
    ],
)
def test_a_field_s_name_suggests_its_mask(field, mask):
    assert masks.mask_for(field) == mask
