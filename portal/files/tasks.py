"""Page images after a file was committed; and what was left behind is removed."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from django.utils import timezone

from portal import audit, jobs
from portal.accounts.actor import Actor
from portal.files import previews, store
from portal.files.errors import FileErased, FileNotFound, FileRefused
from portal.files.models import FileState, PreviewState, StoredFile
from portal.files.storage import Entry, backend
from portal.tenants import tenant_tx
from portal.vault import SealedValueErased

if TYPE_CHECKING:
    from portal.tenants.models import Tenant

logger = logging.getLogger(__name__)

SYSTEM = Actor.system("files")
ORPHANS_AFTER = timedelta(hours=24)  # an upload and its form take minutes
_AT_ONCE = 500
_ERASED = (b"\x00", b"\x01")  # the vault's first byte of an erased field


@jobs.handler("files.preview", kind="outside", max_attempts=5, lease=timedelta(seconds=110))
def make_previews(job: jobs.JobContext) -> jobs.Finish | None:
    """One JPEG a page at 150 dpi, sealed. A document that can't be drawn is marked, not tried for ever."""
    with tenant_tx(job.tenant):
        try:
            file = store.get(job.payload["file"])
            name = store.name_of(file)
        except (FileNotFound, FileErased):
            return None
    if file.preview != PreviewState.WAITING:
        return None
    try:
        made = _draw(job.tenant, file, name)
    except (FileErased, SealedValueErased):
        return None
    except FileRefused as refusal:
        logger.warning("no page images of file %s: %s", file.public_id, refusal.code)
        return jobs.Finish(lambda: _settle(file, PreviewState.FAILED, ()))
    return jobs.Finish(lambda: _settle(file, PreviewState.READY, made))


def _draw(tenant: "Tenant", file: StoredFile, name: str) -> list[StoredFile]:
    made = []
    with (
        store.opened(file, by=SYSTEM, reason="page images") as plain,
        previews.page_images(plain, file.kind_of_content) as pages,
    ):
        for picture in pages:
            with previews.as_accepted(picture, name) as accepted:
                made.append(store.put_page(tenant, accepted, of=file, page=picture.page))
    return made


def _settle(file: StoredFile, preview: PreviewState, made: Sequence[StoredFile]) -> None:
    """In the job's last transaction. What was destroyed while its pages were drawn takes no pictures."""
    now = StoredFile.objects.select_for_update().filter(pk=file.pk).first()
    wanted = now is not None and now.is_live and now.preview == PreviewState.WAITING
    if not wanted:
        store.erase(StoredFile.objects.filter(pk__in=[picture.pk for picture in made]))
        return
    StoredFile.objects.filter(pk=file.pk).update(preview=preview)
    for picture in made:
        store.commit(picture, by=SYSTEM)


@jobs.handler("files.sweep", kind="outside", max_attempts=3, lease=timedelta(seconds=110))
def sweep(job: jobs.JobContext) -> None:
    """Pending rows that nobody committed, files whose owner's key was destroyed, bytes without a live row."""
    _drop_pending(job.tenant)
    _finish_erased(job.tenant)
    _delete_orphans(job.tenant)


def _drop_pending(tenant: "Tenant") -> None:
    with tenant_tx(tenant, write=True):
        old = StoredFile.objects.filter(state=FileState.PENDING, created_at__lt=timezone.now() - ORPHANS_AFTER)
        locked = old.select_for_update().values_list("pk", flat=True)  # who commits one at this moment waits, or won
        StoredFile.objects.filter(pk__in=list(locked[:_AT_ONCE])).delete()


def _finish_erased(tenant: "Tenant") -> None:
    """``vault.destroy`` has emptied their keys: the bytes open for nobody any more, and go."""
    with tenant_tx(tenant, write=True):
        low, high = _ERASED
        emptied = StoredFile.objects.filter(content_key__gte=low, content_key__lt=high)
        owners = sorted(set(emptied.values_list("owner", flat=True)))
        for owner in owners:
            gone = store.erase(emptied.filter(owner=owner))
            detail = {"reason": "the owner's key was destroyed", "files": len(gone)}
            audit.record("file.destroyed", by=SYSTEM, subject=owner, detail=detail)


def _delete_orphans(tenant: "Tenant") -> None:
    """Bytes of rows deleted above, of destroyed files, of a crash while writing, of a restored database."""
    before = timezone.now() - ORPHANS_AFTER
    entries = (entry for entry in backend().entries(tenant.pk) if entry.written_at < before)
    while batch := list(islice(entries, _AT_ONCE)):
        for entry in _without_row(tenant, batch):
            backend().delete_entry(entry)


def _without_row(tenant: "Tenant", batch: list[Entry]) -> list[Entry]:
    with tenant_tx(tenant):
        named = [entry.public_id for entry in batch if entry.public_id]
        live = StoredFile.objects.filter(public_id__in=named).exclude(state=FileState.DESTROYED)
        known = set(live.values_list("public_id", flat=True))
    return [entry for entry in batch if entry.public_id not in known]


jobs.recurring("files.sweep", every=timedelta(hours=6))
