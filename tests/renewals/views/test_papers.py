"""The pages for printing the form and handing papers in: what they say, take, refuse and keep (RULES C4, C7, P22)."""

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from portal.tenants import tenant_tx
from renewals.demo import people
from renewals.models import Document
from tests.portal.accounts.people import browser_of
from tests.portal.files.papers import armed_pdf, plain_pdf
from tests.renewals.hall import Hall
from tests.renewals.papers.counter import Counter, blank_page
from tests.renewals.papers.test_documents import returned
from tests.renewals.views.page import url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("channels")]


@pytest.fixture
def counter(hall: Hall) -> Counter:
    return Counter(hall)


@pytest.fixture
def stranger(hall: Hall) -> Client:
    with tenant_tx(hall.tenant, write=True):
        return browser_of(people.customer("19900000011", people.CUSTOMERS["19900000011"]))


def jpeg(name: str = "扫描件.jpg", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, blank_page() if content is None else content)


# -- the request form -------------------------------------------------------------------------------------------------


def test_the_page_says_that_the_form_is_being_made_and_then_offers_it(
    counter: Counter, hall: Hall, browser: Client
) -> None:
    order = counter.applied()
    assert browser.get(url("order-request-form", order))["Location"] == url("order", order)  # not its turn yet
    hall.run(but=("renewals.print_form",))
    page = browser.get(url("order-request-form", order)).text
    assert "正在生成申请表" in page
    assert "下载申请表" not in page
    hall.run()
    page = browser.get(url("order-request-form", order)).text
    assert "下载申请表" in page
    answers = counter.answers(order)
    assert answers["representative_id_number"] not in page
    assert answers["organisation_name"] in page


def test_the_live_part_says_nothing_until_something_changes(counter: Counter, hall: Hall, browser: Client) -> None:
    order = counter.applied()
    hall.run(but=("renewals.print_form",))
    live = url("order-request-form-live", order)
    tag = browser.get(live)["ETag"]
    assert browser.get(live, headers={"if-none-match": tag}).status_code == 304
    hall.run()
    answer = browser.get(live, headers={"if-none-match": tag})
    assert (answer.status_code, "下载申请表" in answer.text) == (200, True)


def test_downloading_gives_the_stored_bytes_and_leads_on(counter: Counter, hall: Hall, browser: Client) -> None:
    order = counter.printed()
    answer = browser.post(url("order-request-form", order), {"key": "k" * 20})
    file = browser.get(answer["Location"])
    assert b"".join(file) == counter.pdf(order)
    assert file["Content-Disposition"].startswith("attachment")
    again = browser.post(url("order-request-form", order), {"key": "k" * 20})
    assert again["Location"] == answer["Location"]
    page = browser.get(url("order-request-form", order)).text
    assert "去上传资料" in page
    assert "再次下载" in page


def test_nobody_else_sees_form_or_papers(counter: Counter, hall: Hall, stranger: Client) -> None:
    order = counter.handed_in()
    names = ("order-request-form", "order-request-form-live", "order-documents", "order-documents-live")
    assert {stranger.get(url(name, order)).status_code for name in names} == {404}
    assert stranger.post(url("order-request-form", order)).status_code == 404
    files = [
        counter.print(order).file,
        *(view.document.file for view in counter.views(order).values() if view.document),
    ]
    assert {stranger.get(url("file", file.public_id)).status_code for file in files if file} == {404}


# -- papers -----------------------------------------------------------------------------------------------------------


def test_a_place_for_every_wanted_paper(counter: Counter, browser: Client) -> None:
    order = counter.printed()
    assert browser.get(url("order-documents", order))["Location"] == url("order", order)
    counter.fetch(order)
    page = browser.get(url("order-documents", order)).text
    for text in ("盖章的申请表", "盖章的证照", "营业执照", "事业单位法人证书", "每个文件不超过 20 MB", "最多 20 页"):
        assert text in page
    assert "授权委托书" not in page


