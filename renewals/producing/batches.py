"""Batches: media that are taken out of the safe and made in one go. A side table: making goes through the door."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.utils import timezone

from portal import audit
from portal.accounts.actor import Actor
from portal.tenants import current_tenant, require_tx
from renewals.models import ProductionBatch, ProductionTask


def make(tasks: Sequence[str], *, by: Actor) -> ProductionBatch | None:
    """These tasks (public ids) that are open and in no batch yet; None where there are none. In a write tenant_tx."""
    require_tx(write=True)
    rows = list(
        ProductionTask.objects.select_for_update()
        .filter(public_id__in=list(tasks), is_open=True, batch=None, order__closed_at=None)
        .order_by("pk")
    )
    if not rows:
        return None
    ProductionBatch.objects.select_for_update().first()  # numbers one after another
    today = timezone.now().astimezone(ZoneInfo(current_tenant().timezone)).strftime("%Y%m%d")
    count = ProductionBatch.objects.filter(number__startswith=f"{today}-").count()
    assert by.user_id is not None  # noqa: S101  (a staff permission was asked for)
    batch = ProductionBatch.objects.create(number=f"{today}-{count + 1:02d}", opened_by_id=by.user_id)
    ProductionTask.objects.filter(pk__in=[row.pk for row in rows]).update(batch=batch)
    detail = {"number": batch.number, "tasks": len(rows)}
    audit.record("production.batch_made", by=by, subject=f"production_batch:{batch.public_id}", detail=detail)
    return batch
