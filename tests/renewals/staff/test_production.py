"""/staff/production/: the queue, batches, the desk, envelopes that are printed once (RULES D8, B7, P18, P20)."""

import json
import re
from collections.abc import Callable

import pypdfium2
import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from renewals.models import DownloadCodes, ProductionBatch, ProductionTask
from tests.renewals.hall import Hall
from tests.renewals.workshop import DELIVERY, Workshop, production

Browse = Callable[..., Client]


@pytest.fixture
def shop(hall: Hall) -> Workshop:
    return Workshop(hall, [production("download_codes", "none", code_days=30), DELIVERY])


def at(name: str, *args: str) -> str:
    return f"/szca{reverse(name, args=args)}"


def page(client: Client, name: str, *args: str) -> str:
    answer = client.get(at(name, *args))
    assert answer.status_code == 200, answer.status_code
    return re.sub(r"\s+", " ", answer.content.decode())


def words_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    return str(document[0].get_textpage().get_text_range())


def test_the_queue_shows_what_is_to_be_made_and_remakes_first(shop: Workshop, browse: Browse) -> None:
    """RULES D8, P18: overdue ones are told apart, remakes stand in a list of their own."""
    order, other = shop.order(), shop.order(shop.hall.certificate())
    with tenant_tx(shop.hall.tenant, write=True):
        ProductionTask.objects.filter(order__public_id=order).update(due_on="2026-01-05")
        ProductionTask.objects.filter(order__public_id=other).update(first_in_line=True, remake_reason="faulty")
    seen = page(browse(Role.PRODUCTION), "staff-production")

    assert "超期" in seen
    assert "要优先重做的" in seen
    assert seen.index("要优先重做的") < seen.index("2026-01-05")
    late = browse(Role.PRODUCTION).get(at("staff-production"), {"overdue": "on"})
    assert late.content.decode().count("2026-01-05") == 1


def test_what_is_ticked_goes_in_one_batch(shop: Workshop, browse: Browse) -> None:
    task = shop.task(shop.order())
    client = browse(Role.PRODUCTION)
    answer = client.post(at("staff-production-batch-make"), {"task": [task.public_id]})
    with tenant_tx(shop.hall.tenant):
        batch = ProductionBatch.objects.get()
    assert answer.headers["Location"].endswith(at("staff-production-batch", batch.public_id))
    assert re.fullmatch(r"\d{8}-01", batch.number)
    assert "共 1 件，已制作 0 件" in page(client, "staff-production-batch", batch.public_id)

    client.post(at("staff-production-batch-make"), {"task": [task.public_id]})  # in one already
    with tenant_tx(shop.hall.tenant):
        assert ProductionBatch.objects.count() == 1


def test_an_envelope_is_printed_once(shop: Workshop, browse: Browse) -> None:
    """RULES B7, Across 5: its codes are on the paper and nowhere else."""
    order = shop.order()
    task, client = shop.task(order), browse(Role.PRODUCTION)
    client.post(at("staff-production-codes", task.public_id))
    with tenant_tx(shop.hall.tenant, write=True):
        from portal import vault

        text = vault.reveal(DownloadCodes.objects.get(), "codes", by=shop.by, reason="test")
    assert "打印密码信封" in page(client, "staff-production-task", task.public_id)

    printed = client.post(at("staff-production-print-codes", task.public_id))

    assert printed.headers["Content-Type"] == "application/pdf"
    assert "no-store" in printed.headers["Cache-Control"]
    on_paper = re.sub(r"\s", "", words_of(printed.content))
    for code in text.split("|"):
        assert code in on_paper
    assert "有效期至" in on_paper
    again = client.post(at("staff-production-print-codes", task.public_id))
    assert again.status_code == 302
    assert "已经打印过" in page(client, "staff-production-task", task.public_id)
    assert shop.hall.steps(order)["production"] == "done"


def test_the_desk_of_a_medium_tells_its_script_what_to_do(hall: Hall, browse: Browse) -> None:
    shop = Workshop(hall, [production(key_model="SZCA-SM2 Ukey"), DELIVERY])
    order = shop.order()
    task, client = shop.task(order), browse(Role.PRODUCTION)
    seen = page(client, "staff-production-task", task.public_id)
    assert "开始制作" in seen
    assert "SZCA-SM2 Ukey" in seen
    state = client.get(at("api-production-state", task.public_id)).json()
    assert (state["state"], state["model"], state["reset"], state["pin"]) == ("open", "SZCA-SM2 Ukey", "", True)

    shop.blank(model="ePass3000GM")
    medium = shop.medium()
    body = {"keySerial": medium["key_serial"], "mediumNumber": medium["medium_number"], "model": medium["model"]}
    refused = client.post(at("api-production-take", task.public_id), json.dumps(body), content_type="application/json")
    assert refused.status_code == 409
    assert "型号与本业务要求的不符" in refused.json()["error"]["message"]
    assert shop.task(order).state == "queued"


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.MAIL_ROOM, Role.SERVICE_DESK])
def test_others_have_no_business_there(shop: Workshop, browse: Browse, role: Role) -> None:
    """RULES P20."""
    task = shop.task(shop.order())
    client = browse(role)
    assert client.get(at("staff-production")).status_code == 403
    assert client.post(at("staff-production-codes", task.public_id)).status_code == 403
    assert shop.task(_order(shop)).state == "queued"


def _order(shop: Workshop) -> str:
    with tenant_tx(shop.hall.tenant):
        return ProductionTask.objects.select_related("order").get().order.public_id


def test_an_administrator_sees_and_does_not_make(shop: Workshop, browse: Browse) -> None:
    task = shop.task(shop.order())
    client = browse(Role.CERTIFICATE_ADMINISTRATOR)
    assert "生成参考码和授权码" not in page(client, "staff-production-task", task.public_id)
    assert client.post(at("staff-production-codes", task.public_id)).status_code == 403
