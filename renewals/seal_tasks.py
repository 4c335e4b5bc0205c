"""Having seals made: the maker is asked with no transaction open; what it says comes home through the one door (P7)."""

from base64 import b64encode
from typing import Any, cast

from portal import jobs
from portal.accounts.actor import Actor
from portal.files import store
from portal.files.kinds import Kind
from portal.files.previews import page_images
from portal.tenants import tenant_tx
from renewals import orders
from renewals.issuing.requests import parse
from renewals.lifecycle import LifecycleRefused
from renewals.models import SealRecord
from renewals.seal_maker_of_tenant import seal_maker_of, trusted
from renewals.sealing import Picture, SealInvalid, SealKind, SealOrder, SealRefused, verify
from renewals.sealing.impression import NoImpression, impression, size_mm

SYSTEM = Actor.system("seals")


@jobs.handler("renewals.make_seal", kind="outside", max_attempts=20)
def make_seal(job: jobs.JobContext) -> jobs.Finish | None:
    """Impression → picture → seal, verified before it is believed. Asked again it gives the same seal."""
    with tenant_tx(job.tenant):
        record = SealRecord.objects.select_related("certificate", "impression", "item").get(
            public_id=job.payload["seal"]
        )
    if record.state != SealRecord.State.REQUESTED or record.certificate is None or record.requested_at is None:
        return None
    try:
        picture = _picture(record)
    except NoImpression:
        return _finish(job, record, "refused", {"reason": "no_impression"})
    certificate = parse(bytes(record.certificate.signing_der))
    try:
        made = seal_maker_of(job.tenant).make(
            SealOrder(
                request_id=record.request_id,
                name=record.name,
                kind=_kind(record.certificate.holder_kind),
                certificate_der=certificate.der,
                algorithm=certificate.algorithm,
                picture=picture,
                valid_from=max(record.requested_at, certificate.not_before),
                valid_until=certificate.not_after,
            )
        )
    except SealRefused:
        return _finish(job, record, "refused", {"reason": "by_maker"})
    chain, roots = trusted(job.tenant, certificate.algorithm)
    at = max(record.requested_at, certificate.not_before).replace(microsecond=0)
    try:
        verify(made, certificate=certificate.der, at=at, roots=roots, chain=chain)
    except SealInvalid:
        return _finish(job, record, "refused", {"reason": "not_valid"})
    return _finish(job, record, "made", {"seal": made})


def _kind(holder_kind: str) -> SealKind:
    return SealKind.PERSON if holder_kind == "organisation_personal" else SealKind.ORGANISATION


def _picture(record: SealRecord) -> Picture:
    """Of a seal that is bound again its own; of a new one the impression, cut out of the scan's first page."""
    if record.picture:
        return Picture(bytes(record.picture), record.width_mm, record.height_mm)
    if record.impression is None:
        raise NoImpression("no file")
    kind = cast("Kind", record.impression.kind)
    with (
        store.opened(record.impression, by=SYSTEM, reason="制作电子签章") as content,
        page_images(content, kind, image_format="png", only=[1]) as pages,
    ):
        png = impression(next(pages).data)
    width, height = size_mm(png, width_mm=record.width_mm)
    return Picture(png, width, height)


def _finish(job: jobs.JobContext, record: SealRecord, action: str, data: dict[str, Any]) -> jobs.Finish:
    def finish() -> None:
        try:
            orders.act(
                job.payload["order"],
                action,
                step=job.payload["step"],
                item=record.item.public_id if record.item else None,
                by=SYSTEM,
                data=_encoded(data) | {"request_id": record.request_id},
                key=f"make_seal:{action}:{record.public_id}",
            )
        except LifecycleRefused:
            return  # the order has ended, or the step was sent back meanwhile

    return jobs.Finish(finish)


def _encoded(data: dict[str, Any]) -> dict[str, Any]:
    return {name: b64encode(value).decode() if isinstance(value, bytes) else value for name, value in data.items()}
