"""From the renewal code to the certificate that has proved itself on the key (RULES A8, P6, P8, P13, P20)."""

import base64
import itertools
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from portal import gm, jobs
from portal.accounts.actor import Actor
from portal.accounts.roles import Role
from portal.gm import PrivateKey, csr, x509
from portal.jobs import runner
from portal.jobs.models import Job
from portal.tenants import tenant_tx
from renewals import tasks
from renewals.bridge import challenges
from renewals.bridge.protocol import build_tbs, rekey_action
from renewals.bridge.simulator.soft_key import generate, load_key
from renewals.ca.base import RekeyRequest
from renewals.ca_of_tenant import ca_of
from renewals.errors import (
    CaAnswerInvalid,
    ChallengeSpent,
    CodeNotShown,
    NeedsAnotherPerson,
    ProofRefused,
    RequestMismatch,
)
from renewals.issuing import renewal_codes
from renewals.issuing.requests import parse, split_chain
from renewals.lifecycle import StepNotOpen
from renewals.models import BridgeChallenge, OrderAct, RenewalCode
from renewals.walking import bridge_calls
from tests.renewals.hall import Hall, new_certificate, text
from tests.renewals.snapshot import refused, snapshot

# -- the renewal code (A8, P6) ----------------------------------------------------------------------------------------


def test_the_key_is_not_touched_before_the_code_was_shown(hall: Hall) -> None:
    # RULES P6
    order = hall.to("issuance")
    data = hall.request_data(order)
    hall.reserve(data)
    with refused(CodeNotShown):
        hall.act(order, "issuance", "request", data)


def test_a_code_is_shown_once_and_kept_as_a_keyed_hash(hall: Hall) -> None:
    # RULES P6
    order = hall.to("issuance")
    shown = hall.act(order, "issuance", "show_code", key="page")
    code = str(shown.once["renewal_code"])
    again = hall.act(order, "issuance", "show_code", key="page")
    assert (again.repeated, dict(again.once), again.answer) == (True, {}, {})
    with tenant_tx(hall.tenant):
        (kept,) = RenewalCode.objects.all()
        assert len(bytes(kept.code_hash)) == 32
        assert OrderAct.objects.get(key="page").answer == {}
    plain = code.replace("-", "")
    tables = "".join(line for rows in snapshot().values() for line in rows)
    assert plain not in tables
    assert code not in tables


def test_a_code_is_bound_to_its_item_and_dies_with_the_next_one(hall: Hall) -> None:
    # RULES P6
    order = hall.to("issuance")
    first = hall.show_code(order)
    second = hall.show_code(order)
    with tenant_tx(hall.tenant):
        item = hall.item(order)
        assert not renewal_codes.matches(item, first)
        assert renewal_codes.matches(item, second)
        assert renewal_codes.matches(item, second.lower().replace("-", " "))
        assert renewal_codes.item_of(item.order.number, second) == item
        assert renewal_codes.item_of("0" * 17, second) is None
        assert renewal_codes.item_of(item.order.number, first) is None


def test_a_code_ends_after_the_packs_days_and_with_the_installation(hall: Hall) -> None:
    # RULES P6
    order = hall.to("issuance")
    code = hall.show_code(order)
    item = hall.item(order)
    for days, good in ((89, True), (91, False)):
        with time_machine.travel(timezone.now() + timedelta(days=days)), tenant_tx(hall.tenant):
            assert renewal_codes.matches(item, code) is good
    hall.request(order)
    hall.run()
    hall.verify(order)
    with tenant_tx(hall.tenant):
        assert not renewal_codes.matches(hall.item(order), code)


def test_a_lost_code_is_given_out_again_by_two_persons(hall: Hall) -> None:
    # RULES P20
    order = hall.to("issued")
    first, second = (hall.staff_member(Role.CERTIFICATE_ADMINISTRATOR) for _ in range(2))
    asked = hall.act(order, "issuance", "reissue_code", {"reason": "客户遗失"}, by=first)
    assert dict(asked.once) == {}
    with refused(NeedsAnotherPerson):
        hall.act(order, "issuance", "reissue_code", {"reason": "客户遗失"}, by=first)
    given = hall.act(order, "issuance", "reissue_code", {"reason": "客户遗失"}, by=second)
    with tenant_tx(hall.tenant):
        assert renewal_codes.matches(hall.item(order), str(given.once["renewal_code"]))
    hall.verify(order)
    with refused(StepNotOpen):
        hall.act(order, "issuance", "reissue_code", by=first)


# -- the request ------------------------------------------------------------------------------------------------------


def other_request(hall: Hall, order: str, request: bytes) -> dict[str, str]:
    """A request for this CSR, rightly vouched for by the old key."""

    certificate = hall.item(order).certificate
    old = parse(bytes(certificate.signing_der))
    question = hall.challenge("rekey", order)
    bridge, key = hall.bridge(certificate)
    try:
        signature = bridge_calls.sign(bridge, key=key, question=question, action=rekey_action(request), signer=old)
    finally:
        bridge.close()
    data = {"csr": text(request), "challenge": question["challenge"], "signature": text(signature)}
    hall.reserve(data)
    return data


