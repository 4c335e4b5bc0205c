"""Programme E as shipped says what the manual says. RULES E1–E8, Across 7."""

import pytest

from payments.fees import total
from renewals.programmes import Facts, Storage, ValidityStart
from renewals.programmes.schema import Asked
from renewals.programmes.schema_steps import (
    ApplicationStep,
    ConsentStep,
    DocumentsStep,
    EnvironmentStep,
    IssuanceStep,
    PaymentStep,
)
from tests.renewals.programmes.example import NETCA as PACK
from tests.renewals.programmes.example import chosen, facts, gates
from tests.renewals.programmes.test_szca_cgn_sm2 import TODAY

UNEXPIRED, EXPIRED = PACK.path("unexpired"), PACK.path("expired")


def client_facts(**changes: object) -> Facts:
    return facts(**{"key_model": "NETCA Key", "medium_number": "NETCA00000001"} | changes)


@pytest.mark.parametrize(
    ("left", "path"),
    [(90, "unexpired"), (1, "unexpired"), (0, "unexpired"), (-1, "expired"), (-90, "expired"), (-4000, "expired")],
)
def test_two_paths(left: int, path: str) -> None:
    """E8: the expired path exists, however long ago."""
    assert chosen(PACK, client_facts(days_left=left)) == (path,)


def test_a_day_too_early() -> None:
    assert str(chosen(PACK, client_facts(days_left=91))).startswith("证书离到期还有 91 天。")


def test_no_files() -> None:
    assert "不办理文件证书" in str(chosen(PACK, client_facts(storage=Storage.FILE)))


def test_unlocking_at_any_time() -> None:
    """P1."""
    assert chosen(PACK, client_facts(days_left=700), "pin_unblock") == ("unblock",)


@pytest.mark.parametrize(("years", "fen"), [(1, 10_000), (2, 20_000), (4, 40_000)])
def test_the_term_s_tariff(years: int, fen: int) -> None:
    """E2, E5: 100.00 元/年 × 2 = 200.00."""
    (line,) = PACK.quote([Asked(term_years=years)], TODAY)
    assert (line.name, line.unit_price_fen, line.unit, line.quantity) == ("证书服务费用", 10_000, "元/年", years)
    assert total([line]) == fen
    assert [term.title for term in PACK.terms] == ["12 个月", "24 个月", "36 个月", "48 个月"]


def test_the_order_number_s_kind() -> None:
    """E5."""
    assert PACK.order_kind == "01"


def test_the_agreement_must_be_ticked() -> None:
    """E1."""
    for path in (UNEXPIRED, EXPIRED):
        consent = path.steps[0]
        assert isinstance(consent, ConsentStep)
        assert PACK.text("service_agreement").title == "《电子认证服务协议》"
        assert consent.texts[0] == "service_agreement"


def test_only_the_expired_path_asks_for_a_client_version() -> None:
    """E1."""
    environment = EXPIRED.step("environment")
    assert isinstance(environment, EnvironmentStep)
    (check,) = environment.checks
    assert (check.what, check.minimum) == ("bridge", "4.7.6")
    assert "environment" not in gates(PACK, "unexpired")


def test_the_form() -> None:
    """E2: the expired one adds the handler's address and the attachment; E8: the recipient is for the invoice."""
    short, long = UNEXPIRED.step("application"), EXPIRED.step("application")
    assert isinstance(short, ApplicationStep)
    assert isinstance(long, ApplicationStep)
    assert {"recipient_name", "recipient_mobile", "recipient_address", "term_years"} <= set(short.fields)
    assert set(long.fields) - set(short.fields) == {"organisation_name", "representative_address"}
    assert [kind.name for kind in PACK.id_kinds] == ["id_card", "passport", "hm_permit", "foreign_permit"]
    documents = EXPIRED.step("documents")
    assert isinstance(documents, DocumentsStep)
    assert [(paper.name, paper.binds) for paper in documents.papers if paper.wanted == "always"] == [
        ("stamped_form", "form")
    ]


def test_the_password_after_submitting_then_payment_review_installation() -> None:
    """E3, E7."""
    assert gates(PACK, "unexpired") == {
        "consent": {},
        "application": {"consent": "done"},
        "key_proof": {"application": "done"},
        "payment": {"key_proof": "done"},
        "review": {"application": "done", "key_proof": "done", "payment": "submitted"},
        "issuance": dict.fromkeys(("application", "key_proof", "payment", "review"), "done"),
    }
    expired = gates(PACK, "expired")
    assert expired["key_proof"] == {"documents": "submitted"}
    assert expired["payment"] == {"documents": "submitted", "key_proof": "done"}
    assert UNEXPIRED.step("review").working_days == EXPIRED.step("review").working_days == 3


def test_bank_transfer_unionpay_alipay() -> None:
    """E4; E6 stands beside it."""
    for path in (UNEXPIRED, EXPIRED):
        payment = path.step("payment")
        assert isinstance(payment, PaymentStep)
        assert payment.channels == ("bank_transfer", "unionpay", "alipay")
        assert "退款" in str(payment.help)
        assert "复制页面上的链接" in str(payment.help)


def test_where_the_term_counts_from_and_who_vouches() -> None:
    """Across 7."""
    assert (UNEXPIRED.validity_start, EXPIRED.validity_start) == (ValidityStart.OLD_END, ValidityStart.ISSUE)
    vouched = [path.step("issuance") for path in (UNEXPIRED, EXPIRED)]
    assert [step.vouched_by for step in vouched if isinstance(step, IssuanceStep)] == ["old_key", "approval"]
    assert all("不要拔插 Key" in str(step.help) for step in vouched)  # E7
