"""Demo certificates: really issued by the development CA, on soft keys of the bridge simulator, in every state."""

from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from stdnum.cn import uscc

from portal.accounts.memberships import organisation_named
from portal.gm import Certificate as X509Certificate
from portal.gm import x509
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from renewals.bridge.simulator import SoftKeyDesk
from renewals.bridge.simulator.soft_key import load_key
from renewals.ca.dev import DevCa
from renewals.ca_of_tenant import ca_of
from renewals.demo.people import CUSTOMERS, DEMO, EXPIRED, MAIN_CUSTOMER, UNEXPIRED
from renewals.models import Certificate, CertificateContact

PIN = "123456"  # of every demo key


@dataclass(frozen=True)
class Holding:
    """One demo certificate: ``days_left`` may be negative; ``contact`` a mobile of people.CUSTOMERS or ""."""

    slug: str
    organisation: str
    code_body: str  # the credit code's first 17 characters; the check character is computed
    medium: str
    days_left: int
    contact: str
    state: str = "valid"
    programme: str = "cgn-sm2"
    algorithm: str = "sm2"
    key_model: str = "SZCA-SM2 Ukey"

    @property
    def credit_code(self) -> str:
        return self.code_body + str(uscc.calc_check_digit(self.code_body))


_JINGMI = ("深圳市测试精密制造有限公司", "91440300MA5DEM001")
_HAIYUN = ("深圳市示例海运物流有限公司", "91440300MA5DEM002")
_LVNENG = ("广东样例绿能科技股份有限公司", "91440000MA5DEM003")
_YILIAO = ("深圳市示范医疗器械有限公司", "91440300MA5DEM004")
_DIANZI = ("东莞市样本电子科技有限公司", "91441900MA5DEM005")
_JIANCAI = ("惠州市演示建材有限公司", "91441300MA5DEM006")
_GUANGDIAN = ("珠海市例证光电有限公司", "91440400MA5DEM007")
_FIRST = MAIN_CUSTOMER

HOLDINGS: tuple[Holding, ...] = (
    Holding("szca", *_JINGMI, "3888000000000101", 21, _FIRST),
    Holding("szca", *_JINGMI, "3888000000000102", 4, _FIRST),
    Holding("szca", *_JINGMI, "3888000000000103", 74, _FIRST),
    Holding("szca", *_JINGMI, "3888000000000104", 263, _FIRST),
    Holding("szca", *_JINGMI, "3888000000000105", -12, _FIRST),
    Holding("szca", *_HAIYUN, "3888000000000106", 40, _FIRST, state="frozen"),
    Holding("szca", *_HAIYUN, "3888000000000107", 55, _FIRST, state="revoked"),
    Holding("szca", *_HAIYUN, "2777000000000108", 33, _FIRST),
    Holding("szca", *_JINGMI, "3888000000000109", 16, _FIRST),
    *(
        Holding("szca", *(_HAIYUN, _LVNENG)[n % 2], f"38880000000002{n:02d}", 9 + 6 * n, mobile)
        for n, mobile in enumerate(UNEXPIRED, start=1)
    ),
    *(
        Holding("szca", *(_YILIAO, _DIANZI, _JIANCAI, _GUANGDIAN)[n % 4], f"38880000000005{n:02d}", 3 - 19 * n, mobile)
        for n, mobile in enumerate(EXPIRED, start=1)
    ),
    Holding("szca", *_GUANGDIAN, "3888000000000598", -8, _FIRST),
    Holding(
        "szca", *_DIANZI, "3888000000000599", -45, ""
    ),  # nobody's: claim it with the key, or by sealed authorisation
    Holding("szca", *_LVNENG, "3888000000000399", 15, ""),  # nobody's yet: claim it with the key
    *(
        Holding("sscc", *_LVNENG, f"EP3000GM{n:06d}", days, _FIRST, programme="epass3000gm", key_model="ePass3000GM")
        for n, days in ((1, 60), (2, -30), (3, -120))
    ),
    *(
        Holding("netca", *_JINGMI, f"NETCA{n:08d}", days, _FIRST, programme="client-renewal", key_model="NETCA Key")
        for n, days in ((1, 45), (2, -8))
    ),
)