def test_the_intent_is_committed_with_everything_that_the_ca_will_be_asked(hall: Hall) -> None:
    order = hall.to("requested")
    issuance = hall.issuance(order)
    assert (issuance.state, issuance.request_id) == ("requested", issuance.public_id)
    assert issuance.csr is not None
    assert issuance.vouch_signature is not None
    old = parse(bytes(hall.item(order).certificate.signing_der))
    gm.verify_signature(old.public_key, bytes(issuance.vouch_signature), bytes(issuance.vouch_tbs or b""))
    assert ca_of(hall.tenant).lookup(issuance.request_id) is None  # nobody was called inside the act


@pytest.mark.parametrize("why", ["malformed", "subject", "same_key", "signature", "algorithm"])
def test_a_request_that_does_not_fit_is_refused(hall: Hall, why: str) -> None:
    order = hall.to("code")
    old = parse(bytes(hall.item(order).certificate.signing_der))
    key = hall.desk.find(hall.item(order).certificate.medium_number)
    assert key is not None
    container = key.containers[0]

    match why:
        case "malformed":
            request = b"\x30\x03\x02\x01\x00"
        case "subject":
            request = build(generate("SM2"), x509.build_name([("C", "CN"), ("CN", "别的单位")]))
        case "same_key":
            request = build(load_key(container.signing_key, container.algorithm), old.subject_der)
        case "signature":
            good = build(generate("SM2"), old.subject_der)
            request = good[:-1] + bytes([good[-1] ^ 1])
        case _:
            request = build(generate("RSA2048"), old.subject_der)
    data = other_request(hall, order, request)
    with refused(RequestMismatch) as refusal:
        hall.act(order, "issuance", "request", data)
    assert refusal.value.params == {"why": why}


def build(key: PrivateKey, subject: bytes) -> bytes:
    return csr.build(subject, key).der


def test_a_request_that_another_key_vouches_for_is_refused(hall: Hall) -> None:
    order = hall.to("code")
    data = hall.request_data(order)
    stranger = generate("SM2")
    with tenant_tx(hall.tenant):
        row = BridgeChallenge.objects.get(challenge=challenges.as_bytes(data["challenge"]))

    with tenant_tx(hall.tenant):
        tbs = build_tbs(
            challenges.origin(), bytes(row.challenge), row.transaction, rekey_action(base64.b64decode(data["csr"]))
        )
    data["signature"] = text(stranger.sign(tbs))  # type: ignore[union-attr,call-arg]
    hall.reserve(data)
    with refused(ProofRefused):
        hall.act(order, "issuance", "request", data)


def test_a_challenge_serves_once(hall: Hall) -> None:
    order = hall.to("requested")
    with tenant_tx(hall.tenant):
        used = BridgeChallenge.objects.get(purpose="rekey")
    data = {"challenge": base64.urlsafe_b64encode(bytes(used.challenge)).decode().rstrip("=")}
    with refused(ChallengeSpent):
        hall.reserve(data)
    hall.run()
    assert hall.issuance(order).state == "issued"


def test_a_challenge_of_another_visit_purpose_or_time_is_refused(hall: Hall) -> None:
    order = hall.to("code")
    elsewhere = Actor("customer", hall.customer.pk, "林", session_hash="visit-2")
    data = hall.request_data(order, by=elsewhere)
    with refused(ChallengeSpent):
        hall.reserve(data)
    hall.reserve(data, by=elsewhere)
    with refused(ChallengeSpent):
        hall.act(order, "issuance", "request", data)  # reserved by the other visit
    wrong = hall.request_data(order) | {"challenge": hall.challenge("install", order)["challenge"]}
    hall.reserve(wrong)
    with refused(ChallengeSpent):
        hall.act(order, "issuance", "request", wrong)
    old = hall.request_data(order)
    with time_machine.travel(timezone.now() + timedelta(seconds=121)), refused(ChallengeSpent):
        hall.reserve(old)


def test_the_csr_that_was_vouched_for_is_the_one_that_is_sent(hall: Hall) -> None:
    order = hall.to("code")
    data = hall.request_data(order)
    old = parse(bytes(hall.item(order).certificate.signing_der))
    data["csr"] = text(build(generate("SM2"), old.subject_der))
    hall.reserve(data)
    with refused(ProofRefused):
        hall.act(order, "issuance", "request", data)


# -- the CA -----------------------------------------------------------------------------------------------------------


