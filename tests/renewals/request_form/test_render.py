"""The PDF: it says what the data say, the same every time, with every glyph, and fetches nothing. Issue 3."""

import io
from dataclasses import replace

import pikepdf
import pytest

from portal.gm.sm3 import sm3
from renewals.request_form import render as rendering
from renewals.request_form.data import TEMPLATE_VERSION, Change, FormData
from renewals.request_form.errors import GlyphMissing, RenderingRefused
from renewals.request_form.fonts import FontChain
from renewals.request_form.render import ASSETS, render
from tests.renewals.request_form.samples import FORM, named, payload_of, with_certificates
from tests.renewals.request_form.scans import text_of

TEMPLATES = {
    "2026-11.1": "32fe7de2ce1b33011d39ba511128d89f54d658e8d94c0ed1565db6144487da8e",
    "2026-11.2": "1e84d3e75d430cc6c072a6cace7ca2fac29a171f9b1f969fde991399e40418ca",
    "2026-11.3": "a4efcce69a14498b7ac670d567a5fb57ce65b84ccb4fff0d35a09ba8d77b9a6e",
}


def pdf_of(form: FormData, fonts: FontChain) -> bytes:
    return render(form, payload_of(form), fonts=fonts)


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_the_text_is_the_data(fonts: FontChain) -> None:
    text = squeezed(text_of(pdf_of(FORM, fonts)))
    for value in (
        FORM.order_number,
        f"第{FORM.form_version}版",
        FORM.title,
        FORM.programme_title,
        FORM.hall.name,
        FORM.hall.hotline,
        FORM.hall.address,
        f"单位名称{FORM.holder.name}",
        f"统一社会信用代码{FORM.holder.code}",
        f"法定代表人{FORM.holder.legal_representative}",
        f"姓名{FORM.representative.name}",
        f"手机号码{FORM.representative.mobile}",
        f"证件类型{FORM.representative.id_kind}",
        f"证件号码{FORM.representative.id_number}",
        f"电子邮箱{FORM.representative.email}",
        f"证书序列号{FORM.certificates[0].serial}",
        f"证书主题{FORM.certificates[0].subject}",
        f"介质编号{FORM.certificates[0].medium_number}",
        "原有效期2024-09-01至2026-09-01",
        "数字证书服务费200.00元/年2400.00",
        "办理年限2年",
        "费用合计￥400.00人民币肆佰元整",
        "发票抬头深圳市测试精密制造有限公司",
        "纳税人识别号91440300MA5TEST00X发票类型增值税电子普通发票",
        "营业执照复印件（加盖公章）",
        "经办人签名",
        "盖章处",
        "2026年11月21日",
        "第1页共1页",
    ):
        assert squeezed(value) in text, value


def test_what_is_not_asked_for_is_not_printed(fonts: FontChain) -> None:
    bare = replace(FORM, invoice=None, papers=(), representative=replace(FORM.representative, email=""))
    text = squeezed(text_of(pdf_of(bare, fonts)))
    for heading in ("发票抬头", "提交材料", "电子邮箱", "变更事项", "附表"):
        assert heading not in text


def test_a_change_of_the_holder_shows_both(fonts: FontChain) -> None:
    """RULES P11: 变更."""
    changed = replace(FORM, changes=(Change("单位名称", "深圳市测试机械厂", FORM.holder.name),))
    assert "原：深圳市测试机械厂现：深圳市测试精密制造有限公司" in squeezed(text_of(pdf_of(changed, fonts)))


def test_two_renders_are_byte_equal(fonts: FontChain) -> None:
    first = pdf_of(FORM, fonts)
    rendering._typesetters.clear()  # as in another process
    assert pdf_of(FORM, fonts) == first
    assert pdf_of(replace(FORM, form_version=4), fonts) != first


@pytest.mark.parametrize("name", ["𬱖", "龘", "㛃", "𪛖", "欧阳𬱖龘㛃"])
def test_a_rare_name_shows_right(fonts: FontChain, name: str) -> None:
    pdf = pdf_of(named(name), fonts)
    assert f"姓名{name}手机号码" in squeezed(text_of(pdf))
    assert missing_glyphs(pdf) == 0


