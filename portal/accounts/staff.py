"""Staff accounts. The one door: each function runs inside a write tenant_tx and leaves an audit row.

No administrator chooses or learns a password: ``create`` and ``invite`` return a one-time link's token,
and whoever holds it chooses the password. Nobody changes their own roles or disables themselves, and the
last working tenant administrator stays one.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone

from portal import vault
from portal.accounts import lockouts
from portal.accounts.actor import Actor
from portal.accounts.errors import (
    AccountNotFound,
    DeputyRefused,
    InvitationInvalid,
    LastAdministrator,
    NotOneself,
    UsernameTaken,
)
from portal.accounts.models import (
    Deputy,
    RecoveryCode,
    StaffInvitation,
    StaffRole,
    StaffTotpDevice,
    User,
    UserKind,
)
from portal.accounts.roles import Role
from portal.accounts.selectors import roles_of, today
from portal.accounts.words import USERNAME_TAKEN
from portal.audit import record
from portal.errors import InvalidInput
from portal.tenants.transaction import current_tenant, require_tx

INVITATION_LIFETIME = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Invited:
    """``token`` is shown once, to be handed to the person; only its keyed hash is stored."""

    user: User
    token: str


def create(*, username: str, display_name: str, roles: Iterable[Role], by: Actor, email: str = "") -> Invited:
    """A new member of staff (of the platform, in its realm) and their invitation. Raises UsernameTaken."""
    require_tx(write=True)
    username = username.strip().lower()
    if User.objects.filter(username=username).exists():
        raise UsernameTaken({"username": [str(USERNAME_TAKEN)]})
    user = User(
        kind=UserKind.PLATFORM if current_tenant().is_platform else UserKind.STAFF,
        username=username,
        display_name=display_name,
        email=email or None,
    )
    user.set_unusable_password()
    user.save()
    granted = frozenset(roles)
    for role in sorted(granted):
        StaffRole(user=user, role=role).save()
    record("staff.created", by=by, subject=_subject(user), detail={"username": username, "roles": sorted(granted)})
    return invite(user, by=by)


def invite(user: User, *, by: Actor) -> Invited:
    """A new one-time link, seven days long; links handed out before stop working."""
    require_tx(write=True)
    now = timezone.now()
    StaffInvitation.objects.filter(user=user, used_at=None, withdrawn_at=None).update(withdrawn_at=now)
    token = secrets.token_urlsafe(24)
    StaffInvitation(user=user, token_hash=_token_hash(token), expires_at=now + INVITATION_LIFETIME).save()
    record("staff.invited", by=by, subject=_subject(user), detail={})
    return Invited(user, token)


def invited(token: str) -> User:
    """Whose link this is. Inside a tenant_tx. Raises InvitationInvalid."""
    return _open_invitation(token).user


def accept_invitation(token: str, password: str, *, by: Actor) -> User:
    """Choose the password. Raises InvitationInvalid, or InvalidInput when the password is too weak."""
    require_tx(write=True)
    invitation = _open_invitation(token)
    user: User = invitation.user
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput({"password": list(error.messages)}) from None
    if not StaffInvitation.objects.filter(pk=invitation.pk, used_at=None).update(used_at=timezone.now()):
        raise InvitationInvalid
    user.set_password(password)
    user.save(update_fields=["password"])
    lockouts.clear(current_tenant(), lockouts.PASSWORD, user.username or "")
    record("staff.password_chosen", by=by, subject=_subject(user), detail={})
    return user


def set_roles(user: User, roles: Iterable[Role], *, by: Actor) -> None:
    """Grant and withdraw so that exactly ``roles`` are held. Raises NotOneself, LastAdministrator."""
    require_tx(write=True)
    user = _locked(user)
    wanted, held = frozenset(roles), roles_of(user)
    if wanted == held:
        return
    _not_oneself(user, by)
    if Role.TENANT_ADMINISTRATOR in held - wanted:
        _keep_an_administrator(user)
    StaffRole.objects.filter(user=user, role__in=held - wanted).delete()
    for role in sorted(wanted - held):
        StaffRole(user=user, role=role).save()
    record(
        "staff.roles_changed",
        by=by,
        subject=_subject(user),
        detail={"granted": sorted(wanted - held), "withdrawn": sorted(held - wanted)},
    )


def disable(user: User, *, by: Actor, reason: str) -> None:
    """No sign-in any more; visits end at their next request. Raises NotOneself, LastAdministrator."""
    require_tx(write=True)
    user = _locked(user)
    if not user.is_active:
        return
    _not_oneself(user, by)
    _keep_an_administrator(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    record("staff.disabled", by=by, subject=_subject(user), detail={"reason": reason})


def enable(user: User, *, by: Actor) -> None:
    require_tx(write=True)
    if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        record("staff.enabled", by=by, subject=_subject(user), detail={})


def unlock(user: User, *, by: Actor) -> None:
    """End the 30 minutes' lock of too many wrong passwords or second factors."""
    require_tx(write=True)
    for kind in (lockouts.PASSWORD, lockouts.SECOND_FACTOR):
        lockouts.clear(current_tenant(), kind, user.username or "")
    StaffTotpDevice.objects.filter(user=user).update(throttling_failure_timestamp=None, throttling_failure_count=0)
    record("staff.unlocked", by=by, subject=_subject(user), detail={})


