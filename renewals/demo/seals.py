"""The electronic seals that demo certificates have already: made by the development maker, written, on record (P7)."""

from django.utils import timezone

from portal.gm import Certificate as X509Certificate
from portal.gm import sm3
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from renewals.bridge.simulator import SoftKeyDesk
from renewals.models import Certificate, SealRecord
from renewals.seal_maker_of_tenant import seal_maker_of
from renewals.sealing import Picture, SealKind, SealOrder
from renewals.sealing.impression import impression, size_mm
from renewals.walking import paper

WIDTH_MM = 40


def stand(tenant: Tenant, certificate: Certificate, desk: SoftKeyDesk) -> None:
    """A seal that works with this certificate; again changes nothing."""
    with tenant_tx(tenant):
        if SealRecord.objects.filter(certificate=certificate, state=SealRecord.State.VERIFIED).exists():
            return
    png = impression(paper.impression(certificate.holder_name))
    width, height = size_mm(png, width_mm=WIDTH_MM)
    held = X509Certificate.from_der(bytes(certificate.signing_der))
    request_id = f"demo-{held.fingerprint_sm3.hex()[:32]}"
    personal = certificate.holder_kind == "organisation_personal"
    data = seal_maker_of(tenant).make(
        SealOrder(
            request_id=request_id,
            name=certificate.holder_name,
            kind=SealKind.PERSON if personal else SealKind.ORGANISATION,
            certificate_der=held.der,
            algorithm=held.algorithm,
            picture=Picture(png, width, height),
            valid_from=held.not_before,
            valid_until=held.not_after,
        )
    )
    key = desk.find(certificate.medium_number)
    if key is not None:
        with desk.editing(key.serial) as stored:
            for container in stored.containers:
                if container.signing_certificate == held.der:
                    container.seal = data
    with tenant_tx(tenant, write=True):
        SealRecord.objects.create(
            certificate=certificate,
            origin=SealRecord.Origin.IMPORTED,
            state=SealRecord.State.VERIFIED,
            request_id=request_id,
            name=certificate.holder_name,
            picture=png,
            width_mm=width,
            height_mm=height,
            data=data,
            digest=sm3(data).hex(),
            made_at=held.not_before,
            verified_at=timezone.now(),
        )
