"""Customers sign in by mobile and SMS code (RULES C1). ``request_code``, ``verify_code``, ``lift_restriction``."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils import timezone

from portal import vault
from portal.accounts import sms_codes
from portal.accounts.actor import Actor
from portal.accounts.errors import AccountDisabled
from portal.accounts.models import User, UserKind
from portal.accounts.signals import customer_signed_in
from portal.audit import record
from portal.tenants.models import Tenant
from portal.tenants.transaction import require_tx, tenant_tx

IDLE_DAYS = 180  # RULES P17


@dataclass(frozen=True, slots=True)
class SignedIn:
    user: User
    is_new: bool


def request_code(tenant: Tenant, *, phone: str, binding: str, address: str) -> datetime:
    """Send a sign-in code; returns when the next may be asked for. Refusals as sms_codes.send.

    Known and unknown numbers go through the same statements and get the same answer.
    """
    return sms_codes.send(tenant, phone=phone, purpose=sms_codes.SIGN_IN, binding=binding, address=address)


def verify_code(tenant: Tenant, *, code: str, binding: str, by: Actor) -> SignedIn:
    """The user of the number that the code went to; a number without an account gets one.

    Raises what sms_codes.check raises, and AccountDisabled.
    """
    passed = sms_codes.check(tenant, code=code, purpose=sms_codes.SIGN_IN, binding=binding, by=by)
    with tenant_tx(tenant, write=True):
        sms_codes.consume(passed)
        user, is_new = customer_by_phone(tenant, passed.phone)
        if not user.is_active:
            raise AccountDisabled
        count_sign_in(user, tenant)
        user.save()
        actor = replace(by, kind="customer", user_id=user.pk, label=user.masked_label)
        if is_new:
            record("user.created", by=actor, subject=f"user:{user.public_id}", detail={"kind": user.kind})
        record(
            "user.signed_in",
            by=actor,
            subject=f"user:{user.public_id}",
            detail={"count": user.sign_in_count, "restricted": user.is_restricted},
        )
        customer_signed_in.send(User, user=user, is_new=is_new)
    return SignedIn(user, is_new)


def customer_by_phone(tenant: Tenant, phone: str) -> tuple[User, bool]:
    """The customer with this mobile (eleven digits), made if there is none. Inside a write tenant_tx."""
    require_tx(write=True)
    index = vault.blind_index(tenant, "user.phone", phone)
    known: User | None = User.objects.select_for_update().filter(phone_index=index).first()
    if known is not None:
        return known, False
    user = User(kind=UserKind.CUSTOMER, phone=phone, phone_index=index)
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:  # the same person was faster in another browser
        return User.objects.select_for_update().get(phone_index=index), False
    return user, True


def count_sign_in(user: User, tenant: Tenant) -> None:
    """RULES A2's count and times, and P17's restriction; the caller saves."""
    now = timezone.now()
    if user.is_customer and idle_too_long(user.last_sign_in_at, now, ZoneInfo(tenant.timezone)):
        user.restricted_since = user.restricted_since or now
    user.previous_sign_in_at, user.last_sign_in_at = user.last_sign_in_at, now
    user.sign_in_count += 1


def idle_too_long(last: datetime | None, now: datetime, zone: ZoneInfo) -> bool:
    """More than 180 whole days in the tenant's zone: carriers give numbers to other people (RULES P17)."""
    if last is None:
        return False
    return now.astimezone(zone).date() - last.astimezone(zone).date() > timedelta(days=IDLE_DAYS)


def lift_restriction(user: User, *, by: Actor, evidence: str) -> None:
    """RULES P17: the key was proven, or the identity matched. Inside a write tenant_tx."""
    require_tx(write=True)
    if User.objects.filter(pk=user.pk, restricted_since__isnull=False).update(restricted_since=None):
        user.restricted_since = None
        record("user.restriction_lifted", by=by, subject=f"user:{user.public_id}", detail={"evidence": evidence})
