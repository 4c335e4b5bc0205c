"""The pages under /dev/components/."""

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_POST

from portal.accounts.access import access
from portal.errors import (
    GuardRefused,
    InvalidInput,
    NotFound,
    OutsideUnavailable,
    PermissionRefused,
    PortalError,
    RateLimited,
    StaleVersion,
)
from portal.ui import icons
from portal.ui.showcase import samples
from portal.ui.showcase.sample_forms import ApplicationForm, BrokenForm, EmptyForm

CUSTOMER_PAGES = (
    "home",
    "order",
    "order-done",
    "application",
    "check-answers",
    "install",
    "install-running",
    "sign-in",
    "confirmation",
)
STAFF_PAGES = ("staff-orders", "staff-order")


REFUSALS: dict[str, PortalError] = {
    "not-found": NotFound(),
    "permission": PermissionRefused(),
    "guard": GuardRefused(),
    "stale": StaleVersion(),
    "invalid": InvalidInput({"term": ["请选择办理年限。"]}),
    "limited": RateLimited(60),
    "unavailable": OutsideUnavailable(),
}


def _only_development() -> None:
    if settings.CERTHALL.is_production:
        raise NotFound


@access("public", transaction=False, tenant=False)
def components(request: HttpRequest) -> HttpResponse:
    _only_development()
    pages = Paginator(range(1, 148), 20)
    context = {
        "icons": icons.NAMES,
        "empty_form": EmptyForm(),
        "broken_form": BrokenForm({"id_number": "11010119900101123", "term": "9", "one_time_code": "12"}),
        "page_obj": pages.get_page(request.GET.get("page", 3)),
        "refusals": (*REFUSALS, "crash"),
        "pages": CUSTOMER_PAGES + STAFF_PAGES,
        **samples.components(),
        **_frame(staff=False),
    }
    return render(request, "ui/showcase/components.html", context)


@access("public", transaction=False, tenant=False)
def page(request: HttpRequest, name: str) -> HttpResponse:
    """A model page; its data are invented."""
    _only_development()
    if name not in CUSTOMER_PAGES + STAFF_PAGES:
        raise NotFound
    context: dict[str, Any] = {**samples.page(name), **_frame(staff=name in STAFF_PAGES, home=name == "home")}
    if name == "sign-in":
        context["form"] = EmptyForm()
    if name == "application":
        context["form"] = ApplicationForm(initial=samples.APPLICATION)
    if name == "staff-orders":
        context["page_obj"] = Paginator(range(1, 148), 20).get_page(request.GET.get("page", 1))
    return render(request, f"ui/showcase/pages/{name}.html", context)


@access("public", transaction=False, tenant=False)
@require_POST
def draft(_request: HttpRequest) -> HttpResponse:
    """Where the model form saves its draft: nowhere."""
    _only_development()
    return HttpResponse(status=204)


@access("public", transaction=False, tenant=False)
def refuse(_request: HttpRequest, kind: str) -> HttpResponse:
    """Every kind of refusal, to be looked at."""
    _only_development()
    if kind == "crash":
        raise RuntimeError("asked for on /dev/components/")
    raise REFUSALS.get(kind, NotFound())


def _frame(*, staff: bool, home: bool = False) -> dict[str, Any]:
    """Stands in for the context processor's ``site``: somebody is signed in at an invented tenant."""
    return {"site": samples.site(staff=staff, home=home)}


urlpatterns = [
    path("dev/components/", components, name="ui-components"),
    path("dev/components/draft/", draft, name="ui-sample-draft"),
    path("dev/components/refuse/<slug:kind>/", refuse, name="ui-sample-refusal"),
    path("dev/components/pages/<slug:name>/", page, name="ui-sample-page"),
]
