"""Issue 2 §2: six digits, five minutes, hashed, bound to purpose and session, five tries reserved before checking;
one a minute and ten a day per phone, thirty an hour per address."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from portal.accounts import sms_codes
from portal.accounts.errors import (
    CodeExpired,
    CodeNotAsked,
    CodeRefused,
    CodeSpent,
    CodeTooSoon,
    CodeWrong,
    TooManyCodes,
    TooManyFromAddress,
)
from portal.accounts.models import SmsCode
from portal.audit.models import SecurityEvent
from portal.tenants.models import Tenant
from portal.tenants.transaction import tenant_tx
from tests.portal.accounts.people import SYSTEM

PHONE, BINDING, ADDRESS = "19900000001", "a-session's-secret", "192.0.2.7"
START = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)

Outbox = list[str]


@pytest.fixture
def codes(monkeypatch: pytest.MonkeyPatch) -> Outbox:
    """The codes handed to notices, in order."""
    sent: Outbox = []
    real = sms_codes.notices.send

    def send(kind: str, **more: object) -> object:
        sent.append(more["context"]["code"])  # type: ignore[index]
        return real(kind, **more)

    monkeypatch.setattr(sms_codes.notices, "send", send, raising=False)
    return sent


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def ask(
    tenant: Tenant, phone: str = PHONE, binding: str = BINDING, address: str = ADDRESS, purpose: str = "sign_in"
) -> datetime:
    return sms_codes.send(tenant, phone=phone, purpose=purpose, binding=binding, address=address)


def check(tenant: Tenant, code: str, binding: str = BINDING, purpose: str = "sign_in") -> sms_codes.Passed:
    return sms_codes.check(tenant, code=code, purpose=purpose, binding=binding, by=SYSTEM)


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def stored(tenant: Tenant) -> list[SmsCode]:
    with tenant_tx(tenant):
        return list(SmsCode.objects.order_by("pk"))


@pytest.mark.django_db(transaction=True)
class TestACode:
    def test_has_six_digits_and_opens_for_the_phone_it_went_to(self, tenant: Tenant, codes: Outbox) -> None:
        ask(tenant)
        assert re.fullmatch(r"[0-9]{6}", codes[0])
        assert check(tenant, codes[0]).phone == PHONE

    def test_is_nowhere_in_the_database_in_clear(self, tenant: Tenant, codes: Outbox) -> None:
        ask(tenant)
        row = stored(tenant)[0]
        assert codes[0].encode() not in bytes(row.code_hash)
        assert len(row.code_hash) == 32
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names():
                cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  (our own tables)
                text = repr(
                    [[bytes(v) if isinstance(v, memoryview) else v for v in line] for line in cursor.fetchall()]
                )
                assert PHONE not in text, table
                if table != "accounts_smscode":  # its times and ids may contain any six digits
                    assert f"'{codes[0]}'" not in text, table

    def test_lives_five_minutes_to_the_second(
        self, tenant: Tenant, codes: Outbox, clock: time_machine.Traveller
    ) -> None:
        ask(tenant)
        clock.move_to(START + timedelta(minutes=5, seconds=-1))
        check(tenant, codes[0])
        clock.move_to(START + timedelta(minutes=5))
        with pytest.raises(CodeExpired):
            check(tenant, codes[0])

    def test_opens_once(self, tenant: Tenant, codes: Outbox) -> None:
        ask(tenant)
        passed = check(tenant, codes[0])
        with tenant_tx(tenant, write=True):
            sms_codes.consume(passed)
        with pytest.raises(CodeSpent), tenant_tx(tenant, write=True):
            sms_codes.consume(passed)
        with pytest.raises(CodeSpent):
            check(tenant, codes[0])

    def test_serves_its_purpose_only(self, tenant: Tenant, codes: Outbox) -> None:
        ask(tenant)
        with pytest.raises(CodeNotAsked):
            check(tenant, codes[0], purpose="claim")
        assert stored(tenant)[0].tries == 0

    def test_serves_the_session_that_asked_only(self, tenant: Tenant, codes: Outbox) -> None:
        ask(tenant)
        with pytest.raises(CodeNotAsked):
            check(tenant, codes[0], binding="another session")
        assert stored(tenant)[0].tries == 0

    def test_serves_its_tenant_only(self, tenant: Tenant, other_tenant: Tenant, codes: Outbox) -> None:
        ask(tenant)
        with pytest.raises(CodeNotAsked):
            check(other_tenant, codes[0])

    def test_of_another_phone_in_another_session_is_wrong_here(self, tenant: Tenant, codes: Outbox) -> None:
        ask(tenant)
        ask(tenant, phone="19900000002", binding="another session")
        if codes[0] == codes[1]:
            pytest.skip("a chance of one in a million")
        with pytest.raises(CodeWrong):
            check(tenant, codes[1])

    def test_is_replaced_by_the_next_of_this_session(
        self, tenant: Tenant, codes: Outbox, clock: time_machine.Traveller
    ) -> None:
        ask(tenant)
        clock.shift(60)
        ask(tenant)
        if codes[0] != codes[1]:
            with pytest.raises(CodeWrong):
                check(tenant, codes[0])
        assert check(tenant, codes[1]).phone == PHONE


@pytest.mark.django_db(transaction=True)
class TestTries:
    def test_are_five_and_the_right_code_comes_too_late_after_them(self, tenant: Tenant, codes: Outbox) -> None:
        ask(tenant)
        wrong = other_than(codes[0])
        for left in (4, 3, 2, 1):
            with pytest.raises(CodeWrong) as refusal:
                check(tenant, wrong)
            assert refusal.value.params == {"tries_left": left}
        for _more in range(2):
            with pytest.raises(CodeSpent):
                check(tenant, wrong)
        with pytest.raises(CodeSpent):
            check(tenant, codes[0])
        assert stored(tenant)[0].tries == 5

    def test_the_fifth_may_be_right(self, tenant: Tenant, codes: Outbox) -> None:
        ask(tenant)
        for _try in range(4):
            with pytest.raises(CodeWrong):
                check(tenant, other_than(codes[0]))
        assert check(tenant, codes[0]).phone == PHONE

    def test_stay_counted_when_what_follows_is_rolled_back(self, tenant: Tenant, codes: Outbox) -> None:
        ask(tenant)
        passed = check(tenant, codes[0])
        with pytest.raises(RuntimeError, match="after the check"), tenant_tx(tenant, write=True):
            sms_codes.consume(passed)
            raise RuntimeError("after the check")
        assert stored(tenant)[0].tries == 1
        assert stored(tenant)[0].consumed_at is None

    def test_wrong_ones_are_in_the_security_log(self, tenant: Tenant, codes: Outbox) -> None:
        ask(tenant)
        with pytest.raises(CodeWrong):
            check(tenant, other_than(codes[0]))
        with tenant_tx(tenant):
            event = SecurityEvent.objects.get()
        assert event.event == "code.wrong"
        assert event.detail["try"] == 1

    @pytest.mark.postgres
    def test_are_five_also_for_twenty_at_once(self, tenant: Tenant, codes: Outbox) -> None:
        ask(tenant)
        wrong = other_than(codes[0])

        def attempt(_number: int) -> type[Exception]:
            try:
                check(tenant, wrong)
            except CodeRefused as refusal:
                return type(refusal)
            finally:
                connection.close()
            raise AssertionError("a wrong code was taken")

        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(attempt, range(20)))
        assert answers.count(CodeWrong) == 4
        assert stored(tenant)[0].tries == 5


@pytest.mark.django_db(transaction=True)
class TestLimits:
    def test_one_a_minute_per_phone(self, tenant: Tenant, codes: Outbox, clock: time_machine.Traveller) -> None:
        assert ask(tenant) == START + timedelta(minutes=1)
        clock.shift(59)
        with pytest.raises(CodeTooSoon) as refusal:
            ask(tenant, binding="another session", address="192.0.2.8")
        assert refusal.value.retry_after == 1
        assert len(stored(tenant)) == len(codes) == 1
        clock.shift(1)
        ask(tenant)
        assert len(codes) == 2

    def test_ten_in_24_hours_per_phone(self, tenant: Tenant, codes: Outbox, clock: time_machine.Traveller) -> None:
        for number in range(10):
            ask(tenant, address=f"192.0.2.{number}")
            clock.shift(3600)
        with pytest.raises(TooManyCodes) as refusal:
            ask(tenant, address="192.0.2.99")
        assert refusal.value.retry_after == 14 * 3600
        clock.move_to(START + timedelta(hours=24, seconds=-1))
        with pytest.raises(TooManyCodes):
            ask(tenant, address="192.0.2.99")
        clock.move_to(START + timedelta(hours=24))
        ask(tenant, address="192.0.2.99")
        assert len(codes) == 11

    def test_thirty_an_hour_per_address(self, tenant: Tenant, codes: Outbox, clock: time_machine.Traveller) -> None:
        for number in range(30):
            ask(tenant, phone=f"199{number:08d}")
        with pytest.raises(TooManyFromAddress) as refusal:
            ask(tenant, phone="19900009999")
        assert refusal.value.retry_after == 3600
        ask(tenant, phone="19900009999", address="192.0.2.8")
        clock.shift(3600)
        ask(tenant, phone="19900009998")
        assert len(codes) == 32

    def test_an_ipv6_subscriber_counts_as_one(
        self, tenant: Tenant, codes: Outbox, clock: time_machine.Traveller
    ) -> None:
        for number in range(30):
            ask(tenant, phone=f"199{number:08d}", address=f"2001:db8:1:2::{number:x}")
        with pytest.raises(TooManyFromAddress):
            ask(tenant, phone="19900009999", address="2001:db8:1:2:ffff::1")
        ask(tenant, phone="19900009999", address="2001:db8:1:3::1")

    def test_are_each_tenants_own(self, tenant: Tenant, other_tenant: Tenant, codes: Outbox) -> None:
        ask(tenant)
        ask(other_tenant)
        assert len(codes) == 2

    @pytest.mark.postgres
    def test_one_a_minute_also_for_ten_at_once(self, tenant: Tenant, codes: Outbox) -> None:
        def attempt(number: int) -> str:
            try:
                ask(tenant, binding=f"session {number}", address=f"192.0.2.{number}")
            except CodeTooSoon:
                return "too soon"
            finally:
                connection.close()
            return "sent"

        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(attempt, range(10)))
        assert sorted(answers) == ["sent"] + ["too soon"] * 9
        assert len(stored(tenant)) == 1
