"""Demo certificates: really issued by the development CA, on soft keys of the bridge simulator or in files."""

from datetime import UTC, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from portal.accounts.memberships import organisation_named
from portal.accounts.models import Organisation
from portal.gm import Certificate as X509Certificate
from portal.gm import PublicKey, x509
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from renewals.bridge.simulator import SoftKeyDesk
from renewals.bridge.simulator.soft_key import load_key
from renewals.ca.base import Issued
from renewals.ca.dev import DevCa
from renewals.ca_of_tenant import ca_of
from renewals.demo import pfx, seals
from renewals.demo.holdings import HOLDINGS, Holding
from renewals.demo.people import CUSTOMERS, DEMO
from renewals.models import Certificate, CertificateContact, Gateway

PIN = "123456"  # of every demo key


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
        named = {"medium_number": holding.medium} if holding.medium else {"number": holding.number}
        known = Certificate.objects.filter(**named).order_by("id").first()
    if known is not None:
        return known
    issued = _issue(tenant, holding, desk)
    certificate = X509Certificate.from_der(issued.signing_certificate_der)
    ca = ca_of(tenant)
    if holding.state == "frozen" and isinstance(ca, DevCa):
        ca.freeze(certificate.serial_hex)
    if holding.state == "revoked":
        ca.revoke(certificate.serial_hex, "cessationOfOperation", request_id=f"demo-revoke-{holding.key}")
    with tenant_tx(tenant, write=True):
        made = _register(holding, certificate, issued.encryption_certificate_der)
    if holding.has_seal:
        seals.stand(tenant, made, desk)
    return made


def _issue(tenant: Tenant, holding: Holding, desk: SoftKeyDesk) -> Issued:
    """Certified by the CA, and put where its key is: on the soft key, or in the file."""
    if not holding.medium:
        key = pfx.key_of(holding.number)
        issued = _certify(tenant, holding, key.public_key(), want_encryption=False)
        pfx.save(holding.number, key, issued.signing_certificate_der)
        desk.files.import_pfx(pfx.path_of(holding.number).read_bytes(), pfx.PASSWORD)
        return issued
    algorithm = "RSA2048" if holding.algorithm == "rsa" else "SM2"
    known = desk.find(holding.medium)
    soft = known or desk.provision(holding.medium, holding.organisation, PIN, algorithm, model=holding.key_model)
    container = desk.key(soft.serial).containers[0]
    public = x509.public_key_of(load_key(container.signing_key, container.algorithm))
    issued = _certify(tenant, holding, public)
    if not container.signing_certificate:
        desk.install_initial(
            soft.serial, issued.signing_certificate_der, issued.encryption_certificate_der, issued.enveloped_key_der
        )
    return issued


def _certify(tenant: Tenant, holding: Holding, public_key: PublicKey, *, want_encryption: bool = True) -> Issued:
    ca = ca_of(tenant)
    if not isinstance(ca, DevCa):
        raise TypeError("demo certificates come from the development CA alone")
    today = timezone.now().astimezone(ZoneInfo(tenant.timezone))
    last_day = today.replace(hour=23, minute=59, second=59, microsecond=0) + timedelta(days=holding.days_left)
    ends = last_day.astimezone(UTC)
    subject = x509.build_name(
        [
            ("C", "CN"),
            ("ST", "广东省"),
            ("L", "深圳市"),
            ("O", holding.organisation),
            ("CN", f"{holding.organisation}-{holding.tail}"),
        ]
    )
    return ca.issue_initial(
        f"demo-{holding.key}",
        subject_der=subject,
        public_key=public_key,
        not_before=ends - timedelta(days=365 * holding.years),
        not_after=ends,
        want_encryption=want_encryption,
    )


def _register(holding: Holding, certificate: X509Certificate, encryption: bytes | None) -> Certificate:
    organisation = organisation_named(holding.organisation, credit_code=holding.credit_code, by=DEMO)
    made = Certificate.objects.create(
        programme_slug=holding.programme,
        organisation=organisation,
        serial=certificate.serial_hex,
        subject=certificate.subject,
        holder_kind=holding.holder_kind,
        holder_name=holding.organisation,
        holder_code=holding.credit_code,
        medium_number=holding.medium,
        key_model=holding.key_model,
        algorithm=holding.algorithm,
        storage=holding.storage,
        has_seal=holding.has_seal,
        number=holding.number,
        kind=holding.kind,
        gateway=_gateway(holding, organisation),
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


def _gateway(holding: Holding, organisation: Organisation) -> Gateway | None:
    if holding.gateway is None:
        return None
    held = holding.gateway
    told = {"organisation": organisation, "type": held.type, "system": held.system, "state": held.state}
    gateway: Gateway = Gateway.objects.get_or_create(code=held.code, defaults=told)[0]
    return gateway
