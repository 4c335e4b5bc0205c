"""Papers under two hands at once, on PostgreSQL: one live scan a paper, one file of a form (DESIGN §3)."""

from collections.abc import Callable

import pytest

from portal.errors import PortalError
from portal.files.models import StoredFile
from portal.tenants import tenant_tx
from renewals import paper_tasks
from renewals.models import Document, FormPrint
from tests.renewals.hall import Hall
from tests.renewals.papers.counter import Counter, blank_page
from tests.renewals.papers.test_request_form import context_of
from tests.renewals.test_concurrency import both

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


def uploads(counter: Counter, order: str, colour: str) -> Callable[[], str]:
    def upload() -> str:
        counter.upload(order, "licence", blank_page(colour), kind="business_licence")
        return "uploaded"

    return upload


def test_two_uploads_at_once_leave_one(counter: Counter, hall: Hall) -> None:
    order = counter.fetched()
    for _round in range(5):
        assert both(uploads(counter, order, "white"), uploads(counter, order, "ivory")) == ["uploaded", "uploaded"]
    with tenant_tx(hall.tenant):
        live = Document.objects.exclude(state="superseded").get(paper="licence")
        kept = StoredFile.objects.filter(purpose="paper.licence", state="committed")
        assert [file.pk for file in kept] == [live.file_id]


def test_handing_in_and_replacing_at_once(counter: Counter, hall: Hall) -> None:
    """Either the new scan was handed in, or it came too late and the old one was; never neither."""
    for _round in range(5):
        order = counter.fetched()
        counter.upload_all(order)
        got = both(
            lambda o=order: counter.submit(o),  # type: ignore[misc]
            uploads(counter, order, "ivory"),
        )
        assert not isinstance(got[0], BaseException), got
        assert got[1] == "uploaded" or isinstance(got[1], PortalError), got
        assert counter.states(order) == {"stamped_form": "submitted", "licence": "submitted"}
        with tenant_tx(hall.tenant, write=True):  # the next one may start (RULES C3)
            hall.order(order).items.update(reserves=False)


def test_two_workers_print_one_form(counter: Counter, hall: Hall) -> None:
    order = counter.applied()
    hall.run(but=("renewals.print_form",))
    job = hall.jobs("renewals.print_form")[0]

    def work() -> str:
        finish = paper_tasks.print_form(context_of(hall, job))
        if finish is not None:
            with tenant_tx(hall.tenant, write=True):
                finish()
        return "done"

    assert both(work, work) == ["done", "done"]
    with tenant_tx(hall.tenant):
        assert FormPrint.objects.get(order__public_id=order).state == "ready"
        assert StoredFile.objects.filter(purpose="request_form", state="committed").count() == 1