def test_two_papers_in_one_go_and_then_all_of_them(counter: Counter, hall: Hall, browser: Client) -> None:
    order = counter.fetched()
    sent = {
        "file-stamped_form": jpeg("申请表.jpg", counter.scan(order)),
        "file-licence": jpeg("执照.jpg"),
        "kind-licence": "business_licence",
        "do": "upload",
    }
    assert browser.post(url("order-documents", order), sent).status_code == 302
    hall.run()
    page = browser.get(url("order-documents", order)).text
    assert "二维码核对一致：本订单第 1 版申请表。" in page
    assert "申请表.jpg" in page
    assert "第 1 页" in page  # its picture
    answer = browser.post(url("order-documents", order), {"do": "submit", "kind-licence": "business_licence"})
    assert answer["Location"] == url("order", order)
    assert hall.steps(order)["documents"] == "submitted"
    page = browser.get(url("order-documents", order)).text
    assert 'type="file"' not in page
    assert page.count("已提交</span>") == 2


def test_chosen_and_submitted_in_one_go(counter: Counter, hall: Hall, browser: Client) -> None:
    """Without a script: the files come with the button that hands them in."""
    order = counter.fetched()
    counter.upload_form(order)
    sent = {"file-licence": jpeg(), "kind-licence": "business_licence", "do": "submit"}
    assert browser.post(url("order-documents", order), sent).status_code == 302
    assert counter.states(order) == {"stamped_form": "submitted", "licence": "submitted"}


def test_a_refused_file_takes_nothing_along(counter: Counter, hall: Hall, browser: Client) -> None:
    order = counter.fetched()
    sent = {
        "file-stamped_form": jpeg("申请表.docx", b"PK\x03\x04" + b"x" * 100),
        "file-licence": jpeg("执照.jpg"),
        "kind-licence": "public_institution_certificate",
        "do": "submit",
    }
    answer = browser.post(url("order-documents", order), sent)
    assert answer.status_code == 422
    assert "不支持这种格式，请上传 PDF、JPG、PNG 文件。" in answer.text
    assert "执照.jpg" in answer.text
    assert counter.states(order) == {"stamped_form": "wanted", "licence": "uploaded"}
    assert counter.views(order)["licence"].kind == "public_institution_certificate"
    assert hall.steps(order)["documents"] == "open"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("空.jpg", b"", "这个文件是空的"),
        ("假.png", b"%PDF-1.4 nothing of a picture", "文件的内容与扩展名"),
        ("坏.pdf", b"%PDF-1.4 nothing more", "文件已损坏或不完整"),
        ("多.pdf", plain_pdf(21), "这个文件有 21 页，最多可上传 20 页"),
        ("大.jpg", b"\xff\xd8\xff" + b"\0" * (20 * 1024 * 1024 + 1), "文件超过 20 MB"),
    ],
)
def test_what_the_gate_refuses_is_said_at_its_paper(
    counter: Counter, browser: Client, name: str, content: bytes, sentence: str
) -> None:
    order = counter.fetched()
    first = counter.upload(order, "licence", blank_page(), kind="business_licence")
    answer = browser.post(url("order-documents", order), {"file-licence": jpeg(name, content), "do": "upload"})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert counter.views(order)["licence"].document == first  # what was there stays


def test_missing_papers_are_said_at_their_places(counter: Counter, browser: Client) -> None:
    order = counter.fetched()
    answer = browser.post(url("order-documents", order), {"do": "submit"})
    assert answer.status_code == 422
    for text in ("请上传盖章的申请表。", "请上传盖章的证照。", 'href="#id_file-licence"'):
        assert text in answer.text


