"""Papers handed in: bound to this very form, accepted or returned one by one (RULES C7, P3, P22, Across 2, 3)."""

import pytest

from portal.accounts.roles import Role
from portal.files.models import FileState, StoredFile
from portal.tenants import tenant_tx
from renewals.demo import people
from renewals.errors import CertificateReserved, PaperNotOpen, PaperNotThere, PapersIncomplete
from renewals.models import Document, Order, OrderItem, StepRecord
from renewals.steps import documents, papers
from tests.renewals.hall import Hall
from tests.renewals.papers.counter import DAYS_PAST, Counter, blank_page
from tests.renewals.steps.test_transfer import PARENT, claim, found, held

pytestmark = pytest.mark.django_db


def binding(counter: Counter, order: str, paper: str = "stamped_form") -> tuple[str, str]:
    view = counter.views(order)[paper]
    return view.binding, view.read


# -- what is wanted ---------------------------------------------------------------------------------------------------


def test_form_and_licence_are_always_wanted(counter: Counter) -> None:
    assert counter.states(counter.fetched()) == {"stamped_form": "wanted", "licence": "wanted"}


def test_another_name_wants_the_registry_s_notice(counter: Counter) -> None:
    """RULES P11."""
    order = counter.fetched(organisation_name="深圳市测试精密科技有限公司")
    assert list(counter.states(order)) == ["stamped_form", "licence", "change_notice"]


# -- the code on the form ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("degrees", [-4.0, 3.0])
def test_a_crooked_scan_of_the_stored_form_is_bound(counter: Counter, degrees: float) -> None:
    order = counter.fetched()
    document = counter.upload(order, "stamped_form", counter.scan(order, degrees=degrees))
    assert document.binding == "checking"
    counter.hall.run()
    assert binding(counter, order) == ("bound", "")
    assert counter.views(order)["stamped_form"].form_version == 1


def test_another_order_s_form_is_refused_in_words_and_can_be_replaced(counter: Counter, hall: Hall) -> None:
    mine, other = counter.fetched(), counter.fetched()
    counter.upload_form(mine, counter.scan(other))
    counter.upload(mine, "licence", blank_page(), kind="business_licence")
    assert binding(counter, mine) == ("other_order", hall.order(other).number)
    with pytest.raises(PapersIncomplete) as refused:
        counter.submit(mine)
    assert refused.value.fields["stamped_form"][0].startswith(f"这是订单 {hall.order(other).number} 的申请表")
    assert counter.states(mine) == {"stamped_form": "uploaded", "licence": "uploaded"}
    counter.upload_form(mine)
    counter.submit(mine)
    assert hall.steps(mine)["documents"] == "submitted"


def test_an_older_version_is_refused_in_words(counter: Counter) -> None:
    order = counter.fetched()
    old = counter.scan(order)
    counter.confirm(order, legal_representative="司马测试")
    counter.hall.run()
    counter.fetch(order)
    counter.upload_form(order, old)
    assert binding(counter, order) == ("other_version", "1")
    with pytest.raises(PapersIncomplete) as refused:
        counter.submit(order)
    assert "现在是第 2 版" in refused.value.fields["stamped_form"][0]


def test_a_scan_without_a_code_may_be_handed_in_and_is_marked(counter: Counter, hall: Hall) -> None:
    order = counter.fetched()
    counter.upload_form(order, blank_page())
    counter.upload(order, "licence", blank_page(), kind="business_licence")
    view = counter.views(order)["stamped_form"]
    assert (view.binding, view.needs_a_look, view.is_wrong) == ("not_found", True, False)
    counter.submit(order)
    assert hall.steps(order)["documents"] == "submitted"


def test_a_licence_s_own_code_is_not_looked_at(counter: Counter) -> None:
    order = counter.fetched()
    assert counter.upload(order, "licence", blank_page(), kind="business_licence").binding == ""


# -- handing in -------------------------------------------------------------------------------------------------------


def test_handing_in_takes_the_certificate(counter: Counter, hall: Hall) -> None:
    """RULES Across 2: papers handed in reserve, an application of this path doesn't."""
    order = counter.fetched()
    assert not hall.item(order).reserves
    counter.upload_all(order)
    counter.submit(order)
    assert hall.item(order).reserves
    assert counter.states(order) == {"stamped_form": "submitted", "licence": "submitted"}


@pytest.mark.parametrize(
    ("kind", "sentence"), [("", "请选择盖章的证照的种类。"), ("unheard_of", "请选择盖章的证照的种类。")]
)
def test_the_kind_of_licence_has_to_be_one_of_the_pack_s(counter: Counter, kind: str, sentence: str) -> None:
    """RULES P22."""
    order = counter.fetched()
    counter.upload_form(order)
    counter.upload(order, "licence", blank_page(), kind=kind)
    with pytest.raises(PapersIncomplete) as refused:
        counter.submit(order)
    assert refused.value.fields == {"licence": [sentence]}


