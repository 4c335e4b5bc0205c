"""Personal values planted through a model stand nowhere in the database, in no form."""

import logging

import pytest

from portal import audit, vault
from portal.audit import attempts
from portal.tenants import tenant_tx
from tests.canaries import CANARIES, database, forms, found_in
from tests.rooms.models import Person


@pytest.mark.django_db(transaction=True)
def test_no_canary_in_the_database(tenant, acting, caplog):
    import datetime as dt

    caplog.set_level(logging.DEBUG)
    attempts.reserve(tenant, "sign_in.code", CANARIES["phone"], limit=3, window=dt.timedelta(minutes=1))
    with tenant_tx(tenant, write=True):
        person = Person.objects.create(
            nickname="marked-7531",
            phone=CANARIES["phone"],
            name=CANARIES["name"],
            id_number=CANARIES["id_number"],
            remark=CANARIES["address"],
            papers={"mail": CANARIES["email"], "secret": CANARIES["secret"]},
        )
        person.remark = CANARIES["secret"]
        person.save()
        vault.reveal(person, "phone", by=acting, reason="核对")
        audit.record("person.made", by=acting, subject=f"person:{person.public_id}", detail={"phone": person.phone})
        vault.seal_text(tenant.pk, "order:a", "job:1", " ".join(CANARIES.values()))
    audit.security("code.wrong", tenant=tenant, by=acting, detail={"phone": str(person.phone)})
    logging.getLogger("tests").info("made %s %r", person.phone, vars(person))
    content = database()
    assert any(b"marked-7531" in part for part in content.values())  # it does look at the rows
    assert found_in(content, caplog.text) == []


@pytest.mark.parametrize("value", CANARIES.values())
@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_the_search_finds_every_form(value, before):
    import base64

    text = f"{before}{value} and more"
    for content in (
        text.encode(),
        text.encode("utf-16"),
        text.encode("utf-16-be"),
        text.encode("gb18030"),
        text.encode().hex().encode(),
        base64.b64encode(text.encode()),
        base64.urlsafe_b64encode(text.encode()),
    ):
        assert found_in(content, canaries={"it": value}), content
    assert all(len(needle) >= 8 for needle in forms(value).values())
    assert found_in(b"nothing here", canaries={"it": value}) == []
