"""Reminders go out once for each certificate and threshold, to its people, and stop on renewal (RULES A3, P17, P24)."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from portal import jobs
from portal.accounts.actor import Actor
from portal.accounts.models import User
from portal.jobs.models import Job
from portal.tenants import tenant_tx
from renewals import reminding, unwanted
from renewals.demo.people import customer
from renewals.models import Certificate, CertificateContact, CertificateGrant, OrderItem, Reminder, UnwantedReason
from tests.renewals.hall import Hall
from tests.renewals.staff.conftest import add_certificate, add_order

NOON = "2026-11-20T04:00:00Z"  # in Shenzhen
TODAY = dt.date(2026, 11, 20)


@pytest.fixture(autouse=True)
def noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


def due(hall: Hall, days: int, mobile: str = "", *, email: str = "", **more: Any) -> Certificate:
    """A certificate with so many days left, and its contact."""
    last = dt.datetime.combine(TODAY + dt.timedelta(days=days), dt.time(15, 59, 59), dt.UTC)
    made = add_certificate(hall, not_after=last, **more)
    if mobile:
        with tenant_tx(hall.tenant, write=True):
            CertificateContact.objects.create(certificate=made, name="顾长风", phone=mobile, email=email or None)
    return made


def remind(hall: Hall) -> None:
    with tenant_tx(hall.tenant, write=True):
        jobs.enqueue("renewals.remind", {"slot": int(timezone.now().timestamp())})
    hall.run(but=("notices.sms", "notices.email"))


def sent(hall: Hall, channel: str = "sms") -> list[Job]:
    return hall.jobs(f"notices.{channel}")


def told(hall: Hall) -> list[tuple[str, int, str]]:
    with tenant_tx(hall.tenant):
        rows = Reminder.objects.order_by("pk").select_related("certificate")
        return sorted((row.certificate.serial, row.threshold, row.outcome) for row in rows)


def texts(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What a run hands to the notices: address and context."""
    found: list[dict[str, Any]] = []

    def keep(kind: str, *, to: Any, context: dict[str, Any], **_more: Any) -> None:
        found.append({"kind": kind, "phone": to.phone, "email": to.email, **context})

    monkeypatch.setattr(reminding.notices, "send", keep)
    remind(hall)
    return found


@pytest.mark.parametrize("days", [90, 60, 30, 7, 0, -30])
def test_each_threshold_is_told_once(hall: Hall, days: int) -> None:
    made = due(hall, days, "19900000041")
    remind(hall)
    remind(hall)
    assert told(hall) == [(made.serial, days, "told")]
    assert len(sent(hall)) == 1
    with time_machine.travel(dt.datetime(2026, 11, 20, 5, tzinfo=dt.UTC), tick=False):  # an hour later
        remind(hall)
    assert len(sent(hall)) == 1


@pytest.mark.parametrize("days", [91, -38])
def test_too_early_and_long_past_nobody_is_told(hall: Hall, days: int) -> None:
    due(hall, days, "19900000041")
    remind(hall)
    assert (told(hall), sent(hall)) == ([], [])


def test_as_days_go_by_every_threshold_has_its_turn(hall: Hall) -> None:
    made = due(hall, 61, "19900000041")
    thresholds = []
    for day in (0, 1, 2, 30, 31, 32, 53, 54, 60, 61, 90, 91, 97, 98):
        with time_machine.travel(dt.datetime(2026, 11, 20, 4, tzinfo=dt.UTC) + dt.timedelta(days=day), tick=False):
            remind(hall)
        thresholds = [threshold for _serial, threshold, _outcome in told(hall)]
    assert sorted(thresholds, reverse=True) == [90, 60, 30, 7, 0, -30]
    assert len(sent(hall)) == 6
    assert made.pk


def test_nobody_is_told_at_night(hall: Hall) -> None:
    due(hall, 30, "19900000041")
    for hour, count in ((0, 0), (8, 0), (9, 1)):
        with time_machine.travel(
            dt.datetime(2026, 11, 20, hour - 8 + 24, tzinfo=dt.UTC)
            if hour < 8
            else dt.datetime(2026, 11, 20, hour - 8, tzinfo=dt.UTC),
            tick=False,
        ):
            remind(hall)
        assert len(sent(hall)) == count, hour


