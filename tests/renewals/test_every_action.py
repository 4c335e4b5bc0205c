"""Every action of every kind of step is played, and each leaves exactly its audit row, in the act's transaction."""

import json
from collections.abc import Callable
from typing import Any

from payments.ledger import decline_refund
from payments.models import PaymentSettings, Refund
from payments.suspense import release_from_suspense
from portal.accounts.actor import Actor
from portal.accounts.roles import Role
from portal.audit.models import AuditRow
from portal.audit.verify import verify
from portal.tenants import tenant_tx
from renewals.ca_of_tenant import ca_of
from renewals.identity.base import Outcome
from renewals.mail_room import outgoing
from renewals.models import Order, OrderAct
from renewals.reviewing import rechecks
from renewals.steps import KINDS, ORDER_ACTIONS
from tests.portal.accounts.people import make_customer
from tests.renewals.computers import at_the_computer
from tests.renewals.hall import Hall
from tests.renewals.packs import publish_changed, with_key_proof
from tests.renewals.papers.counter import Counter
from tests.renewals.parcels.plays import keys_travel
from tests.renewals.parcels.room import Room
from tests.renewals.reviewing.desk import Desk
from tests.renewals.steps.test_file_download import files_fetched
from tests.renewals.steps.test_key_proof import proof, prove
from tests.renewals.steps.test_keys_go_back import given_back
from tests.renewals.steps.test_notice import PARTS, with_notice
from tests.renewals.steps.test_seal import bind, empty_page, installed, stamp, upload, with_seal, written
from tests.renewals.steps.test_superseding import superseded
from tests.renewals.steps.test_transfer import PARENT, claim, found, held, letter, with_transfers
from tests.renewals.workshop import REVOCATION, Workshop, production

CANCEL = {"reason": "no_longer_needed"}


def to_the_end(hall: Hall) -> None:
    order = hall.to("payment")
    hall.act(order, "payment", "pay", {"channel": "wechat"})
    hall.pay(order)
    buyer = {name: hall.answers(order)[f"invoice_{name}"] for name in ("kind", "title", "tax_number")}
    hall.act(order, "payment", "reissue_invoice", buyer)  # the same again (P5)
    hall.show_code(order)
    hall.request(order)
    hall.run()
    for _ in range(2):
        hall.act(order, "issuance", "reissue_code", by=hall.staff_member(Role.CERTIFICATE_ADMINISTRATOR))
    hall.verify(order)
    hall.run()
    hall.act(order, "", "confirm_old_keys")  # RULES P8


def cancelled_after_issuance(hall: Hall) -> None:
    order = hall.to("issued")
    hall.act(order, "", "cancel", CANCEL)
    for _ in range(2):
        hall.act(order, "", "revoke_new", by=hall.staff_member(Role.CERTIFICATE_ADMINISTRATOR))
    hall.run()
    decision = {"amount_fen": 5_000, "reason": "新证书已签发"}
    hall.act(order, "", "decide_refund", decision, by=hall.staff_member(Role.FINANCE))
    hall.refund_arrives()


def stopped_by_the_ca(hall: Hall) -> None:
    order = hall.to("code")
    ca_of(hall.tenant).freeze(hall.item(order).certificate.serial)  # type: ignore[attr-defined]
    hall.request(order)
    hall.run()


def checked_at_the_counter(hall: Hall) -> None:
    hall.identity.outcomes = [Outcome.MISMATCH] * 5
    order = hall.to("payment")
    for _ in range(5):
        hall.confirm(order)
        hall.run()
    hall.act(order, "identity", "confirm_at_counter", by=hall.staff_member(Role.REVIEWER))
    hall.act(order, "", "cancel_for_customer", CANCEL, by=hall.staff_member(Role.TENANT_ADMINISTRATOR))


def seen_in_person(hall: Hall) -> None:
    """Liveness without a phone (RULES P4): the mind changed, a no, and a yes."""
    order = hall.open(hall.certificate(days_left=-40))
    hall.consent(order)
    hall.confirm(order)
    hall.run()
    reviewer = hall.staff_member(Role.REVIEWER)
    hall.act(order, "liveness", "choose_staff", {"method": "video"})
    hall.act(order, "liveness", "choose_phone")
    hall.act(order, "liveness", "not_confirmed", {"reason": "没有带身份证原件"}, by=reviewer)
    hall.act(order, "liveness", "confirm_at_counter", {"reason": "人证一致"}, by=reviewer)