def test_a_box_that_was_drawn_all_the_same_is_no_form(fonts: FontChain) -> None:
    """Behind the check of the characters beforehand: WeasyPrint itself would only log it."""
    links = fonts.links_for("示例")
    with rendering._one_at_a_time, pytest.raises(GlyphMissing) as refused:
        rendering._typesetter(links).write("<p>示例\U0003134a</p>", {}, "0" * 32)
    assert refused.value.characters == "\U0003134a"


def test_a_name_that_can_not_be_printed_is_refused_before_anything_is_drawn(fonts: FontChain) -> None:
    with pytest.raises(GlyphMissing) as refused:
        pdf_of(named("张\U0003134a"), fonts)
    assert refused.value.code == "request_form.glyph_missing"
    assert refused.value.characters == "\U0003134a"


def test_many_certificates_go_to_an_annex_and_every_page_says_which_it_is(fonts: FontChain) -> None:
    form = with_certificates(24)
    pdf = pdf_of(form, fonts)
    pages = [squeezed(text_of(pdf, number)) for number in range(3)]
    for number, text in enumerate(pages, 1):
        assert f"第{number}页共3页" in text
        assert FORM.order_number in text
        assert "第3版" in text
    assert "共24张，逐张列于附表" in pages[0]
    assert "骑缝章" in pages[0]
    assert "盖章处" in pages[0]
    for line in form.certificates:
        assert line.serial in pages[1] + pages[2]
    assert "第4页" not in "".join(pages)


def test_what_people_type_is_text(fonts: FontChain) -> None:
    sly = named('<img src="file:///etc/passwd">&amp;')
    assert '<imgsrc="file:///etc/passwd">&amp;' in squeezed(text_of(pdf_of(sly, fonts)))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/x.png",
        "https://example.cn/x.png",
        "file:///etc/hostname",
        "form:../form.css",
        "data:,x",
        "form:x",
    ],
)
def test_nothing_is_fetched(fonts: FontChain, url: str) -> None:
    links = fonts.links_for("示例")
    with rendering._one_at_a_time, pytest.raises(RenderingRefused):
        rendering._typesetter(links).write(f'<p>示例<img src="{url}"></p>', {}, "0" * 32)


def test_the_document_names_itself(fonts: FontChain) -> None:
    with pikepdf.open(io.BytesIO(pdf_of(FORM, fonts))) as pdf:
        assert str(pdf.docinfo["/Title"]) == f"过期证书续期申请表 {FORM.order_number} 第 3 版"
        assert str(pdf.docinfo["/CreationDate"]).startswith("D:20261121")
        assert pdf.Root.Lang == "zh-CN"
        assert "/OpenAction" not in pdf.Root
        assert "/JavaScript" not in pdf.Root.get("/Names", {})


def test_another_form_s_code_is_not_printed(fonts: FontChain) -> None:
    with pytest.raises(ValueError, match="another form"):
        render(FORM, payload_of(FORM, form_version=2), fonts=fonts)


def test_an_old_template_s_forms_are_kept_not_made_again(fonts: FontChain) -> None:
    with pytest.raises(ValueError, match="kept as bytes"):
        render(FORM, payload_of(FORM), fonts=fonts, template_version="2025-01.1")


def test_a_changed_template_has_a_new_version() -> None:
    """What is printed changed: give TEMPLATE_VERSION a new name and write it here with its digest."""
    assert (
        sm3((ASSETS / "form.html").read_bytes() + (ASSETS / "form.css").read_bytes()).hex()
        == TEMPLATES[TEMPLATE_VERSION]
    )


def missing_glyphs(pdf: bytes) -> int:
    """How often .notdef is drawn: glyph 0 in the strings of every content stream."""
    count = 0
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for page in document.pages:
            forms = [x for x in page.resources.get("/XObject", {}).values() if x.get("/Subtype") == "/Form"]
            for stream in (page, *forms):
                for operands, operator in pikepdf.parse_content_stream(stream):
                    if str(operator) not in {"Tj", "TJ"}:
                        continue
                    parts = operands[0] if str(operator) == "TJ" else [operands[0]]
                    for part in parts:
                        if isinstance(part, pikepdf.String):
                            glyphs = bytes(part)
                            count += sum(glyphs[at : at + 2] == b"\0\0" for at in range(0, len(glyphs), 2))
    return count
