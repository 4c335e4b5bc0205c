"""Download codes of file certificates: made in production, kept as keyed hashes, printed once (RULES B6, B7).

codes = make(item, days=30, now=now)        sealed until the envelope is printed
row = find(reference, authorization)        callers reserve a try first (portal.audit.attempts)
"""

import hmac
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from portal import vault
from portal.accounts.actor import Actor
from portal.tenants import current_tenant
from renewals.models import DownloadCodes, Order, OrderItem
from renewals.validation.download_codes import (
    canonical_download_code,
    new_authorization_code,
    new_reference_number,
)

SEPARATOR = "|"
BY = Actor.system("download codes")


def make(item: OrderItem, *, days: int, now: datetime) -> DownloadCodes:
    """Fresh codes for this item, good for ``days`` from now; those made before are worth nothing any more."""
    _end(DownloadCodes.objects.filter(item=item), now=now, reason="换了密码信封")
    reference, authorization = new_reference_number(), new_authorization_code()
    made = DownloadCodes(
        item=item,
        reference_hash=reference_hash(reference),
        authorization_hash=authorization_hash(reference, authorization),
        codes=f"{reference}{SEPARATOR}{authorization}",
        made_at=now,
        expires_at=now + timedelta(days=days),
    )
    made.save()
    return made


def end(order: Order, *, now: datetime) -> None:
    """The order has ended: whoever holds its envelopes holds paper."""
    _end(DownloadCodes.objects.filter(item__order=order), now=now, reason="订单已结束")


def _end(found: "QuerySet[DownloadCodes]", *, now: datetime, reason: str) -> None:
    for codes in found.filter(ended_at__isnull=True):
        codes.ended_at = now
        vault.wipe(codes, ["codes"], also=["ended_at"], by=BY, reason=reason)


def find(reference: str, authorization: str) -> DownloadCodes | None:
    """The live codes that were typed, whether they have expired or were spent the caller sees; else None.

    Which of the two was wrong is not told.
    """
    row = (
        DownloadCodes.objects.select_related("item__order", "item__certificate")
        .filter(reference_hash=reference_hash(reference), ended_at__isnull=True)
        .first()
    )
    wanted = bytes(row.authorization_hash) if row else b"\0" * 32  # the same work either way
    right = hmac.compare_digest(wanted, authorization_hash(reference, authorization))
    return row if right else None


def live(item: OrderItem) -> DownloadCodes | None:
    """The item's codes that may still be used, today."""
    return DownloadCodes.objects.filter(
        item=item, ended_at__isnull=True, spent_at__isnull=True, expires_at__gt=timezone.now()
    ).first()


def reference_hash(reference: str) -> bytes:
    """32 bytes, keyed; of the canonical spelling."""
    return vault.blind_index(current_tenant(), "download_reference", canonical_download_code(reference))


def authorization_hash(reference: str, authorization: str) -> bytes:
    """32 bytes, keyed; bound to its reference number, so that no two envelopes share one."""
    both = f"{canonical_download_code(reference)}{SEPARATOR}{canonical_download_code(authorization)}"
    return vault.blind_index(current_tenant(), "download_authorization", both)