def proved_and_forgotten(hall: Hall) -> None:
    publish_changed(hall.tenant, with_key_proof)
    order = hall.to("application")
    data = proof(hall, order)
    hall.reserve(data)
    prove(hall, order, data)
    hall.system(order, "", "expire")


def paid_by_transfer(hall: Hall) -> None:
    """Claimed, taken back, from somebody else, explained; then cancelled, and the refund declined."""
    publish_changed(hall.tenant, with_transfers, version=91)
    order = hall.to("payment")
    hall.act(order, "payment", "withdraw_transfer", {"claim": claim(hall, order)})
    found(hall, claim(hall, order), payer=PARENT)
    money, finance = held(hall), hall.staff_member(Role.FINANCE)
    hall.act(order, "payment", "explain_payer", {"suspense": money.public_id, "file": letter(hall, order)})
    with tenant_tx(hall.tenant, write=True):
        release_from_suspense(money.payment, by=finance)
        PaymentSettings.objects.create(tenant=hall.tenant, two_person_refund_fen=1)
    hall.run()
    hall.act(order, "", "cancel", CANCEL)
    with tenant_tx(hall.tenant, write=True):
        decline_refund(Refund.objects.get(state="requested").public_id, by=finance, reason="证书已使用")
    hall.run()


def taken_over(hall: Hall) -> None:
    """Somebody else has the key now (RULES P2); then a review gives the certificate to a third."""
    order = hall.to("payment")
    hall.system(order, "", "hand_over", {"to": make_customer(hall.tenant, "19900000098").public_id})
    hall.system(order, "", "prove_claim")
    hall.system(order, "", "unbind")


def reviewed(hall: Hall) -> None:
    desk = Desk(hall)
    by, back = desk.reviewer(), {"licence": "licence_unsealed"}
    order = claimed(desk, by)
    desk.send_back(order, by, back)
    desk.upload(order, "licence")
    hall.act(order, "documents", "submit")
    desk.claim(order, by)
    desk.decide(order, by, "reject", {"reason": "papers_forged"})
    order = claimed(desk, by)
    desk.approve(order, by)
    hall.act(order, "", "cancel", CANCEL)
    order = claimed(desk, by)
    ca_of(hall.tenant).freeze(hall.item(order).certificate.serial)  # type: ignore[attr-defined]
    with tenant_tx(hall.tenant, write=True):
        rechecks.ask(hall.order(order))
    hall.run()
    desk.decide(order, by, "stop", {})


def printed(hall: Hall) -> None:
    """A character that no font has, mended; then the form is fetched."""
    counter = Counter(hall)
    order = counter.printed(legal_representative="林\U0003134a")
    counter.confirm(order)
    hall.run()
    counter.fetch(order)
    hall.act(order, "", "cancel", CANCEL)


def claimed(desk: Desk, by: Actor) -> str:
    order = desk.waiting()
    desk.claim(order, by)
    return order


def media_made(hall: Hall) -> None:
    """Revoked, taken, put back, made, its mailer printed; envelopes; a mailed-in key's PIN reset (P14), or not."""
    shop = Workshop(hall, [REVOCATION, production(first_pin="mailer")], version=101)
    order = shop.order()
    shop.blank()
    shop.take(order)
    shop.act(order, "put_back")
    shop.make(order)
    shop.act(order, "mailer_printed", {"pin": shop.pin(order).public_id})
    shop = Workshop(hall, [production("download_codes", "none", code_days=30)], version=102)
    order = shop.order(hall.certificate())
    shop.act(order, "make_codes")
    shop.act(order, "envelope_printed")
    shop = Workshop(hall, [production("renewed_key", reset_pin=True)], version=103)
    order = shop.order(hall.certificate())
    medium = {"medium_number": shop.item(order).certificate.medium_number, "model": "", "key_serial": "UNKNOWN1"}
    administrator = hall.staff_member(Role.CERTIFICATE_ADMINISTRATOR)
    for nonce in ("AAAAAAAAAAAAAAAAAAAAAA==", "AQAAAAAAAAAAAAAAAAAAAA=="):
        shop.act(order, "ask_reset", medium | {"nonce": nonce})
    shop.act(order, "release_reset", {"reason": ""}, by=administrator)
    hall.run()  # the CA doesn't know this medium
    shop.act(order, "ask_reset", medium | {"nonce": "AQAAAAAAAAAAAAAAAAAAAA=="})
    shop.act(order, "reset_authorised", {"authorization": "A" * 43 + "="}, by=Actor.system("tests"))
    shop.act(order, "reset_used")


