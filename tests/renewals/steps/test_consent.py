"""RULES C1: every consent is kept with the text's version, the time and the address."""

from datetime import UTC, datetime

import time_machine

from portal import vault
from portal.accounts.actor import Actor
from portal.gm import sm3
from portal.tenants import tenant_tx
from renewals.errors import ConsentsMissing
from renewals.lifecycle import GateClosed
from renewals.models import ConsentRecord
from tests.renewals.hall import Hall
from tests.renewals.snapshot import refused

TEXTS = [
    "service_agreement",
    "privacy_policy",
    "personal_information_authorisation",
    "sensitive_information_authorisation",
]


def test_each_consent_is_evidence(hall: Hall) -> None:
    # RULES C1
    order = hall.to("consent")
    with time_machine.travel(datetime(2026, 11, 21, 4, 0, 0, tzinfo=UTC), tick=False):
        hall.act(order, "consent", "accept", {"accepted": TEXTS})
    with tenant_tx(hall.tenant, write=True):
        kept = list(ConsentRecord.objects.select_related("order").order_by("id"))
        addresses = {vault.reveal(row, "address", by=Actor.system("tests"), reason="核对") for row in kept}
    bodies = {text.name: text for text in hall.texts}
    assert [row.text for row in kept] == TEXTS
    for row in kept:
        assert (row.order.public_id, row.user_id) == (order, hall.customer.pk)
        assert row.text_version == bodies[row.text].version
        assert row.text_digest == sm3(bodies[row.text].body.encode()).hex()
        assert row.given_at == datetime(2026, 11, 21, 4, 0, 0, tzinfo=UTC)
    assert [row.text_version for row in kept] == ["2026-11-3"] * 4
    assert addresses == {"203.0.113.7"}
    assert hall.steps(order)["consent"] == "done"
    assert hall.steps(order)["application"] == "open"


def test_the_sensitive_consent_is_asked_for_apart(hall: Hall) -> None:
    # RULES C1
    assert [(text.name, text.ticked) for text in hall.texts] == [
        ("service_agreement", "together"),
        ("privacy_policy", "together"),
        ("personal_information_authorisation", "together"),
        ("sensitive_information_authorisation", "apart"),
    ]
    order = hall.to("consent")
    with refused(ConsentsMissing) as refusal:
        hall.act(order, "consent", "accept", {"accepted": TEXTS[:3]})
    assert refusal.value.fields == {  # type: ignore[attr-defined]
        "sensitive_information_authorisation": ["请阅读并勾选《敏感个人信息授权书》后再继续。"]
    }


def test_nothing_is_written_before_everything_is_consented_to(hall: Hall) -> None:
    order = hall.to("consent")
    with refused(GateClosed):
        hall.confirm(order)
