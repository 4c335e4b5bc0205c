"""The same data by the barest Django there is: one function, one query or three, a table; no middleware.

This is what a page's cost is measured against.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.urls import path

from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from renewals.models import Certificate, Order, OrderAct, StepRecord

_PAGE = Engine(builtins=["django.template.defaultfilters"]).from_string(
    "<!doctype html><title>{{ title }}</title>{% for rows in tables %}<table>{% for row in rows %}<tr>"
    "{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>{% endfor %}"
)


def _page(title: str, *tables: Any) -> HttpResponse:
    return HttpResponse(_PAGE.render(Context({"title": title, "tables": [list(table) for table in tables]})))


def home(_request: HttpRequest, tenant: int, index: str) -> HttpResponse:
    with tenant_tx(tenant):
        found = Certificate.objects.filter(contacts__phone_index=bytes.fromhex(index)).order_by("not_after")
        return _page(
            "home",
            found.values_list("serial", "holder_name", "medium_number", "not_before", "not_after", "ca_status"),
        )


def order(_request: HttpRequest, tenant: int, public_id: str) -> HttpResponse:
    with tenant_tx(tenant):
        row = Order.objects.filter(public_id=public_id)
        return _page(
            "order",
            row.values_list("number", "status", "next_actor", "due_on", "organisation__name", "opened_at"),
            StepRecord.objects.filter(order__in=row).values_list("name", "state", "phase", "reason"),
            OrderAct.objects.filter(order__in=row).values_list("at", "step", "action", "actor_label"),
        )


def orders(_request: HttpRequest, tenant: int) -> HttpResponse:
    with tenant_tx(tenant):
        found = Order.objects.order_by("-opened_at", "-id")[:50]
        return _page(
            "orders",
            found.values_list(
                "number",
                "opened_at",
                "organisation__name",
                "status",
                "next_actor",
                "due_on",
                "items__certificate__serial",
            ),
        )


def directory(_request: HttpRequest) -> HttpResponse:
    return _page("directory", Tenant.objects.values_list("slug", "name"))


urlpatterns = [
    path("home/<int:tenant>/<str:index>/", home),
    path("order/<int:tenant>/<str:public_id>/", order),
    path("orders/<int:tenant>/", orders),
    path("directory/", directory),
]
