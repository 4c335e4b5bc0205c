"""Showing one sealed field of an application to a member of staff, for a reason; both stand in the audit log."""

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from portal import audit
from portal.accounts.actor import actor_of
from portal.errors import NotFound
from portal.tenants import tenant_tx
from renewals.models import ApplicationVersion
from renewals.staff_selectors.order import find
from renewals.steps.application import answers_of


@sensitive_variables("value")
def reveal_field(request: HttpRequest, public_id: str, version: int, name: str, *, reason: str) -> str:
    """The text, or that nothing was filled in. NotFound for another order or version."""
    by = actor_of(request)
    with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
        order = find(public_id)
        application = ApplicationVersion.objects.filter(order=order, version=version).first()
        if application is None:
            raise NotFound
        value = answers_of(application, by=by, reason=reason).get(name, "")
        audit.record(
            "order.revealed",
            by=by,
            subject=f"order:{order.public_id}",
            detail={"field": name, "application_version": version, "reason": reason},
        )
    return value or _("（没有填写）")
