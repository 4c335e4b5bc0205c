"""Programme C as shipped says what the manual says. RULES C1–C12, Across 7, P2, P4, P5, P8, P10, P11, P13, P19, P22."""

import datetime
import json
from pathlib import Path

import pytest

from payments.fees import total
from renewals.lifecycle import Gate, Kind, StepState
from renewals.programmes import ValidityStart, canonical_json
from renewals.programmes.schema import Asked
from renewals.programmes.schema_steps import (
    ConsentStep,
    DocumentsStep,
    IdentityStep,
    IssuanceStep,
    PaymentStep,
    ReviewStep,
)
from tests.renewals.programmes.example import CGN, chosen, facts

PATH = CGN.path("unexpired")
EXPIRED = CGN.path("expired")
TODAY = datetime.date(2026, 11, 21)
SHIPPED = Path(__file__).parent / "shipped"


def test_three_texts_together_and_the_sensitive_one_apart() -> None:
    """C1; each has a version and a body that can be read."""
    assert [(text.title, text.ticked) for text in CGN.texts] == [
        ("《电子认证服务协议》", "together"),
        ("《个人信息保护政策》", "together"),
        ("《个人信息授权书》", "together"),
        ("《敏感个人信息授权书》", "apart"),
    ]
    assert all(text.version and len(text.paragraphs) >= 3 for text in CGN.texts)
    assert isinstance(PATH.steps[0], ConsentStep)
    assert PATH.steps[0].texts == tuple(text.name for text in CGN.texts)


def test_the_steps_in_order_and_what_opens_them() -> None:
    """C5: no review; install at once."""
    done = StepState.DONE
    assert [(s.name, s.kind, s.opens_when) for s in CGN.path_spec("unexpired").steps] == [
        ("consent", Kind.CONSENT, ()),
        ("application", Kind.APPLICATION, (Gate("consent", done),)),
        ("identity", Kind.IDENTITY, (Gate("application", done),)),
        ("payment", Kind.PAYMENT, (Gate("identity", done),)),
        ("issuance", Kind.ISSUANCE, (Gate("application", done), Gate("identity", done), Gate("payment", done))),
    ]


def test_identity_rests_on_the_representative_payment_on_the_term() -> None:
    spec = CGN.path_spec("unexpired")
    assert spec.spec("identity").proves == {
        "representative_name",
        "representative_id_kind",
        "representative_id_number",
        "representative_mobile",
    }
    assert spec.spec("identity").automatic
    assert spec.spec("payment").proves == spec.price_fields == {"term_years"}


@pytest.mark.parametrize(("years", "fen"), [(1, 20_000), (2, 40_000), (3, 60_000)])
def test_terms_and_their_price(years: int, fen: int) -> None:
    asked = [Asked(term_years=years)]
    (line,) = CGN.quote(asked, TODAY)
    assert (line.name, line.unit, line.quantity, line.subtotal_fen) == ("数字证书服务费", "元/年", years, fen)
    assert total(CGN.quote(asked, TODAY)) == fen


@pytest.mark.parametrize("years", [0, 4, -1])
def test_no_other_term(years: int) -> None:
    with pytest.raises(ValueError, match="no term"):
        CGN.quote([Asked(term_years=years)], TODAY)


def test_what_happens_to_the_certificates() -> None:
    """Across 7, P8."""
    assert PATH.validity_start is ValidityStart.OLD_END
    assert PATH.revoke_old == "on_verified"
    assert PATH.encryption_key == "rotate_with_history"


def test_payment_identity_and_installation() -> None:
    payment, identity, issuance = PATH.step("payment"), PATH.step("identity"), PATH.step("issuance")
    assert isinstance(payment, PaymentStep)
    assert payment.channels == ("wechat", "alipay")  # C5
    assert isinstance(identity, IdentityStep)
    assert (identity.method, identity.tries) == ("three_factor", 5)
    assert identity.help is not None
    assert "运营商" in identity.help  # C6: how to look it up with the carrier
    assert isinstance(issuance, IssuanceStep)
    assert issuance.vouched_by == "old_key"


def test_the_stages_that_apply() -> None:
    """C4."""
    assert [stage.title for stage in PATH.stages] == ["续期介绍", "证书选择", "录入信息"]


def test_one_after_the_other() -> None:
    """C3."""
    assert CGN.one_after_the_other
    assert CGN.next_certificate.otherwise.startswith("您有一张证书正在续期。")


def test_invoices_at_payment() -> None:
    """C11, P5."""
    assert CGN.invoice_at == "payment"
    assert [(kind.name, kind.tax_number) for kind in CGN.invoice_kinds] == [
        ("ordinary", "optional"),
        ("special", "required"),
    ]


def test_the_order_page_s_words() -> None:
    """C12."""
    assert CGN.service == "证书续期"
    assert CGN.order_kind == "01"


def test_hotline_payee_and_address_are_the_tenant_s() -> None:
    text = CGN.model_dump_json()
    assert "400-" not in text
    assert "http" not in text


