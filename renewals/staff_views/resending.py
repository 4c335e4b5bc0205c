"""Sending an order's notices once more that never left: the service desk's one act (RULES P20)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal import jobs
from portal.accounts.access import access
from portal.accounts.actor import actor_of
from portal.jobs.errors import JobNotDead
from portal.jobs.models import JobState
from portal.tenants import tenant_tx
from renewals.staff_selectors.order import staff_order_view

RESEND = "notices.resend"


@access(f"staff:{RESEND}")
@never_cache
@require_POST
def resend(request: HttpRequest, public_id: str) -> HttpResponse:
    """Every one of this order that was given up gets all its attempts again; each leaves its audit row."""
    sent = 0
    with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
        for notice in staff_order_view(public_id).notices:
            if notice.state != JobState.DEAD:
                continue
            try:
                jobs.retry(notice.job, by=actor_of(request))
            except JobNotDead:  # a colleague was faster
                continue
            sent += 1
    if sent:
        messages.success(request, _("已重发 %(count)s 条通知，结果请稍后看“已发通知”。") % {"count": sent})
    else:
        messages.info(request, _("没有未送达的通知，不用重发。"))
    return HttpResponseRedirect(reverse("staff-order", args=[public_id]) + "#notices")
