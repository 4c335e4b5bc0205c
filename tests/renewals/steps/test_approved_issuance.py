"""Installing where the approved review vouches for the new key: the old certificate has expired (C10, P11 to P13)."""

import base64
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from portal.accounts.actor import Actor
from portal.accounts.models import Organisation
from portal.gm import CertificateRequest, csr
from portal.tenants import tenant_tx
from renewals import selectors
from renewals.bridge import challenges
from renewals.bridge.protocol import build_tbs, rekey_action, request_action
from renewals.bridge.simulator.soft_key import generate
from renewals.ca_of_tenant import ca_of
from renewals.errors import ChallengeSpent, CodeNotShown, NotYourOrder, ProofRefused, RequestMismatch
from renewals.issuing.requests import parse
from renewals.issuing.subjects import expected_subject, renamed
from renewals.lifecycle import StepNotOpen
from renewals.models import BridgeChallenge
from renewals.walking import bridge_calls
from tests.renewals.hall import Hall, new_certificate, text
from tests.renewals.reviewing.desk import Desk
from tests.renewals.snapshot import refused
from tests.renewals.steps.test_ending import renew_at_the_counter

NEW_NAME = "深圳市测试智能制造股份有限公司"


@pytest.fixture
def reviewers(channels: Hall) -> Desk:
    return Desk(channels)


def approved(desk: Desk) -> str:
    """An order whose review has been approved, with the renewal code in the customer's hands."""
    order = desk.waiting()
    by = desk.reviewer()
    desk.claim(order, by)
    desk.approve(order, by)
    desk.hall.show_code(order)
    return order


# -- the way --------------------------------------------------------------------------------------------------------


def test_the_review_vouches_and_the_old_key_signs_nothing(reviewers: Desk) -> None:
    """RULES C10, Across 7: valid from the issue on, for the whole term."""
    hall, order = reviewers.hall, approved(reviewers)
    hall.request(order)
    issuance = hall.issuance(order)
    request = CertificateRequest.from_der(bytes(issuance.csr or b""))
    old = parse(bytes(hall.item(order).certificate.signing_der))
    assert request.subject_der == old.subject_der
    assert bytes(issuance.vouch_tbs or b"").startswith(b"UKEYPOP1\0")
    hall.run()
    new = new_certificate(hall.issuance(order))
    requested_at = hall.issuance(order).requested_at
    assert requested_at is not None
    assert old.not_after < requested_at
    assert abs(new.not_before - requested_at) < timedelta(minutes=10)
    assert (new.not_after - new.not_before).days in {364, 365, 366}

    hall.verify(order)
    hall.run()
    assert hall.order(order).status == "completed"


def test_before_the_approval_the_key_is_not_touched(reviewers: Desk) -> None:
    order = reviewers.waiting()
    with refused(StepNotOpen):
        reviewers.hall.show_code(order)
    data = reviewers.hall.request_data(order)
    reviewers.hall.reserve(data)
    with refused(CodeNotShown):
        reviewers.hall.act(order, "issuance", "request", data)


def test_an_expired_certificate_needs_no_revoking_and_that_is_recorded(reviewers: Desk) -> None:
    """RULES Across 7: revoke_old on_verified; "already expired" counts as done."""
    hall, order = reviewers.hall, approved(reviewers)
    serial = hall.item(order).certificate.serial
    hall.request(order)
    hall.run()
    hall.verify(order)
    hall.run()
    standing = ca_of(hall.tenant).status(serial)
    assert (standing.state, standing.successor_serial) == ("expired", new_certificate(hall.issuance(order)).serial_hex)
    assert hall.item(order).certificate.ca_status == "replaced"
    (job,) = hall.jobs("renewals.revoke_old")
    assert job.state == "done"
    with tenant_tx(hall.tenant):
        assert "old_revoked.expired" in [entry.what for entry in selectors.timeline(hall.order(order))]


# -- what isn't believed ----------------------------------------------------------------------------------------------


def test_a_request_from_another_visit_is_worth_nothing(reviewers: Desk) -> None:
    """The challenge is bound to the visit: whoever copied request and signature has nothing."""
    hall, order = reviewers.hall, approved(reviewers)
    data = hall.request_data(order)
    hall.reserve(data)
    hall.session = "visit-2"
    with refused(ChallengeSpent):
        hall.act(order, "issuance", "request", data)


