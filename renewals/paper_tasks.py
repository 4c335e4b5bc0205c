"""Jobs about papers: the request form is drawn, and the QR code of its scan is read. Both may run again."""

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from PIL import Image

from portal import files, jobs
from portal.accounts.actor import Actor
from portal.files.accepted import Accepted
from portal.files.buffers import new_buffer
from portal.files.errors import FileErased, FileRefused
from portal.files.kinds import clean_name
from portal.files.previews import PageImage
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from portal.vault import SealedValueErased
from renewals import orders
from renewals.lifecycle import Kind, OrderEnded
from renewals.models import Document, FormPrint, Order
from renewals.publishing import pack_of
from renewals.request_form import printing, qr
from renewals.request_form.errors import (
    FontsUnavailable,
    GlyphMissing,
    RenderingRefused,
    ScanKeyUnknown,
    ScanNotOurs,
    ScanOfOtherOrder,
    ScanOfOtherPaper,
    ScanOfOtherVersion,
    ScanRefused,
)
from renewals.steps.papers import record_binding
from renewals.steps.request_form import PURPOSE, shown_on

BY: Final = Actor.system("request_form")
SCAN_DPI: Final = 200
A4: Final = (595, 842)  # points


@jobs.handler("renewals.print_form", kind="outside", max_attempts=12, lease=timedelta(seconds=90))
def print_form(job: jobs.JobContext) -> jobs.Finish | None:
    """Draw the form of this very version and keep its bytes; a character that no font has goes back to the customer."""
    with tenant_tx(job.tenant, write=True):  # revealing leaves an audit row
        wanted = FormPrint.objects.select_related("order__programme").get(public_id=job.payload["form_print"])
        if wanted.state != FormPrint.State.WAITING or wanted.order.closed_at is not None:
            return None
        try:
            data = shown_on(wanted, by=BY, reason="打印申请表")
        except SealedValueErased:
            return None
    try:
        printed = printing.print_form(job.tenant.pk, data)
    except GlyphMissing as missing:
        found = {"form_print": wanted.public_id, "characters": missing.characters[:40]}
        return jobs.Finish(lambda: _bring(wanted.order, "unprintable", found, f"unprintable:{wanted.public_id}"))
    except (FontsUnavailable, RenderingRefused):
        if job.is_last_attempt:
            raise
        raise jobs.Retry(min(600, 5 * 2**job.attempt)) from None
    with _accepted(printed.pdf, printed.pdf_digest, f"{data.title}{data.order_number}-{data.form_version}") as accepted:
        file = files.put(job.tenant, accepted, owner=wanted.order.vault_scope(), purpose=PURPOSE, previews=False)
    made = {
        "form_print": wanted.public_id,
        "file": file.public_id,
        "digest": printed.digest.hex(),
        "pdf_digest": printed.pdf_digest.hex(),
        "template_version": printed.template_version,
    }
    return jobs.Finish(lambda: _bring(wanted.order, "rendered", made, f"rendered:{file.public_id}"))


def _accepted(pdf: bytes, digest: bytes, name: str) -> Accepted:
    content = new_buffer()
    content.write(pdf)
    content.flush()
    return Accepted(
        kind="pdf",
        content_type="application/pdf",
        name=clean_name(f"{name}.pdf", "pdf"),
        size=len(pdf),
        pages=1,
        width=A4[0],
        height=A4[1],
        digest=digest,
        content=content,
    )


def _bring(order: Order, action: str, data: dict[str, Any], key: str) -> None:
    """Through the one door; an order that ended meanwhile keeps its end."""
    step = pack_of(order.programme).path_spec(order.path).of_kind(Kind.REQUEST_FORM)[0].name
    try:
        orders.act(order.public_id, action, step=step, by=BY, data=data, key=key)
    except OrderEnded:
        return


# -- scans ------------------------------------------------------------------------------------------------------------

_BINDINGS: Final[dict[type[ScanRefused], str]] = {
    ScanOfOtherOrder: Document.Binding.OTHER_ORDER,
    ScanOfOtherPaper: Document.Binding.OTHER_PAPER,
    ScanOfOtherVersion: Document.Binding.OTHER_VERSION,
    ScanNotOurs: Document.Binding.NOT_OURS,
    ScanKeyUnknown: Document.Binding.KEY_UNKNOWN,
}


@jobs.handler("renewals.check_scan", kind="outside", max_attempts=4, lease=timedelta(seconds=110))
def check_scan(job: jobs.JobContext) -> jobs.Finish | None:
    """Which order's form, and which version, the scan shows. What can't be read a person looks at."""
    with tenant_tx(job.tenant):
        found = Document.objects.select_related("file", "order").filter(public_id=job.payload["document"]).first()
        if found is None or found.binding != Document.Binding.CHECKING or not found.file.is_live:
            return None
        document = found
        ready = FormPrint.objects.filter(order=document.order, state=FormPrint.State.READY)
        digests = {version: bytes.fromhex(digest) for version, digest in ready.values_list("version", "digest")}
    try:
        binding, read = _read(job.tenant, document, digests)
    except FileErased:
        return None
    except Exception:
        if not job.is_last_attempt:
            raise
        binding, read = Document.Binding.NOT_FOUND, ""
    return jobs.Finish(lambda: record_binding(document, binding, read=read))


def _read(tenant: Tenant, document: Document, digests: dict[int, bytes]) -> tuple[str, str]:
    try:
        with (
            files.opened(document.file, by=BY, reason="核对申请表上的二维码") as plain,
            files.page_images(plain, document.file.kind_of_content, dpi=SCAN_DPI) as pages,
        ):
            payload = printing.check_scan(
                tenant.pk,
                _pictures(pages),
                order_number=document.order.number,
                form_version=document.form_version or 0,
                digests=digests,
            )
    except ScanRefused as refusal:
        return _BINDINGS[type(refusal)], str(refusal.params.get("printed", ""))
    except FileRefused:  # it passed the gate, but can't be drawn
        return Document.Binding.NOT_FOUND, ""
    found = not isinstance(payload, qr.NotFound)
    return (Document.Binding.BOUND if found else Document.Binding.NOT_FOUND), ""


def _pictures(pages: Iterator[PageImage]) -> Iterator[Image.Image]:
    for page in pages:
        with Image.open(io.BytesIO(page.data)) as picture:
            yield picture
