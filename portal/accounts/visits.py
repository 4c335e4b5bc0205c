"""A visit: what the session says about who signed in, since when, and when it ends."""

import time
from typing import TYPE_CHECKING

from django.contrib.auth import SESSION_KEY, login
from django.http import HttpRequest
from django_otp import DEVICE_ID_SESSION_KEY

from portal.accounts.backends import BACKEND
from portal.accounts.models import StaffTotpDevice, User

if TYPE_CHECKING:
    from portal.accounts.access import Access

STAFF_IDLE_SECONDS = 15 * 60
STAFF_VISIT_SECONDS = 12 * 3600
CUSTOMER_VISIT_SECONDS = 12 * 3600

_SEEN_AT = "seen_at"  # staff only: epoch seconds of the last thing done
_BEGAN_AT = "began_at"
_IDLED_OUT = "idled_out"  # survives the sign-out, for one message


def begin(request: HttpRequest, user: User, device: StaffTotpDevice | None = None) -> None:
    """Sign ``user`` in: a fresh session key, nothing carried over from before (RULES: no fixation).

    Call inside a write tenant_tx, together with what the sign-in changes.
    """
    request.session.flush()
    login(request, user, backend=BACKEND)
    now = int(time.time())
    request.session[_BEGAN_AT] = now
    if user.is_staff:
        if device is None:
            raise ValueError("staff sign in with a second factor")
        request.session[_SEEN_AT] = now
        request.session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    request.session.set_expiry(0 if user.is_staff else CUSTOMER_VISIT_SECONDS)
    forget_actor(request)


def end(request: HttpRequest) -> None:
    """Sign out: the session row is deleted."""
    from django.contrib.auth.models import AnonymousUser  # noqa: PLC0415  (apps must be ready)

    request.session.flush()
    request.user = AnonymousUser()
    forget_actor(request)


def forget_actor(request: HttpRequest) -> None:
    if hasattr(request, "_actor"):
        del request._actor


def has_sign_in(request: HttpRequest) -> bool:
    return SESSION_KEY in request.session


def end_if_over(request: HttpRequest) -> bool:
    """Whether the visit was too long, or staff idle for 15 minutes; then it has been ended.

    What a page polls by itself doesn't count as doing something (``@access(…, background=True)``).
    """
    now = int(time.time())
    session = request.session
    seen_at: int | None = session.get(_SEEN_AT)
    longest = CUSTOMER_VISIT_SECONDS if seen_at is None else STAFF_VISIT_SECONDS
    if now - session.get(_BEGAN_AT, 0) >= longest:
        session.flush()
        return True
    if seen_at is None:
        return False
    if now - seen_at >= STAFF_IDLE_SECONDS:
        session.flush()
        session[_IDLED_OUT] = True
        return True
    return False


def mark_seen(request: HttpRequest, access: "Access") -> None:
    """Staff did something now. Called by ``@access`` once the user is known to be staff."""
    if not access.background and _SEEN_AT in request.session:
        now = int(time.time())
        if request.session[_SEEN_AT] != now:
            request.session[_SEEN_AT] = now


def take_idled_out(request: HttpRequest) -> bool:
    """Whether this browser was just signed out for being idle; says so once."""
    return bool(request.session.pop(_IDLED_OUT, False))


def second_factor_stands(request: HttpRequest, user: User) -> bool:
    """The device that let this visit in still is the user's confirmed one (a reset ends the visit)."""
    label, _slash, device_id = str(request.session.get(DEVICE_ID_SESSION_KEY, "")).partition("/")
    if label != StaffTotpDevice.model_label() or not device_id.isdigit():
        return False
    return StaffTotpDevice.objects.filter(pk=int(device_id), user=user, confirmed=True).exists()
