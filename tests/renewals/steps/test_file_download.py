"""A certificate in a file, fetched with both codes of the envelope: the customer's side makes key and .pfx (B6, B7)."""

import base64
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from portal import vault
from portal.accounts.actor import Actor
from portal.gm import PrivateKey, csr
from portal.gm.certificate import sign_message
from portal.tenants import tenant_tx
from portal.tenants.links import origin
from renewals.bridge import challenges
from renewals.bridge.protocol import build_tbs, install_action
from renewals.bridge.simulator.soft_key import generate
from renewals.ca_of_tenant import ca_of
from renewals.errors import (
    BridgeWanted,
    DownloadCodesExpired,
    DownloadCodesSpent,
    DownloadCodesWrong,
    ProofRefused,
    RequestMismatch,
)
from renewals.issuing import download_codes
from renewals.issuing.subjects import expected_subject
from renewals.lifecycle import StepNotOpen
from renewals.models import DownloadCodes
from tests.renewals.bridge.workshop import SUBJECT
from tests.renewals.hall import Hall, new_certificate, text
from tests.renewals.packs import publish_changed
from tests.renewals.snapshot import refused

pytestmark = pytest.mark.django_db


def with_download(document: dict[str, Any], *, by: tuple[str, ...] = ("bridge", "page")) -> None:
    """The unexpired path ends in a file. SM2 here, which is quick; the files' own RSA is in the views' tests."""
    document["next_certificate"]["starts"] = "any_time"
    step = document["paths"][0]["steps"][-1]
    document["paths"][0]["steps"][-1] = {
        "kind": "file_download",
        "name": "issuance",
        "title": "下载文件证书",
        "opens_when": step["opens_when"],
        "by": list(by),
        "code_days": 30,
        "repeat_hours": 24,
        "password_digits": 6,
        "tries": 5,
    }


def into_file(document: dict[str, Any]) -> None:
    """The unexpired path renews into a file."""
    document["next_certificate"]["starts"] = "any_time"
    document["paths"][0]["steps"][-1] |= {"into": "file"}


def waiting(hall: Hall, *, by: tuple[str, ...] = ("bridge", "page")) -> str:
    """An order whose envelope has been made: nothing is missing but the two codes."""
    publish_changed(hall.tenant, lambda document: with_download(document, by=by), version=9)
    certificate = hall.certificate(30)
    return hall.to("issuance", certificate)


def envelope(hall: Hall, order: str) -> dict[str, str]:
    """Fresh codes, as they are printed."""
    with tenant_tx(hall.tenant, write=True):
        made = download_codes.make(hall.item(order), days=30, now=timezone.now())
        printed = vault.reveal(made, "codes", by=Actor.system("tests"), reason="密码信封")
        reference, authorization = printed.split("|")
    return {"reference_number": reference, "authorization_code": authorization}


def request_of(hall: Hall, order: str, key: PrivateKey | None = None) -> dict[str, str]:
    """A new key's request, as page or bridge makes it."""
    with tenant_tx(hall.tenant):
        subject = expected_subject(hall.item(order))
    return {"csr": text(csr.build(subject, key or generate("SM2")).der)}


def requested(hall: Hall, order: str, key: PrivateKey | None = None) -> dict[str, str]:
    """The CA has been asked and has answered; the codes that were used."""
    codes = envelope(hall, order)
    hall.act(order, "issuance", "codes", codes)
    hall.act(order, "issuance", "request", codes | request_of(hall, order, key))
    hall.run()
    return codes


def answer_of(hall: Hall, order: str, key: PrivateKey) -> dict[str, str]:
    """What the bridge gives once the file is saved: the new key's word for its certificate."""
    question = hall.challenge("install", order)
    action = install_action(new_certificate(hall.issuance(order)).serial)
    challenge = challenges.as_bytes(question["challenge"])
    tbs = build_tbs(origin(hall.tenant), challenge, question["txn"], action)
    data = {"challenge": question["challenge"], "signature": text(sign_message(key, tbs))}
    hall.reserve(data)
    return data


def files_fetched(hall: Hall) -> None:
    """Every action of the step, for test_every_action."""
    order = waiting(hall)
    requested(hall, order)
    hall.act(order, "issuance", "saved")
    order, key = hall.to("issuance"), generate("SM2")
    requested(hall, order, key)
    hall.act(order, "issuance", "verify", answer_of(hall, order, key))
    order = hall.to("issuance")
    ca_of(hall.tenant).freeze(hall.item(order).certificate.serial)  # type: ignore[attr-defined]
    requested(hall, order)
    assert hall.order(order).status == "stopped"
    publish_changed(hall.tenant, into_file, version=10)
    order = hall.to("issuance")
    hall.act(order, "issuance", "begin")
    hall.act(order, "", "cancel", {"reason": "not_needed"})


def test_both_codes_fetch_a_certificate_and_the_customer_says_that_it_is_saved(hall: Hall) -> None:  # RULES B7
    order = waiting(hall)
    requested(hall, order)
    assert hall.steps(order)["issuance"] == "submitted:issued"
    hall.act(order, "issuance", "saved")
    assert hall.order(order).status == "completed"
    made = hall.item(order).issued
    assert made is not None
    assert (made.storage, made.medium_number) == ("file", "")
    assert made.predecessor_id == hall.item(order).certificate_id
    assert hall.notices()[-1] == "order.file_saved"


