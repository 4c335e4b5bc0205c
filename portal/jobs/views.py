"""/staff/jobs/: the jobs that gave up, for staff to look at and try again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.accounts.access import access
from portal.accounts.actor import actor_of
from portal.jobs import outbox, selectors
from portal.jobs.errors import JobNotDead
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from portal.ui.parts import Column, Row, Table
from portal.ui.words import say

MANAGE = "jobs.manage"
SHOWN = 200


class StaffRequest(HttpRequest):
    """What the middleware has put on it."""

    tenant: Tenant


@access(f"staff:{MANAGE}")
@require_http_methods(["GET", "HEAD", "POST"])
def dead_jobs(request: StaffRequest) -> HttpResponse:
    """The list; POST ``job=<public id>`` gives one job all its attempts again."""
    if request.method == "POST":
        try:
            with tenant_tx(request.tenant, write=True):
                outbox.retry(request.POST.get("job", ""), by=actor_of(request))
            messages.success(request, _("任务已重新排队，稍后刷新可看结果。"))
        except JobNotDead as refusal:
            messages.warning(request, say(refusal))
        return HttpResponseRedirect(reverse("staff-jobs"))
    rows = selectors.dead_jobs(SHOWN)
    waiting = selectors.unfinished_jobs(SHOWN)
    columns = [Column(_("任务")), Column(_("状态")), Column(_("次数")), Column(_("下次")), Column(_("最近的错误"))]
    table = Table(
        columns,
        [
            Row([row.handler, row.state_label, row.attempts, _when(row.run_after), row.last_error or "—"])
            for row in waiting
        ],
        _("未完成的任务"),
        hide_caption=True,
    )
    return TemplateResponse(request, "jobs/staff_jobs.html", {"dead": rows, "waiting": table})


def _when(moment: object) -> str:
    return localtime(moment).strftime("%Y-%m-%d %H:%M:%S")  # type: ignore[arg-type]
