"""Browsers of colleagues, and rows for lists. Pages are asked for under /szca/, as in life."""

import itertools
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Organisation
from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from renewals.models import Certificate, Order, OrderItem
from renewals.publishing import current
from tests.portal.accounts.people import browser_of, make_staff
from tests.renewals.hall import Hall

_numbers = itertools.count(1)
Browse = Callable[..., Client]


@pytest.fixture
def browse(hall: Hall) -> Browse:
    """``browse(Role.REVIEWER)``: a browser in which a new colleague with these roles is signed in."""

    def made(*roles: Role) -> Client:
        return browser_of(make_staff(hall.tenant, *roles))

    return made


def add_certificate(hall: Hall, **more: Any) -> Certificate:
    """A row of the registry; nothing is issued for it."""
    number = next(_numbers)
    with tenant_tx(hall.tenant, write=True):
        organisation, _made = Organisation.objects.get_or_create(
            name=more.pop("organisation", "深圳市测试精密制造有限公司")
        )
        return Certificate.objects.create(
            **{
                "programme_slug": "cgn-sm2",
                "organisation": organisation,
                "serial": f"AA{number:06X}",
                "subject": "CN=测试",
                "holder_kind": "organisation",
                "holder_name": organisation.name,
                "holder_code": f"9144030012345{number:05d}",
                "medium_number": f"3888{number:012d}",
                "key_model": "SZCA-SM2 Ukey",
                "algorithm": "sm2",
                "not_before": timezone.now(),
                "not_after": timezone.now(),
                "signing_der": b"der",
                **more,
            }
        )


def add_order(
    hall: Hall, *, opened_at: datetime | None = None, certificate: Certificate | None = None, **more: Any
) -> Order:
    """A row for the list, with its projection as given; it was never walked."""
    number = next(_numbers)
    certificate = certificate or add_certificate(
        hall, organisation=more.pop("organisation", "深圳市测试精密制造有限公司")
    )
    with tenant_tx(hall.tenant, write=True):
        order = Order.objects.create(
            **{
                "number": f"012026112{number:08d}",
                "programme": current("cgn-sm2"),
                "organisation": certificate.organisation,
                "customer": hall.customer,
                "path": "unexpired",
                "facts": {},
                "status": "draft",
                "next_actor": "customer",
                **more,
            }
        )
        OrderItem.objects.create(order=order, certificate=certificate)
        if opened_at is not None:
            Order.objects.filter(pk=order.pk).update(opened_at=opened_at)
        return order


def day(text: str) -> date:
    return date.fromisoformat(text)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
