"""An electronic seal: bound again when it stood, made anew from an impression, believed once the key answers (P7)."""

import io
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from portal import files
from portal.accounts.roles import Role
from portal.gm import sm3
from portal.tenants import tenant_tx
from renewals.bridge import challenges
from renewals.errors import ChallengeSpent, NotYourOrder, SealNotReady, SealNotTheOne
from renewals.models import Certificate, SealRecord
from renewals.sealing import read
from renewals.steps import seal as step
from renewals.walking import bridge_calls
from tests.renewals.hall import Hall, text
from tests.renewals.packs import publish_changed
from tests.renewals.snapshot import refused
from tests.renewals.steps.test_notice import PARTS, with_notice


def with_seal(document: dict[str, Any], *, hands: str | None = None) -> None:
    """The unexpired path ends with a seal."""
    more = {"hands": hands} if hands else {}
    document["paths"][0]["steps"].append(
        {
            "kind": "seal",
            "name": "seal",
            "title": "写入电子签章",
            "new_needs": "impression",
            "opens_when": [{"step": "issuance", "state": "done"}],
            **more,
        }
    )


def stamp() -> bytes:
    image = Image.new("RGB", (600, 600), "white")
    ImageDraw.Draw(image).ellipse((60, 60, 540, 540), outline=(200, 20, 20), width=14)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def empty_page() -> bytes:
    """Nobody has put a stamp on it."""
    out = io.BytesIO()
    Image.new("RGB", (300, 300), "white").save(out, "PNG")
    return out.getvalue()


def installed(hall: Hall, *, has_seal: bool = True, standing: bool = False) -> str:
    certificate = hall.certificate(30)
    with tenant_tx(hall.tenant, write=True):
        Certificate.objects.filter(pk=certificate.pk).update(has_seal=has_seal)
        if standing:
            SealRecord.objects.create(
                certificate=certificate,
                origin="imported",
                state="verified",
                request_id="import-1",
                name=certificate.holder_name,
                picture=picture(),
                data=b"before",
                digest="0" * 64,
            )
        certificate.refresh_from_db()
    return hall.to("completed", certificate)


def picture() -> bytes:
    from renewals.sealing.impression import impression

    return impression(stamp())


def bind(hall: Hall, order: str, *, by: Any = None) -> None:
    hall.act(order, "seal", "bind", item=hall.item(order).public_id, by=by)
    hall.run()


def upload(hall: Hall, order: str, content: bytes = b"") -> None:
    with files.accept(SimpleUploadedFile("印模.png", content or stamp(), "image/png")) as accepted:
        file = files.put(hall.tenant, accepted, owner=f"order:{order}", purpose="stamp_impression")
    with tenant_tx(hall.tenant, write=True):
        files.commit(file, by=hall.by)
        step.keep_impression(hall.item(order), file)


def record_of(hall: Hall, order: str) -> SealRecord:
    with tenant_tx(hall.tenant):
        return SealRecord.objects.select_related("certificate").filter(item__order__public_id=order).latest("id")


def written(hall: Hall, order: str, *, seal: bytes = b"") -> dict[str, str]:
    """The bridge writes the seal and its certificate's key answers for it: what the customer's page posts."""
    record, item = record_of(hall, order), hall.item(order)
    assert record.certificate is not None
    certificate = bytes(record.certificate.signing_der)
    with tenant_tx(hall.tenant, write=True):
        question = challenges.issue("seal", by=hall.by, item=item)
    bridge, key = hall.bridge(record.certificate)
    try:
        txn = step.transaction_of(record)
        bridge_calls.write_seal(bridge, key=key, txn=txn, certificate=certificate, seal=bytes(record.data or b""))
        found, signature = bridge_calls.verify_seal(bridge, key=key, certificate=certificate, question=question)
    finally:
        bridge.close()
    data = {"challenge": question["challenge"], "signature": text(signature), "seal": text(seal or found)}
    hall.reserve(data)
    return data


def read_back(hall: Hall, order: str) -> dict[str, str]:
    """The same at the hall, where nobody knows the medium's PIN."""
    record = record_of(hall, order)
    assert record.certificate is not None
    certificate = bytes(record.certificate.signing_der)
    bridge, key = hall.bridge(record.certificate)
    try:
        txn = step.transaction_of(record)
        bridge_calls.write_seal(bridge, key=key, txn=txn, certificate=certificate, seal=bytes(record.data or b""))
        return {"seal": text(bridge_calls.read_seal(bridge, key=key, certificate=certificate))}
    finally:
        bridge.close()