def reset_second_factor(user: User, *, by: Actor) -> None:
    """The phone is lost: authenticator and recovery codes go; the next sign-in enrols anew. Raises NotOneself."""
    require_tx(write=True)
    _not_oneself(user, by)
    StaffTotpDevice.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()
    record("staff.second_factor_reset", by=by, subject=_subject(user), detail={})


def add_deputy(absent: User, stand_in: User, *, starts: date, ends: date, by: Actor) -> Deputy:
    """``stand_in`` holds the roles of ``absent`` on these days, inclusive (RULES P21).

    An administrator doesn't appoint themselves: that would be granting oneself roles.
    Raises DeputyRefused, NotOneself.
    """
    require_tx(write=True)
    _not_oneself(stand_in, by)
    usable = absent.is_staff and stand_in.is_staff and stand_in.is_active
    if not usable or absent.pk == stand_in.pk or ends < starts or ends < today():
        raise DeputyRefused
    deputy = Deputy(absent=absent, stand_in=stand_in, starts=starts, ends=ends)
    deputy.save()
    record(
        "staff.deputy_added",
        by=by,
        subject=_subject(absent),
        detail={"stand_in": stand_in.username, "starts": starts.isoformat(), "ends": ends.isoformat()},
    )
    return deputy


def withdraw_deputy(deputy: Deputy, *, by: Actor) -> None:
    require_tx(write=True)
    if Deputy.objects.filter(pk=deputy.pk, withdrawn_at=None).update(withdrawn_at=timezone.now()):
        record(
            "staff.deputy_withdrawn",
            by=by,
            subject=_subject(deputy.absent),
            detail={"stand_in": deputy.stand_in.username},
        )


def by_public_id(public_id: str) -> User:
    """A member of staff of this tenant. Raises AccountNotFound."""
    user: User | None = User.objects.exclude(kind=UserKind.CUSTOMER).filter(public_id=public_id).first()
    if user is None:
        raise AccountNotFound
    return user


def _subject(user: User) -> str:
    return f"user:{user.public_id}"


def _token_hash(token: str) -> bytes:
    return vault.blind_index(current_tenant(), "invitation.token", token)


def _open_invitation(token: str) -> StaffInvitation:
    found: StaffInvitation | None = (
        StaffInvitation.objects.select_related("user")
        .filter(
            token_hash=_token_hash(token),
            used_at=None,
            withdrawn_at=None,
            expires_at__gt=timezone.now(),
            user__is_active=True,
        )
        .first()
    )
    if found is None:
        raise InvitationInvalid
    return found


def _locked(user: User) -> User:
    """Fresh and locked: two administrators who demote each other at once come one after the other."""
    list(User.objects.select_for_update().filter(staff_roles__role=Role.TENANT_ADMINISTRATOR).order_by("pk"))
    fresh: User = User.objects.select_for_update().get(pk=user.pk)
    return fresh


def _not_oneself(user: User, by: Actor) -> None:
    if by.user_id == user.pk:
        raise NotOneself


def _keep_an_administrator(user: User) -> None:
    others = StaffRole.objects.filter(role=Role.TENANT_ADMINISTRATOR, user__is_active=True).exclude(user=user)
    holds_it = StaffRole.objects.filter(role=Role.TENANT_ADMINISTRATOR, user=user).exists()
    if holds_it and not others.exists():
        raise LastAdministrator
