"""不再使用: what nobody wants leaves reminders, pop-up and bell, with a reason, and may come back (RULES P24)."""

from django.utils import timezone

from portal import audit
from portal.accounts.actor import Actor
from renewals.errors import CertificateReserved
from renewals.models import Certificate, OrderItem, UnwantedReason


def mark(certificate: Certificate, *, reason: UnwantedReason, by: Actor) -> None:
    """Inside a write tenant_tx; again changes nothing. CertificateReserved while an order has taken it."""
    held = Certificate.objects.select_for_update(of=("self",)).get(pk=certificate.pk)
    if held.is_unwanted:
        return
    if OrderItem.objects.filter(certificate=held, reserves=True, order__closed_at__isnull=True).exists():
        raise CertificateReserved(serial=held.display_number)
    _save(held, at=True, reason=reason, by=by)
    audit.record("certificate.unwanted", by=by, subject=f"certificate:{held.public_id}", detail={"reason": str(reason)})


def take_back(certificate: Certificate, *, by: Actor) -> None:
    """Inside a write tenant_tx: it is wanted again; again changes nothing."""
    held = Certificate.objects.select_for_update(of=("self",)).get(pk=certificate.pk)
    if held.is_unwanted:
        _save(held, at=False, reason="", by=None)
        audit.record("certificate.wanted_again", by=by, subject=f"certificate:{held.public_id}")


def _save(held: Certificate, *, at: bool, reason: str, by: Actor | None) -> None:
    held.unwanted_at = timezone.now() if at else None
    held.unwanted_reason, held.unwanted_by = reason, by.label if by else ""
    held.save(update_fields=["unwanted_at", "unwanted_reason", "unwanted_by"])
