"""Papers that nobody has to hand in, and several files of one paper (RULES A15)."""

from typing import Any

import pytest
from django.test import Client

from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from renewals.errors import PaperNotOpen
from renewals.steps import documents, papers
from tests.portal.accounts.people import browser_of
from tests.portal.files.papers import plain_pdf, png, upload
from tests.renewals.hall import Hall
from tests.renewals.packs import publish_changed
from tests.renewals.papers.counter import Counter
from tests.renewals.views.page import url

pytestmark = pytest.mark.django_db


def with_attachments(document: dict[str, Any]) -> None:
    for path in document["paths"]:
        for step in path["steps"]:
            if step["kind"] == "documents":
                step["papers"].append(
                    {
                        "name": "attachments",
                        "title": "附件",
                        "wanted": "optional",
                        "binds": "nothing",
                        "formats": ["pdf", "png", "docx"],
                        "kinds": [],
                        "max_files": 3,
                    }
                )
            if step["kind"] == "review":
                step["reasons"].append(
                    {
                        "code": "attachment_unclear",
                        "title": "附件看不清",
                        "words": "附件看不清，请重新上传。",
                        "about": "attachments",
                        "outcome": "return",
                    }
                )


@pytest.fixture
def order(counter: Counter, hall: Hall) -> str:
    publish_changed(hall.tenant, with_attachments)
    return counter.fetched()


def test_what_is_optional_has_a_place_and_stops_nobody(counter: Counter, hall: Hall, order: str) -> None:
    # RULES A15
    assert counter.states(order) == {"stamped_form": "wanted", "licence": "wanted", "attachments": "wanted"}
    counter.upload_all(order)
    assert counter.submit(order).answer["papers"] == ["stamped_form", "licence"]
    assert hall.steps(order)["documents"] == "submitted"
    assert list(counter.states(order)) == ["stamped_form", "licence"]  # nothing is asked for while it is reviewed


def test_every_file_gets_a_place_until_there_are_no_more(counter: Counter, order: str) -> None:
    # RULES A15
    for name, places in (
        ("attachments", ["attachments", "attachments-2"]),
        ("attachments-2", ["attachments", "attachments-2", "attachments-3"]),
        ("attachments-3", ["attachments", "attachments-2", "attachments-3"]),
    ):
        counter.upload(order, name, png(), name="图.png")
        assert [each for each in counter.views(order) if each.startswith("attachments")] == places
    assert [view.title for view in counter.views(order).values()][2:] == ["附件 1", "附件 2", "附件 3"]
    with pytest.raises(PaperNotOpen):
        counter.upload(order, "attachments-4", png(), name="图.png")


def test_a_place_that_is_emptied_is_offered_again(counter: Counter, hall: Hall, order: str) -> None:
    for name in ("attachments", "attachments-2"):
        counter.upload(order, name, png(), name="图.png")
    with tenant_tx(hall.tenant, write=True):
        papers.remove(hall.order(order), "attachments", by=hall.by)
    states = counter.states(order)
    assert (states["attachments-2"], states["attachments"]) == ("uploaded", "wanted")
    assert "attachments-3" not in states


def test_one_attachment_goes_back_and_the_other_stays(counter: Counter, hall: Hall, order: str) -> None:
    # RULES A15, C7
    counter.upload_all(order)
    for name in ("attachments", "attachments-2"):
        counter.upload(order, name, png(), name="图.png")
    assert counter.submit(order).answer["papers"] == ["stamped_form", "licence", "attachments", "attachments-2"]
    reviewer = hall.staff_member(Role.REVIEWER)
    with tenant_tx(hall.tenant, write=True):
        for name in ("stamped_form", "licence", "attachments"):
            documents.accept(hall.order(order), name, by=reviewer)
        documents.send_back(hall.order(order), "attachments-2", "attachment_unclear", by=reviewer)
    view = counter.views(order)["attachments-2"]
    assert (view.state, view.reason_words, view.title) == ("returned", "附件看不清，请重新上传。", "附件 2")
    with tenant_tx(hall.tenant, write=True):
        assert not documents.all_accepted(hall.order(order))


def test_several_files_are_chosen_at_once(counter: Counter, hall: Hall, order: str) -> None:
    # RULES A15
    browser: Client = browser_of(hall.customer)
    files = [upload("a.pdf", plain_pdf()), upload("b.exe", b"MZ"), upload("c.png", png())]
    answer = browser.post(url("order-documents", order), {"file-attachments": files, "do": "upload"})
    assert answer.status_code == 422
    assert "b.exe：不支持这种格式" in answer.content.decode()
    assert {name: state for name, state in counter.states(order).items() if name.startswith("att")} == {
        "attachments": "uploaded",
        "attachments-2": "uploaded",
        "attachments-3": "wanted",
    }
    page = browser.get(url("order-documents", order)).content.decode()
    assert "（选填）" in page
    assert 'name="file-attachments-3" multiple' in page or "multiple" in page
    assert "Word、Excel、PPT 文件工作人员看不到页面" in page
