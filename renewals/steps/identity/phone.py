"""The one-time link that brings the order to the handler's phone, and the one phone that opened it (RULES C8).

    link = phone.new_link(order, visit=…, minutes=5)      the customer's page; ends the one before
    phone.token_of(link)                                  what stands in the QR code: made anew, never stored
    phone.open_link(token, secret)                        on the phone; a second phone is refused
    phone.of_secret(secret)                               every later request of that phone

All of them inside a tenant_tx (those that write: a write one). Nothing here moves the path.
"""

import hmac
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from portal import audit, vault
from portal.accounts.actor import Actor
from portal.tenants import current_tenant
from portal.vault import masks
from renewals import projection
from renewals.identity.refusals import LinkEnded, LinkExpired, LinkUnknown, LinkUsed
from renewals.lifecycle import Step, StepState
from renewals.models import Order, PhoneSession
from renewals.publishing import pack_of
from renewals.steps.application import answers_of, latest

LIVES: Final = timedelta(minutes=60)  # how long a phone that has opened the link may go on
SYSTEM: Final = Actor.system("identity")


def new_link(order: Order, *, visit: str, minutes: int) -> PhoneSession:
    """A link for this customer's visit; whatever phone was at it before is out."""
    Order.objects.select_for_update().get(pk=order.pk)
    now = timezone.now()
    end_all(order, now=now)
    link = PhoneSession(
        tenant=order.tenant,
        order=order,
        application=latest(order),
        visit=visit,
        expires_at=now + timedelta(minutes=minutes),
    )
    link.token = _index("identity.phone_token", token_of(link))
    link.save(force_insert=True)
    return link


def here(order: Order, *, visit: str, secret: str, by: Actor) -> PhoneSession:
    """The customer's own device is the phone: no code, bound at once."""
    Order.objects.select_for_update().get(pk=order.pk)
    now = timezone.now()
    end_all(order, now=now)
    session = PhoneSession(
        tenant=order.tenant, order=order, application=latest(order), visit=visit, expires_at=now, opened_at=now
    )
    session.phone = _index("identity.phone", secret)
    _mask(session)
    session.save(force_insert=True)
    _record(session, by, device="same")
    return session


def token_of(link: PhoneSession) -> str:
    """32 hex digits, only to be made by who knows the customer's visit: so it need not be kept anywhere."""
    return vault.blind_index(current_tenant(), "identity.phone_link", f"{link.public_id}|{link.visit}").hex()[:32]


def open_link(token: str, secret: str, *, by: Actor) -> PhoneSession:
    """Bind the phone with this secret; the same phone may open it again.

    Errors: LinkUnknown, LinkExpired, LinkEnded, LinkUsed. On a refusal nothing has changed.
    """
    session = find_link(token, secret)
    if session.opened_at is None:
        session.opened_at, session.phone = timezone.now(), _index("identity.phone", secret)
        _mask(session)
        mine = {name: getattr(session, name) for name in ("opened_at", "phone", "masked_name", "masked_mobile")}
        if not PhoneSession.objects.filter(pk=session.pk, opened_at=None, ended_at=None).update(**mine):
            raise LinkUsed  # two phones at the same moment: the first one has it
        _record(session, by, device="phone")
    return session


def find_link(token: str, secret: str) -> PhoneSession:
    """The session that this token would open for this phone. Errors as above."""
    found = PhoneSession.objects.select_related("order__programme", "order__tenant", "application")
    session = found.filter(token=_index("identity.phone_token", token)).first()
    if session is None:
        raise LinkUnknown
    if session.opened_at is not None and not is_phone_of(session, secret):
        raise LinkUsed
    if session.ended_at is not None or not is_awaited(session):
        raise LinkEnded
    if session.opened_at is None and session.expires_at <= timezone.now():
        raise LinkExpired
    return session


def of_secret(secret: str) -> PhoneSession | None:
    """What this phone was opened for, however that stands by now."""
    if not secret:
        return None
    found = PhoneSession.objects.select_related("order__programme", "order__tenant", "application")
    return found.filter(phone=_index("identity.phone", secret)).first()


def usable(session: PhoneSession) -> PhoneSession:
    """Locked and still the one that may go on. Errors: LinkEnded, LinkExpired. In a write tenant_tx."""
    locked = PhoneSession.objects.select_for_update(of=("self",)).select_related("order__programme", "application")
    now = locked.get(pk=session.pk)
    if now.ended_at is not None or now.opened_at is None or not is_awaited(now):
        raise LinkEnded
    if now.opened_at + LIVES <= timezone.now():
        raise LinkExpired
    return now


def running(order: Order) -> PhoneSession | None:
    """The link or phone of this order that hasn't been ended."""
    return PhoneSession.objects.filter(order=order, ended_at=None).first()


def end_all(order: Order, *, now: datetime) -> None:
    PhoneSession.objects.filter(order=order, ended_at=None).update(ended_at=now)


def is_awaited(session: PhoneSession) -> bool:
    """Whether the order still waits for a phone of this handler (RULES P3)."""
    step = liveness_step(session.order)
    return (
        step is not None
        and session.order.ending is None
        and step.state in {StepState.OPEN, StepState.RETURNED}
        and session.application.version >= step.since_version
    )


def liveness_step(order: Order) -> Step | None:
    """The order's step of that method; None where its path has none."""
    pack = pack_of(order.programme)
    for step in projection.load_steps(order):
        if getattr(pack.step_config(order.path, step.name), "method", "") == "liveness":
            return step
    return None


def is_phone_of(session: PhoneSession, secret: str) -> bool:
    kept = session.phone
    return bool(secret) and kept is not None and hmac.compare_digest(kept, _index("identity.phone", secret))


def _mask(session: PhoneSession) -> None:
    """All that a phone without a sign-in is shown of the person."""
    answers = answers_of(session.application, by=SYSTEM, reason="手机页面上的遮盖显示")
    session.masked_name = masks.mask_name(answers["representative_name"])
    session.masked_mobile = masks.mask_phone(answers["representative_mobile"])


def _record(session: PhoneSession, by: Actor, *, device: str) -> None:
    detail = {"form_version": session.application.version, "device": device}
    audit.record("identity.phone_opened", by=by, subject=f"order:{session.order.public_id}", detail=detail)


def _index(name: str, value: str) -> bytes:
    return vault.blind_index(current_tenant(), name, value)
