"""The door of the files: put, commit, open, destroy.

    with gate.accept(request.FILES["licence"]) as accepted:           no transaction: a process is started
        file = files.put(tenant, accepted, owner="order:…", purpose="licence", by=actor)
    with tenant_tx(tenant, write=True):
        files.commit(file, by=actor)                                  with the rows that speak of it

``put`` commits a pending row first, then writes the bytes; what nobody commits within a day is swept.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO, Self

from django.db import transaction
from django.utils import timezone

from portal import audit, jobs, vault
from portal.files import sealing
from portal.files.accepted import Accepted
from portal.files.buffers import new_buffer
from portal.files.errors import FileBroken, FileErased, FileNotFound, FileNotStored
from portal.files.kinds import OFFICE
from portal.files.models import FileState, PreviewState, StoredFile
from portal.files.storage import backend
from portal.tenants import TenantTxError, current_tx, require_tx, tenant_tx
from portal.vault import SealedValueErased

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from portal.accounts.actor import Actor
    from portal.tenants.models import Tenant

logger = logging.getLogger(__name__)

PAGE = "page"


def put(tenant: "Tenant", accepted: Accepted, *, owner: str, purpose: str, previews: bool = True) -> StoredFile:
    """Store what the gate accepted, pending until ``commit``. Outside any transaction.

    owner: the vault scope that it is erased with, "order:<public_id>". previews: page images are made after
    ``commit``. Raises TenantTxError inside a tenant_tx.
    """
    preview = PreviewState.WAITING if previews and accepted.kind not in OFFICE else PreviewState.NONE
    return _put(tenant, accepted, StoredFile(owner=owner, purpose=purpose, preview=preview))


def put_page(tenant: "Tenant", accepted: Accepted, *, of: StoredFile, page: int) -> StoredFile:
    """``put`` for the picture of a page of ``of``; erased together with it."""
    return _put(tenant, accepted, StoredFile(owner=of.owner, purpose=PAGE, derived_from=of, page=page))


def _put(tenant: "Tenant", accepted: Accepted, file: StoredFile) -> StoredFile:
    if current_tx() is not None:
        raise TenantTxError("files are written outside a transaction: put first, then commit inside it")
    key = sealing.new_key()
    with tenant_tx(tenant, write=True):
        file.tenant = tenant
        file.name, file.content_key = accepted.name, key.hex()
        file.kind, file.content_type = accepted.kind, accepted.content_type
        file.size, file.pages, file.width, file.height = accepted.size, accepted.pages, accepted.width, accepted.height
        file.digest = digest_index(tenant, accepted.digest)
        file.save(force_insert=True)
    accepted.content.seek(0)
    with backend().writing(tenant.pk, file.public_id) as target:
        written = sealing.seal(accepted.content, target, key=key, place=sealing.place(tenant.pk, file.public_id))
        if written != accepted.size:
            raise FileBroken(reason="the content changed while it was stored")
    return file


def digest_index(tenant: "Tenant | int", digest: bytes) -> bytes:
    """What ``StoredFile.digest`` holds for a content with this SM3: to find the same file again."""
    return vault.blind_index(tenant, "files.digest", digest.hex())


def commit(file: StoredFile, *, by: "Actor") -> StoredFile:
    """In the write tenant_tx of the business that the file belongs to: from now on it is there.

    Doing it again does nothing. Raises FileNotStored when it was swept or destroyed meanwhile.
    """
    require_tx(write=True)
    waiting = StoredFile.objects.filter(pk=file.pk, state=FileState.PENDING)
    if not waiting.update(state=FileState.COMMITTED):
        if StoredFile.objects.filter(pk=file.pk, state=FileState.COMMITTED).exists():
            return file
        raise FileNotStored
    file.state = FileState.COMMITTED
    if not file.is_picture:
        detail = {"purpose": file.purpose, "owner": file.owner, "kind": file.kind, "size": file.size}
        audit.record("file.stored", by=by, subject=_subject(file), detail=detail)
    if file.preview == PreviewState.WAITING:
        jobs.enqueue("files.preview", {"file": file.public_id}, key=f"files.preview:{file.public_id}")
    return file


def store_now(
    tenant: "Tenant", accepted: Accepted, *, owner: str, purpose: str, by: "Actor", previews: bool = True
) -> StoredFile:
    """``put`` and ``commit`` where no other row has to be committed with it."""
    file = put(tenant, accepted, owner=owner, purpose=purpose, previews=previews)
    with tenant_tx(tenant, write=True):
        return commit(file, by=by)


def get(public_id: str) -> StoredFile:
    """A committed file. In a tenant_tx. Raises FileNotFound, FileErased."""
    found = get_any(public_id)
    if found.state == FileState.DESTROYED:
        raise FileErased
    return found


def get_any(public_id: str) -> StoredFile:
    """Also one that was destroyed: whoever may know of it is told. Raises FileNotFound."""
    found = StoredFile.objects.exclude(state=FileState.PENDING).filter(public_id=public_id).first()
    if found is None:
        raise FileNotFound
    return found


class Reading:
    """The pieces of an open file. Close it, or read to the end; a response that streams it does either."""

    def __init__(self, file: StoredFile, key: bytes) -> None:
        self._source = backend().reading(file.tenant_id, file.public_id)
        place = sealing.place(file.tenant_id, file.public_id)
        try:
            self._pieces = sealing.unseal(self._source, key=key, place=place)
        except FileBroken:
            self.close()
            logger.exception("file %s of tenant %s is broken", file.public_id, file.tenant_id)
            raise

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except BaseException:  # StopIteration too
            self.close()
            raise

    def close(self) -> None:
        self._source.close()


def open_stream(file: StoredFile, *, by: "Actor", reason: str) -> Reading:
    """The content in pieces of at most 64 KiB, each proven before it is given out. In a tenant_tx.

    The pieces may be read after it has ended. What staff open leaves an audit row (so that needs a write
    tenant_tx); the machine's own use and customers' looking at their own files leave none.
    Raises FileErased, FileBroken (also while reading).
    """
    require_tx(write=by.is_staff)
    if not reason:
        raise ValueError("say why")
    if file.state == FileState.DESTROYED or file.content_key is None:
        raise FileErased
    try:
        key = bytes.fromhex(vault.open_field(file, "content_key"))
    except SealedValueErased as error:
        raise FileErased from error
    if by.is_staff:
        detail = {"reason": reason, "purpose": file.purpose, "owner": file.owner, "page": file.page}
        audit.record("file.opened", by=by, subject=_subject(file.derived_from or file), detail=detail)
    return Reading(file, key)


@contextmanager
def opened(file: StoredFile, *, by: "Actor", reason: str) -> Iterator[BinaryIO]:
    """``open_stream`` as a seekable file in memory, for parsers and page pictures. Opens a tenant_tx of its own."""
    if current_tx() is not None:
        raise TenantTxError("read files outside a transaction: parsers take their time")
    with tenant_tx(file.tenant_id, write=by.is_staff):
        pieces = open_stream(file, by=by, reason=reason)
    with new_buffer() as plain:
        for piece in pieces:
            plain.write(piece)
        plain.flush()
        plain.seek(0)
        yield plain


def name_of(file: StoredFile) -> str:
    """The file's name, only for those whom a guard lets open it; "" once erased. In a tenant_tx."""
    with suppress(SealedValueErased):
        return vault.open_field(file, "name")
    return ""


