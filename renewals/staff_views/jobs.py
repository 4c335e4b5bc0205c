"""/staff/jobs/: background jobs that gave up; somebody has to look at each and try again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from portal import jobs
from portal.accounts.access import access
from portal.accounts.actor import actor_of
from portal.errors import GuardRefused
from portal.jobs.selectors import JobRow, dead_jobs, unfinished_jobs
from portal.tenants import tenant_tx
from portal.ui.words import say
from renewals.staff_views.common import JOBS, RETRY, job_badge, may, when
from renewals.staff_views.traces import HANDLERS


@access(f"staff:{JOBS}")
@never_cache
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    context = {
        "dead": [_shown(row) for row in dead_jobs()],
        "unfinished": [_shown(row) for row in unfinished_jobs(50)],
        "may_retry": may(request, RETRY),
    }
    return TemplateResponse(request, "renewals/staff/jobs.html", context)


def _shown(row: JobRow) -> dict[str, object]:
    kind, _colon, public_id = row.group.partition(":")
    return {
        "id": row.id,
        "title": HANDLERS.get(row.handler, row.handler),
        "handler": row.handler,
        "order": public_id if kind == "order" else "",
        "badge": job_badge(row.state),
        "attempts": row.attempts,
        "error": row.last_error or "—",
        "created": when(row.created_at),
        "next": when(row.run_after),
        "ended": when(row.ended_at),
    }


@access(f"staff:{RETRY}")
@require_POST
def retry(request: HttpRequest, job: int) -> HttpResponse:
    """All attempts again. JobNotFound; one that isn't dead any more says so."""
    try:
        with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
            jobs.retry(job, by=actor_of(request))
    except GuardRefused as refusal:
        messages.error(request, say(refusal))
    else:
        messages.success(request, _("已重新排队，稍后刷新查看结果。"))
    return HttpResponseRedirect(reverse("staff-jobs"))
