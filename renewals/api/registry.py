"""POST api/registry/certificates/: the CA's own systems send rows, as an import file has them; each is answered."""

import json
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from portal.accounts.access import access, tenant_of
from portal.accounts.actor import Actor
from portal.errors import PortalError
from portal.tenants import tenant_tx
from portal.ui.words import say
from renewals.importing import clients, running
from renewals.importing.columns import HEADINGS
from renewals.importing.errors import ImportBodyWrong, ImportTooManyRows
from renewals.importing.files import Row
from renewals.importing.words import say_problem
from renewals.models import ImportRow, ImportRun, ImportSource

MOST_ROWS: Final = 200


@csrf_exempt  # no cookie says who it is: the token does
@access("public", transaction=False)
@require_POST
def certificates(request: HttpRequest) -> JsonResponse:
    """{"rows": [{field: text}]}, at most 200. Rows may be sent again: what is known is found as it is."""
    tenant = tenant_of(request)
    try:
        with tenant_tx(tenant, write=True):
            client = clients.known(request.headers.get("Authorization", ""))
        data, rows = _read(request)
    except PortalError as refusal:
        return _refused(refusal)
    by = Actor.system(f"registry client {client.name}")
    with tenant_tx(tenant, write=True):
        run = running.begin(data, source=ImportSource.API, rows=len(rows), by=by)
    run = running.run(tenant, run.public_id, rows, by=by)
    with tenant_tx(tenant):
        return _no_store(JsonResponse(_told(run)))


def _read(request: HttpRequest) -> tuple[bytes, list[Row]]:
    """ImportBodyWrong, ImportTooManyRows."""
    try:
        data = request.body
        given = json.loads(data)["rows"]
        rows = [_row(number, cells) for number, cells in enumerate(given, start=1)]
    except (RequestDataTooBig, UnreadablePostError, RecursionError, ValueError, KeyError, TypeError) as error:
        raise ImportBodyWrong from error
    if len(rows) > MOST_ROWS:
        raise ImportTooManyRows(limit=MOST_ROWS)
    return data, rows


def _row(number: int, cells: Any) -> Row:
    """ValueError for what isn't a row."""
    if not isinstance(cells, dict) or not all(isinstance(text, str) and "\x00" not in text for text in cells.values()):
        raise ValueError("a row is field → text")
    "".join(cells.values()).encode()  # half a surrogate pair is no text
    if unknown := set(cells) - set(HEADINGS):
        raise ValueError(f"no such fields: {sorted(unknown)}")
    return Row(number, {field: text.strip() for field, text in cells.items() if text.strip()})


def _told(run: ImportRun) -> dict[str, Any]:
    rows = ImportRow.objects.filter(run=run).order_by("number")
    return {
        "import": run.public_id,
        "created": run.created,
        "updated": run.updated,
        "unchanged": run.unchanged,
        "refused": run.refused,
        "rows": [
            {
                "row": row.number,
                "serial": row.serial,
                "outcome": row.outcome,
                "problems": [{**problem, "message": say_problem(problem)} for problem in row.problems],
            }
            for row in rows
        ],
    }


def _refused(refusal: PortalError) -> JsonResponse:
    answer = JsonResponse({"error": {"code": refusal.code, "message": say(refusal)}}, status=refusal.status)
    return _no_store(answer)


def _no_store(answer: JsonResponse) -> JsonResponse:
    answer["Cache-Control"] = "no-store"
    return answer
