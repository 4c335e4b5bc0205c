"""A hall with much in it, in a folder that goes away: 50 certificates of one customer, 20,000 orders.

Import it before Django: it points the settings at the folder.
"""

import atexit
import os
import random
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

FOLDER = Path(tempfile.mkdtemp(prefix="certhall-bench-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
os.environ.update(
    DJANGO_SETTINGS_MODULE="portal.settings",
    CERTHALL_ENV="test",
    CERTHALL_DATA_DIR=str(FOLDER),
    CERTHALL_JOB_ENGINE="inline",
)
(FOLDER / "staticfiles").mkdir()

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpRequest  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from payments import ledger  # noqa: E402
from payments.models import Charge  # noqa: E402
from portal.accounts import visits  # noqa: E402
from portal.accounts.actor import Actor  # noqa: E402
from portal.accounts.memberships import organisation_named  # noqa: E402
from portal.accounts.middleware import cookie_name  # noqa: E402
from portal.accounts.models import Organisation, StaffTotpDevice, User  # noqa: E402
from portal.accounts.sessions import SessionStore  # noqa: E402
from portal.jobs import runner  # noqa: E402
from portal.jobs.models import Job  # noqa: E402
from portal.tenants import tenant_tx  # noqa: E402
from portal.tenants.models import Tenant  # noqa: E402
from renewals import orders  # noqa: E402
from renewals.bridge.simulator import SoftKeyDesk  # noqa: E402
from renewals.demo import certificates, halls, people  # noqa: E402
from renewals.demo.answers import answers  # noqa: E402
from renewals.lifecycle import NextActor, Status  # noqa: E402
from renewals.models import (  # noqa: E402
    Certificate,
    CertificateContact,
    IdentityCheck,
    Order,
    OrderItem,
    ProgrammeVersion,
)
from renewals.programmes import shipped_packs  # noqa: E402
from renewals.publishing import current, publish  # noqa: E402
from renewals.validation.order_number import make_order_number  # noqa: E402

CERTIFICATES = 50
ORDERS = 20_000
HOST = "127.0.0.1:8000"
SYSTEM = Actor.system("bench")
_STATUSES = (
    (Status.COMPLETED, NextActor.NOBODY, 12),
    (Status.DRAFT, NextActor.CUSTOMER, 3),
    (Status.AWAITING_PAYMENT, NextActor.CUSTOMER, 2),
    (Status.READY_TO_INSTALL, NextActor.CUSTOMER, 2),
    (Status.CANCELLED, NextActor.NOBODY, 1),
)


@dataclass
class World:
    tenant: Tenant
    customer: User
    staff: User
    order: str  # paid, waits to be installed
    item: str

    @property
    def by(self) -> Actor:
        return Actor("customer", self.customer.pk, self.customer.masked_label, ip="127.0.0.1", session_hash="bench")

    def browser(self, user: User) -> Client:
        """A browser in which the user is signed in."""
        client, request = Client(headers={"host": HOST}), HttpRequest()
        request.session = SessionStore()
        request.session.tenant_id = self.tenant.pk
        with tenant_tx(self.tenant, write=True):
            visits.begin(request, user, StaffTotpDevice.objects.get(user=user) if user.is_staff else None)
            request.session.save()
        client.cookies[cookie_name(self.tenant)] = request.session.session_key or ""
        return client


def make(*, orders_wanted: int = ORDERS) -> World:
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    tenant = halls.load()["szca"]
    people.load_staff(tenant)
    with tenant_tx(tenant, write=True):
        publish(next(pack for pack in shipped_packs() if pack.key == "szca/cgn-sm2"))
        customer = people.customer(people.MAIN_CUSTOMER, people.CUSTOMERS[people.MAIN_CUSTOMER])
        staff = User.objects.get(username="service")
        organisation = organisation_named("深圳市测试精密制造有限公司", credit_code="91440300MA5DEM0010", by=SYSTEM)
        _certificates_of_the_customer(organisation)
    _orders_of_others(tenant, organisation, orders_wanted)
    world = World(tenant, customer, staff, "", "")
    _walk(world)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return world


def _certificate(organisation: Organisation, number: int, now: datetime, days_left: int) -> Certificate:
    return Certificate(
        programme_slug="cgn-sm2",
        organisation=organisation,
        serial=f"{number + 1:032X}",
        subject=f"CN={organisation.name}-{number}",
        holder_kind="organisation",
        holder_name=organisation.name,
        holder_code=organisation.credit_code,
        medium_number=f"3888{number:012d}",
        key_model="SZCA-SM2 Ukey",
        algorithm="sm2",
        not_before=now - timedelta(days=700),
        not_after=now + timedelta(days=days_left),
        signing_der=b"0",
    )


def _certificates_of_the_customer(organisation: Organisation) -> None:
    mobile = people.MAIN_CUSTOMER
    for number in range(CERTIFICATES):
        row = _certificate(organisation, number, timezone.now(), number * 5 - 20)
        row.save()
        CertificateContact.objects.create(certificate=row, name=people.CUSTOMERS[mobile], phone=mobile)


def _orders_of_others(tenant: Tenant, organisation: Organisation, wanted: int) -> None:
    """Somebody else's, ten to a certificate, one every twenty minutes up to now."""
    chance, now = random.Random(2026), timezone.now()  # noqa: S311  (the same hall every time)
    statuses = [(status, actor) for status, actor, weight in _STATUSES for _ in range(weight)]
    opened = Order._meta.get_field("opened_at")
    opened.auto_now_add = False  # type: ignore[attr-defined]  # these weren't all opened today
    try:
        for start in range(0, wanted, 2000):
            numbers = range(start, min(wanted, start + 2000))
            with tenant_tx(tenant, write=True):
                other = people.customer("19900000011", people.CUSTOMERS["19900000011"])
                rows = Certificate.objects.bulk_create(
                    [_certificate(organisation, 1000 + number, now, 40) for number in numbers[::10]]
                )
                made = Order.objects.bulk_create(
                    [
                        _order(current("cgn-sm2"), other, organisation, number, chance.choice(statuses), now)
                        for number in numbers
                    ]
                )
                OrderItem.objects.bulk_create(
                    [OrderItem(order=order, certificate=rows[n // 10]) for n, order in enumerate(made)]
                )
    finally:
        opened.auto_now_add = True  # type: ignore[attr-defined]


def _order(  # noqa: PLR0917  (a row's columns)
    programme: ProgrammeVersion,
    customer: User,
    organisation: Organisation,
    number: int,
    stands: tuple[Status, NextActor],
    now: datetime,
) -> Order:
    status, actor = stands
    ended: dict[str, Any] = {"closed_at": now} if status.terminal else {"due_on": (now + timedelta(days=9)).date()}
    return Order(
        number=make_order_number("01", now.date(), number + 100_000),
        programme=programme,
        organisation=organisation,
        customer=customer,
        path="unexpired",
        facts={},
        status=status,
        next_actor=actor,
        opened_at=now - timedelta(minutes=20 * (ORDERS - number)),
        **ended,
    )


def _walk(world: World) -> None:
    """One order through the door until it waits for its installation."""
    tenant = world.tenant
    holding = certificates.Holding(
        "szca", "深圳市测试精密制造有限公司", "91440300MA5DEM001", "3888000099999999", 30, people.MAIN_CUSTOMER
    )
    certificate = certificates.add(tenant, holding, SoftKeyDesk(FOLDER / "keys"))
    with tenant_tx(tenant, write=True):
        order = orders.open_order(programme=current("cgn-sm2"), certificate=certificate, by=world.by, key="open")
        world.order, world.item = order.public_id, order.items.get().public_id
        texts = {"accepted": [text.name for text in next(shipped_packs_of(tenant)).texts]}
        orders.act(world.order, "accept", step="consent", by=world.by, data=texts, key="consent")
        form = answers(people.MAIN_CUSTOMER, certificate)
        orders.act(world.order, "confirm", step="application", by=world.by, data=form, key="confirm")
        request = IdentityCheck.objects.get().request_id
        answered = {"request_id": request, "outcome": "match"}
        orders.act(world.order, "answered", step="identity", by=SYSTEM, data=answered, key="identity")
        charge = Charge.objects.get(public_id=Order.objects.get(public_id=world.order).charge)
        ledger.credit(
            channel="wechat",
            transaction_id="bench",
            amount_fen=charge.total_fen,
            paid_at=timezone.now(),
            evidence="bench",
            by=SYSTEM,
            charge_id=charge.pk,
        )
    with tenant_tx(tenant):
        job = Job.objects.get(handler="charge_settled").pk
    runner.run(tenant.pk, job)


def shipped_packs_of(tenant: Tenant) -> Any:
    return (pack for pack in shipped_packs() if pack.tenant == tenant.slug)
