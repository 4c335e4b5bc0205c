"""Several papers in one request (issue 3); how many an owner may send."""

from typing import Any

import pytest

from portal.accounts.actor import Actor
from portal.files import receiving
from portal.files.models import StoredFile
from portal.files.receiving import Slot, receive
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from tests.portal.files import papers
from tests.portal.files.papers import upload

pytestmark = pytest.mark.django_db


def sent(tenant: Tenant, owner: str, **uploads: Any) -> receiving.Received:
    slots = [Slot(name, f"paper.{name}") for name in uploads]
    by = Actor.system("tests")
    return receive(tenant, uploads, slots, owner=owner, by=by, attach=lambda _slot, _file: None)


def test_each_owner_may_send_so_many_in_an_hour(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused one counts, too: what is dear is the looking. What was stored before stays."""
    monkeypatch.setattr(receiving, "UPLOADS", 2)
    first = sent(tenant, "order:a", licence=upload("a.png", papers.png()), form=upload("b.png", b"nonsense"))
    assert (list(first.stored), list(first.refused)) == (["licence"], ["form"])
    again = sent(tenant, "order:a", form=upload("c.png", papers.png()))
    assert (again.stored, list(again.refused)) == ({}, ["form"])
    assert "操作过于频繁" in again.refused["form"]
    assert list(sent(tenant, "order:b", form=upload("c.png", papers.png())).stored) == ["form"]
    with tenant_tx(tenant):
        assert StoredFile.objects.filter(purpose__startswith="paper.", owner="order:a").count() == 1
