"""The handler of an expired certificate: a desktop, a phone, an ID card, and a liveness service to answer for.

handler.order                     an order whose liveness step is open
handler.connect()                 the desktop's code, opened on the phone
handler.photograph()              both sides
handler.check("passed")           a session at the service, and the way back
"""

import re
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.test import Client

from portal.files.models import StoredFile
from portal.tenants import tenant_tx
from renewals.identity.liveness import LivenessAnswer, LivenessOutcome, LivenessPage, LivenessReason
from renewals.models import IdentityPhoto, LivenessCheck, PersonalCheck, PhoneSession
from renewals.steps.identity import phone
from tests.portal.accounts.people import browser_of
from tests.portal.files.papers import as_bytes, picture, upload
from tests.renewals.hall import Hall
from tests.renewals.views.page import url

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile"
CARD = (1600, 1000)  # pixels


@dataclass
class FakeLiveness:
    """``answers``: request id → what the service would say. ``away``: it doesn't answer."""

    answers: dict[str, LivenessAnswer] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    away: bool = False

    def start_liveness(self, **question: str) -> LivenessPage:
        self.asked.append(question)
        return LivenessPage(None if self.away else f"https://face.example.cn/s/{question['request_id']}")

    def liveness_result(self, *, request_id: str) -> LivenessAnswer:
        if self.away:
            return LivenessAnswer(LivenessOutcome.UNAVAILABLE)
        return self.answers.get(request_id, LivenessAnswer(LivenessOutcome.PENDING))


def answer(outcome: str, reason: str = "") -> LivenessAnswer:
    return LivenessAnswer(LivenessOutcome(outcome), LivenessReason(reason) if reason else None)


def card(side: str = "front", size: tuple[int, int] = CARD, kind: str = "JPEG") -> Any:
    """A photograph of nothing in particular; both sides differ."""
    image = picture(size)
    image.putpixel((size[0] - 1, size[1] - 1), (0, 0, 0))
    if side == "back":
        image.paste((20, 90, 40), (size[0] // 2, 0, size[0], size[1] // 2))
    return upload(f"{side}.jpg", as_bytes(image, kind))


@dataclass
class Handler:
    hall: Hall
    service: FakeLiveness
    order: str
    desktop: Client
    phone: Client = field(default_factory=lambda: Client(headers={"user-agent": PHONE}))

    # -- the desktop --------------------------------------------------------------------------------------------------

    def page(self, name: str = "order-identity", **more: Any) -> HttpResponse:
        return self.desktop.get(url(name, self.order), **more)  # type: ignore[return-value]

    def press(self, name: str, data: dict[str, str] | None = None) -> HttpResponse:
        return self.desktop.post(url(name, self.order), data or {})  # type: ignore[return-value]

    def link(self) -> str:
        """The address in the code that is on the desktop's screen."""
        found = re.search(r'href="(/szca/phone/open/[0-9a-f]{32}/)"', self.page().content.decode())
        assert found is not None
        return found[1]

    # -- the phone ----------------------------------------------------------------------------------------------------

    def connect(self) -> None:
        assert self.phone.post(self.link()).status_code == 302

    def photograph(self, **sides: Any) -> HttpResponse:
        chosen = sides or {side: card(side) for side in ("front", "back")}
        return self.phone.post(url("phone-photos"), chosen)  # type: ignore[return-value]

    def start(self) -> HttpResponse:
        return self.phone.post(url("phone-start"))  # type: ignore[return-value]

    def check(self, outcome: str, reason: str = "") -> str:
        """One session, from the button to the way back; its request id."""
        assert self.start().status_code == 302
        request_id = self.service.asked[-1]["request_id"]
        self.service.answers[request_id] = answer(outcome, reason)
        assert self.phone.get(url("phone-back", request_id)).status_code == 302
        return request_id

    def said(self) -> str:
        """What the phone shows."""
        return text_of(self.phone.get(url("phone")).content.decode())

    # -- what there is ------------------------------------------------------------------------------------------------

    @property
    def step(self) -> str:
        return self.hall.steps(self.order)["liveness"]

    def checks(self) -> list[str]:
        with tenant_tx(self.hall.tenant):
            return list(LivenessCheck.objects.order_by("id").values_list("outcome", flat=True))

    def persons(self) -> list[tuple[str, str, str]]:
        """wished, method, outcome of every look in person."""
        with tenant_tx(self.hall.tenant):
            return list(PersonalCheck.objects.order_by("id").values_list("wished", "method", "outcome"))

    def files(self) -> list[tuple[str, str]]:
        """Purpose and state of every photograph's file, oldest first."""
        with tenant_tx(self.hall.tenant):
            found = StoredFile.objects.filter(purpose__startswith="id_").order_by("id")
            return list(found.values_list("purpose", "state"))

    def sides(self) -> set[str]:
        with tenant_tx(self.hall.tenant):
            return set(IdentityPhoto.objects.filter(dropped_at=None).values_list("side", flat=True))

    def sessions(self) -> list[tuple[bool, bool]]:
        """(opened, ended) of every link, oldest first."""
        with tenant_tx(self.hall.tenant):
            found = PhoneSession.objects.order_by("id").values_list("opened_at", "ended_at")
            return [(opened is not None, ended is not None) for opened, ended in found]

    def token(self) -> str:
        with tenant_tx(self.hall.tenant):
            return phone.token_of(PhoneSession.objects.latest("id"))


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def new_handler(hall: Hall, service: FakeLiveness) -> Handler:
    order = hall.open(hall.certificate(days_left=-40))
    hall.consent(order)
    hall.confirm(order)
    hall.run()
    return Handler(hall, service, order, browser_of(hall.customer))
