"""``hall``: a tenant with its programme, a customer and a soft key (tests/renewals/hall.py tells what it can do)."""

from pathlib import Path

import pytest

from payments import demo as payments_demo
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from renewals import liveness_tasks, tasks
from renewals.bridge.simulator import SoftKeyDesk
from renewals.demo import halls, people
from renewals.publishing import publish
from tests.renewals.hall import FakeIdentity, Hall
from tests.renewals.handler import FakeLiveness, Handler, new_handler
from tests.renewals.office import made_office
from tests.renewals.packs import shipped


@pytest.fixture
def desk(tmp_path: Path) -> SoftKeyDesk:
    return SoftKeyDesk(tmp_path / "keys")


@pytest.fixture
def hall(db: None, desk: SoftKeyDesk, monkeypatch: pytest.MonkeyPatch) -> Hall:
    """In the test's own transaction. For real ones add the marker django_db(transaction=True)."""
    return made_hall(desk, monkeypatch)


def made_hall(desk: SoftKeyDesk, monkeypatch: pytest.MonkeyPatch) -> Hall:
    tenant = Tenant.objects.create(slug="szca", **halls.HALLS["szca"])
    with tenant_tx(tenant, write=True):
        publish(shipped())
        customer = people.customer(people.MAIN_CUSTOMER, people.CUSTOMERS[people.MAIN_CUSTOMER])
    identity = FakeIdentity()
    monkeypatch.setattr(tasks, "identity_service", lambda: identity)
    return Hall(tenant, customer, desk, identity)


@pytest.fixture
def office(db: None, desk: SoftKeyDesk, monkeypatch: pytest.MonkeyPatch) -> Hall:
    """深证通's hall, and an office with certificates behind gateways (tests/renewals/office.py)."""
    made = made_office(desk)
    monkeypatch.setattr(tasks, "identity_service", lambda: made.identity)
    return made


@pytest.fixture
def channels(hall: Hall, tmp_path_factory: pytest.TempPathFactory) -> Hall:
    """The hall with accounts at payment channels and an issuer that nobody listens behind."""
    folder = tmp_path_factory.getbasetemp() / "merchants"
    payments_demo.load(hall.tenant, folder=folder, pay_url="http://127.0.0.1:9", invoice_url="http://127.0.0.1:9")
    return hall


@pytest.fixture
def handler(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> Handler:
    """An expired certificate's order that waits for the handler's phone (tests/renewals/handler.py)."""
    service = FakeLiveness()
    monkeypatch.setattr(liveness_tasks, "identity_service", lambda: service)
    return new_handler(hall, service)