def test_nothing_is_handed_in_while_something_is_missing(counter: Counter, hall: Hall) -> None:
    order = counter.fetched()
    counter.upload_form(order)
    before = hall.order(order).version
    with pytest.raises(PapersIncomplete) as refused:
        counter.submit(order)
    assert refused.value.fields == {"licence": ["请上传盖章的证照。"]}
    assert counter.states(order) == {"stamped_form": "uploaded", "licence": "wanted"}
    assert hall.order(order).version == before
    assert not hall.item(order).reserves


def test_a_certificate_that_another_order_has_taken_leaves_the_uploads(counter: Counter, hall: Hall) -> None:
    certificate = hall.certificate(DAYS_PAST)
    order = counter.fetched(certificate)
    counter.upload_all(order)
    other = hall.item(counter.fetched())
    with tenant_tx(hall.tenant, write=True):  # a colleague's order has taken the same certificate meanwhile
        colleague = people.customer("19900000011", people.CUSTOMERS["19900000011"])
        OrderItem.objects.filter(pk=other.pk).update(certificate=certificate, reserves=True)
        Order.objects.filter(pk=other.order_id).update(customer=colleague)
    with pytest.raises(CertificateReserved):
        counter.submit(order)
    assert counter.states(order) == {"stamped_form": "uploaded", "licence": "uploaded"}
    assert hall.steps(order)["documents"] == "open"