class TestExpired:
    """C6–C10."""

    def test_the_steps_in_order_and_what_opens_them(self) -> None:
        done, handed_in = StepState.DONE, StepState.SUBMITTED
        assert [(s.name, s.kind, s.opens_when) for s in CGN.path_spec("expired").steps] == [
            ("consent", Kind.CONSENT, ()),
            ("application", Kind.APPLICATION, (Gate("consent", done),)),
            ("three_factor", Kind.IDENTITY, (Gate("application", done),)),
            ("liveness", Kind.IDENTITY, (Gate("three_factor", done),)),
            ("request_form", Kind.REQUEST_FORM, (Gate("three_factor", done),)),
            ("documents", Kind.DOCUMENTS, (Gate("request_form", done),)),
            ("payment", Kind.PAYMENT, (Gate("documents", handed_in), Gate("liveness", handed_in))),
            (
                "review",
                Kind.REVIEW,
                (
                    Gate("application", done),
                    Gate("three_factor", done),
                    Gate("documents", handed_in),
                    Gate("liveness", done),
                    Gate("payment", handed_in),
                ),
            ),
            (
                "issuance",
                Kind.ISSUANCE,
                tuple(Gate(n, done) for n in ("application", "three_factor", "liveness", "payment", "review")),
            ),
        ]

    def test_validity_counts_from_issue_and_the_approval_vouches(self) -> None:
        """Across 7; C10."""
        issuance = EXPIRED.step("issuance")
        assert isinstance(issuance, IssuanceStep)
        assert (EXPIRED.validity_start, EXPIRED.revoke_old) == (ValidityStart.ISSUE, "on_verified")
        assert issuance.vouched_by == "approval"

    def test_the_five_stages(self) -> None:
        """C4."""
        assert [stage.title for stage in EXPIRED.stages] == [
            "续期介绍",
            "证书选择",
            "录入信息",
            "打印申请表",
            "上传资料",
        ]

    def test_three_ways_to_pay(self) -> None:
        """C9."""
        payment = EXPIRED.step("payment")
        assert isinstance(payment, PaymentStep)
        assert payment.channels == ("wechat", "alipay", "bank_transfer")

    def test_which_papers_are_wanted_when(self) -> None:
        """C7, P2, P10, P11; the form's scan is bound to its version (Across 3)."""
        documents = EXPIRED.step("documents")
        assert isinstance(documents, DocumentsStep)
        assert [(paper.name, paper.wanted, paper.binds) for paper in documents.papers] == [
            ("stamped_form", "always", "form"),
            ("licence", "always", "nothing"),
            ("authorisation", "unproven_claim", "nothing"),
            ("change_notice", "subject_change", "nothing"),
            ("payment_explanation", "third_party_payment", "nothing"),
        ]
        assert [kind.name for kind in documents.paper("licence").kinds] == [  # P22
            "business_licence",
            "public_institution_certificate",
            "social_organisation_certificate",
            "other_certificate",
        ]

    def test_the_phone_s_link_and_its_tries(self) -> None:
        """C8, P4."""
        liveness = EXPIRED.step("liveness")
        assert isinstance(liveness, IdentityStep)
        assert (liveness.method, liveness.link_minutes, liveness.tries) == ("liveness", 5, 3)

    def test_a_reviewer_has_a_reason_for_every_paper_and_for_a_no(self) -> None:
        """P22: licence lapsed goes back, struck off ends the order."""
        review, documents = EXPIRED.step("review"), EXPIRED.step("documents")
        assert isinstance(review, ReviewStep)
        assert isinstance(documents, DocumentsStep)
        assert {reason.about for reason in review.reasons} >= {paper.name for paper in documents.papers}
        assert review.reason("licence_lapsed").outcome == "return"
        assert review.reason("licence_struck_off").outcome == "reject"

    def test_a_new_handler_reopens_what_rests_on_the_handler_and_leaves_the_money(self) -> None:
        """P3."""
        person = CGN.path_spec("unexpired").spec("identity").proves
        resting = {s.name for s in CGN.path_spec("expired").steps if s.proves & person}
        assert resting == {"three_factor", "liveness", "request_form", "documents", "review"}


class TestVersion3:
    """What version 3 adds: 补办, 变更 (P11), 解锁 (P1). Renewals stay as they were."""

    def test_renewals_are_those_of_version_2(self) -> None:
        kept = json.loads((SHIPPED / "szca-cgn-sm2-v2.json").read_text("utf-8"))["paths"]
        now = json.loads(canonical_json(CGN))["paths"]
        assert [path for path in now if path["name"] in {"unexpired", "expired"}] == kept

    def test_customers_are_asked_again_for_texts_that_changed(self) -> None:
        """C1."""
        before = {
            text["name"]: text for text in json.loads((SHIPPED / "szca-cgn-sm2-v2.json").read_text("utf-8"))["texts"]
        }
        changed = {text.name for text in CGN.texts if text.body != before[text.name]["body"]}
        assert changed == {text.name for text in CGN.texts if text.version != before[text.name]["version"]}

    @pytest.mark.parametrize(
        ("business", "path"),
        [
            ("renewal", "unexpired"),
            ("replacement", "replacement"),
            ("subject_change", "change"),
            ("pin_unblock", "unblock"),
        ],
    )
    def test_a_path_for_each_business(self, business: str, path: str) -> None:
        assert chosen(CGN, facts(days_left=30), business) == (path,)

    @pytest.mark.parametrize(("left", "says"), [(14, "只剩 14 天有效期"), (-3, "已经过期 3 天，不能补办")])
    def test_no_replacement_that_is_over_before_it_is_made(self, left: int, says: str) -> None:
        assert says in str(chosen(CGN, facts(days_left=left), "replacement"))
        assert chosen(CGN, facts(days_left=15), "replacement") == ("replacement",)

    def test_a_replacement_is_no_cheap_renewal(self) -> None:
        path = CGN.path("replacement")
        assert (path.validity_start, path.medium) == (ValidityStart.KEEP_END, "new")
        assert total(CGN.quote([Asked("replacement")], TODAY)) == 10_000

    def test_a_change_is_free_and_shows_the_notice(self) -> None:
        """P11."""
        path = CGN.path("change")
        documents = path.step("documents")
        assert path.validity_start is ValidityStart.KEEP_END
        assert all(step.kind != "payment" for step in path.steps)
        assert isinstance(documents, DocumentsStep)
        assert documents.paper("change_notice").wanted == "always"
        assert CGN.quote([Asked("subject_change")], TODAY) == ()
