"""/orders/<id>/notice/<step>/: what must be known before going on, part by part (RULES D2, D3, B5)."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.accounts.access import access
from portal.tenants import tenant_tx
from renewals import selectors
from renewals.errors import OrderNotFound
from renewals.forms.notice import NoticeForm
from renewals.lifecycle import Kind, NextActor
from renewals.models import ConsentRecord
from renewals.selectors import OrderView, Task
from renewals.steps.notice import record_name
from renewals.views.customer import new_key, own_order, perform, posted_key, stages_of


@access("customer", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def notice(request: HttpRequest, public_id: str) -> HttpResponse:
    """The notice whose turn it is; else the last one that was acknowledged, to read again."""
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        order = own_order(request, public_id)
        view = selectors.order_view(order)
        task = _task(view)
        config = view.pack.step_config(order.path, task.step.name)
        names = {record_name(task.step.name, part.name): part.title for part in config.parts}  # type: ignore[union-attr]
        given = list(
            ConsentRecord.objects.filter(order=order, user_id=order.customer_id, text__in=names).order_by("pk")
        )
        stages = stages_of(view)
    is_open = task.acting is NextActor.CUSTOMER
    form = NoticeForm(request.POST if request.method == "POST" and is_open else None, parts=config.parts)  # type: ignore[union-attr]
    if form.is_bound and form.is_valid():
        data = {"acknowledged": form.acknowledged()}
        perform(request, order, "acknowledge", step=task.step.name, data=data, key=posted_key(request))
        return HttpResponseRedirect(reverse("order", args=[order.public_id]))
    context = {
        "order": order,
        "title": task.title,
        "form": form,
        "button": config.button or _("我已知悉"),  # type: ignore[union-attr]
        "given": [(names[record.text], record.given_at) for record in given],
        "is_open": is_open,
        "stages": stages,
        "key": new_key(),
    }
    return TemplateResponse(request, "renewals/notice.html", context, status=422 if form.is_bound else 200)


def _task(view: OrderView) -> Task:
    tasks = [task for task in view.tasks_of(Kind.NOTICE) if task.step.state not in {"waiting", "skipped"}]
    if not tasks:
        raise OrderNotFound()
    return next((task for task in tasks if task.acting is NextActor.CUSTOMER), tasks[-1])
