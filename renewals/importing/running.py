"""An import as a whole: intent first, then a few hundred rows in a transaction; broken off, it goes on where it was.

A row is one savepoint: it goes in whole or not at all. The same rows again are found as they are, so that nothing is
lost or doubled however often a run is begun anew.
"""

import hashlib
from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from portal import audit
from portal.accounts.actor import Actor
from portal.files.models import StoredFile
from portal.tenants import current_tenant, tenant_tx
from portal.tenants.models import Tenant
from renewals.importing.entries import Entry, RowProblem, RowRefused, programmes_by_name, read_entry
from renewals.importing.files import Row
from renewals.importing.storing import store
from renewals.models import ImportRow, ImportRun, ImportSource, ImportState, ProgrammeVersion, RowOutcome
from renewals.publishing import pack_of

CHUNK: Final = 200  # rows in one transaction
_COUNTED: Final = {
    RowOutcome.CREATED: "created",
    RowOutcome.UPDATED: "updated",
    RowOutcome.UNCHANGED: "unchanged",
    RowOutcome.REFUSED: "refused",
}


def begin(
    data: bytes, *, source: ImportSource, rows: int, by: Actor, file: StoredFile | None = None, name: str = ""
) -> ImportRun:
    """Inside a write tenant_tx: that this file is going in."""
    made: ImportRun = ImportRun.objects.create(
        source=source,
        file=file,
        file_name=name[:200],
        digest=hashlib.sha256(data).hexdigest(),
        rows_total=rows,
        by=by.label,
    )
    audit.record(
        "certificates.import_begun",
        by=by,
        subject=f"import:{made.public_id}",
        detail={"source": str(source), "rows": rows, "sha256": made.digest},
    )
    return made


def run(tenant: Tenant, public_id: str, rows: Sequence[Row], *, by: Actor) -> ImportRun:
    """Take the rows that this run hasn't taken yet. Outside any transaction; two at once take turns."""
    while True:
        with tenant_tx(tenant, write=True):
            found: ImportRun = ImportRun.objects.select_for_update(of=("self",)).get(public_id=public_id)
            if found.state != ImportState.WAITING:
                return found
            chunk = rows[found.rows_done : found.rows_done + CHUNK]
            if not chunk:
                return _finish(found, by)
            _take(found, chunk, by)


def _finish(found: ImportRun, by: Actor) -> ImportRun:
    found.state, found.finished_at = ImportState.DONE, timezone.now()
    found.save(update_fields=["state", "finished_at"])
    counts = {name: getattr(found, name) for name in _COUNTED.values()}
    audit.record("certificates.imported", by=by, subject=f"import:{found.public_id}", detail=counts)
    return found


def _take(found: ImportRun, chunk: Sequence[Row], by: Actor) -> None:
    zone = ZoneInfo(current_tenant().timezone)
    programmes = programmes_by_name([pack_of(version) for version in ProgrammeVersion.objects.all()])
    reports, seen = [], _Seen(found)
    for row in chunk:
        report = ImportRow(run=found, number=row.number)
        try:
            entry = read_entry(row.cells, programmes=programmes, zone=zone)
            report.serial = entry.serial
            seen.refuse_twice(entry, row)
            with transaction.atomic():
                report.outcome = store(entry, by=by)
        except RowRefused as refusal:
            report.outcome = RowOutcome.REFUSED
            report.problems = [_as_json(problem) for problem in refusal.problems]
        name = _COUNTED[RowOutcome(report.outcome)]
        setattr(found, name, getattr(found, name) + 1)
        reports.append(report)
    ImportRow.objects.bulk_create(reports)
    found.rows_done += len(chunk)
    found.save(update_fields=["rows_done", *_COUNTED.values()])


class _Seen:
    """Which row of this run brought a serial: a second one would silently overrule it."""

    def __init__(self, found: ImportRun) -> None:
        self.run, self.here = found, dict[str, int]()

    def refuse_twice(self, entry: Entry, row: Row) -> None:
        before = self.here.get(entry.serial) or self._before(entry.serial)
        if before is not None:
            raise RowRefused([RowProblem("certificate", "twice_in_file", {"row": str(before)})])
        self.here[entry.serial] = row.number

    def _before(self, serial: str) -> int | None:
        earlier = ImportRow.objects.filter(run=self.run, serial=serial).order_by("number")
        return earlier.values_list("number", flat=True).first()


def _as_json(problem: RowProblem) -> dict[str, object]:
    return {"column": problem.column, "code": problem.code, "params": problem.params}
