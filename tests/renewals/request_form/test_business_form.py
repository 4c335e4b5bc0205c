"""《证书业务信息表》: several keys on one form, where they are posted, a barcode for the desk (RULES A14, A16, P14)."""

import io
from dataclasses import replace

import pytest
import zxingcpp
from PIL import Image

from renewals.request_form import barcode
from renewals.request_form.data import Part, canonical_json, changed_parts, digest, from_json
from renewals.request_form.fonts import FontChain
from renewals.request_form.render import render, to_html
from tests.renewals.request_form.samples import FORM, business_form, payload_of
from tests.renewals.request_form.scans import page_image


def test_the_barcode_is_the_order_number() -> None:
    # RULES A16
    image = Image.open(io.BytesIO(barcode.make(FORM.order_number))).convert("L")
    (found,) = zxingcpp.read_barcodes(image)
    assert (found.text, found.format) == (FORM.order_number, zxingcpp.BarcodeFormat.Code128)


def test_address_pin_note_contacts_and_gateways_are_on_it() -> None:
    # RULES A14, A16, P14
    html = to_html(business_form(3))
    for words in (
        "证书业务信息表",
        "业务类型：更新",
        "广东省深圳市福田区示例路 28 号 测试中心 证书室",
        "由两名工作人员共同重置 PIN 码",
        "李示例",
        "技术联系人",
        "JSB0003@1",
        "H00003",
        "结算通信网关　开通",
        "深圳市福田区测试路 1 号 801",
        "三个网关在同一机房。",
        "办理更新，授权",
    ):
        assert words in html
    assert "上传资料”处提交" not in html  # it travels with the keys


def test_what_it_says_comes_back_from_what_was_kept() -> None:
    form = business_form(3)
    assert from_json(canonical_json(form)) == form
    assert digest(form) != digest(replace(form, remark=""))


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        ({"contacts": ()}, Part.CONTACTS),
        ({"posting": None}, Part.POSTING),
        ({"collection": None}, Part.COLLECTION),
        ({"remark": "没有"}, Part.REMARK),
        ({"business": "补办", "reason": "遗失"}, Part.HEADING),
    ],
)
def test_what_has_to_be_printed_again_is_named(changed: dict[str, object], part: Part) -> None:
    form = business_form(3)
    assert part in changed_parts(form, replace(form, **changed))  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [1, 14])
def test_barcode_and_qr_code_are_read_from_the_printed_page(fonts: FontChain, count: int) -> None:
    # RULES Across 3
    form = business_form(count)
    page = page_image(render(form, payload_of(form), fonts=fonts), dpi=300)
    found = {each.format: each.text for each in zxingcpp.read_barcodes(page)}
    assert found[zxingcpp.BarcodeFormat.Code128] == form.order_number
    assert zxingcpp.BarcodeFormat.QRCode in found