def pictures_of(file: StoredFile) -> Sequence[StoredFile]:
    """The page images that are there, in order. In a tenant_tx."""
    return list(StoredFile.objects.filter(derived_from=file, state=FileState.COMMITTED).order_by("page"))


def destroy(file: StoredFile, *, by: "Actor", reason: str) -> None:
    """Erase this file and its page images, in a write tenant_tx: their keys go with it, the bytes after it.

    Doing it again does nothing. To erase everything of an order: ``vault.destroy(tenant, "order:…")``.
    """
    require_tx(write=True)
    if not reason:
        raise ValueError("say why")
    StoredFile.objects.select_for_update().filter(pk=file.pk).first()  # page images being committed come first
    these = StoredFile.objects.filter(pk=file.pk) | StoredFile.objects.filter(derived_from_id=file.pk)
    gone = erase(these)
    if gone:
        detail = {"reason": reason, "purpose": file.purpose, "owner": file.owner, "files": len(gone)}
        audit.record("file.destroyed", by=by, subject=_subject(file), detail=detail)


def erase(these: "QuerySet[StoredFile]") -> list[str]:
    """Rows of a query: keys and names gone, bytes deleted once that has committed. Returns their public ids."""
    tenant_id = require_tx(write=True).tenant_id
    live = these.exclude(state=FileState.DESTROYED)
    public_ids = list(live.values_list("public_id", flat=True))
    StoredFile.objects.filter(public_id__in=public_ids).update(
        state=FileState.DESTROYED, destroyed_at=timezone.now(), content_key=None, name=None
    )

    def delete() -> None:
        for public_id in public_ids:
            backend().delete(tenant_id, public_id)

    transaction.on_commit(delete, robust=True)  # the sweep does it should this fail
    return public_ids


def _subject(file: StoredFile) -> str:
    return f"file:{file.public_id}"
