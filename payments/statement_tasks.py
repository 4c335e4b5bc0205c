"""The job that imports an uploaded statement. Again, or by two workers at once, it leaves the same lines behind."""

from payments import importing, statement_files
from payments.models import StatementUpload, UploadState
from payments.statements import StatementRefused
from portal import audit, jobs
from portal.accounts.actor import Actor
from portal.errors import NotFound
from portal.jobs import JobContext
from portal.tenants import tenant_tx

ME = Actor.system("statement-import")


def start(upload_public_id: str, *, by: Actor) -> StatementUpload:
    """In a write tenant_tx: finance has seen what is in the file. Again is fine. Raises NotFound."""
    found: StatementUpload | None = (
        StatementUpload.objects.select_for_update(of=("self",)).filter(public_id=upload_public_id).first()
    )
    if found is None or found.state == UploadState.REFUSED or found.file_id is None:
        raise NotFound
    if found.state == UploadState.CHECKED:
        found.state = UploadState.WAITING
        found.save(update_fields=["state"])
        audit.record("statement.confirmed", by=by, subject=f"upload:{found.public_id}")
        jobs.enqueue(
            "payments.import_statement",
            {"upload": found.public_id},
            group=f"statements:{found.account_id}",
            key=f"import_statement:{found.public_id}",
        )
    return found


def look_again(upload: StatementUpload, data: bytes) -> None:
    """In a write tenant_tx: the account's mapping has changed, so the file may be read now."""
    try:
        lines = sum(len(one.lines) for one in importing.read_for(upload.account, data))
    except StatementRefused as refusal:
        upload.state, upload.refusal = UploadState.REFUSED, refusal.code
    else:
        upload.state, upload.refusal, upload.lines_total, upload.finished_at = UploadState.CHECKED, "", lines, None
    upload.save(update_fields=["state", "refusal", "lines_total", "finished_at"])


@jobs.handler("payments.import_statement", kind="outside", max_attempts=5)
def import_statement(job: JobContext) -> None:
    with tenant_tx(job.tenant):
        upload: StatementUpload = StatementUpload.objects.select_related("file").get(public_id=job.payload["upload"])
    if upload.state != UploadState.WAITING or upload.file is None:
        return
    data = statement_files.data_of(upload.file)
    try:
        importing.run(job.tenant, upload, data, by=ME)
    except StatementRefused as refusal:  # its account's mapping was changed meanwhile
        with tenant_tx(job.tenant, write=True):
            StatementUpload.objects.filter(pk=upload.pk).update(state=UploadState.REFUSED, refusal=refusal.code)