def test_an_answer_counts_once(reviewers: Desk) -> None:
    hall, order = reviewers.hall, approved(reviewers)
    data = hall.request_data(order)
    hall.reserve(data)
    with pytest.raises(ChallengeSpent):
        hall.reserve(data)


@pytest.mark.parametrize("wrong", ["another key", "another request", "the old key's word", "another txn"])
def test_only_the_new_key_answers_for_its_own_request(reviewers: Desk, wrong: str) -> None:
    hall, order = reviewers.hall, approved(reviewers)
    data = hall.request_data(order)
    request = base64.b64decode(data["csr"])
    with tenant_tx(hall.tenant):
        item = hall.item(order)
        raw, txn = challenges.as_bytes(data["challenge"]), challenges.transaction_of(item)
        origin = challenges.origin()
    key = generate("SM2")
    subject = CertificateRequest.from_der(request).subject_der
    if wrong == "another key":
        data["signature"] = text(key.sign(build_tbs(origin, raw, txn, request_action(request))))  # type: ignore[call-arg]
    elif wrong == "another request":
        data["csr"] = text(csr.build(subject, key).der)  # the signature stays the one for the first
    elif wrong == "another txn":
        data["csr"] = text(csr.build(subject, key).der)
        tbs = build_tbs(origin, raw, f"{hall.tenant.slug}/other", request_action(base64.b64decode(data["csr"])))
        data["signature"] = text(key.sign(tbs))  # type: ignore[call-arg]
    else:
        bridge, serial = hall.bridge(item.certificate)
        old = parse(bytes(item.certificate.signing_der))
        question = {"challenge": data["challenge"], "txn": txn}
        data["signature"] = text(
            bridge_calls.sign(bridge, key=serial, question=question, action=rekey_action(request), signer=old)
        )
        bridge.close()
    hall.reserve(data)
    with refused(ProofRefused):
        hall.act(order, "issuance", "request", data)


def test_a_question_of_another_kind_is_not_taken(reviewers: Desk) -> None:
    """What an unexpired order asks its old key can't be used here."""
    hall, order = reviewers.hall, approved(reviewers)
    data = hall.request_data(order)
    with tenant_tx(hall.tenant, write=True):
        BridgeChallenge.objects.filter(challenge=challenges.as_bytes(data["challenge"])).update(purpose="rekey")
    hall.reserve(data)
    with refused(ChallengeSpent):
        hall.act(order, "issuance", "request", data)


def test_another_computer_installs_with_code_and_key(reviewers: Desk) -> None:
    """RULES P6: the new key's word alone isn't enough for somebody without an account here."""
    hall, order = reviewers.hall, approved(reviewers)
    elsewhere = Actor("bridge", None, "Ekey 持有人", session_hash="visit-2")
    data = hall.request_data(order, by=elsewhere)
    hall.reserve(data, by=elsewhere)
    with refused(NotYourOrder):
        hall.act(order, "issuance", "request", data, by=elsewhere)
    with tenant_tx(hall.tenant, write=True):  # as api/resume does once code and key have answered
        challenges.issue("resume", by=elsewhere, item=hall.item(order))
        BridgeChallenge.objects.filter(purpose="resume").update(used_at=timezone.now(), proved_at=timezone.now())
    hall.act(order, "issuance", "request", data, by=elsewhere)
    hall.run()
    assert hall.steps(order)["issuance"] == "submitted:issued"


# -- the holder's new name (P11) --------------------------------------------------------------------------------------


def test_the_subject_carries_the_new_name_and_nothing_else_changes() -> None:
    """RULES P11."""
    from portal.gm.issuing import build_name

    before = build_name([("C", "CN"), ("ST", "广东省"), ("O", "旧名有限公司"), ("CN", "旧名有限公司-0101")])
    after = build_name([("C", "CN"), ("ST", "广东省"), ("O", "新名有限公司"), ("CN", "新名有限公司-0101")])
    assert renamed(before, "新名有限公司") == after
    person = build_name([("C", "CN"), ("O", "旧名有限公司"), ("CN", "林晓彤")])
    assert renamed(person, "新名有限公司") == build_name([("C", "CN"), ("O", "新名有限公司"), ("CN", "林晓彤")])
    nameless = build_name([("C", "CN"), ("CN", "林晓彤")])
    assert renamed(nameless, "新名有限公司") == nameless


