"""Both sides of the ID card, photographed by the phone: taken one by one, sealed with the order's key (RULES C8).

A wrong picture is refused with what to do about it; the other side stays. The bytes are never given to anybody:
staff who may confirm identities see page images (portal.files), each look in the audit log.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.utils import timezone

from portal.accounts import policy
from portal.accounts.actor import Actor
from portal.files import gate, store
from portal.files.accepted import Accepted
from portal.files.kinds import Kind, Limits
from portal.files.models import StoredFile
from portal.files.receiving import Received, Slot, receive
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from renewals.identity.refusals import PhotoTwice, check_photo
from renewals.models import IdentityPhoto, Order, PhoneSession
from renewals.steps.identity import phone

KINDS: Final[tuple[Kind, ...]] = ("jpeg", "png")
LIMITS: Final = Limits(pages=1)
PURPOSES: Final = {"front": "id_front", "back": "id_back"}
SLOTS: Final = tuple(Slot(side, purpose, KINDS, LIMITS) for side, purpose in PURPOSES.items())


def current(order: Order, *, since: int) -> dict[str, IdentityPhoto]:
    """Side → photograph, of the handler as the application names them now (RULES P3)."""
    found = IdentityPhoto.objects.filter(order=order, dropped_at=None, application__version__gte=since)
    return {photo.side: photo for photo in found.select_related("file")}


def take(tenant: Tenant, session: PhoneSession, uploads: Mapping[str, gate.Upload], *, by: Actor) -> Received:
    """Each side that came. Outside any transaction. Raises LinkEnded, LinkExpired: then that side isn't kept."""
    order = session.order

    def check(slot: Slot, accepted: Accepted) -> None:
        check_photo(accepted.width, accepted.height)
        with tenant_tx(tenant):
            step = phone.liveness_step(order)
            other = current(order, since=step.since_version if step else 0).get(_other(slot.name))
        if other is not None and bytes(other.file.digest) == store.digest_index(tenant, accepted.digest):
            raise PhotoTwice

    def attach(slot: Slot, file: StoredFile) -> None:
        now = phone.usable(session)
        before = IdentityPhoto.objects.filter(order=order, side=slot.name, dropped_at=None)
        drop(list(before), by=by, reason="重拍，新照片替换", now=timezone.now())
        IdentityPhoto.objects.create(tenant=tenant, order=order, application=now.application, side=slot.name, file=file)

    return receive(tenant, uploads, SLOTS, owner=order.vault_scope(), by=by, attach=attach, check=check)


def drop(found: list[IdentityPhoto], *, by: Actor, reason: str, now: datetime) -> None:
    """Picture and page image are erased; that there was one stays known. In a write tenant_tx."""
    for photo in found:
        store.destroy(photo.file, by=by, reason=reason)
        photo.dropped_at = now
        photo.save(update_fields=["dropped_at"])


def drop_stale(order: Order, *, since: int, by: Actor, now: datetime) -> None:
    """The card of a handler who isn't it any more."""
    stale = IdentityPhoto.objects.filter(order=order, dropped_at=None, application__version__lt=since)
    drop(list(stale.select_related("file")), by=by, reason="经办人已更换", now=now)


def guard(actor: Actor, file: StoredFile) -> bool:
    """Who confirms identities may look at the page images of ID cards; nobody else, and no customer."""
    return file.purpose in PURPOSES.values() and policy.allows(actor, "identity.confirm")


def _other(side: str) -> str:
    return "back" if side == "front" else "front"
