"""Stored files for the tests of this room, and guards that go when the test does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from portal import jobs
from portal.accounts.actor import Actor
from portal.files import access, gate, store
from portal.files.models import StoredFile
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from tests.portal.files import papers

SYSTEM = Actor.system("tests")
OWNER = "order:" + "o" * 22
Keep = Callable[..., StoredFile]


@pytest.fixture(autouse=True)
def guards(monkeypatch: pytest.MonkeyPatch) -> list[access.Guard]:
    """Nobody may open anything until the test says so."""
    fresh: list[access.Guard] = []
    monkeypatch.setattr(access, "_guards", fresh)
    return fresh


@pytest.fixture
def keep(tenant: Tenant) -> Keep:
    """``keep()``: an upload through the gate into the store."""

    def kept(
        name: str = "营业执照.png",
        content: bytes | None = None,
        *,
        owner: str = OWNER,
        previews: bool = True,
    ) -> StoredFile:
        with accepted(name, content) as taken:
            return store.store_now(tenant, taken, owner=owner, purpose="licence", by=SYSTEM, previews=previews)

    return kept


@contextmanager
def accepted(name: str = "营业执照.png", content: bytes | None = None) -> Iterator[gate.Accepted]:
    with gate.accept(papers.upload(name, papers.png() if content is None else content)) as taken:
        yield taken


def folder(tenant: Tenant) -> Path:
    return Path(settings.CERTHALL.data_dir) / "files" / str(tenant.pk)


def path_of(file: StoredFile) -> Path:
    return Path(settings.CERTHALL.data_dir) / "files" / str(file.tenant_id) / file.public_id[:2] / file.public_id


def fresh(file: StoredFile) -> StoredFile:
    with tenant_tx(file.tenant_id):
        return StoredFile.objects.get(pk=file.pk)


def content_of(file: StoredFile, by: Actor = SYSTEM) -> bytes:
    with tenant_tx(file.tenant_id, write=True):
        pieces = store.open_stream(fresh_inside(file), by=by, reason="核对")
    return b"".join(pieces)


def fresh_inside(file: StoredFile) -> StoredFile:
    return StoredFile.objects.get(pk=file.pk)


def sweep(tenant: Tenant) -> None:
    with tenant_tx(tenant, write=True):
        jobs.enqueue("files.sweep", {})
    jobs.drain()
