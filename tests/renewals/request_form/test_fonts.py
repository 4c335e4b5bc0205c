"""The chain of fonts: no more than a form needs, and no character without a glyph."""

from pathlib import Path

import pytest
from django.utils import translation

from portal.ui import words
from renewals.request_form.errors import FontsUnavailable, GlyphMissing
from renewals.request_form.fonts import FontChain


@pytest.mark.parametrize(
    ("text", "families"),
    [
        ("深圳市测试精密制造有限公司", ["Certhall Form"]),
        ("朱镕喆", ["Certhall Form", "Certhall Form GBK"]),
        ("㛃", ["Certhall Form", "Certhall Form Full"]),
        ("𬱖", ["Certhall Form", "Certhall Form Full"]),
        ("龘", ["Certhall Form", "Certhall Form GBK"]),
        ("𪛖", ["Certhall Form", "Certhall Form Rare B"]),
        ("Ñandú·示例—“（）￥①", ["Certhall Form"]),
    ],
)
def test_a_form_takes_the_links_that_it_needs(fonts: FontChain, text: str, families: list[str]) -> None:
    assert [link.family for link in fonts.links_for(text)] == families


def test_the_common_standard_characters_are_all_there(fonts: FontChain) -> None:
    """Every character of GBK and of the extension that GB 18030 asks names to be printed in."""
    every = "".join(chr(code) for code in (*range(0x4E00, 0x9FA6), *range(0x3400, 0x4DB6), *range(0x20000, 0x2A6D7)))
    assert fonts.links_for(every)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("张\U0003134a", "\U0003134a"),
        ("张\u202e示例", "\u202e"),
        ("张\u200b示例", "\u200b"),
        ("\ue000和\ue001", "\ue000\ue001"),
    ],
    ids=["no font has it", "turns the direction", "invisible", "private"],
)
def test_a_character_without_a_glyph_is_named(fonts: FontChain, text: str, named: str) -> None:
    with pytest.raises(GlyphMissing) as refused:
        fonts.links_for(text)
    assert refused.value.characters == named


def test_the_customer_reads_which_character_it_is(fonts: FontChain) -> None:
    with pytest.raises(GlyphMissing) as refused, translation.override("zh-hans"):
        fonts.links_for("张\U0003134a")
    assert "（U+3134A）" in str(words.say(refused.value))


def test_without_the_system_s_fonts_it_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(FontsUnavailable) as refused:
        FontChain(tmp_path, system=(tmp_path,)).links_for("示例")
    assert refused.value.params == {"package": "fonts-noto-cjk"}
    assert list(tmp_path.iterdir()) == []


def test_fonts_are_cut_to_the_same_bytes_and_hold_what_they_say(fonts: FontChain, tmp_path: Path) -> None:
    fresh = FontChain(tmp_path)
    assert [link.family for link in fresh.links_for("镕")] == ["Certhall Form", "Certhall Form GBK"]
    for new, old in zip(fresh.links[:2], fonts.links[:2], strict=True):
        assert new.characters == old.characters
        for new_face, old_face in zip(new.faces, old.faces, strict=True):
            assert new_face.file.read_bytes() == old_face.file.read_bytes()
    assert {"body-", "gbk-r"} == {file.name[:5] for file in tmp_path.iterdir()}


def test_the_small_font_is_small(fonts: FontChain) -> None:
    fonts.build()
    body, gbk = fonts.links[:2]
    assert all(face.file.stat().st_size < 2_500_000 for face in body.faces)
    assert not body.characters & gbk.characters
