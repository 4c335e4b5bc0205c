"""One row: what it becomes, and every sentence that it may be refused with. Pure."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from renewals.importing.entries import Entry, RowRefused, read_entry
from renewals.importing.words import ROWS, say_problem
from tests.renewals.importing.rows import BEGINS, CREDIT_CODE, ENDS, bare, certificate, row

ZONE = ZoneInfo("Asia/Shanghai")
PROGRAMMES = {"cgn-sm2": "cgn-sm2", "中广核项目": "cgn-sm2", "epass3003": "epass3003"}


def read(cells: dict[str, str]) -> Entry:
    return read_entry(cells, programmes=PROGRAMMES, zone=ZONE)


def problems(cells: dict[str, str]) -> dict[str, str]:
    """Column → what is wrong with it."""
    with pytest.raises(RowRefused) as refused:
        read(cells)
    return {problem.column: problem.code for problem in refused.value.problems}


def test_serial_dates_and_algorithm_come_from_the_certificate() -> None:
    entry = read(row(0x51A7))
    assert entry.serial == "51A7"
    assert (entry.not_before, entry.not_after, entry.algorithm) == (BEGINS, ENDS, "sm2")
    assert "深圳市测试证券股份有限公司" in entry.subject
    assert entry.told == {
        "programme_slug": "cgn-sm2",
        "holder_name": "深圳市测试证券股份有限公司",
        "holder_code": CREDIT_CODE,
        "medium_number": "3888000000020903",
        "key_model": "SZCA-SM2 Ukey",
    }
    assert read(row(0x51A7, certificate=bare(certificate(0x51A7)))) == entry


def test_chinese_words_and_our_own_are_taken() -> None:
    words = {
        "holder_kind": "机构个人",
        "has_seal": "有",
        "kind": "终端证书",
        "ca_status": "冻结",
        "programme": "中广核项目",
    }
    told = read(row(**words)).told
    assert (told["holder_kind"], told["has_seal"], told["kind"]) == ("organisation_personal", True, "terminal")
    assert (told["ca_status"], told["programme_slug"]) == ("frozen", "cgn-sm2")
    assert read(row(ca_status="revoked")).told["ca_status"] == "revoked"
    assert read(row(ca_status="过期")).told["ca_status"] == "valid"  # RULES A6: its dates say that, not the CA


def test_cells_that_agree_with_the_certificate_are_fine() -> None:
    read(row(serial="00 51:a7", not_after="2027年3月5日", not_before="2022-03-06", algorithm="SM2"))
    read(row(not_after="2027/3/5"))
    read(row(not_after="2027-03-05 23:59:59"))


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        ({"programme": ""}, {"programme": "missing"}),
        ({"programme": "jsj"}, {"programme": "unknown_programme"}),
        ({"holder_name": ""}, {"holder_name": "missing"}),
        ({"holder_name": "长" * 201}, {"holder_name": "too_long"}),
        ({"holder_code": "91440300MA5DEM0112"}, {"holder_code": "credit_code.check_digit"}),
        ({"holder_code": "12345"}, {"holder_code": "credit_code.length"}),
        ({"holder_kind": "公司"}, {"holder_kind": "unknown_choice"}),
        ({"certificate": "MIIB"}, {"certificate": "not_a_certificate"}),
        ({"certificate": "没有"}, {"certificate": "not_a_certificate"}),
        ({"serial": "51A8"}, {"serial": "differs"}),
        ({"algorithm": "RSA"}, {"algorithm": "differs"}),
        ({"algorithm": "ECC"}, {"algorithm": "unknown_choice"}),
        ({"not_after": "2027-03-06"}, {"not_after": "differs"}),  # in UTC and in Shenzhen it is the fifth
        ({"not_after": "2027-02-30"}, {"not_after": "not_a_day"}),
        ({"not_before": "去年"}, {"not_before": "not_a_day"}),
        ({"medium_number": ""}, {"medium_number": "missing"}),
        ({"gateway_type": "结算通信网关"}, {"gateway_code": "missing"}),
        ({"gateway_code": "H1", "gateway_state": "坏了"}, {"gateway_state": "unknown_choice"}),
        ({"contact_name_1": "顾长风"}, {"contact_phone_1": "missing"}),
        ({"contact_name_1": "顾长风", "contact_phone_1": "0755-1"}, {"contact_phone_1": "mobile.format"}),
        (
            {"contact_name_2": "顾长风", "contact_phone_2": "19900000041", "contact_email_2": "a@b"},
            {"contact_email_2": "not_an_address"},
        ),
    ],
)
def test_each_thing_that_is_wrong_is_named(cells: dict[str, str], wrong: dict[str, str]) -> None:
    assert problems(row(**cells)) == wrong


def test_everything_wrong_is_named_at_once() -> None:
    found = problems(row(holder_code="1", certificate="x", kind="别的"))
    assert found == {"holder_code": "credit_code.length", "certificate": "not_a_certificate", "kind": "unknown_choice"}


# RULES B3
@pytest.mark.parametrize(
    ("number", "storage", "wrong"),
    [
        ("K00211#0", "文件", {}),
        ("K00211@1", "文件", {"number": "number_of_file"}),
        ("", "文件", {"number": "number_of_file"}),
        ("K00211@1", "硬件", {}),
        ("", "硬件", {}),
        ("K00211#0", "硬件", {"number": "number_of_hardware"}),
        ("K00211#0", "", {"number": "number_of_hardware"}),
    ],
)
def test_only_the_number_of_a_file_certificate_ends_in_0(number: str, storage: str, wrong: dict[str, str]) -> None:
    cells = row(number=number, storage=storage)
    if not wrong:
        assert read(cells).told.get("number", "") == number
        return
    assert problems(cells) == wrong


def test_a_file_certificate_has_no_medium() -> None:
    entry = read(row(number="K1#0", storage="文件", medium_number="", key_model=""))
    assert "medium_number" not in entry.told


def test_people_are_read_and_shown_nowhere() -> None:
    people = {"contact_name_1": "顾 长风", "contact_phone_1": "+86 199-0000-0041", "contact_email_1": "gu@example.cn"}
    entry = read(row(**people))
    assert [(one.name, one.phone, one.email) for one in entry.people] == [("顾长风", "19900000041", "gu@example.cn")]
    assert "19900000041" not in repr(entry)
    twice = people | {"contact_name_2": "宋知远", "contact_phone_2": "19900000041"}
    assert problems(row(**twice)) == {"contact_phone_2": "same_phone_twice"}


def test_an_rsa_certificate_is_known_as_one() -> None:
    pem = certificate(7, algorithm="rsa", ends=datetime(2028, 1, 1, tzinfo=UTC))
    assert read(row(7, certificate=pem, algorithm="RSA2048")).algorithm == "rsa"


@pytest.mark.parametrize("code", sorted(ROWS))
def test_every_problem_has_a_sentence_that_names_its_column(code: str) -> None:
    params = dict.fromkeys(("limit", "choices", "known", "found", "row"), "甲")
    assert say_problem({"column": "holder_code", "code": code, "params": params}).startswith("统一社会信用代码：")
