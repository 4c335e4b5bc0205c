"""Demo orders of the other programmes, each left where somebody else has to act; walked there by the generic moves."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from renewals.bridge.simulator import SoftKeyDesk
from renewals.demo.certificates import desk_folder
from renewals.demo.people import CUSTOMERS, customer
from renewals.models import Certificate, OrderItem
from renewals.walking.journey import go_through, open_order
from renewals.walking.pay_desk import PayDesk
from renewals.walking.walk import Walk


@dataclass(frozen=True)
class Stop:
    """An order for the certificates on these media (or with these numbers), left before its step ``before``.

    ``before`` "" walks it to the end. ``said``: answers that differ from the usual ones.
    """

    hall: str
    keys: tuple[str, ...]
    mobile: str
    path: str
    before: str
    business: str = "renewal"
    said: Mapping[str, str] = field(default_factory=dict)


STOPS = (
    Stop("sscc", ("EP3000GM000102",), "19900000041", "online", "issuance"),
    Stop("sscc", ("EP3000GM000101", "EP3000GM000103"), "19900000041", "offline", "mail_in"),
    Stop("sscc", ("EP3000GM000105",), "19900000041", "offline", "production"),
    Stop("sscc", ("EP3000GM000107",), "19900000041", "offline", "delivery"),
    Stop("sscc", ("EP3000GM000111",), "19900000041", "new_medium", "review", business="replacement"),
    Stop("sscc", ("EP3000GM000113",), "19900000041", "offline", ""),
    Stop("sscc", ("K00213#0",), "19900000046", "file_download", "delivery"),
    Stop("szca", ("FT3003000005",), "19900000054", "upgrade", "production", business="token_model_change"),
    Stop(
        "szca", ("FT3003000007",), "19900000055", "upgrade", "delivery", "token_model_change", {"collection": "pickup"}
    ),
    Stop("szca", ("FT3003000004",), "19900000053", "upgrade", "payment", "token_model_change", {"seal": "yes"}),
    Stop("netca", ("NETCA00000102",), "19900000061", "expired", "review"),
    Stop("netca", ("NETCA00000111",), "19900000062", "unexpired", "issuance"),
)


def missing(halls: Mapping[str, Tenant]) -> list[Stop]:
    """Those of which no order was ever begun."""
    return [stop for stop in STOPS if stop.hall in halls and not _begun(halls[stop.hall], stop)]


def load(halls: Mapping[str, Tenant], desk: SoftKeyDesk, pay_desk: PayDesk) -> int:
    """How many orders were made."""
    stops = missing(halls)
    for stop in stops:
        _walk(halls[stop.hall], stop, desk, pay_desk)
    return len(stops)


def _begun(tenant: Tenant, stop: Stop) -> bool:
    with tenant_tx(tenant):
        return OrderItem.objects.filter(certificate__in=[c.pk for c in _held(stop)]).exists()


def _held(stop: Stop) -> list[Certificate]:
    """The first certificate with each of these media or numbers."""
    found: list[Certificate] = []
    for key in stop.keys:
        named = {"number": key} if key.endswith("#0") else {"medium_number": key}
        found += Certificate.objects.filter(**named).order_by("id")[:1]
    return found


def _walk(tenant: Tenant, stop: Stop, desk: SoftKeyDesk, pay_desk: PayDesk) -> None:
    with tenant_tx(tenant, write=True):
        user = customer(stop.mobile, CUSTOMERS[stop.mobile])
        held = _held(stop)
    walk = Walk(
        tenant,
        user,
        desk,
        pay_desk,
        session="demo",
        mobile=stop.mobile,
        hall_desk=SoftKeyDesk(desk_folder().with_name("hall-keys")),
        said=stop.said,
    )
    order = open_order(walk, held, stop.business, stop.path)
    go_through(walk, order, until=lambda turn: turn.step == stop.before)
    walk.settle_down()
