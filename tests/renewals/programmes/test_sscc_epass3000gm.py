"""Programme A as shipped says what the manual says. RULES A1, A4, A5, A9, A12–A18, Across 7, P1, P14."""

import pytest

from payments.fees import total
from renewals.programmes import Algorithm, CaStatus, Facts, HolderKind, Storage, ValidityStart
from renewals.programmes.schema import Asked
from renewals.programmes.schema_steps import (
    ApplicationStep,
    DeliveryStep,
    DocumentsStep,
    EnvironmentStep,
    IssuanceStep,
    MailInStep,
    PaymentStep,
    ProductionStep,
    RequestFormStep,
    RevocationStep,
)
from tests.renewals.programmes.example import EPASS3000GM as PACK
from tests.renewals.programmes.example import chosen, gates, gm_facts, kinds
from tests.renewals.programmes.test_szca_cgn_sm2 import TODAY

ONLINE, OFFLINE, NEW = PACK.path("online"), PACK.path("offline"), PACK.path("new_medium")


class TestWindow:
    """A4: −90 ≤ days left ≤ 90, inclusive at both ends; A18: offline beside it, online recommended."""

    @pytest.mark.parametrize("left", [90, 89, 1, 0, -1, -89, -90])
    def test_inside_it_online_is_recommended_and_offline_open(self, left: int) -> None:
        assert chosen(PACK, gm_facts(days_left=left)) == ("online", "offline")

    def test_a_day_before_it_opens_says_when(self) -> None:
        assert chosen(PACK, gm_facts(days_left=91)) == (
            "证书离到期还有 91 天。到期前 90 天起可以更新，请从 2026 年 11 月 22 日起再来办理。"
        )

    @pytest.mark.parametrize("left", [-91, -365, -1460])
    def test_past_it_only_by_post(self, left: int) -> None:
        assert chosen(PACK, gm_facts(days_left=left)) == ("offline",)

    def test_five_years_from_an_end_four_years_ago_are_hardly_worth_it(self) -> None:
        assert str(chosen(PACK, gm_facts(days_left=-1461))).startswith("该证书过期已超过四年，不能再更新。")


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (gm_facts(key_model="ePass3003"), "本业务只办理飞天 ePass3000GM 型号的 Ekey，您的型号是 ePass3003。"),  # A1
        (gm_facts(storage=Storage.FILE), "不办理文件证书"),
        (gm_facts(algorithm=Algorithm.RSA), "只办理 SM2 算法"),
        (gm_facts(holder_kind=HolderKind.INDIVIDUAL), "个人证书"),
        (gm_facts(ca_status=CaStatus.FROZEN), "已被冻结"),
        (gm_facts(ca_status=CaStatus.REVOKED), "已被吊销"),
        (gm_facts(ca_status=CaStatus.REPLACED), "已经更新过"),
    ],
)
def test_other_certificates_are_refused_with_the_reason(other: Facts, says: str) -> None:
    assert says in str(chosen(PACK, other))


def test_all_five_businesses_can_be_applied_for() -> None:
    """A13."""
    some = gm_facts(days_left=1000)
    assert {business: chosen(PACK, some, business) for business in ("enrolment", "replacement", "pin_unblock")} == {
        "enrolment": ("enrolment",),
        "replacement": ("new_medium",),
        "pin_unblock": ("unblock",),  # P1
    }
    assert chosen(PACK, gm_facts(key_model="ePass3003"), "token_model_change") == ("new_medium",)


def test_a_lost_one_that_was_revoked_already_is_replaced_all_the_same() -> None:
    assert chosen(PACK, gm_facts(ca_status=CaStatus.REVOKED), "replacement") == ("new_medium",)
    assert "已被吊销" in str(chosen(PACK, gm_facts(ca_status=CaStatus.REVOKED), "pin_unblock"))


class TestOnline:
    def test_no_form_no_money_no_review(self) -> None:
        assert kinds(PACK, "online") == ["environment", "issuance"]
        issuance = ONLINE.step("issuance")
        assert isinstance(issuance, IssuanceStep)
        assert issuance.vouched_by == "old_key"

    def test_four_checks_in_the_manual_s_words(self) -> None:
        """A5, A1."""
        environment = ONLINE.step("environment")
        assert isinstance(environment, EnvironmentStep)
        assert [(check.title, check.what, check.mandatory) for check in environment.checks] == [
            ("是否安装控件", "component", None),
            ("是否安装Ekey驱动", "driver", None),
            ("是否插入且仅插入一个Ekey", "one_key", None),
            ("是否持有匹配证书", "certificate", None),
        ]
        assert (environment.checks[0].component, environment.checks[0].minimum) == ("NetSignCNG", "3.0.5.0")
        assert all("重新检测" in check.cure for check in environment.checks)

    def test_five_years_from_the_old_end(self) -> None:
        """A9, Across 7."""
        assert (ONLINE.term_years, ONLINE.validity_start, ONLINE.revoke_old) == (
            5,
            ValidityStart.OLD_END,
            "on_verified",
        )

    def test_the_key_stays_in(self) -> None:
        """A7, A8."""
        assert "证书更新过程中，请不要拔掉 Ekey" in str(ONLINE.step("issuance").help)
        assert "更新码" in str(ONLINE.step("issuance").help)


