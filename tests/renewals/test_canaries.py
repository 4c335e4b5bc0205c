"""An order's personal data stand nowhere in plain: no table, queue or log, nothing the door remembers (DESIGN §5)."""

import logging
from datetime import timedelta

import pytest
from django_q.models import OrmQ
from stdnum.cn import ric

from payments import demo as payments_demo
from portal import vault
from portal.accounts.roles import Role
from portal.audit.models import AuditRow
from portal.jobs.engines.embedded import EmbeddedEngine
from portal.jobs.models import Job
from portal.notices import inbox
from portal.tenants import tenant_tx
from portal.vault.models import DataKey
from renewals import drafts
from renewals.demo import people
from renewals.identity.base import Outcome
from renewals.models import DownloadCodes, FirstPin, Order, OrderAct
from renewals.producing import first_pins
from tests.canaries import CANARIES, database, found_in
from tests.renewals.hall import Hall
from tests.renewals.workshop import Workshop, production

_BODY = "99010119990307759"  # region 990101 is no place
ID_NUMBER = _BODY + ric.calc_check_digit(_BODY + "0")
PLANTED = {
    "representative_name": CANARIES["name"],
    "representative_id_number": ID_NUMBER,
    "representative_mobile": CANARIES["phone"],
    "representative_email": CANARIES["email"],
}


@pytest.mark.django_db(transaction=True)
def test_a_whole_order_leaves_no_personal_data_in_plain(
    hall: Hall,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    caplog.set_level(logging.DEBUG)
    folder = tmp_path_factory.getbasetemp() / "merchants"
    payments_demo.load(hall.tenant, folder=folder, pay_url="http://127.0.0.1:9", invoice_url="http://127.0.0.1:9")
    monkeypatch.setitem(people.CUSTOMERS, CANARIES["phone"], CANARIES["name"])
    with tenant_tx(hall.tenant, write=True):
        customer = people.customer(CANARIES["phone"], CANARIES["name"])
    hall = Hall(hall.tenant, customer, hall.desk, hall.identity, mobile=CANARIES["phone"])
    hall.identity.outcomes = [Outcome.MISMATCH, Outcome.UNAVAILABLE]

    order = hall.to("application", hall.certificate(contact=CANARIES["phone"]))
    with tenant_tx(hall.tenant, write=True):
        drafts.save(hall.order(order), PLANTED)
        drafts.load(hall.order(order), by=hall.by)
    hall.confirm(order, **PLANTED)
    hall.run()
    hall.system(order, "", "expire")
    order = hall.to("application", hall.certificate(contact=CANARIES["phone"]))
    hall.confirm(order, **PLANTED)
    hall.run()
    hall.run(ahead=timedelta(minutes=1))
    hall.act(order, "payment", "pay", {"channel": "wechat"})
    hall.pay(order)
    code = hall.show_code(order)
    hall.request(order)
    hall.run()
    for _ in range(2):
        hall.act(order, "issuance", "reissue_code", by=hall.staff_member(Role.CERTIFICATE_ADMINISTRATOR))
    hall.verify(order)
    hall.run()
    with tenant_tx(hall.tenant, write=True):
        for job in Job.objects.all():
            EmbeddedEngine().ring(hall.tenant.pk, job.pk)

    with tenant_tx(hall.tenant):
        assert Order.objects.get(public_id=order).status == "completed"
        assert OrmQ.objects.count() == Job.objects.count() > 10
        told = [job.payload for job in Job.objects.all()] + [act.answer for act in OrderAct.objects.all()]
        audit = b"\n".join(bytes(row.body) for row in AuditRow.objects.all())
        queue = "\n".join(f"{task.key} {task.payload}" for task in OrmQ.objects.all())
    assert b"199****7531" in audit  # it does look at rows that speak of them
    secrets = {**CANARIES, "id_number": ID_NUMBER, "code": code, "bare code": code.replace("-", "")}
    assert found_in(database(), caplog.text, audit, queue, repr(told), canaries=secrets) == []


def test_a_refusal_repeats_nothing_that_was_typed(hall: Hall, caplog: pytest.LogCaptureFixture) -> None:
    from portal.errors import InvalidInput

    caplog.set_level(logging.DEBUG)
    order = hall.to("application")
    typed = {**PLANTED, "representative_id_number": CANARIES["id_number"], "colour": CANARIES["name"]}
    with pytest.raises(InvalidInput) as refusal:
        hall.act(order, "application", "confirm", hall.answers(order) | typed)
    assert found_in(str(refusal.value), repr(refusal.value), repr(refusal.value.fields), caplog.text) == []


@pytest.mark.django_db(transaction=True)
def test_a_first_pin_and_download_codes_are_nowhere_once_they_have_left(
    hall: Hall, caplog: pytest.LogCaptureFixture
) -> None:
    """RULES D9, B7, Across 5: in no table, queue, inbox or log, and what was sealed opens no more."""
    caplog.set_level(logging.DEBUG)
    shop = Workshop(hall, [production()], version=101)
    order = shop.order()
    shop.blank()
    shop.make(order)
    with tenant_tx(hall.tenant):
        pin = first_pins.opened(shop.pin(order))
    assert found_in(database(), caplog.text, canaries={"pin": pin}) == []  # sealed while it waits
    hall.run()
    assert shop.pin(order).state == "sent"
    codes_shop = Workshop(hall, [production("download_codes", "none", code_days=30)], version=102)
    order = codes_shop.order(hall.certificate())
    codes_shop.act(order, "make_codes")
    with tenant_tx(hall.tenant, write=True):
        codes = vault.reveal(DownloadCodes.objects.get(), "codes", by=shop.by, reason="canary").split("|")
    codes_shop.act(order, "envelope_printed")

    secrets = {"pin": pin, "reference": codes[0], "authorization": codes[1]}
    with tenant_tx(hall.tenant):
        told = [job.payload for job in Job.objects.all()] + [act.answer for act in OrderAct.objects.all()]
        audit = b"\n".join(bytes(row.body) for row in AuditRow.objects.all())
        shown = "\n".join(message.body for message in inbox.latest(hall.tenant))
        rows = (("first-pin", FirstPin.objects.get()), ("download-codes", DownloadCodes.objects.get()))
        scopes = [f"{kind}:{row.public_id}" for kind, row in rows]
        assert list(DataKey.objects.filter(scope__in=scopes).values_list("wrapped", flat=True)) == [None, None]
    assert "初始 PIN 码" in shown
    assert found_in(database(), caplog.text, audit, shown, repr(told), canaries=secrets) == []
