"""Names of payers. RULES P10: （）/(), the bank's truncation; a person is never an organisation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.matching.names import (
    KEY_LENGTH,
    NameKind,
    cut_of,
    kind_of,
    normal_name,
    organisations_in,
    payer_key,
    same_payer,
    says_on_behalf,
)

NAME = "深圳市测试(龙华)精密制造有限公司"
SPELT = [
    "深圳市测试（龙华）精密制造有限公司",
    " 深圳市测试 (龙华) 精密制造有限公司　",
    "深圳市测试〔龙华〕精密制造有限公司",
    "深圳市测试(龙华)精密制造有限责任公司",
    "深圳市测试(龙华)精密制造有限公司（基本户）",
    "深圳市测试(龙华)精密制造有限公司\u200b",
]
OTHERS = [
    "深圳市测试(龙岗)精密制造有限公司",
    "深圳测试(龙华)精密制造有限公司",
    "深圳市测试(龙华)精密制造有限公司北京分公司",
    "深圳市测试(龙华)精密制造有限公司工会委员会",
    "深圳市测试(龙华)精密制造股份有限公司",
    "深圳市测试(龙华)精密制造",
    "",
]


@pytest.mark.parametrize("spelt", SPELT)
def test_spellings_of_one_name(spelt: str) -> None:  # RULES P10
    assert same_payer(spelt, NAME)
    assert payer_key(spelt) == payer_key(NAME)


@pytest.mark.parametrize("other", OTHERS)
def test_other_payers(other: str) -> None:  # a branch, a union, a converted company pay for themselves
    assert not same_payer(other, NAME)
    assert not same_payer(NAME, other)


def test_width_and_capitals_of_latin_names() -> None:
    assert same_payer("ＴＥＳＴ　Ｃｏ．，Ｌｔｄ", "Test co·,ltd")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (NAME, NameKind.ORGANISATION),
        ("测试小店", NameKind.ORGANISATION),
        ("个体户张测试", NameKind.ORGANISATION),
        ("张测试", NameKind.PERSON),
        ("王行", NameKind.PERSON),
        ("阿卜·测试", NameKind.PERSON),
        ("Test Ltd", NameKind.UNKNOWN),
        ("", NameKind.UNKNOWN),
    ],
)
def test_what_a_name_looks_like(name: str, kind: NameKind) -> None:
    assert kind_of(name) is kind


def test_a_person_is_never_an_organisation() -> None:
    assert same_payer("张测试", "张测试")
    assert not same_payer("张测试", "张测试", other_kind=NameKind.ORGANISATION)
    assert not same_payer("张测试", "个体户张测试")
    assert not same_payer(NAME, NAME, other_kind=NameKind.PERSON)


class TestCut:
    WHOLE = "深圳市测试精密制造有限公司龙华新区观澜街道分公司"

    def test_the_beginning_as_the_bank_shows_it(self) -> None:
        assert cut_of(self.WHOLE[:20], self.WHOLE, at=20)
        assert payer_key(self.WHOLE[:20]) == payer_key(self.WHOLE)

    def test_not_shorter_than_the_bank_cuts(self) -> None:
        assert not cut_of(self.WHOLE[:19], self.WHOLE, at=20)

    def test_a_complete_name_is_not_its_branch_cut_short(self) -> None:
        assert not cut_of("深圳市测试精密制造有限公司", self.WHOLE, at=13)

    def test_the_whole_name_is_not_cut(self) -> None:
        assert not cut_of(self.WHOLE, self.WHOLE, at=20)
        assert not cut_of(self.WHOLE[:20] + "他", self.WHOLE, at=20)


@pytest.mark.parametrize(
    ("remark", "name"),
    [
        ("代深圳市测试精密制造有限公司付证书费", "深圳市测试精密制造有限公司"),
        ("深圳市测试精密制造有限公司证书费", "深圳市测试精密制造有限公司"),
        ("证书费 付 测试市第一测试学校", "测试市第一测试学校"),
    ],
)
def test_for_whom_somebody_pays(remark: str, name: str) -> None:
    assert any(same_payer(found, name) for found in organisations_in(remark))


def test_paying_on_behalf_is_read_from_the_remark() -> None:
    assert says_on_behalf("代深圳市测试精密制造有限公司付")
    assert says_on_behalf("替人交证书费")
    assert not says_on_behalf("证书续费")


characters = st.text(alphabet="深圳市测试精密制造有限责任公司()（）〔〕 　·ＡaB0有", max_size=30)


@given(characters)
def test_the_normal_form_is_normal(name: str) -> None:
    assert normal_name(normal_name(name)) == normal_name(name)


@given(characters, characters)
def test_same_names_share_a_key_and_sameness_is_mutual(one: str, other: str) -> None:
    assert same_payer(one, other) == same_payer(other, one)
    if same_payer(one, other):
        assert payer_key(one) == payer_key(other)
    assert len(payer_key(one)) <= KEY_LENGTH
