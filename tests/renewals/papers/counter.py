"""An expired certificate's order at the counter where papers are made, printed, signed, scanned and handed in."""

import io
from dataclasses import dataclass
from typing import Any

from PIL import Image

from portal import files
from portal.accounts.actor import Actor
from portal.files import gate, store
from portal.tenants import tenant_tx
from renewals.models import Document, FormPrint
from renewals.steps import papers
from renewals.steps.papers import PaperView
from renewals.steps.request_form import current_print
from tests.portal.files.papers import upload
from tests.renewals.hall import Hall
from tests.renewals.request_form.scans import page_image, scanned

DAYS_PAST = -12


def holder(hall: Hall, order: str) -> dict[str, str]:
    certificate = hall.item(order).certificate
    return {
        "organisation_name": certificate.holder_name,
        "organisation_code": certificate.holder_code,
        "legal_representative": "欧阳测试",
    }


@dataclass
class Counter:
    hall: Hall

    def answers(self, order: str, **changed: str) -> dict[str, str]:
        return self.hall.answers(order) | holder(self.hall, order) | changed

    def confirm(self, order: str, **changed: str) -> None:
        self.hall.act(order, "application", "confirm", self.answers(order, **changed))

    def applied(self, certificate: Any = None, **changed: str) -> str:
        """Confirmed, and the three factors asked for; nothing has run."""
        order = self.hall.open(certificate or self.hall.certificate(DAYS_PAST))
        self.hall.consent(order)
        self.confirm(order, **changed)
        return order

    def printed(self, certificate: Any = None, **changed: str) -> str:
        order = self.applied(certificate, **changed)
        self.hall.run()
        return order

    def fetched(self, certificate: Any = None, **changed: str) -> str:
        """The documents step is open."""
        order = self.printed(certificate, **changed)
        self.fetch(order)
        return order

    def handed_in(self, certificate: Any = None, **changed: str) -> str:
        order = self.fetched(certificate, **changed)
        self.upload_all(order)
        self.submit(order)
        return order

    def fetch(self, order: str) -> Any:
        return self.hall.act(order, "request_form", "fetch")

    def submit(self, order: str, **more: Any) -> Any:
        return self.hall.act(order, "documents", "submit", **more)

    # -- the printed form ---------------------------------------------------------------------------------------------

    def print(self, order: str) -> FormPrint:
        with tenant_tx(self.hall.tenant):
            found = current_print(self.hall.order(order))
        assert found is not None
        return found

    def prints(self, order: str) -> list[FormPrint]:
        with tenant_tx(self.hall.tenant):
            return list(FormPrint.objects.filter(order__public_id=order).order_by("version"))

    def pdf(self, order: str, version: int | None = None) -> bytes:
        """The stored bytes."""
        printed = self.print(order) if version is None else self.prints(order)[version - 1]
        with tenant_tx(self.hall.tenant):
            file = store.get(printed.file.public_id)  # type: ignore[union-attr]
            pieces = store.open_stream(file, by=Actor.system("tests"), reason="核对")
        return b"".join(pieces)

    def scan(self, order: str, version: int | None = None, *, degrees: float = 2.5) -> bytes:
        """A JPEG at 150 dpi of the printed form, a little askew."""
        return scanned(page_image(self.pdf(order, version)), degrees=degrees)

    # -- the papers ---------------------------------------------------------------------------------------------------

    def upload(self, order: str, paper: str, content: bytes, *, kind: str = "", name: str = "扫描件.jpg") -> Document:
        with gate.accept(upload(name, content)) as accepted:  # type: ignore[arg-type]
            file = files.put(
                self.hall.tenant, accepted, owner=f"order:{order}", purpose=f"{papers.PURPOSE}{paper}", previews=False
            )
        with tenant_tx(self.hall.tenant, write=True):
            files.commit(file, by=self.hall.by)
            return papers.attach(self.hall.order(order), paper, file, by=self.hall.by, kind=kind)

    def upload_form(self, order: str, content: bytes | None = None) -> Document:
        document = self.upload(order, "stamped_form", content or self.scan(order))
        self.hall.run()
        return document

    def upload_all(self, order: str) -> None:
        self.upload_form(order)
        self.upload(order, "licence", blank_page(), kind="business_licence")

    def views(self, order: str) -> dict[str, PaperView]:
        with tenant_tx(self.hall.tenant, write=True):
            return {view.name: view for view in papers.papers_of(self.hall.order(order))}

    def states(self, order: str) -> dict[str, str]:
        return {name: view.state for name, view in self.views(order).items()}


def blank_page(colour: str = "white", size: tuple[int, int] = (827, 1169)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()