def media_refused(hall: Hall) -> None:
    """Sent by SMS, broken and made again; refused by the CA before and after the old one was revoked (P13)."""
    shop = Workshop(hall, [production()], version=104)
    order = shop.order(hall.certificate())
    shop.blank()
    shop.take(order)
    bridge = shop.bridge()
    shop.request(order, bridge)
    bridge.close()
    hall.run()
    for _ in range(2):
        shop.act(order, "remake", {"reason": "faulty"}, by=hall.staff_member(Role.CERTIFICATE_ADMINISTRATOR))
    hall.run()
    shop.blank()
    shop.make(order)
    hall.run()
    order = shop.order(hall.certificate())
    ca_of(hall.tenant).freeze(hall.item(order).certificate.serial)  # type: ignore[attr-defined]
    shop.blank()
    shop.take(order)
    bridge = shop.bridge()
    shop.request(order, bridge)
    bridge.close()
    hall.run()
    shop = Workshop(hall, [REVOCATION, production()], version=105)
    certificate = hall.certificate()
    ca_of(hall.tenant).freeze(certificate.serial)  # type: ignore[attr-defined]
    shop.order(certificate)


def one_beside_another(document: dict[str, Any], change: Callable[[dict[str, Any]], None]) -> None:
    """The scenes before leave orders open."""
    change(document)
    document["next_certificate"]["starts"] = "any_time"


def noticed_and_sealed(hall: Hall) -> None:
    """Acknowledged; an impression without a stamp, then one with, written and verified (RULES D3, P7)."""
    publish_changed(hall.tenant, lambda document: one_beside_another(document, with_notice))
    order = hall.to("application")
    hall.act(order, "notice", "acknowledge", {"acknowledged": list(PARTS)})
    hall.act(order, "", "cancel", CANCEL)
    publish_changed(hall.tenant, lambda document: one_beside_another(document, with_seal))
    order = installed(hall)
    for picture in (empty_page(), stamp()):
        upload(hall, order, picture)
        bind(hall, order)
    hall.act(order, "seal", "verify", written(hall, order), item=hall.item(order).public_id)


def keys_go_back(hall: Hall) -> None:
    """Given back and not taken; and one that arrives when its order has ended (RULES P15, P23)."""
    room = Room(hall)
    order, [item] = room.received()
    hall.act(order, "", "cancel", CANCEL)
    parcel = given_back(room, item)
    with tenant_tx(hall.tenant, write=True):
        outgoing.act_on_parcel(parcel, "came_back", by=room.by, key="back")
    order = room.order()
    item = room.items(order)[0]
    room.announce(order)
    hall.act(order, "", "cancel", CANCEL)
    room.assign(room.take_in(room.arrives(), item), room.items(order)[0])


def test_every_action_leaves_its_audit_row(channels: Hall) -> None:
    hall = channels
    scenes = (
        to_the_end,
        superseded,
        cancelled_after_issuance,
        stopped_by_the_ca,
        checked_at_the_counter,
        seen_in_person,
        proved_and_forgotten,
        paid_by_transfer,
        printed,
        taken_over,
        reviewed,
        files_fetched,
        keys_travel,
        keys_go_back,
        noticed_and_sealed,
        media_made,
        media_refused,
        at_the_computer,
    )
    for scene in scenes:
        scene(hall)
    with tenant_tx(hall.tenant):
        acts = list(OrderAct.objects.select_related("order").order_by("id"))
        kinds = {(order.pk, step.name): step.kind for order in Order.objects.all() for step in order.steps.all()}
        rows = [
            (row.subject, row.action, json.loads(bytes(row.body)))
            for row in AuditRow.objects.filter(subject__startswith="order:", action__startswith="order.").order_by(
                "seq"
            )
        ]
    played = {(kinds[act.order_id, act.step], act.action) if act.step else ("", act.action) for act in acts}
    every = {(kind.value, action) for kind, rule in KINDS.items() for action in rule.actions}
    every |= {("", action) for action in ORDER_ACTIONS} | {("", "open")}
    assert every - played == set()
    wanted = [
        (
            f"order:{a.order.public_id}",
            f"order.{a.step + '.' if a.step else ''}{a.action}",
            a.order_version,
            a.actor_kind,
        )
        for a in acts
    ]
    assert [(s, action, body["detail"]["version"], body["by"]["kind"]) for s, action, body in rows] == wanted
    assert verify(hall.tenant).finding is None