def test_a_renamed_holder_gets_a_certificate_in_its_new_name(reviewers: Desk) -> None:
    """RULES P11: payment and papers as before; the request must carry exactly the new subject."""
    hall, order = reviewers.hall, approved_under_a_new_name(reviewers)
    item = hall.item(order)
    wanted = expected_subject(item)
    assert NEW_NAME in hall_subject(wanted)
    old_subject = parse(bytes(item.certificate.signing_der)).subject_der
    assert wanted != old_subject

    data = hall.request_data(order)
    hall.reserve(data)
    hall.act(order, "issuance", "request", data)
    hall.run()
    assert new_certificate(hall.issuance(order)).subject_der == wanted
    hall.verify(order)
    made = hall.item(order).issued
    assert made is not None
    assert made.holder_name == NEW_NAME
    with tenant_tx(hall.tenant):
        assert Organisation.objects.get(pk=made.organisation_id).name == NEW_NAME


def test_a_request_in_the_old_name_is_refused(reviewers: Desk) -> None:
    hall, order = reviewers.hall, approved_under_a_new_name(reviewers)
    item = hall.item(order)
    old = parse(bytes(item.certificate.signing_der))
    question = hall.challenge("request", order)
    bridge, key = hall.bridge(item.certificate)
    made = bridge_calls.gen_csr(bridge, key=key, txn=question["txn"], replaces=old)
    data = {
        "csr": text(made),
        "challenge": question["challenge"],
        "signature": text(bridge_calls.prove_request(bridge, key=key, question=question)),
    }
    bridge.close()
    hall.reserve(data)
    with refused(RequestMismatch):
        hall.act(order, "issuance", "request", data)


def approved_under_a_new_name(desk: Desk) -> str:
    order = desk.applied(organisation_name=NEW_NAME)
    desk.seen_in_person(order)
    desk.hand_in(order, ("stamped_form", "licence", "change_notice"))
    desk.hall.pay(order)
    desk.hall.run()
    by = desk.reviewer()
    desk.claim(order, by)
    desk.approve(order, by)
    desk.hall.show_code(order)
    return order


def hall_subject(name: bytes) -> str:
    return csr.build(name, generate("SM2")).subject


# -- what happens meanwhile (P12, P13) --------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["frozen", "replaced"])
def test_a_certificate_that_changed_meanwhile_stops_the_order(reviewers: Desk, state: str) -> None:
    """RULES P13: asked right before the issue, after the approval too; the money goes back."""
    hall, order = reviewers.hall, approved(reviewers)
    serial = hall.item(order).certificate.serial
    if state == "frozen":
        ca_of(hall.tenant).freeze(serial)  # type: ignore[attr-defined]
    else:
        renew_at_the_counter(hall, serial)
    hall.request(order)
    hall.run()
    row = hall.order(order)
    assert row.ending is not None
    assert (row.status, row.ending["reason"]) == ("stopped", f"ca_status_{state}")
    assert row.ending["duties"] == ["refund"]


def test_nothing_later_changes_the_path(reviewers: Desk) -> None:
    """RULES P12: a year after, the order of an expired certificate is still what it was."""
    hall, order = reviewers.hall, approved(reviewers)
    with time_machine.travel(timezone.now() + timedelta(days=60)):
        hall.request(order)
        hall.run()
        hall.verify(order)
    assert (hall.order(order).path, hall.order(order).status) == ("expired", "completed")


def test_an_order_that_was_opened_in_time_is_paid_and_installed_after_the_expiry(hall: Hall) -> None:
    """RULES P12: the path was fixed when the application came; the old key vouches as if nothing had happened."""
    order = hall.to("payment", hall.certificate(days_left=5))
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        hall.pay(order)
        hall.show_code(order)
        hall.request(order)
        hall.run()
        hall.verify(order)
        hall.run()
    assert (hall.order(order).path, hall.order(order).status) == ("unexpired", "completed")
    new, old = new_certificate(hall.issuance(order)), parse(bytes(hall.item(order).certificate.signing_der))
    assert (new.not_after - old.not_after).days in {365, 366}  # Across 7: the term counts from the old end
