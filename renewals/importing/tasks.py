"""Handing a file in on a page, and the job that takes it: again, or by two workers, it leaves the same behind."""

from typing import Final

from payments import statement_files
from portal import jobs
from portal.accounts.actor import Actor
from portal.files import store
from portal.files.gate import Upload
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from renewals.importing import running
from renewals.importing.errors import ImportRefused
from renewals.importing.files import read_file
from renewals.models import ImportRun, ImportSource, ImportState

PURPOSE: Final = "certificate_import"
ME: Final = Actor.system("certificate-import")


def hand_in(tenant: Tenant, upload: Upload | None, *, by: Actor) -> ImportRun:
    """Look at the file, keep it sealed, let the job take it. Outside any transaction. FileRefused, ImportRefused."""
    data, accepted = statement_files.accept(upload)
    with accepted:
        rows = len(read_file(data).rows)
        file = store.put(tenant, accepted, owner=f"import:{tenant.slug}", purpose=PURPOSE, previews=False)
        name = accepted.name
    with tenant_tx(tenant, write=True):
        store.commit(file, by=by)
        run = running.begin(data, source=ImportSource.PAGE, rows=rows, by=by, file=file, name=name)
        jobs.enqueue(
            "renewals.import_certificates",
            {"run": run.public_id},
            group="import_certificates",
            key=f"import_certificates:{run.public_id}",
        )
    return run


def take_file(tenant: Tenant, data: bytes, name: str) -> ImportRun:
    """The command's way: at once, in this process. ImportRefused."""
    rows = read_file(data).rows
    with tenant_tx(tenant, write=True):
        run = running.begin(data, source=ImportSource.COMMAND, rows=len(rows), by=ME, name=name)
    return running.run(tenant, run.public_id, rows, by=ME)


@jobs.handler("renewals.import_certificates", kind="outside", max_attempts=5)
def import_certificates(job: jobs.JobContext) -> None:
    with tenant_tx(job.tenant):
        run = ImportRun.objects.select_related("file").get(public_id=job.payload["run"])
    if run.state != ImportState.WAITING or run.file is None:
        return
    with store.opened(run.file, by=ME, reason="导入证书") as content:
        data = content.read()
    try:
        rows = read_file(data).rows
    except ImportRefused as refusal:  # it was read when it was handed in; a newer reader may see more
        with tenant_tx(job.tenant, write=True):
            ImportRun.objects.filter(pk=run.pk).update(state=ImportState.REFUSED, refusal=refusal.code)
        return
    running.run(job.tenant, run.public_id, rows, by=ME)