class TestOffline:
    def test_the_steps_and_what_opens_them(self) -> None:
        assert gates(PACK, "offline") == {
            "application": {},
            "request_form": {"application": "done"},
            "documents": {"application": "done"},
            "payment": {"documents": "submitted"},
            "review": {"application": "done", "documents": "submitted", "payment": "submitted"},
            "mail_in": {"request_form": "done"},  # beside the review
            "production": {"application": "done", "payment": "done", "review": "done", "mail_in": "done"},
            "delivery": {"production": "done"},
        }

    def test_several_at_once(self) -> None:
        """A12."""
        assert OFFLINE.max_items == 200

    def test_the_form_asks_for_what_the_manual_s_form_asks(self) -> None:
        """A14; the certificates' rows come from the registry, the parcel's data after the printing (P15)."""
        application = OFFLINE.step("application")
        assert isinstance(application, ApplicationStep)
        assert application.fields == (
            "organisation_name",
            "contacts",
            "representative_name",
            "representative_mobile",
            "representative_email",
            "collection",
            "collection_address",
            "service_point",
            "remark",
        )

    def test_attachments(self) -> None:
        """A15: these formats, 20 MiB a file, 20 files."""
        documents = OFFLINE.step("documents")
        assert isinstance(documents, DocumentsStep)
        attachment = documents.paper("attachment")
        assert (documents.max_file_mib, attachment.max_files, attachment.wanted) == (20, 20, "optional")
        assert set(attachment.formats) == {
            *("doc", "docx", "xls", "xlsx", "ppt", "pptx"),
            *("pdf", "bmp", "jpeg", "png", "tiff", "gif"),
        }

    def test_the_form_travels_with_the_keys(self) -> None:
        """A16; P14 stands on it."""
        form, mail_in = OFFLINE.step("request_form"), OFFLINE.step("mail_in")
        assert isinstance(form, RequestFormStep)
        assert form.form_title == "证书业务信息表"
        assert any("重置 PIN 码" in note and "两名" in note for note in form.notes)
        assert isinstance(mail_in, MailInStep)
        assert mail_in.wants_form

    def test_the_key_is_renewed_at_the_hall_and_comes_back(self) -> None:
        production, delivery = OFFLINE.step("production"), OFFLINE.step("delivery")
        assert isinstance(production, ProductionStep)
        assert (production.makes, production.reset_pin, production.first_pin) == ("renewed_key", True, "sms")
        assert isinstance(delivery, DeliveryStep)
        assert delivery.methods == ("mail", "pickup")  # A14: by post is the default
        assert "身份证和工作证" in str(delivery.help)


class TestNewMedium:
    def test_a_lost_key_s_certificate_is_revoked_before_the_new_one_is_made(self) -> None:
        revocation = NEW.step("revocation")
        assert isinstance(revocation, RevocationStep)
        assert revocation.reason == "key_compromise"
        assert revocation.only_if is not None
        assert revocation.only_if.businesses == ("replacement",)
        assert [(a.field, a.value) for a in revocation.only_if.answers or ()] == [("replacement_reason", "lost")]
        assert gates(PACK, "new_medium")["production"]["revocation"] == "done"

    def test_a_changed_model_s_old_key_comes_back(self) -> None:
        mail_in = NEW.step("mail_in")
        assert mail_in.only_if is not None
        assert mail_in.only_if.businesses == ("token_model_change",)

    def test_one_more_certificate_revokes_nothing(self) -> None:
        enrolment = PACK.path("enrolment")
        assert (enrolment.revoke_old, enrolment.validity_start) == ("never", ValidityStart.ISSUE)
        assert "revocation" not in kinds(PACK, "enrolment")


@pytest.mark.parametrize(
    ("business", "fen"),
    [
        ("renewal", 0),
        ("pin_unblock", 0),
        ("enrolment", 30_000),
        ("replacement", 20_000),
        ("token_model_change", 20_000),
    ],
)
def test_each_business_has_its_own_fee(business: str, fen: int) -> None:
    """A17."""
    (line,) = PACK.quote([Asked(business=business)], TODAY)
    assert line.subtotal_fen == fen
    assert total(PACK.quote([Asked(business=business)] * 3, TODAY)) == 3 * fen


def test_the_fee_is_transferred_to_the_account_shown() -> None:
    """A17."""
    for path in (OFFLINE, NEW):
        payment = path.step("payment")
        assert isinstance(payment, PaymentStep)
        assert payment.channels == ("bank_transfer",)