def test_a_hanging_check_stops_nobody_for_longer_than_two_minutes(
    counter: Counter, hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = counter.fetched()
    counter.upload(order, "stamped_form", blank_page())
    counter.upload(order, "licence", blank_page(), kind="business_licence")
    with pytest.raises(PapersIncomplete) as refused:
        counter.submit(order)
    assert refused.value.fields["stamped_form"] == ["正在核对盖章的申请表上的二维码，通常几秒钟。请稍候再提交。"]
    monkeypatch.setattr(documents, "UNCHECKED_AFTER", papers.UNCHECKED_AFTER * 0)
    counter.submit(order)
    assert binding(counter, order) == ("not_found", "")


# -- replacing and removing -------------------------------------------------------------------------------------------


def test_what_is_replaced_or_removed_before_handing_in_is_destroyed(counter: Counter, hall: Hall) -> None:
    order = counter.fetched()
    first = counter.upload(order, "licence", blank_page())
    second = counter.upload(order, "licence", blank_page("ivory"))
    with tenant_tx(hall.tenant, write=True):
        assert StoredFile.objects.get(pk=first.file_id).state == FileState.DESTROYED
        papers.remove(hall.order(order), "licence", by=hall.by)
        papers.remove(hall.order(order), "licence", by=hall.by)  # nothing there is nothing to do
        assert StoredFile.objects.get(pk=second.file_id).state == FileState.DESTROYED
    assert counter.states(order)["licence"] == "wanted"


@pytest.mark.parametrize("paper", ["stamped_form", "licence"])
def test_what_was_handed_in_stays(counter: Counter, hall: Hall, paper: str) -> None:
    order = counter.handed_in()
    with pytest.raises(PaperNotOpen):
        counter.upload(order, paper, blank_page())
    with tenant_tx(hall.tenant, write=True), pytest.raises(PaperNotOpen):
        papers.remove(hall.order(order), paper, by=hall.by)
    assert counter.states(order)[paper] == "submitted"


@pytest.mark.parametrize("paper", ["change_notice", "stamp", ""])
def test_nobody_hands_in_what_isn_t_wanted(counter: Counter, hall: Hall, paper: str) -> None:
    order = counter.fetched()
    with pytest.raises(PaperNotOpen):
        counter.upload(order, paper, blank_page())
    with tenant_tx(hall.tenant):
        assert not Document.objects.exists()


# -- the reviewer's ---------------------------------------------------------------------------------------------------


def test_exactly_the_returned_paper_reopens(counter: Counter, hall: Hall) -> None:
    order = counter.handed_in()
    reviewer = hall.staff_member(Role.REVIEWER)
    with tenant_tx(hall.tenant, write=True):
        documents.accept(hall.order(order), "stamped_form", by=reviewer)
    returned(hall, order, "licence", "licence_unsealed")
    views = counter.views(order)
    assert views["licence"].reason_words == "证照复印件上没有加盖公章，请盖章后重新扫描上传。"
    assert (views["stamped_form"].is_open, views["licence"].is_open) == (False, True)
    with pytest.raises(PapersIncomplete) as refused:
        counter.submit(order)
    assert list(refused.value.fields) == ["licence"]
    seen_by_reviewer = views["licence"].document
    counter.upload(order, "licence", blank_page("ivory"), kind="business_licence")
    counter.submit(order)
    assert counter.states(order) == {"stamped_form": "accepted", "licence": "submitted"}
    assert hall.steps(order)["documents"] == "submitted"
    with tenant_tx(hall.tenant, write=True):
        assert seen_by_reviewer is not None
        assert StoredFile.objects.get(pk=seen_by_reviewer.file_id).is_live  # what a reviewer saw is kept
        documents.accept(hall.order(order), "licence", by=reviewer)
        assert documents.all_accepted(hall.order(order))


def returned(hall: Hall, order: str, paper: str, reason: str) -> None:
    """What a review's act does: the paper goes back, and the step with it."""
    with tenant_tx(hall.tenant, write=True):
        documents.send_back(hall.order(order), paper, reason, by=hall.staff_member(Role.REVIEWER))
        assert not documents.all_accepted(hall.order(order))
        StepRecord.objects.filter(order__public_id=order, name="documents").update(state="returned")


def test_a_decision_can_be_taken_back(counter: Counter, hall: Hall) -> None:
    order = counter.handed_in()
    reviewer = hall.staff_member(Role.REVIEWER)
    with tenant_tx(hall.tenant, write=True):
        documents.accept(hall.order(order), "licence", by=reviewer)
        documents.send_back(hall.order(order), "licence", "licence_lapsed", by=reviewer)
        documents.undecide(hall.order(order), ["licence"])
        document = Document.objects.get(paper="licence")
        assert (document.state, document.reason, document.decided_by_id) == ("submitted", "", None)


def test_what_wasn_t_handed_in_can_t_be_decided(counter: Counter, hall: Hall) -> None:
    order = counter.fetched()
    counter.upload_all(order)
    reviewer = hall.staff_member(Role.REVIEWER)
    with tenant_tx(hall.tenant, write=True):
        for decide in (
            lambda: documents.accept(hall.order(order), "licence", by=reviewer),
            lambda: documents.send_back(hall.order(order), "licence", "licence_lapsed", by=reviewer),
        ):
            with pytest.raises(PaperNotThere):
                decide()
    assert counter.states(order)["licence"] == "uploaded"


# -- changes ----------------------------------------------------------------------------------------------------------


def test_another_handler_reopens_the_form_and_keeps_the_licence(counter: Counter, hall: Hall) -> None:
    """RULES P3."""
    order = counter.handed_in()
    with tenant_tx(hall.tenant, write=True):
        documents.accept(hall.order(order), "licence", by=hall.staff_member(Role.REVIEWER))
    counter.confirm(order, representative_name="林接手")
    assert hall.steps(order)["documents"] == "waiting"
    hall.run()
    counter.fetch(order)
    assert counter.states(order) == {"stamped_form": "wanted", "licence": "accepted"}
    assert hall.item(order).reserves
    counter.upload_form(order)
    counter.submit(order)
    assert counter.states(order) == {"stamped_form": "submitted", "licence": "accepted"}


def test_a_change_taken_back_asks_for_nothing_again(counter: Counter, hall: Hall) -> None:
    order = counter.handed_in()
    counter.confirm(order, representative_email="other@example.cn")
    hall.run()
    assert (hall.steps(order)["request_form"], hall.steps(order)["documents"]) == ("open", "waiting")
    counter.confirm(order)
    hall.run()
    assert [(p.version, p.covers) for p in counter.prints(order)] == [(1, 3), (2, 2)]
    assert (hall.steps(order)["request_form"], hall.steps(order)["documents"]) == ("done", "submitted")
    assert counter.states(order) == {"stamped_form": "submitted", "licence": "submitted"}
    assert len(hall.jobs("renewals.print_form")) == 2


# -- somebody else has paid -------------------------------------------------------------------------------------------


def test_a_payer_s_explanation_may_come_after_the_others_and_stops_nobody(counter: Counter, hall: Hall) -> None:
    """RULES P10."""
    order = counter.handed_in()
    with tenant_tx(hall.tenant, write=True):
        for paper in ("stamped_form", "licence"):
            documents.accept(hall.order(order), paper, by=hall.staff_member(Role.REVIEWER))
    hall.act(order, "liveness", "confirm_at_counter", {"reason": "当面核验"}, by=hall.staff_member(Role.REVIEWER))
    claim_id = claim(hall, order)
    found(hall, claim_id, payer=PARENT)
    view = counter.views(order)["payment_explanation"]
    assert (view.state, view.is_open) == ("wanted", True)
    with tenant_tx(hall.tenant, write=True):
        assert documents.all_accepted(hall.order(order))
    steps = hall.steps(order)
    assert steps["payment"] == "open"
    document = counter.upload(order, "payment_explanation", blank_page())
    counter.submit(order)
    assert hall.steps(order) == steps | {"payment": "submitted:transfer", "review": "open"}
    assert hall.order(order).next_actor == "finance"
    assert counter.states(order)["payment_explanation"] == "submitted"
    assert held(hall).explanation_id == document.file_id
    with tenant_tx(hall.tenant, write=True):
        assert not documents.all_accepted(hall.order(order))