def test_a_kind_that_isn_t_chosen_is_asked_for_at_the_kinds(counter: Counter, browser: Client) -> None:
    order = counter.fetched()
    counter.upload_form(order)
    answer = browser.post(url("order-documents", order), {"file-licence": jpeg(), "do": "submit"})
    assert answer.status_code == 422
    assert "请选择盖章的证照的种类。" in answer.text
    assert counter.states(order)["licence"] == "uploaded"
    answer = browser.post(url("order-documents", order), {"kind-licence": "business_licence", "do": "submit"})
    assert answer["Location"] == url("order", order)


def test_a_kind_chosen_before_its_file_isn_t_forgotten(counter: Counter, browser: Client) -> None:
    order = counter.fetched()
    sent = {"file-stamped_form": jpeg(), "kind-licence": "other_certificate", "do": "upload:stamped_form"}
    page = browser.get(browser.post(url("order-documents", order), sent)["Location"]).text
    assert page[: page.index("其他登记证书")].rstrip().count("checked") == 1


def test_removing_takes_one_paper_back(counter: Counter, browser: Client) -> None:
    order = counter.fetched()
    counter.upload_all(order)
    for _time in range(2):  # a second click finds nothing and is no mistake
        assert browser.post(url("order-documents", order), {"do": "remove:licence"}).status_code == 302
    assert counter.states(order) == {"stamped_form": "uploaded", "licence": "wanted"}


def test_an_upload_that_comes_too_late_is_said_and_changes_nothing(counter: Counter, browser: Client) -> None:
    order = counter.handed_in()
    answer = browser.post(url("order-documents", order), {"file-licence": jpeg(), "do": "upload"})
    assert answer.status_code == 422
    assert "这份资料现在不用上传" in answer.text
    assert counter.states(order)["licence"] == "submitted"
    with tenant_tx(counter.hall.tenant):
        assert Document.objects.count() == 2


def test_the_states_move_without_a_reload(counter: Counter, hall: Hall, browser: Client) -> None:
    order = counter.fetched()
    sent = {"file-stamped_form": jpeg("申请表.jpg", counter.scan(order)), "do": "upload"}
    browser.post(url("order-documents", order), sent)
    live = url("order-documents-live", order)
    before = browser.get(live)
    assert "正在核对左上角的二维码" in before.text
    assert browser.get(live, headers={"if-none-match": before["ETag"]}).status_code == 304
    hall.run()
    after = browser.get(live, headers={"if-none-match": before["ETag"]})
    assert "二维码核对一致" in after.text
    assert 'hx-swap-oob="true"' in after.text
    assert "hx-get" not in after.text  # nothing moves any more


def test_a_reviewer_s_return_is_said_at_its_paper_alone(counter: Counter, hall: Hall, browser: Client) -> None:
    order = counter.handed_in()
    returned(hall, order, "licence", "licence_lapsed")
    page = browser.get(url("order-documents", order)).text
    assert "证照已过有效期，请换发新的证照后，把新证照盖章上传。" in page
    assert page.count('type="file"') == 1


# -- what lies on the disk --------------------------------------------------------------------------------------------


def test_no_upload_and_no_form_stands_in_clear_on_the_disk(counter: Counter, hall: Hall, browser: Client) -> None:
    order = counter.fetched()
    scan = counter.scan(order)
    sent = {
        "file-stamped_form": jpeg("申请表-KANARIE.jpg", scan),
        "file-licence": SimpleUploadedFile("执照-KANARIE.pdf", armed_pdf()),
        "kind-licence": "business_licence",
        "do": "upload",
    }
    browser.post(url("order-documents", order), sent)
    hall.run()
    folder = settings.CERTHALL.data_dir / "files" / str(hall.tenant.pk)
    stored = [file.read_bytes() for file in folder.rglob("*") if file.is_file()]
    assert len(stored) >= 5  # form, two papers, their pictures
    plain = (b"%PDF", b"\xff\xd8\xff\xe0", b"\x89PNG", b"KANARIE", "申请表".encode(), counter.pdf(order)[200:264])
    assert [sign for sign in plain for content in stored if sign in content] == []
