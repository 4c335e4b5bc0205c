"""The request form: printed by the system for exactly one version, fetched by the customer (RULES C7, Across 3)."""

from datetime import timedelta

import pytest

from portal.accounts.roles import Role
from portal.files.models import FileState, StoredFile
from portal.gm.sm3 import sm3
from portal.jobs import JobContext
from portal.jobs.models import Job
from portal.tenants import tenant_tx
from renewals import paper_tasks
from renewals.errors import FormNotReady, NotYourOrder
from renewals.models import CertificateContact, FormPrint, Order
from renewals.request_form import qr
from renewals.request_form.data import Part, canonical_json, digest
from renewals.request_form.errors import FontsUnavailable
from renewals.steps.request_form import form_data, reprint_words, shown_on, what_reprints
from tests.renewals.hall import Hall
from tests.renewals.papers.counter import DAYS_PAST, Counter, blank_page
from tests.renewals.request_form.scans import page_image, text_of

pytestmark = pytest.mark.django_db


def squeezed(text: str) -> str:
    return "".join(text.split())


# -- what it shows ----------------------------------------------------------------------------------------------------


def test_the_form_shows_the_data_of_this_application(counter: Counter, hall: Hall) -> None:
    order = counter.printed(term_years="2")
    shown = squeezed(text_of(counter.pdf(order)))
    answers, item = counter.answers(order, term_years="2"), hall.item(order)
    for name in (
        "organisation_name",
        "organisation_code",
        "legal_representative",
        "representative_name",
        "representative_id_number",
        "representative_mobile",
        "representative_email",
        "invoice_title",
        "invoice_tax_number",
    ):
        assert answers[name] in shown, name
    number = item.order.number
    for text in (number, item.certificate.serial, item.certificate.medium_number, "居民身份证", "400.00", "盖章的证照"):
        assert squeezed(text) in shown, text
    assert hall.steps(order)["request_form"] == "open"


def test_a_new_name_stands_beside_the_old_one_and_its_notice_among_the_papers(counter: Counter) -> None:
    """RULES P11."""
    shown = squeezed(text_of(counter.pdf(counter.printed(organisation_name="深圳市测试精密科技有限公司"))))
    assert "原：深圳市测试精密制造有限公司" in shown
    assert "现：深圳市测试精密科技有限公司" in shown
    assert "名称变更证明" in shown


def test_brackets_in_another_width_are_no_change(counter: Counter) -> None:
    order = counter.printed(organisation_name="深圳市测试精密制造有限公司 ".strip())
    assert "变更" not in squeezed(text_of(counter.pdf(order)))[:400]


@pytest.mark.parametrize("name", ["王喆", "朱镕", "李𬱖", "张㛃"])
def test_rare_names_are_printed(counter: Counter, name: str) -> None:
    assert name in squeezed(text_of(counter.pdf(counter.printed(legal_representative=name))))


# -- made once --------------------------------------------------------------------------------------------------------


def test_the_stored_bytes_are_those_of_the_digest(counter: Counter, hall: Hall) -> None:
    order = counter.printed()
    printed = counter.print(order)
    assert sm3(counter.pdf(order)).hex() == printed.pdf_digest
    with tenant_tx(hall.tenant, write=True):
        data = shown_on(printed, by=hall.by, reason="test")
        assert canonical_json(data) == canonical_json(
            form_data(hall.order(order), hall.order(order).applications.get())
        )
    assert digest(data).hex() == printed.digest


def test_two_workers_make_the_same_bytes_and_one_file_is_kept(counter: Counter, hall: Hall) -> None:
    order = counter.applied()
    hall.run(but=("renewals.print_form",))
    job = hall.jobs("renewals.print_form")[0]
    finishes = [paper_tasks.print_form(context_of(hall, job)) for _ in range(2)]
    for finish in finishes:
        with tenant_tx(hall.tenant, write=True):
            assert finish is not None
            finish()
    with tenant_tx(hall.tenant):
        stored = list(StoredFile.objects.filter(purpose="request_form"))
    assert sorted(file.state for file in stored) == [FileState.COMMITTED, FileState.PENDING]  # the sweep takes one
    assert bytes(stored[0].digest) == bytes(stored[1].digest)
    assert [printed.state for printed in counter.prints(order)] == ["ready"]
    assert paper_tasks.print_form(context_of(hall, job)) is None  # a third one has nothing to do


def context_of(hall: Hall, job: Job) -> JobContext:
    return JobContext(hall.tenant, job.pk, job.payload, {}, 1, 12, 1, "r")


def test_fetching_completes_the_step_and_again_prints_nothing(counter: Counter, hall: Hall) -> None:
    order = counter.printed()
    first = counter.fetch(order)
    assert (hall.steps(order)["request_form"], hall.steps(order)["documents"]) == ("done", "open")
    fetched_at = counter.print(order).fetched_at
    again = counter.fetch(order)
    assert first.answer == again.answer
    assert counter.print(order).fetched_at == fetched_at
    hall.run()
    assert len(hall.jobs("renewals.print_form")) == 1


def test_before_it_is_made_there_is_nothing_to_fetch(counter: Counter, hall: Hall) -> None:
    order = counter.applied()
    hall.run(but=("renewals.print_form",))
    version = hall.order(order).version
    with pytest.raises(FormNotReady):
        counter.fetch(order)
    assert hall.order(order).version == version


