"""The door of the files: pending, committed, destroyed; sealed on disk and gone with their owner."""

import io
import json
import logging
import os
import stat

import pytest
from PIL import Image

from portal import jobs, vault
from portal.accounts.actor import Actor
from portal.audit.models import AuditRow
from portal.files import errors, store, tasks
from portal.files.models import FileState, PreviewState, StoredFile
from portal.jobs.models import Job
from portal.tenants import TenantTxError, tenant_tx
from portal.tenants.models import Tenant
from tests.canaries import database, found_in
from tests.portal.files import papers
from tests.portal.files.conftest import OWNER, SYSTEM, Keep, accepted, content_of, folder, fresh, path_of, sweep

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(60)]

REVIEWER = Actor("staff", 1, "审核员", frozenset(), "127.0.0.1")
CUSTOMER = Actor("customer", 2, "199****0001")


def audited(tenant: Tenant, action: str) -> list[dict[str, object]]:
    with tenant_tx(tenant):
        rows = AuditRow.objects.filter(action=action).order_by("seq")
        return [json.loads(bytes(row.body)) | {"subject": row.subject} for row in rows]


# storing


def test_what_was_accepted_is_what_is_stored(tenant: Tenant, keep: Keep) -> None:
    with accepted() as taken:
        expected = taken.content.read()
        file = store.put(tenant, taken, owner=OWNER, purpose="licence")
    assert fresh(file).state == FileState.PENDING
    with tenant_tx(tenant, write=True):
        store.commit(file, by=CUSTOMER)
        store.commit(file, by=CUSTOMER)  # again does nothing
    found = fresh(file)
    assert (found.state, found.purpose, found.kind, found.content_type) == ("committed", "licence", "png", "image/png")
    assert (found.size, found.width, found.height, found.pages) == (len(expected), 300, 200, 1)
    assert content_of(file) == expected
    with tenant_tx(tenant):
        assert store.name_of(found) == "营业执照.png"
        assert StoredFile.objects.get(digest=store.digest_index(tenant, taken.digest)) == file
    [row] = audited(tenant, "file.stored")
    assert row["subject"] == f"file:{file.public_id}"
    assert row["detail"] == {"purpose": "licence", "owner": OWNER, "kind": "png", "size": len(expected)}


def test_it_is_private_on_disk(keep: Keep, tenant: Tenant) -> None:
    path = path_of(keep())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for part in (path.parent, folder(tenant), folder(tenant).parent):
        assert stat.S_IMODE(part.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]  # nothing half-written left


def test_storing_inside_a_transaction_is_refused(tenant: Tenant) -> None:
    with accepted() as taken, tenant_tx(tenant, write=True), pytest.raises(TenantTxError):
        store.put(tenant, taken, owner=OWNER, purpose="licence")
    with tenant_tx(tenant):
        assert StoredFile.objects.count() == 0


def test_what_isnt_committed_isnt_there(tenant: Tenant) -> None:
    with accepted() as taken:
        file = store.put(tenant, taken, owner=OWNER, purpose="licence")
    with tenant_tx(tenant), pytest.raises(errors.FileNotFound):
        store.get(file.public_id)
    with pytest.raises(ValueError, match="no"), tenant_tx(tenant, write=True):
        store.commit(file, by=SYSTEM)
        raise ValueError("no")
    assert fresh(file).state == FileState.PENDING
    with tenant_tx(tenant):
        assert Job.objects.filter(handler="files.preview").count() == 0


def test_an_object_is_never_written_over(keep: Keep) -> None:
    from portal.files.storage import backend

    file = keep()
    before = path_of(file).read_bytes()
    with pytest.raises(FileExistsError), backend().writing(file.tenant_id, file.public_id) as target:
        target.write(b"other")
    assert path_of(file).read_bytes() == before
    with pytest.raises(ValueError, match="public id"):
        backend().reading(file.tenant_id, "../../../../etc/passwd")


