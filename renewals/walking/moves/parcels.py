"""Keys on their way: posted by the customer, unpacked, packed, sent and handed over (RULES A14, D8, P15)."""

from django.utils import timezone

from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from renewals.demo.people import CUSTOMERS
from renewals.lifecycle import Phase, StepState
from renewals.mail_room import intake
from renewals.mail_room.intake import Seen
from renewals.steps.delivery import papers_wanted, wish_of
from renewals.walking.turns import Turn
from renewals.walking.walk import Walk

MAIL_ROOM = "mailroom"


def mail_in(walk: Walk, turn: Turn) -> None:
    """First it is announced; when it is the mail room's turn the box is opened, and the key is the right one."""
    item = walk.item(turn)
    number = f"SF{item.order.number[-13:]}"  # all of an order's keys in one box
    if turn.state is not StepState.SUBMITTED:
        sent_on = timezone.localdate().isoformat()
        walk.do(turn, "announce", {"carrier": "sf", "tracking_number": number, "sent_on": sent_on})
        return
    by = walk.staff(MAIL_ROOM, Role.MAIL_ROOM)
    with tenant_tx(walk.tenant, write=True):
        parcel = intake.arrive(carrier="sf", tracking_number=number, by=by)
        key = intake.take_in(parcel, Seen(item.certificate.medium_number, "intact", "A-01"), by=by)
    walk.do(turn, "receive", {"key": key.public_id, "compared": True, "form_enclosed": True}, by=by)


def deliver(walk: Walk, turn: Turn) -> None:
    """By post, or at the counter where the application says so; a proxy brings the letter too."""
    by = walk.staff(MAIL_ROOM, Role.MAIL_ROOM)
    if turn.phase is Phase.SENT and turn.state is StepState.SUBMITTED:
        walk.do(turn, "confirm")
        return
    collector = "other" if walk.choices.get("collector") == "proxy" else "handler"
    if turn.phase is Phase.READY and turn.state is StepState.SUBMITTED:
        proxy = {"id_number": "110105194912310021"} if collector == "other" else {}
        papers = list(papers_wanted(turn.config, collector))
        name = "李代领" if collector == "other" else CUSTOMERS.get(walk.mobile, "王小明")
        walk.do(turn, "hand_over", {"collector": collector, "name": name, "papers": papers} | proxy, by=by)
        return
    with tenant_tx(walk.tenant, write=True):
        wish = wish_of(walk.item(turn).order, by=by, reason="安排交付")
    if wish["collection"] == "pickup" and "pickup" in turn.config.methods:
        walk.do(turn, "ready", {}, by=by)
        return
    walk.do(turn, "pack", {}, by=by)
    item = walk.item(turn)
    number = f"{item.order.number[-9:]}{item.pk % 10_000:04d}"
    walk.do(turn, "send", {"carrier": "ems", "tracking_number": number}, by=by)