@pytest.mark.parametrize(
    "change",
    [
        {"reference_number": "K7RM4PXAK7RM4PXA"},
        {"authorization_code": "K7RM4PXAK7RM"},
        {"reference_number": "A" * 22, "authorization_code": "A" * 16},
    ],
)
def test_one_wrong_code_is_as_wrong_as_two(hall: Hall, change: dict[str, str]) -> None:
    order = waiting(hall)
    codes = envelope(hall, order)
    with refused(DownloadCodesWrong):
        hall.act(order, "issuance", "codes", codes | change)
    with refused(DownloadCodesWrong):
        hall.act(order, "issuance", "request", codes | change | request_of(hall, order))


def test_codes_of_another_order_are_wrong_here(hall: Hall) -> None:
    mine, other = waiting(hall), hall.to("issuance", hall.certificate(40))
    codes = envelope(hall, other)
    with refused(DownloadCodesWrong):
        hall.act(mine, "issuance", "codes", codes)
    hall.act(other, "issuance", "codes", codes)


def test_another_envelope_takes_the_first_ones_place(hall: Hall) -> None:
    order = waiting(hall)
    first, second = envelope(hall, order), envelope(hall, order)
    with refused(DownloadCodesWrong):
        hall.act(order, "issuance", "codes", first)
    hall.act(order, "issuance", "codes", second)


def test_thirty_days_from_the_making_of_the_envelope(hall: Hall) -> None:  # RULES B7
    order = waiting(hall)
    codes, made = envelope(hall, order), timezone.now()
    with time_machine.travel(made + timedelta(days=30, seconds=1)), refused(DownloadCodesExpired):
        hall.act(order, "issuance", "codes", codes)
    with time_machine.travel(made + timedelta(days=29, hours=23)):
        hall.act(order, "issuance", "codes", codes)


def test_fetched_again_for_twenty_four_hours_then_spent(hall: Hall) -> None:  # RULES B7
    order = waiting(hall)
    codes = requested(hall, order)
    issued_at = hall.issuance(order).issued_at
    assert issued_at is not None
    with tenant_tx(hall.tenant):
        row = DownloadCodes.objects.get(item=hall.item(order), ended_at__isnull=True)
        assert row.spent_at == issued_at + timedelta(hours=24)
        assert row.first_used_at is not None
    with refused(StepNotOpen):  # a second certificate never comes of one envelope
        hall.act(order, "issuance", "codes", codes)
    with time_machine.travel(issued_at + timedelta(hours=24)), refused(DownloadCodesSpent):
        hall.act(order, "issuance", "codes", codes)


@pytest.mark.parametrize("why", ["subject", "algorithm", "same_key"])
def test_a_request_that_does_not_fit_uses_up_nothing(hall: Hall, why: str) -> None:
    order = waiting(hall)
    codes = envelope(hall, order)
    hall.act(order, "issuance", "codes", codes)
    with tenant_tx(hall.tenant):
        subject = expected_subject(hall.item(order))
    if why == "subject":
        made = csr.build(SUBJECT, generate("SM2")).der  # somebody else's
    elif why == "algorithm":
        made = csr.build(subject, generate("RSA2048")).der
    else:
        other = hall.to("issuance", hall.certificate(41))
        theirs = envelope(hall, other)
        hall.act(other, "issuance", "codes", theirs)
        sent = request_of(hall, other)
        hall.act(other, "issuance", "request", theirs | sent)
        made = base64.b64decode(sent["csr"])
    with refused(RequestMismatch):
        hall.act(order, "issuance", "request", codes | {"csr": text(made)})
    with tenant_tx(hall.tenant):
        assert DownloadCodes.objects.get(item=hall.item(order)).first_used_at is None
    hall.act(order, "issuance", "request", codes | request_of(hall, order))


def test_where_the_bridge_alone_may_make_it_the_new_key_answers(hall: Hall) -> None:
    order = waiting(hall, by=("bridge",))
    requested(hall, order)
    with refused(BridgeWanted):
        hall.act(order, "issuance", "saved")
    assert hall.steps(order)["issuance"] == "submitted:issued"


def test_the_bridges_new_key_ends_it(hall: Hall) -> None:
    order, key = waiting(hall, by=("bridge",)), generate("SM2")
    requested(hall, order, key)
    stranger = answer_of(hall, order, generate("SM2"))
    with refused(ProofRefused):
        hall.act(order, "issuance", "verify", stranger)
    hall.act(order, "issuance", "verify", answer_of(hall, order, key))
    assert hall.order(order).status == "completed"


def test_a_frozen_certificate_stops_the_order(hall: Hall) -> None:  # RULES P13
    order = waiting(hall)
    ca_of(hall.tenant).freeze(hall.item(order).certificate.serial)  # type: ignore[attr-defined]
    requested(hall, order)
    assert hall.order(order).status == "stopped"


def test_a_renewal_on_a_key_does_not_begin_without_its_code(hall: Hall) -> None:  # RULES A8
    order = hall.to("issuance")
    with refused(StepNotOpen):
        hall.act(order, "issuance", "begin")


def test_nothing_is_saved_before_the_ca_has_answered(hall: Hall) -> None:
    order = waiting(hall)
    codes = envelope(hall, order)
    hall.act(order, "issuance", "codes", codes)
    with refused(StepNotOpen):
        hall.act(order, "issuance", "saved")
