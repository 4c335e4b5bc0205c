"""The review screen in a browser without scripts: claim, mark, decide; what is refused keeps the marks (RULES C10)."""

import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.accounts.roles import Role
from portal.audit.models import AuditRow
from portal.files.models import StoredFile
from portal.tenants import tenant_tx
from renewals.ca_of_tenant import ca_of
from renewals.demo import people
from renewals.models import CertificateGrant, Order, ReviewDraft, ReviewTurn, StatusCheck
from tests.renewals.reviewing.desk import Desk
from tests.renewals.staff.conftest import Browse

REVIEW = "/szca/staff/review/"


def body(answer: Any) -> str:
    return unescape(answer.content.decode())


def url(order: str, what: str = "") -> str:
    return f"{REVIEW}{order}/{what}"


def hidden(text: str) -> dict[str, str]:
    return dict(
        re.findall(r'<input type="hidden" name="(key|seen_version|saved_at|file-[a-z_]+)" value="([^"]*)"', text)
    )


def marked(browser: Client, order: str, **marks: str) -> dict[str, str]:
    """The form of the page with these marks: stamped_form="accept", licence="licence_unsealed" (a reason)."""
    form = hidden(body(browser.get(url(order))))
    for name, mark in marks.items():
        if mark == "accept":
            form[f"verdict-{name}"] = mark
        else:
            form |= {f"verdict-{name}": "return", f"reason-{name}": mark}
    return form


def decide(browser: Client, order: str, outcome: str, form: dict[str, str]) -> Any:
    return browser.post(url(order, "decide/"), form | {"outcome": outcome})


def send(browser: Client, order: str, outcome: str) -> Any:
    """The confirmation page's button."""
    page = browser.get(url(order, f"confirm/{outcome}/"))
    assert page.status_code == 200
    return browser.post(url(order, f"confirm/{outcome}/"), hidden(body(page)))


@pytest.fixture
def at_work(reviewers: Desk, browse: Browse) -> tuple[Desk, str, Client]:
    """An order that a reviewer has claimed in a browser."""
    order = reviewers.waiting()
    browser = browse(Role.REVIEWER)
    assert browser.post(url(order, "claim/")).status_code == 302
    return reviewers, order, browser


ACCEPTED = {"stamped_form": "accept", "licence": "accept"}


# -- looking ----------------------------------------------------------------------------------------------------------


def test_one_screen_shows_what_a_reviewer_asks(at_work: tuple[Desk, str, Client]) -> None:
    _desk, order, browser = at_work
    text = body(browser.get(url(order)))
    for words in ("与证书一致", "当面核验", "已付清", "已过期，可以续期", "盖章的申请表", "您已领取"):
        assert words in text, words


def test_personal_data_are_masked_until_they_are_asked_for_with_a_reason(at_work: tuple[Desk, str, Client]) -> None:
    desk, order, browser = at_work
    typed = desk.hall.answers(order)
    text = body(browser.get(url(order)))
    for name in ("representative_id_number", "representative_mobile", "representative_name"):
        assert typed[name] not in text, name
    reveal = url(order, "reveal/1/representative_id_number/")
    assert browser.post(reveal, {"reason": ""}).status_code == 422
    shown = body(browser.post(reveal, {"reason": "与证件照片核对"}))
    assert typed["representative_id_number"] in shown
    assert typed["representative_mobile"] not in shown
    with tenant_tx(desk.hall.tenant):
        assert AuditRow.objects.filter(action="order.revealed", subject=f"order:{order}").count() == 1


def test_another_name_than_the_certificates_is_marked(reviewers: Desk, browse: Browse) -> None:
    # RULES P11
    order = reviewers.waiting()
    with tenant_tx(reviewers.hall.tenant, write=True):
        certificate = reviewers.hall.item(order).certificate
        certificate.holder_name = "深圳市检测精密制造有限公司"
        certificate.save(update_fields=["holder_name"])
    text = body(browse(Role.REVIEWER).get(url(order)))
    assert "与证书不同" in text
    assert "<mark>检</mark>" in text
    assert "<mark>试</mark>" in text


@pytest.mark.parametrize("role", list(Role))
def test_only_reviewers_open_it(reviewers: Desk, browse: Browse, role: Role) -> None:
    # RULES P20
    with tenant_tx(reviewers.hall.tenant):
        assert not Order.objects.exists()
    wanted = 404 if role is Role.REVIEWER else 403
    assert browse(role).get(url("A" * 22)).status_code == wanted


