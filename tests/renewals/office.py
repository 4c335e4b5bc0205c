"""深证通's hall and an office with several certificates behind gateways (RULES A12). ``Hall`` does the rest."""

import itertools

from portal.tenants import tenant_tx
from portal.tenants.models import ServicePoint, Tenant
from renewals.bridge.simulator import SoftKeyDesk
from renewals.demo import halls, people
from renewals.demo.certificates import add
from renewals.demo.holdings import HeldGateway, Holding
from renewals.models import Certificate
from renewals.publishing import publish
from tests.renewals.hall import FakeIdentity, Hall
from tests.renewals.packs import shipped

BROKER = ("深圳市测试证券股份有限公司", "91440300MA5DEM011")
FUND = ("深圳市示例基金管理有限公司", "91440300MA5DEM012")
CONTACT = "19900000041"
SETTLEMENT, QUOTES = ("结算通信网关", "结算通信系统"), ("行情通信网关", "行情系统")
_numbers = itertools.count(1)  # media are never used twice: the development CA outlives a test's rollback


def made_office(desk: SoftKeyDesk) -> Hall:
    """In the test's own transaction; ``hall.customer`` is the office's handler."""
    tenant = Tenant.objects.create(slug="sscc", **halls.HALLS["sscc"])
    with tenant_tx(tenant, write=True):
        publish(shipped("sscc/epass3000gm"))
        customer = people.customer(CONTACT, people.CUSTOMERS[CONTACT])
        ServicePoint.objects.create(
            tenant=tenant, name="证书室", address="深圳市福田区示例路 28 号", hours="工作日 9:00–17:00"
        )
    return Hall(tenant, customer, desk, FakeIdentity(), mobile=CONTACT)


def held(
    hall: Hall,
    days: int,
    *,
    of: tuple[str, str] = BROKER,
    gateway: tuple[str, str] = SETTLEMENT,
    **more: str,
) -> Certificate:
    """A certificate of the office, really issued, behind a gateway of its own."""
    n = next(_numbers)
    holding = Holding(
        "sscc",
        *of,
        f"EP3000GM9{n:05d}",
        days,
        CONTACT,
        programme="epass3000gm",
        key_model="ePass3000GM",
        number=f"JSB9{n:04d}@1",
        kind="gateway",
        gateway=HeldGateway(f"H9{n:04d}", *gateway),
        years=5,
        **more,  # type: ignore[arg-type]
    )
    return add(hall.tenant, holding, hall.desk)