def desk_folder() -> Path:
    """Where `manage.py bridge-simulator` keeps its keys by default."""
    return settings.CERTHALL.data_dir / "soft-keys"


def load(halls: dict[str, Tenant]) -> None:
    """Issue and register what isn't there yet."""
    desk = SoftKeyDesk(desk_folder())
    for holding in HOLDINGS:
        if holding.slug in halls:
            add(halls[holding.slug], holding, desk)


def add(tenant: Tenant, holding: Holding, desk: SoftKeyDesk) -> Certificate:
    """One certificate: key made, certified by the development CA, put on the key, registered."""
    with tenant_tx(tenant):
        known = Certificate.objects.filter(medium_number=holding.medium).order_by("id").first()
    if known is not None:
        return known
    issued = _issue(tenant, holding, desk)
    certificate = X509Certificate.from_der(issued[0])
    ca = ca_of(tenant)
    if holding.state == "frozen" and isinstance(ca, DevCa):
        ca.freeze(certificate.serial_hex)
    if holding.state == "revoked":
        ca.revoke(certificate.serial_hex, "cessationOfOperation", request_id=f"demo-revoke-{holding.medium}")
    with tenant_tx(tenant, write=True):
        return _register(holding, certificate, issued[1])


def _issue(tenant: Tenant, holding: Holding, desk: SoftKeyDesk) -> tuple[bytes, bytes | None]:
    ca = ca_of(tenant)
    if not isinstance(ca, DevCa):
        raise TypeError("demo certificates come from the development CA alone")
    key = desk.find(holding.medium)
    makes = "RSA2048" if holding.algorithm == "rsa" else "SM2"
    serial = (
        key.serial
        if key
        else desk.provision(holding.medium, holding.organisation, PIN, makes, model=holding.key_model).serial
    )
    container = desk.key(serial).containers[0]
    today = timezone.now().astimezone(ZoneInfo(tenant.timezone))
    ends = (today.replace(hour=23, minute=59, second=59, microsecond=0) + timedelta(days=holding.days_left)).astimezone(
        UTC
    )
    subject = x509.build_name(
        [
            ("C", "CN"),
            ("ST", "广东省"),
            ("L", "深圳市"),
            ("O", holding.organisation),
            ("CN", f"{holding.organisation}-{holding.medium[-4:]}"),
        ]
    )
    issued = ca.issue_initial(
        f"demo-{holding.medium}",
        subject_der=subject,
        public_key=x509.public_key_of(load_key(container.signing_key, container.algorithm)),
        not_before=ends - timedelta(days=730),
        not_after=ends,
    )
    if not container.signing_certificate:
        desk.install_initial(
            serial, issued.signing_certificate_der, issued.encryption_certificate_der, issued.enveloped_key_der
        )
    return issued.signing_certificate_der, issued.encryption_certificate_der


def _register(holding: Holding, certificate: X509Certificate, encryption: bytes | None) -> Certificate:
    organisation = organisation_named(holding.organisation, credit_code=holding.credit_code, by=DEMO)
    made = Certificate.objects.create(
        programme_slug=holding.programme,
        organisation=organisation,
        serial=certificate.serial_hex,
        subject=certificate.subject,
        holder_kind="organisation",
        holder_name=holding.organisation,
        holder_code=holding.credit_code,
        medium_number=holding.medium,
        key_model=holding.key_model,
        algorithm=holding.algorithm,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        ca_status=holding.state,
        ca_status_at=timezone.now(),
        signing_der=certificate.der,
        encryption_der=encryption,
    )
    if holding.contact:
        CertificateContact.objects.create(certificate=made, name=CUSTOMERS[holding.contact], phone=holding.contact)
    return made