def test_page_images_are_for_reviewers_alone(reviewers: Desk, browse: Browse) -> None:
    from renewals.staff_files import reviewers as guard

    file = StoredFile(purpose="paper.licence", owner="order:x")
    actors = {role: reviewers.hall.staff_member(role) for role in Role}
    assert {role for role, actor in actors.items() if guard(actor, file)} == {Role.REVIEWER}
    assert not guard(actors[Role.REVIEWER], StoredFile(purpose="logo", owner="order:x"))


def test_the_number_of_queries_doesnt_grow_with_pages(at_work: tuple[Desk, str, Client]) -> None:
    desk, order, browser = at_work

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert browser.get(url(order)).status_code == 200
        return sum(' FROM "' in query["sql"] for query in found)

    queries()
    before = queries()
    with tenant_tx(desk.hall.tenant, write=True):
        for file in StoredFile.objects.filter(owner=f"order:{order}"):
            for page in range(1, 9):
                StoredFile.objects.create(
                    owner=file.owner,
                    purpose="page",
                    kind="jpeg",
                    content_type="image/jpeg",
                    size=1,
                    digest=b"",
                    derived_from=file,
                    page=page,
                    state="committed",
                )
    assert body(browser.get(url(order))).count('loading="lazy"') == 16
    assert abs(queries() - before) <= 1  # a visit may be noted meanwhile
    assert before <= 75


# -- deciding ---------------------------------------------------------------------------------------------------------


def test_all_accepted_it_is_approved_with_one_click(at_work: tuple[Desk, str, Client]) -> None:
    desk, order, browser = at_work
    answer = decide(browser, order, "approve", marked(browser, order, **ACCEPTED))
    assert (answer.status_code, answer["Location"]) == (302, REVIEW)
    assert desk.hall.steps(order)["issuance"] == "open"
    assert "已通过，已通知客户" in body(browser.get(REVIEW))


def test_a_return_says_first_what_the_customer_will_read(at_work: tuple[Desk, str, Client]) -> None:
    desk, order, browser = at_work
    form = marked(browser, order, stamped_form="accept", licence="licence_unsealed")
    answer = decide(browser, order, "return", form)
    assert answer["Location"] == url(order, "confirm/return/")
    text = body(browser.get(answer["Location"]))
    assert "证照复印件上没有加盖公章，请盖章后重新扫描上传。" in text
    assert desk.hall.steps(order)["review"] == "open"  # nothing is sent yet
    assert send(browser, order, "return").status_code == 302
    assert desk.states(order) == {"stamped_form": "accepted", "licence": "returned"}


def test_a_rejection_says_first_what_happens_to_the_money(at_work: tuple[Desk, str, Client]) -> None:
    desk, order, browser = at_work
    form = marked(browser, order) | {"reason-order": "licence_struck_off"}
    assert decide(browser, order, "reject", form)["Location"] == url(order, "confirm/reject/")
    assert "¥200.00" in body(browser.get(url(order, "confirm/reject/")))
    send(browser, order, "reject")
    assert desk.hall.order(order).status == "rejected"


def test_what_the_ca_wont_renew_can_only_be_stopped(at_work: tuple[Desk, str, Client]) -> None:
    # RULES P13
    desk, order, browser = at_work
    ca_of(desk.hall.tenant).freeze(desk.hall.item(order).certificate.serial)  # type: ignore[attr-defined]
    browser.post(url(order, "recheck/"))
    assert "查询" in body(browser.get(url(order, "status/")))
    desk.hall.run()
    assert "已被冻结" in body(browser.get(url(order, "status/")))
    answer = decide(browser, order, "approve", marked(browser, order, **ACCEPTED))
    assert answer.status_code == 409
    assert "不能续期" in body(answer)
    decide(browser, order, "stop", marked(browser, order))
    send(browser, order, "stop")
    assert desk.hall.order(order).status == "stopped"


# -- refusals keep the marks ------------------------------------------------------------------------------------------


def kept(desk: Desk) -> dict[str, str]:
    with tenant_tx(desk.hall.tenant):
        return {name: mark["verdict"] for name, mark in ReviewDraft.objects.get().marks.items()}