@pytest.mark.parametrize("role", list(Role))
def test_staff_fetch_no_form(counter: Counter, hall: Hall, role: Role) -> None:
    order = counter.printed()
    with pytest.raises(NotYourOrder):
        hall.act(order, "request_form", "fetch", by=hall.staff_member(role))


def test_without_fonts_it_is_tried_again(counter: Counter, hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_args: object) -> None:
        raise FontsUnavailable(package="fonts-noto-cjk")

    order = counter.applied()
    with monkeypatch.context() as broken:
        broken.setattr(paper_tasks.printing, "print_form", none)
        hall.run()
    assert counter.print(order).state == "waiting"
    hall.run(ahead=timedelta(minutes=1))
    assert counter.print(order).state == "ready"


def test_a_character_without_a_font_goes_back_naming_it_and_its_field(counter: Counter, hall: Hall) -> None:
    """U+3134A is of an extension that no installed font has."""
    order = counter.printed(legal_representative="林\U0003134a")
    assert hall.steps(order)["application"] == "returned"
    with tenant_tx(hall.tenant):
        reason = hall.order(order).steps.get(name="application").reason
    assert reason.startswith("申请表打印不出“\U0003134a”（法定代表人）。")
    counter.confirm(order, legal_representative="林测试")
    hall.run()
    assert [(p.version, p.state) for p in counter.prints(order)] == [(1, "unprintable"), (2, "ready")]


# -- versions ---------------------------------------------------------------------------------------------------------


def test_a_changed_application_is_printed_anew_with_its_own_code(counter: Counter, hall: Hall) -> None:
    order = counter.fetched()
    counter.confirm(order, legal_representative="司马测试")
    hall.run()
    payloads = [qr.read(page_image(counter.pdf(order, version))) for version in (1, 2)]
    assert [payload.form_version for payload in payloads if isinstance(payload, qr.Payload)] == [1, 2]
    assert hall.steps(order)["request_form"] == "open"


def test_a_new_version_that_shows_the_same_keeps_the_print(counter: Counter, hall: Hall) -> None:
    order = counter.handed_in()
    with tenant_tx(hall.tenant, write=True):
        hall.order(order).steps.filter(name="application").update(state="returned", reason="application_wrong")
    counter.confirm(order)  # unchanged
    hall.run()
    assert [(p.version, p.covers) for p in counter.prints(order)] == [(1, 1)]
    assert (hall.steps(order)["request_form"], hall.steps(order)["documents"]) == ("done", "submitted")


# -- said beforehand --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "parts"),
    [
        ({}, ()),
        ({"representative_name": "林接手"}, (Part.REPRESENTATIVE,)),
        ({"term_years": "3"}, (Part.FEES,)),
        ({"invoice_title": "深圳市测试控股有限公司", "legal_representative": "司马测试"}, (Part.HOLDER, Part.INVOICE)),
        ({"organisation_name": "深圳市测试精密科技有限公司"}, (Part.HOLDER, Part.PAPERS)),
    ],
)
def test_what_a_change_would_print_again(
    counter: Counter, hall: Hall, changed: dict[str, str], parts: tuple[Part, ...]
) -> None:
    order = counter.fetched()
    with tenant_tx(hall.tenant, write=True):
        assert what_reprints(hall.order(order), counter.answers(order, **changed)) == parts
        assert FormPrint.objects.count() == 1


def test_before_the_first_print_nothing_is_printed_again(counter: Counter, hall: Hall) -> None:
    order = counter.applied()
    with tenant_tx(hall.tenant, write=True):
        assert what_reprints(hall.order(order), counter.answers(order, term_years="3")) == ()


def test_the_words_say_what_is_printed_again_and_what_stays(counter: Counter, hall: Hall) -> None:
    order = counter.fetched()
    counter.upload(order, "licence", blank_page(), kind="business_licence")
    with tenant_tx(hall.tenant, write=True):
        words = reprint_words(hall.order(order), counter.answers(order, representative_name="林接手"))
        assert reprint_words(hall.order(order), counter.answers(order)) == ""
    assert words == (
        "这次的修改印在申请表上（经办人）：提交后要重新下载、打印、签字、盖章，并上传新的扫描件，原来的那一份作废。"
        "已上传的其他资料（盖章的证照）和已付的费用不受影响。"
    )


def test_who_could_not_prove_the_key_gets_back_what_they_typed(counter: Counter, hall: Hall) -> None:
    """RULES P2: serial and organisation were typed; the rest of the certificate isn't told, on paper neither."""
    order = hall.open(hall.certificate(DAYS_PAST))
    hall.consent(order)
    certificate = hall.item(order).certificate
    with tenant_tx(hall.tenant, write=True):
        CertificateContact.objects.filter(certificate=certificate).delete()
        Order.objects.filter(public_id=order).update(claim=Order.Claim.SEALED_AUTHORISATION)
    counter.confirm(order)
    hall.run()
    shown = squeezed(text_of(counter.pdf(order)))
    assert certificate.serial in shown
    assert certificate.medium_number not in shown
    assert certificate.not_after.date().isoformat() not in shown
    assert "盖章的授权委托书" in shown
    counter.fetch(order)
    assert list(counter.states(order)) == ["stamped_form", "licence", "authorisation"]
