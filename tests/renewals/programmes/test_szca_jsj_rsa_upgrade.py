"""Programme D as shipped says what the manual says. RULES D1–D9, P7."""

import pytest

from payments.fees import total
from renewals.programmes import Algorithm, CaStatus, Facts, HolderKind, ValidityStart
from renewals.programmes.schema import Asked
from renewals.programmes.schema_steps import (
    ApplicationStep,
    DeliveryStep,
    IdentityStep,
    NoticeStep,
    PaymentStep,
    ProductionStep,
    SealStep,
)
from tests.renewals.programmes.example import EPASS3000GM, chosen, gates, tender_facts
from tests.renewals.programmes.example import JSJ as PACK
from tests.renewals.programmes.test_szca_cgn_sm2 import TODAY

UPGRADE = PACK.path("upgrade")
CHANGE = "token_model_change"


class TestSealFee:
    """D5: rate × remaining days / 365, truncated to whole yuan; multiply before dividing."""

    @staticmethod
    def fee(days: int, kind: str = "organisation", seal: str = "yes") -> int:
        return total(PACK.quote([Asked(CHANGE, kind, remaining_days=days, answers={"seal": seal})], TODAY))

    @pytest.mark.parametrize(
        ("days", "organisation", "personal"),
        [
            (0, 0, 0),
            (1, 0, 0),  # 0.49 yuan
            (3, 100, 100),  # 1.47 and 1.10
            (364, 17_900, 13_400),
            (365, 18_000, 13_500),
            (366, 18_000, 13_500),
            (450, 22_100, 16_600),  # the manual's example: 221
            (730, 36_000, 27_000),
            (731, 36_000, 27_000),  # over a leap day: the year has 365 days for the fee all the same
        ],
    )
    def test_by_remaining_days(self, days: int, organisation: int, personal: int) -> None:
        assert self.fee(days) == organisation
        assert self.fee(days, "organisation_business") == organisation
        assert self.fee(days, "organisation_personal") == personal

    def test_who_orders_none_pays_nothing(self) -> None:
        """D1: the upgrade is free; D5: no seal, no payment step."""
        assert PACK.quote([Asked(CHANGE, remaining_days=450, answers={"seal": "no"})], TODAY) == ()
        assert PACK.quote([Asked(CHANGE, remaining_days=450)], TODAY) == ()

    def test_each_certificate_is_rounded_by_itself(self) -> None:
        one = Asked(CHANGE, remaining_days=450, answers={"seal": "yes"})
        assert total(PACK.quote([one, one], TODAY)) == 44_200  # not 443.83 truncated to 443

    def test_wechat_and_alipay_only(self) -> None:
        payment = UPGRADE.step("payment")
        assert isinstance(payment, PaymentStep)
        assert payment.channels == ("wechat", "alipay")


class TestWhichCertificates:
    def test_the_old_medium_of_this_project(self) -> None:
        """D1."""
        assert chosen(PACK, tender_facts(), CHANGE) == ("upgrade",)
        assert chosen(PACK, tender_facts(), "pin_unblock") == ("unblock",)  # D9, P1

    @pytest.mark.parametrize("left", [15, 90, 91, 450])
    def test_at_any_time_while_it_is_worth_it(self, left: int) -> None:
        assert chosen(PACK, tender_facts(days_left=left), CHANGE) == ("upgrade",)

    @pytest.mark.parametrize("left", [14, 1, 0])
    def test_not_when_the_new_one_would_be_over_before_it_is_made(self, left: int) -> None:
        """D5: the old end date is kept; D8: five working days, nine days of Spring Festival in between."""
        assert str(chosen(PACK, tender_facts(days_left=left), CHANGE)).startswith(f"该证书只剩 {left} 天有效期。")

    def test_not_an_expired_one(self) -> None:
        assert str(chosen(PACK, tender_facts(days_left=-10), CHANGE)).startswith("该证书已经过期 10 天，不能升级。")

    @pytest.mark.parametrize(
        ("other", "says"),
        [
            (tender_facts(key_model="ePass3003"), "您的型号是 ePass3003"),
            (tender_facts(algorithm=Algorithm.SM2), "只办理 RSA 算法"),
            (tender_facts(holder_kind=HolderKind.INDIVIDUAL), "个人证书"),
            (tender_facts(ca_status=CaStatus.FROZEN), "已被冻结"),
            (tender_facts(ca_status=CaStatus.REVOKED), "已被吊销"),
            (tender_facts(ca_status=CaStatus.REPLACED), "已经升级过"),
        ],
    )
    def test_others_are_refused_with_the_reason(self, other: Facts, says: str) -> None:
        assert says in str(chosen(PACK, other, CHANGE))

    def test_it_is_no_renewal(self) -> None:
        for left in (500, 30, -5):
            assert "不办理续期" in str(chosen(PACK, tender_facts(days_left=left)))