def test_the_certificate_is_stored_as_the_ca_sent_it(hall: Hall) -> None:
    # RULES P8, Across 7
    order = hall.to("issued")
    issuance, old = hall.issuance(order), hall.item(order).certificate
    new = new_certificate(issuance)
    request = gm.CertificateRequest.from_der(bytes(issuance.csr or b""))
    assert new.spki_der == x509.spki_der(request.public_key)
    assert new.subject_der == parse(bytes(old.signing_der)).subject_der
    assert issuance.encryption_certificate is not None
    assert issuance.enveloped_key is not None
    assert len(split_chain(bytes(issuance.chain or b""))) == 2
    assert new.not_after.date() == (old.not_after + timedelta(days=365)).date()


def test_a_worker_that_dies_after_the_ca_signed_finds_the_same_certificate(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = hall.to("requested")
    (job,) = hall.jobs("renewals.request_certificate")
    issuance = hall.issuance(order)

    class Killed(BaseException):
        """The process is gone; nothing is handled any more."""

    def dies(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(tasks, "_finish_issuance", dies)
        with pytest.raises(Killed):
            runner.run(hall.tenant.pk, job.pk)
    signed = ca_of(hall.tenant).lookup(issuance.request_id)
    assert signed is not None
    assert hall.issuance(order).state == "requested"
    asked: list[str] = []
    ca = ca_of(hall.tenant)
    monkeypatch.setattr(type(ca), "request_certificate", lambda _self, request: asked.append(request.request_id))
    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        runner.run(hall.tenant.pk, job.pk)
    assert asked == []  # looked up, not asked again: without the look this test fails
    assert hall.issuance(order).state == "issued"
    assert bytes(hall.issuance(order).signing_certificate or b"") == signed.signing_certificate_der  # type: ignore[union-attr]
    assert successors(hall, order) == 1


def test_a_worker_that_dies_before_the_ca_was_asked_asks_with_the_committed_id(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = hall.to("requested")
    (job,) = hall.jobs("renewals.request_certificate")

    class Killed(BaseException):
        pass

    def dies(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(type(ca_of(hall.tenant)), "request_certificate", dies)
        with pytest.raises(Killed):
            runner.run(hall.tenant.pk, job.pk)
    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        runner.run(hall.tenant.pk, job.pk)
    assert hall.issuance(order).state == "issued"
    assert successors(hall, order) == 1


def test_two_workers_with_the_same_job_get_one_certificate(hall: Hall) -> None:
    order = hall.to("requested")
    (job,) = hall.jobs("renewals.request_certificate")
    context = context_of(hall, job)
    first, second = tasks.request_certificate(context), tasks.request_certificate(context)
    for finish in (first, second):
        with tenant_tx(hall.tenant, write=True):
            finish()
    assert hall.issuance(order).state == "issued"
    assert successors(hall, order) == 1


def test_without_the_look_at_the_ca_an_issued_certificate_would_be_lost(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look taken away, at a CA that keeps no request ids: the second asking is a new one, and refused."""
    order = hall.to("requested")
    (job,) = hall.jobs("renewals.request_certificate")
    ca, numbers = ca_of(hall.tenant), itertools.count(1)
    really = type(ca).request_certificate

    def forgetful(self: object, request: RekeyRequest) -> object:
        return really(self, replace(request, request_id=f"{request.request_id}-{next(numbers)}"))  # type: ignore[arg-type]

    monkeypatch.setattr(type(ca), "request_certificate", forgetful)
    monkeypatch.setattr(type(ca), "lookup", lambda *_: None)
    context = context_of(hall, job)
    tasks.request_certificate(context)  # the worker dies here
    finish = tasks.request_certificate(context)
    with tenant_tx(hall.tenant, write=True):
        finish()
    assert hall.order(order).status == "stopped"
    assert successors(hall, order) == 1


def context_of(hall: Hall, job: Job) -> jobs.JobContext:
    return jobs.JobContext(
        tenant=hall.tenant,
        id=job.pk,
        payload=job.payload,
        secret={},
        attempt=1,
        max_attempts=2,
        fencing_token=1,
        request_id=job.public_id,
    )


def successors(hall: Hall, order: str) -> int:
    """How many certificates the CA has ever issued in place of the order's."""
    (file,) = (settings.CERTHALL.data_dir / "dev-ca" / hall.tenant.slug).glob("*.sqlite3")
    with closing(sqlite3.connect(file)) as database:
        old = hall.item(order).certificate.serial
        counted = database.execute("SELECT count(*) FROM certificate WHERE kind = 'signing' AND replaces = ?", (old,))
        return int(counted.fetchone()[0])


def test_a_certificate_for_another_key_is_not_believed(hall: Hall) -> None:

    order = hall.to("requested")
    other = hall.certificate()
    chain = ca_of(hall.tenant).chain()
    data = {
        "signing_certificate": text(bytes(other.signing_der)),
        "encryption_certificate": None,
        "enveloped_key": None,
        "chain": [text(der) for der in chain],
    }
    with refused(CaAnswerInvalid):
        hall.system(order, "issuance", "issued", data)
