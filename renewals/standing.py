"""What the CA says of the registry's certificates, from its revocation lists, once an hour (RULES A6).

Right before it issues, the CA is asked about that very certificate all the same (RULES P13): a list is hours old.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from typing import Final

from django.utils import timezone

from portal import gm, jobs
from portal.gm.crl import CertificateRevocationList, Revoked
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from renewals.ca.base import Algorithm, CaConnector, UnknownCertificate
from renewals.ca_of_tenant import ca_of
from renewals.models import CaStatus, Certificate

CHUNK: Final = 500
MOST_ASKED: Final = 200  # frozen ones that are asked about one by one, in a run
_BY_REASON: Final = {
    "certificateHold": CaStatus.FROZEN,
    "superseded": CaStatus.REPLACED,
    "removeFromCRL": CaStatus.VALID,
}
_BY_STATE: Final = {status.value: status for status in (CaStatus.VALID, CaStatus.REVOKED, CaStatus.REPLACED)}


@jobs.handler("renewals.refresh_standing", kind="outside", max_attempts=3)
def refresh_standing(job: jobs.JobContext) -> None:
    with tenant_tx(job.tenant):
        used = set(Certificate.objects.order_by().values_list("algorithm", flat=True).distinct())
    ca = ca_of(job.tenant)
    for name, algorithm in (("sm2", "SM2"), ("rsa", "RSA")):
        if name in used:
            _take(job.tenant, _list_of(ca, algorithm))  # type: ignore[arg-type]
    _ask_about_the_frozen(job.tenant, ca)


def _list_of(ca: CaConnector, algorithm: Algorithm) -> CertificateRevocationList:
    """Verified under the issuing CA: what isn't signed by it says nothing. GmError otherwise."""
    found = CertificateRevocationList.from_der(ca.crl(algorithm))
    found.verify(gm.Certificate.from_der(ca.chain(algorithm)[0]))
    return found


def _take(tenant: Tenant, found: CertificateRevocationList) -> None:
    rest = iter(found.revoked.values())
    while chunk := list(islice(rest, CHUNK)):
        for status, serials in _by_status(chunk).items():
            with tenant_tx(tenant, write=True):
                rows = Certificate.objects.filter(serial__in=serials).exclude(ca_status=status)
                rows.update(ca_status=status, ca_status_at=timezone.now())


def _by_status(lines: Iterable[Revoked]) -> dict[CaStatus, list[str]]:
    found: dict[CaStatus, list[str]] = {}
    for line in lines:
        found.setdefault(_BY_REASON.get(line.reason, CaStatus.REVOKED), []).extend(_serials(line.serial))
    return found


def _serials(number: int) -> Iterator[str]:
    """As certificates print it, and as a CA's export may have it."""
    text = f"{number:X}"
    yield text
    if len(text) % 2:
        yield f"0{text}"


def _ask_about_the_frozen(tenant: Tenant, ca: CaConnector) -> None:
    """One that is thawed leaves the list without a word; one that the CA's file called frozen never stood there."""
    with tenant_tx(tenant):
        frozen = Certificate.objects.filter(ca_status=CaStatus.FROZEN, not_after__gt=timezone.now())
        asked = list(frozen.order_by("ca_status_at", "pk").values_list("pk", "serial")[:MOST_ASKED])
    for pk, serial in asked:
        try:
            status = _BY_STATE.get(ca.status(serial).state)
        except UnknownCertificate:
            continue
        if status is not None:
            with tenant_tx(tenant, write=True):
                Certificate.objects.filter(pk=pk, ca_status=CaStatus.FROZEN).update(
                    ca_status=status, ca_status_at=timezone.now()
                )


jobs.recurring("renewals.refresh_standing", every=timedelta(hours=1))
