"""The fields that only some programmes ask for, each checked in words (RULES A14, D4, D5, E2, E8, P4)."""

import json
from dataclasses import dataclass, field

import pytest
from pydantic import BaseModel

from portal.tenants import tenant_tx
from portal.tenants.models import ServicePoint
from renewals.forms.application import rearranged
from renewals.programmes.schema import IdKind, RulePack
from renewals.steps import contacts
from renewals.steps.answers import Answers, check_answers
from tests.renewals.hall import Hall
from tests.renewals.packs import shipped

pytestmark = pytest.mark.django_db

LI = {"name": "李示例", "mobile": "19900000002", "phone": "", "email": "li@example.cn", "kind": "business"}


@dataclass
class Checker:
    hall: Hall
    pack: RulePack = field(default_factory=lambda: shipped("sscc/epass3000gm"))

    def __call__(self, *fields: str, **said: str) -> dict[str, list[str]]:
        return check_answers(Answers(**said), self.pack, fields or tuple(said))


@pytest.fixture
def check(hall: Hall) -> Checker:
    return Checker(hall)


@pytest.fixture
def point(hall: Hall) -> str:
    with tenant_tx(hall.tenant, write=True):
        return ServicePoint.objects.create(tenant=hall.tenant, name="证书室", address="测试路 1 号").public_id


# -- contacts (A14) ---------------------------------------------------------------------------------------------------


def rows(*changed: dict[str, str]) -> str:
    return json.dumps([LI | each for each in changed], ensure_ascii=False)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", ["请至少填写一位联系人。"]),
        ("not json", ["请至少填写一位联系人。"]),
        (rows({"name": ""}), ["第 1 位联系人：请填写联系人姓名。"]),
        (rows({}, {"mobile": "1"}), ["第 2 位联系人：请填写 11 位的大陆手机号码，以 13 到 19 开头。"]),
        (rows({"email": ""}), ["第 1 位联系人：请填写联系人的邮箱。"]),
        (
            rows({"phone": "12"}),
            ["第 1 位联系人：请填写带区号的电话号码，例如 0755-83990000；分机写在后面，例如 0755-83990000 转 8001。"],
        ),
        (rows({"kind": "boss"}), ["第 1 位联系人：请选择联系人类型。"]),
    ],
)
def test_every_contact_is_checked_by_itself(check: Checker, typed: str, said: list[str]) -> None:
    # RULES A14
    with tenant_tx(check.hall.tenant):
        assert check("contacts", contacts=typed) == {"contacts": said}


def test_empty_rows_fall_away_and_numbers_are_tidied(check: Checker) -> None:
    typed = (
        rows({"mobile": " 199 0000 0002", "phone": "0755-8399 0000 转 8001"})[:-1]
        + ","
        + json.dumps(dict.fromkeys(LI, "") | {"kind": "finance"})
        + "]"
    )
    with tenant_tx(check.hall.tenant):
        assert check("contacts", contacts=typed) == {}
        kept = json.loads(Answers(contacts=typed).filled()["contacts"])
    assert kept == [LI | {"phone": "075583990000转8001"}]
    assert contacts.masked_words(json.dumps(kept)) == "李** 199****0002 •••••• l***@example.cn（业务联系人）"


def test_rows_are_added_deleted_and_copied_by_buttons_of_the_form() -> None:
    # RULES A14, E2
    two = rearranged({"contacts": rows({})}, "contacts:add")
    assert two is not None
    assert [row["name"] for row in contacts.rows_of(two["contacts"])] == ["李示例", ""]
    one = rearranged(two, "contacts:remove:0")
    assert one is not None
    assert [row["name"] for row in contacts.rows_of(one["contacts"])] == [""]
    typed = {"representative_name": "林晓彤", "representative_mobile": "19900000006", "recipient_address": "旧地址"}
    copied = rearranged(typed, "recipient:copy")
    assert copied == typed | {"recipient_name": "林晓彤", "recipient_mobile": "19900000006"}
    assert rearranged(typed, "submit") is None


# -- collection (A14, D4) and recipient (E2) --------------------------------------------------------------------------

COLLECTION = ("collection", "collection_address", "service_point")


def test_by_post_an_address_is_wanted_and_in_person_a_service_point(check: Checker, point: str) -> None:
    # RULES A14, D4
    with tenant_tx(check.hall.tenant):
        assert check(*COLLECTION) == {
            "collection": ["请选择领取方式。"],
            "collection_address": ["请填写收件地址，办好后寄到这里。"],
            "service_point": ["请选择到哪个服务网点领取。"],
        }
        assert check(*COLLECTION, collection="mail") == {"collection_address": ["请填写收件地址，办好后寄到这里。"]}
        assert check(*COLLECTION, collection="mail", collection_address="福田") == {
            "collection_address": ["请填写完整地址：省、市、区、街道和门牌号，6 到 120 个字。"]
        }
        assert check(*COLLECTION, collection="pickup", service_point="x") == {
            "service_point": ["请选择到哪个服务网点领取。"]
        }
        assert check(*COLLECTION, collection="pickup", service_point=point) == {}
    both = Answers(collection="pickup", service_point=point, collection_address="深圳市福田区测试路 1 号")
    assert both.filled() == {"collection": "pickup", "service_point": point}


def test_a_recipient_is_optional_beside_an_electronic_invoice_but_whole(check: Checker) -> None:
    # RULES E2, E8
    names = ("recipient_name", "recipient_mobile", "recipient_address")
    with tenant_tx(check.hall.tenant):
        assert check(*names) == {}
        assert check(*names, recipient_name="林晓彤") == {
            "recipient_mobile": ["请填写收件人的手机号码，方便快递联系。"],
            "recipient_address": ["请填写收件人地址。"],
        }


@pytest.mark.parametrize(
    ("name", "wrong", "sentence", "right"),
    [
        ("replacement_reason", "", "请选择补办原因。", "lost"),
        ("seal", "perhaps", "请选择是否办理电子签章。", "no"),
        ("remark", "长" * 201, "备注最多 200 个字，请缩短。", ""),
        ("representative_address", "", "请填写经办人的联系地址。", "深圳市福田区测试路 1 号"),
    ],
)
def test_choices_and_remark(check: Checker, name: str, wrong: str, sentence: str, right: str) -> None:
    # RULES D5, E2
    with tenant_tx(check.hall.tenant):
        assert check(name, **{name: wrong}) == {name: [sentence]}
        assert check(name, **{name: right}) == {}


# -- other IDs (P4) ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "right", "wrong", "sentence"),
    [
        ("passport", "E12345678", "E1", "护照号码应为 5 到 17 位字母和数字，请对照护照核对。"),
        ("hm_permit", "h12345678", "X12345678", "通行证号码有误"),
        ("hm_permit", "12345678", "1234567", "通行证号码有误"),
        ("foreign_permit", "911124198108030024", "123", "永久居留身份证号码有误"),
    ],
)
def test_other_ids_have_forms_of_their_own(hall: Hall, kind: str, right: str, wrong: str, sentence: str) -> None:
    # RULES P4
    named: BaseModel = shipped("sscc/epass3000gm").model_copy(
        update={"id_kinds": (IdKind(name=kind, title="证件"),)}  # type: ignore[arg-type]
    )
    check = Checker(hall, named)  # type: ignore[arg-type]
    names = ("representative_id_kind", "representative_id_number")
    with tenant_tx(hall.tenant):
        assert check(*names, representative_id_kind=kind, representative_id_number=right) == {}
        told = check(*names, representative_id_kind=kind, representative_id_number=wrong)
    assert told["representative_id_number"][0].startswith(sentence)
