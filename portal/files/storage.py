"""Where sealed files lie. A private folder now; object storage joins by the same few methods.

What is written here is ``portal.files.sealing``'s format already: a backend sees no plain byte and no key.
"""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from django.conf import settings

from portal.files.errors import FileBroken

_NAME = re.compile(r"[A-Za-z0-9_-]{22}")
_WRITING = ".writing-"


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored object: its file's public id ("" for what a crash left half-written) and when it was written."""

    public_id: str
    written_at: datetime
    location: str


class Backend(Protocol):
    """Objects by tenant and public id."""

    def writing(self, tenant_id: int, public_id: str) -> AbstractContextManager[BinaryIO]:
        """A new object: whole when the block ends, absent when it raises. FileExistsError when there is one."""
        ...

    def reading(self, tenant_id: int, public_id: str) -> BinaryIO:
        """Raises FileBroken when it isn't there."""
        ...

    def delete(self, tenant_id: int, public_id: str) -> None:
        """Nothing when it isn't there."""
        ...

    def entries(self, tenant_id: int) -> Iterator[Entry]: ...

    def delete_entry(self, entry: Entry) -> None: ...


class DiskBackend:
    """``<root>/<tenant id>/<first two of public id>/<public id>``; folders 0700, files 0600."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @contextmanager
    def writing(self, tenant_id: int, public_id: str) -> Iterator[BinaryIO]:
        final = self._path(tenant_id, public_id)
        self._make_folder(final.parent)
        fresh = final.with_name(_WRITING + secrets.token_hex(8))
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as target:
                yield target
                target.flush()
                os.fsync(target.fileno())
            final.hardlink_to(fresh)  # atomic, and unlike a rename never over another file
        finally:
            fresh.unlink(missing_ok=True)
        _sync_folder(final.parent)

    def reading(self, tenant_id: int, public_id: str) -> BinaryIO:
        try:
            return self._path(tenant_id, public_id).open("rb")
        except FileNotFoundError as error:
            raise FileBroken(reason="its bytes are gone") from error

    def delete(self, tenant_id: int, public_id: str) -> None:
        self._path(tenant_id, public_id).unlink(missing_ok=True)

    def entries(self, tenant_id: int) -> Iterator[Entry]:
        for path in sorted((self.root / str(tenant_id)).glob("??/*")):
            with suppress(FileNotFoundError):
                written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                yield Entry(path.name if _NAME.fullmatch(path.name) else "", written_at, str(path))

    def delete_entry(self, entry: Entry) -> None:
        Path(entry.location).unlink(missing_ok=True)

    def _path(self, tenant_id: int, public_id: str) -> Path:
        if not _NAME.fullmatch(public_id):
            raise ValueError(f"not a public id: {public_id!r}")
        return self.root / str(int(tenant_id)) / public_id[:2] / public_id

    def _make_folder(self, folder: Path) -> None:
        for part in (self.root, folder.parent, folder):
            part.mkdir(mode=0o700, parents=part is self.root, exist_ok=True)


def _sync_folder(folder: Path) -> None:
    """The name is as durable as the bytes."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def backend() -> Backend:
    """This installation's."""
    return cast("Backend", DiskBackend(settings.CERTHALL.data_dir / "files"))
