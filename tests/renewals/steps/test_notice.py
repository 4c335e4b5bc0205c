"""A notice is acknowledged part by part, and each part is on record (RULES D3, B5)."""

from typing import Any

import pytest

from portal.gm import sm3
from portal.tenants import tenant_tx
from renewals.errors import NoticeNotRead
from renewals.models import ConsentRecord
from tests.renewals.hall import Hall
from tests.renewals.packs import publish_changed
from tests.renewals.snapshot import refused

PARTS = {"decrypt_first": "原证书提交后即吊销，请先把用它加密的标书全部解密，再办理升级。吊销以后不能恢复。" * 2}
PARTS["new_platform"] = "新证书只能用于新平台，不能用于旧平台。请确认不再使用旧平台，再办理升级。" * 2


def with_notice(document: dict[str, Any]) -> None:
    """Before the application of the unexpired path."""
    steps = document["paths"][0]["steps"]
    parts = [{"name": name, "title": f"提示 {name}", "body": body} for name, body in PARTS.items()]
    gate = [{"step": "consent", "state": "done"}]
    steps.insert(1, {"kind": "notice", "name": "notice", "title": "重要提示", "parts": parts, "opens_when": gate})
    steps[2]["opens_when"] = [{"step": "notice", "state": "done"}]


@pytest.fixture
def order(hall: Hall) -> str:
    publish_changed(hall.tenant, with_notice, version=9)
    return hall.to("application")


def test_every_part_is_acknowledged_and_recorded(hall: Hall, order: str) -> None:
    assert (hall.steps(order)["notice"], hall.steps(order)["application"]) == ("open", "waiting")
    hall.act(order, "notice", "acknowledge", {"acknowledged": list(PARTS)})
    assert (hall.steps(order)["notice"], hall.steps(order)["application"]) == ("done", "open")
    with tenant_tx(hall.tenant):
        rows = ConsentRecord.objects.filter(order__public_id=order, text__startswith="notice.")
        kept = {row.text: (row.text_version, row.text_digest) for row in rows}
    assert kept == {f"notice.{name}": ("9", sm3(body.encode()).hex()) for name, body in PARTS.items()}


def test_a_part_that_was_not_read_holds_it_back(hall: Hall, order: str) -> None:
    with refused(NoticeNotRead):
        hall.act(order, "notice", "acknowledge", {"acknowledged": ["decrypt_first"]})
    assert hall.steps(order)["notice"] == "open"
