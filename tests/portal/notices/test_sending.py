"""From send() to the inbox: every channel, once per key, sealed on the way."""

import logging
from datetime import timedelta

import pytest

from portal import jobs, notices, vault
from portal.jobs.models import Job, JobState
from portal.notices import inbox, sending
from portal.notices.errors import SmsRejected, SmsUnavailable
from portal.notices.models import InboxMessage
from portal.notices.sms.base import Sms
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from tests.canaries import CANARIES, database, found_in

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = "19900000001"


def send(tenant: Tenant, kind: str, to: notices.Recipient, key: str | None = None, **context: object) -> list[Job]:
    with tenant_tx(tenant, write=True):
        return notices.send(kind, to=to, context=context, key=key)


def received(tenant: Tenant, to: str = "") -> list[inbox.Message]:
    with tenant_tx(tenant):
        return inbox.latest(tenant, to=to)


def test_an_sms_reaches_the_inbox_with_the_tenants_signature(tenant: Tenant, other_tenant: Tenant) -> None:
    send(tenant, "test.code", notices.Recipient(phone=PHONE), code="271828")
    jobs.drain()
    (message,) = received(tenant)
    assert (message.channel, message.kind, message.to) == ("sms", "test.code", PHONE)
    assert message.body == f"【{tenant.sms_signature}】您的验证码是271828，5 分钟内有效。"
    assert received(other_tenant) == []


def test_one_event_goes_out_by_every_channel_that_fits(tenant: Tenant) -> None:
    to = notices.Recipient(phone=PHONE, email="hr@example.com")
    assert len(send(tenant, "test.paid", to, order="A1", name="测试甲")) == 2
    jobs.drain()
    by_channel = {message.channel: message for message in received(tenant)}
    assert by_channel["sms"].to == PHONE
    assert by_channel["email"].to == "hr@example.com"
    assert by_channel["email"].subject == "订单A1已支付"
    assert by_channel["email"].body == f"测试甲，您好：\n\n订单A1已支付。{tenant.name} {tenant.hotline}"


def test_one_key_is_one_message_per_channel(tenant: Tenant) -> None:
    to = notices.Recipient(phone=PHONE, email="hr@example.com")
    for _ in range(3):
        send(tenant, "test.paid", to, key="paid:A1", order="A1", name="测试甲")
        jobs.drain()
    assert sorted(message.channel for message in received(tenant)) == ["email", "sms"]


def test_a_repeated_job_is_one_message_in_the_inbox(tenant: Tenant) -> None:
    """The inbox, unlike a real SMS service, knows the request id again."""
    for _ in range(2):
        inbox.put(
            tenant, sending.Channel.SMS, kind="test.code", to=PHONE, subject="", body="x", request_id="same-request"
        )
    assert len(received(tenant)) == 1


def test_nothing_goes_out_of_a_transaction_that_fails(tenant: Tenant) -> None:
    class Refused(Exception):
        pass

    def business() -> None:
        with tenant_tx(tenant, write=True):
            notices.send("test.code", to=notices.Recipient(phone=PHONE), context={"code": "271828"})
            raise Refused

    with pytest.raises(Refused):
        business()
    jobs.drain()
    assert received(tenant) == []


def test_neither_outbox_nor_inbox_holds_anything_readable(tenant: Tenant) -> None:
    (job,) = send(tenant, "test.code", notices.Recipient(phone=PHONE), code="271828")
    with tenant_tx(tenant):
        row = Job.objects.get(pk=job.pk)
    assert row.payload == {"kind": "test.code"}
    assert b"271828" not in bytes(row.secret or b"")
    assert PHONE.encode() not in bytes(row.secret or b"")
    jobs.drain()
    with tenant_tx(tenant):
        assert Job.objects.get(pk=job.pk).secret is None
        (message,) = InboxMessage.objects.all()
    stored = bytes(message.sealed) + bytes(message.to_index)
    assert b"271828" not in stored
    assert PHONE.encode() not in stored


def test_no_canary_gets_out(tenant: Tenant, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sent, retried and given up: neither database nor log shows who was told what."""
    notices.register(
        "test.canary", sms="{{ name }} {{ secret }}", email_subject="{{ name }}", email_body="{{ secret }}"
    )
    to = notices.Recipient(phone=CANARIES["phone"], email=CANARIES["email"])
    context = {"name": CANARIES["name"], "secret": CANARIES["secret"]}
    with caplog.at_level(logging.DEBUG):
        send(tenant, "test.canary", to, **context)
        jobs.drain()
        monkeypatch.setattr(sending, "sms_sender", None)  # a TypeError from deep inside
        send(tenant, "test.canary", to, **context)
        jobs.drain(ahead=timedelta(days=2))
    assert len(received(tenant)) == 3
    assert found_in(database(), caplog.text) == []


def test_the_inbox_finds_by_phone(tenant: Tenant) -> None:
    for phone in (PHONE, "19900000002"):
        send(tenant, "test.code", notices.Recipient(phone=phone), code="271828")
    jobs.drain()
    assert [message.to for message in received(tenant, to=PHONE)] == [PHONE]
    assert received(tenant, to="1990000000") == []


def test_slips_of_ours_are_found_at_the_call(tenant: Tenant) -> None:
    with tenant_tx(tenant, write=True):
        with pytest.raises(KeyError):
            notices.send("test.unknown", to=notices.Recipient(phone=PHONE), context={})
        with pytest.raises(ValueError, match="no value for code"):
            notices.send("test.code", to=notices.Recipient(phone=PHONE), context={})
        with pytest.raises(ValueError, match="no channel"):
            notices.send("test.code", to=notices.Recipient(email="a@example.com"), context={"code": "1"})
        with pytest.raises(ValueError, match="a recipient needs"):
            notices.Recipient()
        assert Job.objects.count() == 0


@pytest.mark.parametrize(
    ("error", "state", "said"),
    [
        (SmsUnavailable(reason="isv.AMOUNT_NOT_ENOUGH"), JobState.PENDING, "notices.sms_unavailable"),
        (SmsRejected(reason="isv.MOBILE_NUMBER_ILLEGAL"), JobState.DEAD, "notices.sms_rejected"),
    ],
)
def test_what_may_pass_is_tried_again_and_what_cannot_is_not(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, error: Exception, state: str, said: str
) -> None:
    class Failing:
        def send(self, _tenant: Tenant, _sms: Sms) -> None:
            raise error

    monkeypatch.setattr(sending, "sms_sender", Failing)
    (job,) = send(tenant, "test.code", notices.Recipient(phone=PHONE), code="271828")
    jobs.drain()
    with tenant_tx(tenant):
        row = Job.objects.get(pk=job.pk)
    assert row.state == state
    assert row.last_error == f"{type(error).__name__}:{said}:{error.params['reason']}"  # type: ignore[attr-defined]


def test_a_recipient_does_not_print_where_it_is() -> None:
    assert PHONE not in repr(notices.Recipient(phone=PHONE))


def test_the_blind_index_is_the_tenants_own(tenant: Tenant, other_tenant: Tenant) -> None:
    with tenant_tx(tenant, write=True):
        mine = vault.blind_index(tenant, inbox.INDEX, PHONE)
    with tenant_tx(other_tenant, write=True):
        assert vault.blind_index(other_tenant, inbox.INDEX, PHONE) != mine
