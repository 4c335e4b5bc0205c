"""Staff's second factor: enrolment of an authenticator app, its codes, and recovery codes."""

import secrets
from urllib.parse import quote, urlencode

from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django_otp.util import random_hex

from portal import vault
from portal.accounts import lockouts
from portal.accounts.actor import Actor
from portal.accounts.errors import SecondFactorRefused, SecondFactorWait
from portal.accounts.models import RecoveryCode, StaffTotpDevice, User
from portal.audit import record, security
from portal.tenants.models import Tenant
from portal.tenants.transaction import tenant_tx

RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that reads like something else


def is_enrolled(user: User) -> bool:
    """Inside a tenant_tx."""
    return StaffTotpDevice.objects.filter(user=user, confirmed=True).exists()


def begin_enrolment(tenant: Tenant, user: User) -> str:
    """The key to show, as otpauth:// URI; asking again before confirming shows the same one."""
    with tenant_tx(tenant, write=True):
        User.objects.select_for_update().get(pk=user.pk)
        device = StaffTotpDevice.objects.filter(user=user, confirmed=False).first()
        if device is None:
            device = StaffTotpDevice(user=user, confirmed=False, key=random_hex(20))
            device.save()
    with tenant_tx(tenant):
        return otpauth_uri(vault.open_field(device, "key"), tenant=tenant, username=user.username or "")


def otpauth_uri(key_hex: str, *, tenant: Tenant, username: str) -> str:
    """The Key URI Format of authenticator apps; ``key_hex``: 40 hex digits."""
    issuer = tenant.short_name.replace(":", "")
    query = urlencode({"secret": base32(key_hex), "issuer": issuer, "algorithm": "SHA1", "digits": 6, "period": 30})
    return f"otpauth://totp/{quote(f'{issuer}:{username}')}?{query}"


def base32(key_hex: str) -> str:
    from base64 import b32encode  # noqa: PLC0415

    return b32encode(bytes.fromhex(key_hex)).decode("ascii")


def confirm_enrolment(tenant: Tenant, user: User, token: str, *, by: Actor) -> tuple[StaffTotpDevice, list[str]]:
    """The first right code makes the authenticator count; returns it and the recovery codes, shown this once.

    Raises SecondFactorRefused, SecondFactorWait, AccountLocked.
    """
    lockouts.reserve(tenant, lockouts.SECOND_FACTOR, user.username or "", by=by)
    with tenant_tx(tenant, write=True):
        device: StaffTotpDevice | None = (
            StaffTotpDevice.objects.select_for_update().filter(user=user, confirmed=False).first()
        )
        if device is None or is_enrolled(user):
            raise SecondFactorRefused
        right = _matches(device, token)
        if right:
            device.confirmed = True
            device.save(update_fields=["confirmed"])
            codes = _new_recovery_codes(tenant, user)
            lockouts.clear(tenant, lockouts.SECOND_FACTOR, user.username or "")
            record("staff.second_factor_enrolled", by=by, subject=f"user:{user.public_id}", detail={})
    if not right:
        raise SecondFactorRefused
    return device, codes


def verify(tenant: Tenant, user: User, token: str, *, by: Actor) -> tuple[StaffTotpDevice, int | None]:
    """Check a code of the app, or a recovery code; returns the device, and, of recovery codes, how many are left.

    A try is reserved before the check, a wrong one stays counted, a used code is refused. Raises
    SecondFactorRefused, SecondFactorWait(retry_after), AccountLocked(retry_after).
    """
    lockouts.reserve(tenant, lockouts.SECOND_FACTOR, user.username or "", by=by)
    left: int | None = None
    with tenant_tx(tenant, write=True):
        device: StaffTotpDevice = StaffTotpDevice.objects.select_for_update().get(user=user, confirmed=True)
        typed = token.replace("-", "").replace(" ", "").lower()
        if typed.isdigit() and len(typed) == StaffTotpDevice.DIGITS:
            right = _matches(device, typed)
        else:
            right = _use_recovery_code(tenant, user, typed)
            if right:
                left = RecoveryCode.objects.filter(user=user, used_at=None).count()
                record("staff.recovery_code_used", by=by, subject=f"user:{user.public_id}", detail={"left": left})
        if right:
            lockouts.clear(tenant, lockouts.SECOND_FACTOR, user.username or "")
    if not right:
        security("second_factor.wrong", tenant=tenant, by=by, detail={"username": user.username})
        raise SecondFactorRefused
    return device, left


def _matches(device: StaffTotpDevice, token: str) -> bool:
    allowed, reason = device.verify_is_allowed()
    if not allowed:
        wait = (reason["locked_until"] - timezone.now()).total_seconds()
        raise SecondFactorWait(max(1, -int(-wait // 1)))
    return device.matches(token, bytes.fromhex(vault.open_field(device, "key")))


def _new_recovery_codes(tenant: Tenant, user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    for code in codes:
        RecoveryCode(user=user, code_hash=_recovery_hash(tenant, user, code)).save()
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _use_recovery_code(tenant: Tenant, user: User, typed: str) -> bool:
    wanted = _recovery_hash(tenant, user, typed)
    for row in RecoveryCode.objects.filter(user=user, used_at=None):
        if constant_time_compare(bytes(row.code_hash), wanted):
            return bool(RecoveryCode.objects.filter(pk=row.pk, used_at=None).update(used_at=timezone.now()))
    return False


def _recovery_hash(tenant: Tenant, user: User, code: str) -> bytes:
    return vault.blind_index(tenant, "recovery_code", f"{user.public_id}|{code}")