def test_a_disk_that_is_full_leaves_nothing(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("portal.files.storage.os.fsync", full)
    with accepted() as taken, pytest.raises(OSError, match="No space"):
        store.put(tenant, taken, owner=OWNER, purpose="licence")
    assert [path for path in folder(tenant).rglob("*") if path.is_file()] == []


# what is on the disk


def test_no_canary_on_disk(tenant: Tenant, caplog: pytest.LogCaptureFixture) -> None:
    """Name, picture and page image: nothing plain in the database, in the folder or in the log."""
    caplog.set_level(logging.DEBUG)
    canaries = {"name": "欧阳金丝雀的身份证", "content": "Kanarienvogel-7531-x9Q"}
    pdf = papers.new_pdf()
    pdf.pages[0].Contents = pdf.make_stream(b"% " + papers.CANARY + b"\n0 0 9 9 re f")
    for name, content in (("欧阳金丝雀的身份证.pdf", papers.saved(pdf)), ("欧阳金丝雀的身份证.png", papers.png())):
        with accepted(name, content) as taken:
            file = store.store_now(tenant, taken, owner=OWNER, purpose="id", by=CUSTOMER)
        jobs.drain()
    assert fresh(file).preview == PreviewState.READY
    files = folder(tenant)
    assert len([path for path in files.rglob("*") if path.is_file()]) == 4
    assert found_in(files, database(), caplog.text, canaries=canaries) == []
    together = b"".join(path.read_bytes() for path in files.rglob("*") if path.is_file())
    assert not any(plain in together for plain in (b"%PDF-1", b"\x89PNG\r\n", b"\xff\xd8\xff\xe0\x00\x10JFIF"))


@pytest.mark.parametrize("attack", ["flip", "cut", "swap", "gone", "junk", "empty"])
def test_forged_bytes_do_not_open(keep: Keep, attack: str) -> None:
    file, other = keep(), keep("b.png", papers.png((400, 300)))
    path, stored = path_of(file), path_of(file).read_bytes()
    match attack:
        case "flip":
            path.write_bytes(stored[:-1] + bytes([stored[-1] ^ 1]))
        case "cut":
            path.write_bytes(stored[:-20])
        case "swap":
            path.write_bytes(path_of(other).read_bytes())
        case "gone":
            path.unlink()
        case "junk":
            path.write_bytes(b"CHSEALED" + os.urandom(200))
        case "empty":
            path.write_bytes(b"")
    with pytest.raises(errors.FileBroken):
        content_of(file)
    assert content_of(other)


def test_a_key_does_not_move_to_another_row(tenant: Tenant, keep: Keep) -> None:
    """A row's key in another row: AAD names the row."""
    file, other = keep(), keep("b.png")
    with tenant_tx(tenant, write=True):
        raw = StoredFile.objects.get(pk=other.pk).__dict__["content_key"]
        StoredFile.objects.filter(pk=file.pk).update(content_key=raw)
    path_of(file).write_bytes(path_of(other).read_bytes())
    with pytest.raises(vault.SealedValueBroken):
        content_of(file)


# opening


def test_what_staff_open_is_in_the_audit_log(tenant: Tenant, keep: Keep) -> None:
    file = keep()
    content_of(file, CUSTOMER)
    content_of(file, SYSTEM)
    assert audited(tenant, "file.opened") == []
    content_of(file, REVIEWER)
    [row] = audited(tenant, "file.opened")
    assert row["detail"] == {"reason": "核对", "purpose": "licence", "owner": OWNER, "page": None}
    with tenant_tx(tenant), pytest.raises(TenantTxError):
        store.open_stream(fresh(file), by=REVIEWER, reason="核对")  # nowhere to write the row
    with tenant_tx(tenant, write=True), pytest.raises(ValueError, match="why"):
        store.open_stream(fresh(file), by=REVIEWER, reason="")


def test_another_tenant_finds_nothing(tenant: Tenant, other_tenant: Tenant, keep: Keep) -> None:
    file = keep()
    with tenant_tx(other_tenant), pytest.raises(errors.FileNotFound):
        store.get(file.public_id)
    with tenant_tx(other_tenant), pytest.raises(vault.SealedValueBroken):
        store.open_stream(file, by=SYSTEM, reason="x")


# page images


def test_page_images_are_made_sealed_and_in_order(tenant: Tenant, keep: Keep) -> None:
    file = keep("表.pdf", papers.plain_pdf(3))
    assert fresh(file).preview == PreviewState.WAITING
    jobs.drain()
    assert fresh(file).preview == PreviewState.READY
    with tenant_tx(tenant):
        pictures = store.pictures_of(file)
        assert [(one.page, one.kind, one.purpose, one.owner) for one in pictures] == [
            (number, "jpeg", "page", OWNER) for number in (1, 2, 3)
        ]
        assert store.name_of(pictures[1]) == "表-2.jpg"
    image = Image.open(io.BytesIO(content_of(pictures[0])))
    assert image.size == (pictures[0].width, pictures[0].height) == (1240, 1755)  # A4 at 150 dpi
    assert image.convert("RGB").getpixel((400, 1755 - 400))[0] > 180  # type: ignore[index]


def test_the_job_run_twice_makes_one_picture_a_page(tenant: Tenant, keep: Keep) -> None:
    file = keep()
    jobs.drain()
    with tenant_tx(tenant, write=True):
        jobs.enqueue("files.preview", {"file": file.public_id})
    jobs.drain()
    with tenant_tx(tenant):
        assert len(store.pictures_of(file)) == 1
        assert StoredFile.objects.count() == 2


def test_a_document_that_cannot_be_drawn_is_marked(tenant: Tenant, keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_items: object, **_options: object) -> None:
        raise errors.TooComplex

    file = keep()
    monkeypatch.setattr("portal.files.previews.sandbox.run", refuse)
    jobs.drain()
    assert fresh(file).preview == PreviewState.FAILED
    with tenant_tx(tenant):
        assert Job.objects.get(handler="files.preview").state == "done"


def test_a_file_destroyed_meanwhile_gets_no_pictures(tenant: Tenant, keep: Keep) -> None:
    file = keep()
    with tenant_tx(tenant, write=True):
        store.destroy(file, by=SYSTEM, reason="撤回")
    jobs.drain()
    with tenant_tx(tenant):
        assert StoredFile.objects.count() == 1


@pytest.mark.parametrize("how", ["file", "owner"])
def test_what_is_erased_while_its_pages_are_drawn_leaves_no_picture(
    tenant: Tenant, keep: Keep, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    file, draw = keep(), tasks._draw

    def drawn_then_erased(*items: object) -> list[StoredFile]:
        made = draw(*items)  # type: ignore[arg-type]
        if how == "owner":
            vault.destroy(tenant, OWNER, by=SYSTEM, reason="x")
        else:
            with tenant_tx(tenant, write=True):
                store.destroy(file, by=SYSTEM, reason="x")
        return made

    monkeypatch.setattr(tasks, "_draw", drawn_then_erased)
    jobs.drain()
    with tenant_tx(tenant):
        [picture] = StoredFile.objects.filter(derived_from=file)
        assert picture.state == FileState.DESTROYED
    assert not path_of(picture).exists()


def test_a_page_image_stored_after_the_owner_was_erased_is_not_kept(
    tenant: Tenant, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner would get a new key for it."""
    file, put_page = keep(), store.put_page

    def erased_then_put(*items: object, **named: object) -> StoredFile:
        vault.destroy(tenant, OWNER, by=SYSTEM, reason="x")
        return put_page(*items, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "put_page", erased_then_put)
    jobs.drain()
    with tenant_tx(tenant):
        [picture] = StoredFile.objects.filter(derived_from=file)
        assert (picture.state, picture.content_key) == (FileState.DESTROYED, None)


def test_without_previews(tenant: Tenant, keep: Keep) -> None:
    file = keep(previews=False)
    jobs.drain()
    assert fresh(file).preview == PreviewState.NONE
    with tenant_tx(tenant):
        assert StoredFile.objects.count() == 1


# destroying


def test_destroyed_is_destroyed(tenant: Tenant, keep: Keep) -> None:
    file, other = keep(), keep("b.png")
    jobs.drain()
    with tenant_tx(tenant):
        [picture] = store.pictures_of(file)
    stored = path_of(file).read_bytes()
    with tenant_tx(tenant, write=True):
        store.destroy(file, by=SYSTEM, reason="保存期满")
        store.destroy(file, by=SYSTEM, reason="保存期满")
    assert not path_of(file).exists()
    assert not path_of(picture).exists()
    gone = fresh(file)
    assert (gone.state, gone.content_key, gone.name) == ("destroyed", None, None)
    path_of(file).write_bytes(stored)  # from a backup
    for one in (file, picture):
        with pytest.raises(errors.FileErased):
            content_of(one)
    with tenant_tx(tenant):
        with pytest.raises(errors.FileErased):
            store.get(file.public_id)
        assert store.name_of(gone) == ""
    assert content_of(other)
    [row] = audited(tenant, "file.destroyed")
    assert row["detail"] == {"reason": "保存期满", "purpose": "licence", "owner": OWNER, "files": 2}
    with tenant_tx(tenant, write=True), pytest.raises(errors.FileNotStored):
        store.commit(file, by=SYSTEM)


def test_destroying_that_is_rolled_back_destroys_nothing(tenant: Tenant, keep: Keep) -> None:
    file = keep()
    with pytest.raises(ValueError, match="no"), tenant_tx(tenant, write=True):
        store.destroy(file, by=SYSTEM, reason="x")
        raise ValueError("no")
    assert content_of(file)


def test_with_the_owners_key_its_files_are_erased(tenant: Tenant, keep: Keep) -> None:
    """DESIGN §5: erasing is destroying a key; the bytes are removed after it."""
    file, other = keep(), keep(owner="order:" + "p" * 22)
    jobs.drain()
    vault.destroy(tenant, OWNER, by=SYSTEM, reason="草稿 30 天")
    with pytest.raises(errors.FileErased):
        content_of(file)
    sweep(tenant)
    assert fresh(file).state == FileState.DESTROYED
    assert not path_of(file).exists()
    assert content_of(other)
    with tenant_tx(tenant):
        assert StoredFile.objects.filter(state="destroyed").count() == 2  # with its page image
    [row] = audited(tenant, "file.destroyed")
    assert row["subject"] == OWNER
    sweep(tenant)
    assert len(audited(tenant, "file.destroyed")) == 1