def test_the_steps_and_what_opens_them() -> None:
    """D2; D7: revoked only when the customer's steps are done and the money is there."""
    asked = ("application", "three_factor", "liveness", "payment")
    assert gates(PACK, "upgrade") == {
        "consent": {},
        "key_proof": {"consent": "done"},
        "notice": {"key_proof": "done"},
        "application": {"notice": "done"},
        "three_factor": {"application": "done"},
        "liveness": {"three_factor": "done"},
        "impression": {"application": "done"},  # P7: only who orders a seal
        "payment": {"liveness": "done", "impression": "done"},
        "revocation": dict.fromkeys((*asked, "key_proof", "notice", "impression"), "done"),
        "production": dict.fromkeys((*asked, "revocation"), "done"),
        "seal": {"production": "done"},
        "delivery": {"production": "done", "seal": "done"},
    }


def test_the_application_reserves_the_certificate_because_not_everybody_hands_in_papers() -> None:
    """Across 2; the impression is asked of who orders a seal."""
    assert not UPGRADE.takes_papers
    assert EPASS3000GM.path("offline").takes_papers


def test_the_notice_in_three_parts() -> None:
    """D3, D7: the revocation is acknowledged."""
    notice = UPGRADE.step("notice")
    assert isinstance(notice, NoticeStep)
    assert (notice.button, len(notice.parts)) == ("我已知悉", 3)
    first, second, third = (part.body for part in notice.parts)
    assert "吊销" in first
    assert "解密" in first
    assert "新平台" in second
    assert "V1.0" in second
    assert "五个工作日" in third
    assert "签收单" in third
    assert "授权委托书" in third
    assert "招投标" in third  # urgent bidding first


def test_what_is_asked_for() -> None:
    """D4, D5."""
    application = UPGRADE.step("application")
    assert isinstance(application, ApplicationStep)
    assert set(application.fields) >= {"organisation_code", "representative_email", "collection", "seal"}


def test_the_stages() -> None:
    """D6."""
    assert [stage.title for stage in UPGRADE.stages] == ["选择应用", "录入信息", "预览申请信息", "活体认证", "在线支付"]
    liveness = UPGRADE.step("liveness")
    assert isinstance(liveness, IdentityStep)
    assert liveness.method == "liveness"


def test_old_end_kept_old_certificate_revoked_on_submission() -> None:
    """D5, D7."""
    assert (UPGRADE.validity_start, UPGRADE.revoke_old) == (ValidityStart.KEEP_END, "on_submit")
    assert UPGRADE.term_years is None


def test_made_in_five_working_days_pin_by_sms_freight_collect_or_against_papers() -> None:
    """D8, D9."""
    production, delivery = UPGRADE.step("production"), UPGRADE.step("delivery")
    assert isinstance(production, ProductionStep)
    assert (production.makes, production.working_days, production.first_pin) == ("new_medium", 5, "sms")
    assert isinstance(delivery, DeliveryStep)
    assert delivery.methods == ("mail", "pickup")
    assert (delivery.freight, delivery.papers) == ("collect", ("receipt", "authorisation_letter"))


def test_the_seal_is_written_at_the_hall_before_anything_leaves() -> None:
    """P7."""
    seal = UPGRADE.step("seal")
    assert isinstance(seal, SealStep)
    assert (seal.hands, seal.new_needs) == ("production", "impression")


def test_the_manual_s_two_answers() -> None:
    """D9."""
    assert "Login Failed" in str(UPGRADE.step("key_proof").help)
    assert str(UPGRADE.step("three_factor").help).startswith("请认真填写申请信息。")