def test_a_stale_page_is_refused_and_the_marks_are_there(at_work: tuple[Desk, str, Client]) -> None:
    desk, order, browser = at_work
    form = marked(browser, order, **ACCEPTED)
    with tenant_tx(desk.hall.tenant, write=True):
        Order.objects.filter(public_id=order).update(version=desk.hall.order(order).version + 1)
    answer = decide(browser, order, "approve", form)
    assert answer.status_code == 409
    assert kept(desk) == ACCEPTED
    assert len(re.findall(r'value="accept" checked', body(answer))) == 2
    assert desk.decisions(order) == []


def test_an_approval_with_a_paper_left_out_says_which(at_work: tuple[Desk, str, Client]) -> None:
    desk, order, browser = at_work
    answer = decide(browser, order, "approve", marked(browser, order, stamped_form="accept"))
    assert answer.status_code == 422
    assert "盖章的证照：还没有标记。" in body(answer)
    assert kept(desk) == {"stamped_form": "accept"}


def test_words_with_a_number_come_back_to_be_mended(at_work: tuple[Desk, str, Client]) -> None:
    desk, order, browser = at_work
    form = marked(browser, order, licence="licence_unsealed") | {"words-licence": "请致电 19900001234"}
    answer = decide(browser, order, "return", form)
    assert answer.status_code == 422
    assert "请致电 19900001234" in body(answer)  # on the page, not in the table
    assert "请去掉后再提交" in body(answer)
    with tenant_tx(desk.hall.tenant):
        assert ReviewDraft.objects.get().marks["licence"]["words"] == ""


def test_a_colleague_sees_it_and_decides_nothing(at_work: tuple[Desk, str, Client], browse: Browse) -> None:
    desk, order, _browser = at_work
    other = browse(Role.REVIEWER)
    text = body(other.get(url(order)))
    assert "正在审核，领取到" in text
    answer = decide(other, order, "approve", marked(other, order, **ACCEPTED))
    assert answer.status_code == 409
    assert "正在审核这张订单" in body(answer)
    assert desk.decisions(order) == []
    assert other.post(url(order, "heartbeat/")).status_code == 409


def test_what_one_marked_the_next_one_finds(at_work: tuple[Desk, str, Client], browse: Browse) -> None:
    _desk, order, browser = at_work
    answer = browser.post(url(order, "marks/"), marked(browser, order, licence="licence_unsealed"))
    assert list(answer.json()) == ["until"]
    browser.post(url(order, "release/"))
    other = browse(Role.REVIEWER)
    other.post(url(order, "claim/"))
    text = body(other.get(url(order)))
    assert "标记由" in text
    assert (
        '<option value="licence_unsealed" data-words="证照复印件上没有加盖公章，请盖章后重新扫描上传。" selected>'
        in text
    )


def test_the_lease_lasts_while_the_page_beats(at_work: tuple[Desk, str, Client]) -> None:
    desk, order, browser = at_work
    answer = browser.post(url(order, "heartbeat/"))
    assert answer.json() == {
        "until": timezone.localtime(desk.turn(order).held_until).strftime("%H:%M")  # type: ignore[arg-type]
    }
    with tenant_tx(desk.hall.tenant, write=True):
        ReviewTurn.objects.update(held_until=timezone.now())
    assert browser.post(url(order, "heartbeat/")).status_code == 409


def test_the_ca_is_asked_as_soon_as_the_review_opens(reviewers: Desk) -> None:
    # RULES P13
    order = reviewers.waiting()
    with tenant_tx(reviewers.hall.tenant):
        check = StatusCheck.objects.get(item__order__public_id=order)
    assert (check.state, check.answered_at is not None) == ("expired", True)


def test_granting_a_claim_says_first_who_is_unbound(at_work: tuple[Desk, str, Client]) -> None:
    # RULES P2
    desk, order, browser = at_work
    with tenant_tx(desk.hall.tenant, write=True):
        Order.objects.filter(public_id=order).update(claim=Order.Claim.SEALED_AUTHORISATION)
        other = people.customer("19900000008", "旧经办")
        CertificateGrant.objects.create(
            certificate=desk.hall.item(order).certificate, user=other, via=CertificateGrant.Via.KEY_PROOF
        )
    assert "199****0008" in body(browser.get(url(order)))
    answer = decide(browser, order, "approve", marked(browser, order, **ACCEPTED))
    assert answer.status_code == 422  # the sealed authorisation itself isn't there
    assert "授权委托书：还没有标记。" in body(answer)
    assert browser.get(url(order, "confirm/approve/")).status_code == 422