def test_a_seal_that_stands_is_bound_again_by_itself_and_free(hall: Hall) -> None:
    publish_changed(hall.tenant, with_seal)
    order = installed(hall, standing=True)
    hall.run()
    record = record_of(hall, order)
    assert (record.origin, record.state, hall.steps(order)["seal"]) == ("rebound", "made", "submitted:issued")
    seal = read(bytes(record.data or b""))
    new = hall.item(order).issued
    assert new is not None
    assert seal.certificates == (bytes(new.signing_der),)
    assert seal.valid_until == new.not_after
    assert seal.picture.data == picture()

    hall.act(order, "seal", "verify", written(hall, order), item=hall.item(order).public_id)
    assert (hall.steps(order)["seal"], hall.order(order).status) == ("done:issued", "completed")
    with tenant_tx(hall.tenant):
        states = dict(SealRecord.objects.values_list("origin", "state"))
    assert states == {"imported": "replaced", "rebound": "verified"}


def test_a_new_seal_needs_an_impression_that_somebody_has_looked_at(hall: Hall) -> None:
    publish_changed(hall.tenant, lambda document: with_seal(document, hands="production"))
    order = installed(hall)
    assert hall.steps(order)["seal"] == "open"
    assert hall.order(order).next_actor == "production"
    maker = hall.staff_member(Role.PRODUCTION)
    with refused(SealNotReady):
        bind(hall, order, by=maker)
    upload(hall, order)
    for other in (hall.by, hall.staff_member(Role.MAIL_ROOM)):  # the pack puts it in production's hands
        with refused(NotYourOrder):
            hall.act(order, "seal", "bind", item=hall.item(order).public_id, by=other)
    bind(hall, order, by=maker)
    record = record_of(hall, order)
    assert (record.origin, record.state, record.checked_by_id) == ("new", "made", maker.user_id)
    hall.act(order, "seal", "verify", read_back(hall, order), item=hall.item(order).public_id, by=maker)
    new = hall.item(order).issued
    assert new is not None
    assert (hall.order(order).status, new.has_seal) == ("completed", True)


def test_a_picture_without_a_stamp_comes_back(hall: Hall) -> None:
    publish_changed(hall.tenant, with_seal)
    order = installed(hall)
    upload(hall, order, empty_page())
    bind(hall, order)
    assert hall.steps(order)["seal"] == "returned"
    upload(hall, order)
    bind(hall, order)
    assert (record_of(hall, order).state, hall.steps(order)["seal"]) == ("made", "submitted:issued")


def test_without_a_seal_the_step_is_left_out(hall: Hall) -> None:
    """RULES D5: nothing ordered, nothing to pay, nothing to write."""
    publish_changed(hall.tenant, with_seal)
    order = installed(hall, has_seal=False)
    assert (hall.steps(order)["seal"], hall.order(order).status) == ("skipped", "completed")


def test_another_seal_than_the_one_made_proves_nothing(hall: Hall) -> None:
    publish_changed(hall.tenant, with_seal)
    order = installed(hall, standing=True)
    hall.run()
    data = written(hall, order, seal=b"another")
    with refused(SealNotTheOne):
        hall.act(order, "seal", "verify", data, item=hall.item(order).public_id)
    assert hall.steps(order)["seal"] == "submitted:issued"


def test_a_customer_cannot_do_without_the_keys_signature(hall: Hall) -> None:
    publish_changed(hall.tenant, with_seal)
    order = installed(hall, standing=True)
    hall.run()
    with refused(ChallengeSpent):
        hall.act(order, "seal", "verify", read_back(hall, order), item=hall.item(order).public_id)


def test_asking_the_maker_again_changes_nothing(hall: Hall) -> None:
    publish_changed(hall.tenant, with_seal)
    order = installed(hall, standing=True)
    hall.run()
    before = record_of(hall, order).digest
    hall.run(ahead=timedelta(days=1))
    assert record_of(hall, order).digest == before == sm3(bytes(record_of(hall, order).data or b"")).hex()


def sealed(hall: Hall) -> None:
    """A scene of test_every_action: a notice, an impression that is none, another one, made, written."""

    def changed(document: dict[str, Any]) -> None:
        with_notice(document)
        with_seal(document)

    publish_changed(hall.tenant, changed, version=12)
    certificate = hall.certificate(30)
    with tenant_tx(hall.tenant, write=True):
        Certificate.objects.filter(pk=certificate.pk).update(has_seal=True)
        certificate.refresh_from_db()
    order = hall.open(certificate)
    hall.consent(order)
    hall.act(order, "notice", "acknowledge", {"acknowledged": list(PARTS)})
    hall.confirm(order)
    hall.run()
    hall.pay(order)
    hall.show_code(order)
    hall.request(order)
    hall.run()
    hall.verify(order)
    empty = io.BytesIO()
    Image.new("RGB", (300, 300), "white").save(empty, "PNG")
    for content in (empty.getvalue(), stamp()):
        upload(hall, order, content)
        bind(hall, order)
    hall.act(order, "seal", "verify", written(hall, order), item=hall.item(order).public_id)