def test_renewed_taken_unwanted_and_revoked_ones_are_left_alone(hall: Hall) -> None:
    renewed = due(hall, 30, "19900000041")
    add_certificate(hall, predecessor=renewed, not_after=timezone.now() + dt.timedelta(days=700))
    taken = due(hall, 30, "19900000041")
    order = add_order(hall, certificate=taken)
    due(hall, 30, "19900000041", ca_status="revoked")
    aside = due(hall, 30, "19900000041")
    with tenant_tx(hall.tenant, write=True):
        OrderItem.objects.filter(order=order).update(reserves=True)
        unwanted.mark(aside, reason=UnwantedReason.BUSINESS_ENDED, by=Actor.system("tests"))
    remind(hall)
    assert (told(hall), sent(hall)) == ([], [])
    with tenant_tx(hall.tenant, write=True):
        unwanted.take_back(aside, by=Actor.system("tests"))
    with time_machine.travel(dt.datetime(2026, 11, 21, 4, tzinfo=dt.UTC), tick=False):
        remind(hall)
    assert told(hall) == [(aside.serial, 30, "told")]


def test_it_says_whose_certificate_and_how_many_days(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    due(hall, 30, "19900000041", number="JSB0101@1")
    due(hall, 0, "19900000042")
    due(hall, -30, "19900000043")
    found = {one["phone"]: one for one in texts(hall, monkeypatch)}
    assert found["19900000041"]["holder"] == "深圳市测试精密制造有限公司"
    assert found["19900000041"]["which"] == "尾号 0101@1 的证书"
    assert found["19900000041"]["when"] == "还有 30 天到期（2026-12-20）"
    assert found["19900000042"]["when"] == "今天到期"
    assert (found["19900000043"]["when"], found["19900000043"]["advice"]) == (
        "已过期 30 天（2026-10-21）",
        "现在不能使用",
    )
    assert all(one["kind"] == "certificate.expiring" for one in found.values())


def test_who_holds_several_hears_of_them_once(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """RULES P16: an agent with two hundred keys gets one message for a day, not two hundred."""
    for _n in range(3):
        due(hall, 30, "19900000041")
    (one,) = texts(hall, monkeypatch)
    assert one["which"] == "名下 3 张证书，最早的"
    assert len(told(hall)) == 3


def test_the_people_are_contacts_and_granted_users_but_no_recycled_number(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RULES P17."""
    made = due(hall, 30, hall.mobile)
    with tenant_tx(hall.tenant, write=True):
        other, idle = customer("19900000042", "宋知远"), customer("19900000043", "方书宁")
        User.objects.filter(pk=idle.pk).update(restricted_since=timezone.now())
        for user in (hall.customer, other, idle):
            CertificateGrant.objects.create(certificate=made, user=user, via="key_proof")
        gone = CertificateContact.objects.create(certificate=made, name="邹明轩", phone="19900000044")
        CertificateContact.objects.filter(pk=gone.pk).update(withdrawn_at=timezone.now())
    assert sorted(one["phone"] for one in texts(hall, monkeypatch)) == sorted([hall.mobile, "19900000042"])


def test_without_people_that_is_written_down(hall: Hall) -> None:
    made = due(hall, 30)
    remind(hall)
    assert (told(hall), sent(hall)) == ([(made.serial, 30, "nobody")], [])


def test_an_address_that_wants_no_mail_gets_the_sms_alone(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    due(hall, 30, "19900000041", email="Gu@example.cn")
    due(hall, 7, "19900000041", email="gu@example.cn")
    with monkeypatch.context() as patched:
        links = {re.search(r"reminders/([^/]+)/", one["off"])[1] for one in texts(hall, patched)}  # type: ignore[index]
    assert len(links) == 1, "the same address, however it is written"
    with tenant_tx(hall.tenant, write=True):
        index = reminding.address_of(links.pop(), hall.tenant)
        assert index is not None
        reminding.switch(index, off=True)
        Reminder.objects.all().delete()
    with time_machine.travel(dt.datetime(2026, 11, 21, 4, tzinfo=dt.UTC), tick=False):
        found = texts(hall, monkeypatch)
    assert {(one["phone"], one["email"], one["off"]) for one in found} == {("19900000041", "", "")}


def test_a_portion_hands_on_to_the_next(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, a job holds a portion of them; a kill between two loses and doubles nothing."""
    monkeypatch.setattr(reminding, "PORTION", 2)
    made = sorted(due(hall, 30 - n % 3, "19900000041").serial for n in range(7))
    remind(hall)
    assert [serial for serial, _threshold, _outcome in told(hall)] == made
    portions = [job for job in hall.jobs("renewals.remind_portion") if job.payload["threshold"] == 30]
    assert len(portions) == 4
    assert all(job.state == "done" for job in portions)
