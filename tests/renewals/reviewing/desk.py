"""Orders that wait for a reviewer, made quickly: no form is printed, papers are blank pages, identity is seen by staff.

desk.waiting()                    an order under review: public id
desk.claim(order, by)             a reviewer takes it
desk.approve(order, by)           and decides
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal import files
from portal.accounts.actor import Actor
from portal.accounts.roles import Role
from portal.files import gate
from portal.tenants import tenant_tx
from renewals.models import ReviewDecision, ReviewTurn
from renewals.orders import ActResult
from renewals.programmes import RulePack
from renewals.reviewing import leases
from renewals.steps import papers
from tests.portal.files.papers import upload
from tests.renewals.hall import Hall, organisation_of
from tests.renewals.packs import publish_changed
from tests.renewals.papers.counter import blank_page

PAPERS = ("stamped_form", "licence")


def quick(document: dict[str, Any]) -> None:
    """The expired path without the printed form; nothing is bound to it."""
    path = next(path for path in document["paths"] if path["name"] == "expired")
    path["steps"] = [step for step in path["steps"] if step["kind"] != "request_form"]
    for stage in path["stages"]:
        if "steps" in stage:
            stage["steps"] = [name for name in stage["steps"] if name != "request_form"]
    for step in path["steps"]:
        for gate_ in step.get("opens_when", ()):
            if gate_["step"] == "request_form":
                gate_["step"] = "three_factor"
        for paper in step.get("papers", ()):
            paper["binds"] = "nothing"


@dataclass
class Desk:
    hall: Hall
    pack: RulePack = field(init=False)

    def __post_init__(self) -> None:
        self.pack = publish_changed(self.hall.tenant, quick, version=92)

    # -- the customer -------------------------------------------------------------------------------------------------

    def applied(self, **changed: str) -> str:
        hall = self.hall
        order = hall.open(hall.certificate(-12))
        hall.consent(order)
        self.confirm(order, **changed)
        hall.run()
        return order

    def confirm(self, order: str, **changed: str) -> None:
        answers = self.hall.answers(order) | organisation_of(self.hall.item(order).certificate)
        self.hall.act(order, "application", "confirm", answers | changed)

    def upload(self, order: str, paper: str, colour: str = "white") -> str:
        """The public id of the file."""
        with gate.accept(upload("扫描件.jpg", blank_page(colour))) as accepted:
            file = files.put(
                self.hall.tenant, accepted, owner=f"order:{order}", purpose=f"{papers.PURPOSE}{paper}", previews=False
            )
        with tenant_tx(self.hall.tenant, write=True):
            files.commit(file, by=self.hall.by)
            kind = "business_licence" if paper == "licence" else ""
            papers.attach(self.hall.order(order), paper, file, by=self.hall.by, kind=kind)
        return str(file.public_id)

    def hand_in(self, order: str, names: tuple[str, ...] = PAPERS) -> None:
        for name in names:
            self.upload(order, name)
        self.hall.act(order, "documents", "submit")

    def seen_in_person(self, order: str) -> None:
        self.hall.act(order, "liveness", "choose_staff", {"method": "counter"})
        self.hall.act(
            order, "liveness", "confirm_at_counter", {"reason": "人证一致"}, by=self.hall.staff_member(Role.REVIEWER)
        )

    def waiting(self, *, paid: bool = True, **changed: str) -> str:
        """An order whose review is open; the CA has been asked."""
        order = self.applied(**changed)
        self.seen_in_person(order)
        self.hand_in(order)
        if paid:
            self.hall.pay(order)
        else:
            self.claim_transfer(order)
        self.hall.run()
        assert self.hall.steps(order)["review"] == "open"
        return order

    def claim_transfer(self, order: str) -> None:
        charge = self.hall.charge(order)
        data = {
            "payer_name": charge.payer_name,
            "payer_account": "6222000011112222",
            "amount_fen": charge.total_fen,
            "paid_on": "2026-11-20",
        }
        self.hall.act(order, "payment", "claim_transfer", data)

    # -- the reviewer -------------------------------------------------------------------------------------------------

    def reviewer(self) -> Actor:
        return self.hall.staff_member(Role.REVIEWER)

    def turn(self, order: str) -> ReviewTurn:
        with tenant_tx(self.hall.tenant):
            return ReviewTurn.objects.select_related("order__programme", "holder").get(
                order__public_id=order, is_open=True
            )

    def claim(self, order: str, by: Actor) -> ReviewTurn:
        turn = self.turn(order)
        with tenant_tx(self.hall.tenant, write=True):
            return leases.claim(turn, by=by)

    def release(self, order: str, by: Actor) -> None:
        turn = self.turn(order)
        with tenant_tx(self.hall.tenant, write=True):
            leases.release(turn, by=by)

    def files(self, order: str) -> dict[str, str]:
        """Paper → its file."""
        with tenant_tx(self.hall.tenant, write=True):
            return {view.name: view.file for view in papers.papers_of(self.hall.order(order)) if view.file}

    def states(self, order: str) -> dict[str, str]:
        with tenant_tx(self.hall.tenant, write=True):
            return {view.name: view.state for view in papers.papers_of(self.hall.order(order))}

    def decide(self, order: str, by: Actor, action: str, data: Mapping[str, Any], **more: Any) -> ActResult:
        return self.hall.act(order, "review", action, data, by=by, **more)

    def approve(self, order: str, by: Actor, **more: Any) -> ActResult:
        return self.decide(order, by, "approve", {"papers": self.files(order)}, **more)

    def send_back(self, order: str, by: Actor, back: Mapping[str, str], **more: Any) -> ActResult:
        """``back``: paper or step → reason code; every other paper is accepted."""
        there = self.files(order)
        marks = {name: {"reason": reason, "file": there.get(name, "")} for name, reason in back.items()}
        data = {
            "accepted": {name: file for name, file in there.items() if name not in back},
            "papers": {name: mark for name, mark in marks.items() if name in there},
            "steps": {name: mark for name, mark in marks.items() if name not in there},
        }
        return self.decide(order, by, "return", data, **more)

    def decisions(self, order: str) -> list[ReviewDecision]:
        with tenant_tx(self.hall.tenant):
            return list(ReviewDecision.objects.filter(order__public_id=order).select_related("by"))
