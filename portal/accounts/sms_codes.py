"""One-time codes by SMS: ``send``, ``check``, ``consume``.

A code is six digits, lives five minutes, serves one purpose in the browser session that asked for it
(``binding``), and opens once. The answer never depends on whether the number has an account here:
nothing in this module looks at accounts.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from portal import notices, vault
from portal.accounts.actor import Actor
from portal.accounts.addresses import address_group
from portal.accounts.errors import (
    CodeExpired,
    CodeNotAsked,
    CodeSpent,
    CodeTooSoon,
    CodeWrong,
    TooManyCodes,
    TooManyFromAddress,
)
from portal.accounts.models import SendingLimit, SmsCode
from portal.audit import security
from portal.tenants.models import Tenant
from portal.tenants.transaction import require_tx, tenant_tx

SIGN_IN = "sign_in"

LIFETIME = timedelta(minutes=5)
TRIES = 5
BETWEEN_CODES = timedelta(minutes=1)
CODES_PER_PHONE, PHONE_WINDOW = 10, timedelta(hours=24)
CODES_PER_ADDRESS, ADDRESS_WINDOW = 30, timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Passed:
    """A code that was right. Not yet used: ``consume`` it in the transaction of what it opens."""

    code_id: int
    phone: str


def new_binding() -> str:
    """The secret that ties a code to a session; the caller keeps it there."""
    return secrets.token_urlsafe(16)


def new_code() -> str:
    return f"{secrets.randbelow(10**6):06d}"


def send(tenant: Tenant, *, phone: str, purpose: str, binding: str, address: str) -> datetime:
    """Send a new code to ``phone`` (eleven digits); returns when the next may be asked for.

    Raises CodeTooSoon (one a minute), TooManyCodes (ten in 24 hours), TooManyFromAddress (thirty an
    hour), each with the seconds to wait; then nothing has been sent or stored.
    """
    now = timezone.now()
    with tenant_tx(tenant, write=True):
        phone_index = vault.blind_index(tenant, "user.phone", phone)
        group = address_group(address)
        _line_up(phone_index, vault.blind_index(tenant, "sms_code.address", group))
        _refuse_too_many(phone_index, group, now)
        code = new_code()
        row = SmsCode(
            purpose=purpose,
            phone=phone,
            phone_index=phone_index,
            binding_hash=_binding_hash(tenant, binding),
            address_group=group,
            created_at=now,
            expires_at=now + LIFETIME,
        )
        row.code_hash = _code_hash(tenant, row.public_id, purpose, code)
        row.save()
        notices.send(
            f"accounts.{purpose}_code",
            to=notices.Recipient(phone=phone),
            context={"code": code, "minutes": int(LIFETIME.total_seconds() // 60)},
            key=f"sms_code:{row.public_id}",
        )
    return now + BETWEEN_CODES


def check(tenant: Tenant, *, code: str, purpose: str, binding: str, by: Actor) -> Passed:
    """Check what was typed against this session's latest code of this purpose.

    A try is reserved and committed before anything is compared, so that tries can't be raced or
    rolled back. Raises CodeNotAsked, CodeExpired, CodeSpent or CodeWrong(tries_left).
    """
    row = _reserve_try(tenant, purpose, binding)
    typed = _code_hash(tenant, row.public_id, purpose, code)
    if constant_time_compare(bytes(row.code_hash), typed):
        with tenant_tx(tenant):
            return Passed(row.pk, vault.open_field(row, "phone"))
    security("code.wrong", tenant=tenant, by=by, detail={"purpose": purpose, "code": row.public_id, "try": row.tries})
    if row.tries >= TRIES:
        raise CodeSpent
    raise CodeWrong(tries_left=TRIES - row.tries)


def consume(passed: Passed) -> None:
    """Use the code up, inside the write transaction of what it opens. Raises CodeSpent for the second to come."""
    require_tx(write=True)
    if not SmsCode.objects.filter(pk=passed.code_id, consumed_at=None).update(consumed_at=timezone.now()):
        raise CodeSpent


def phone_asked(tenant: Tenant, purpose: str, binding: str) -> str:
    """The number that this session asked a code for, or ""."""
    with tenant_tx(tenant):
        mine = SmsCode.objects.filter(binding_hash=_binding_hash(tenant, binding), purpose=purpose)
        row = mine.order_by("-created_at", "-pk").first()
        return vault.open_field(row, "phone") if row is not None else ""


def _line_up(*subjects: bytes) -> None:
    """Lock one row per subject, always in the order given, so that counting and storing are one act."""
    for subject in subjects:
        SendingLimit.objects.get_or_create(subject=subject)
        SendingLimit.objects.select_for_update().get(subject=subject)


def _refuse_too_many(phone_index: bytes, group: str, now: datetime) -> None:
    to_phone = SmsCode.objects.filter(phone_index=phone_index, created_at__gt=now - PHONE_WINDOW)
    times = list(to_phone.order_by("-created_at").values_list("created_at", flat=True)[:CODES_PER_PHONE])
    if times and now - times[0] < BETWEEN_CODES:
        raise CodeTooSoon(_seconds_until(times[0] + BETWEEN_CODES, now))
    if len(times) == CODES_PER_PHONE:
        raise TooManyCodes(_seconds_until(times[-1] + PHONE_WINDOW, now))
    from_address = SmsCode.objects.filter(address_group=group, created_at__gt=now - ADDRESS_WINDOW)
    times = list(from_address.order_by("-created_at").values_list("created_at", flat=True)[:CODES_PER_ADDRESS])
    if len(times) == CODES_PER_ADDRESS:
        raise TooManyFromAddress(_seconds_until(times[-1] + ADDRESS_WINDOW, now))


def _seconds_until(moment: datetime, now: datetime) -> int:
    return max(1, -int((now - moment).total_seconds() // 1))


def _reserve_try(tenant: Tenant, purpose: str, binding: str) -> SmsCode:
    """The session's latest code, with one try taken from it in a transaction of its own."""
    now = timezone.now()
    with tenant_tx(tenant, write=True):
        mine = SmsCode.objects.filter(binding_hash=_binding_hash(tenant, binding), purpose=purpose)
        row: SmsCode | None = mine.order_by("-created_at", "-pk").first()
        if row is None:
            raise CodeNotAsked
        usable = SmsCode.objects.filter(pk=row.pk, consumed_at=None, expires_at__gt=now, tries__lt=TRIES)
        reserved = usable.update(tries=F("tries") + 1)
        row.refresh_from_db()
    if reserved:
        return row
    if row.consumed_at is None and row.tries < TRIES:
        raise CodeExpired
    raise CodeSpent


def _binding_hash(tenant: Tenant, binding: str) -> bytes:
    return vault.blind_index(tenant, "sms_code.binding", binding)


def _code_hash(tenant: Tenant, public_id: str, purpose: str, code: str) -> bytes:
    return vault.blind_index(tenant, "sms_code.code", f"{public_id}|{purpose}|{code}")
