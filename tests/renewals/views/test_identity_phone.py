"""The desktop's code and the handler's phone, page by page (RULES C8): links, photographs, the way to the service."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from portal.accounts.roles import Role
from portal.files.models import StoredFile
from portal.tenants import tenant_tx
from renewals.models import LivenessCheck, PhoneSession
from tests.portal.accounts.people import browser_of, make_staff
from tests.renewals.handler import Handler, card, text_of
from tests.renewals.views.page import url


def words(response) -> str:  # type: ignore[no-untyped-def]
    return text_of(response.content.decode())


# -- the link ---------------------------------------------------------------------------------------------------------


def test_the_desktop_shows_a_code_that_is_kept_nowhere(handler: Handler) -> None:
    # RULES C8
    page = handler.page()
    assert "请经办人用手机扫码" in words(page)
    assert "5 分钟内有效" in words(page)
    picture = handler.page("order-identity-qr")
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/svg+xml")
    with tenant_tx(handler.hall.tenant):
        row = PhoneSession.objects.values().get()
    assert handler.token() not in str(row)
    assert handler.sessions() == [(False, False)]
    handler.page()
    assert len(handler.sessions()) == 1  # looking again makes no other


def test_looking_at_the_link_binds_nothing_and_pressing_the_button_does(handler: Handler) -> None:
    """Messengers fetch what is scanned before a person sees it."""
    link = handler.link()
    assert "在这部手机上开始" in words(handler.phone.get(link))
    assert handler.sessions() == [(False, False)]
    assert handler.phone.post(link).headers["location"].endswith("/szca/phone/")
    assert handler.sessions() == [(True, False)]
    assert "手机已连接" in words(handler.page("order-identity-live"))


def test_the_phone_needs_no_sign_in_and_sees_masks_alone(handler: Handler) -> None:
    handler.connect()
    page = handler.phone.get(url("phone")).content.decode()
    answers = handler.hall.answers(handler.order)
    assert "林**" in page
    assert "199****0006" in page
    for hidden in (answers["representative_name"], answers["representative_id_number"], "19900000006"):
        assert hidden not in page


def test_a_second_phone_is_refused_and_the_first_goes_on(handler: Handler) -> None:
    # RULES C8
    link = handler.link()
    handler.phone.post(link)
    other = Client()
    for answer in (other.get(link), other.post(link)):
        assert answer.status_code == 409
        assert "已在另一部手机上打开" in words(answer)
    assert other.get(url("phone")).status_code == 410
    assert handler.phone.get(link).status_code == 302  # the same phone may come again
    assert "拍身份证" in handler.said()


def test_a_link_lapses_after_five_minutes_and_another_is_a_click_away(handler: Handler) -> None:
    # RULES C8
    link = handler.link()
    with time_machine.travel(timezone.now() + timedelta(minutes=5, seconds=1), tick=False):
        answer = handler.phone.post(link)
        assert (answer.status_code, "已过期" in words(answer)) == (410, True)
        assert handler.sessions() == [(False, False)]
        assert "二维码已过期" in words(handler.page("order-identity-live"))
        handler.press("order-identity-link")
        handler.connect()
        assert handler.sessions() == [(False, True), (True, False)]


def test_a_new_code_ends_the_old_one_and_the_phone_that_had_it(handler: Handler) -> None:
    # RULES C8
    old = handler.link()
    handler.press("order-identity-link")
    assert (answer := handler.phone.post(old)).status_code == 410
    assert "已停用" in words(answer)
    handler.connect()
    handler.photograph(front=card("front"))
    handler.press("order-identity-link")
    assert "这部手机已停用" in handler.said()
    assert handler.photograph(back=card("back")).status_code == 410
    assert handler.sides() == {"front"}  # what was taken stays
    handler.connect()
    assert "已拍好" in handler.said()


def test_a_link_that_nobody_was_given_is_unknown_and_guessing_is_limited(handler: Handler) -> None:
    guess = url("phone-link", "0" * 32)
    assert handler.phone.post(guess).status_code == 404
    for _ in range(39):
        handler.phone.post(guess)
    assert handler.phone.post(handler.link()).status_code == 429
    assert handler.sessions() == [(False, False)]


def test_another_visit_of_the_customer_sees_no_code_of_this_one(handler: Handler) -> None:
    handler.page()
    elsewhere = browser_of(handler.hall.customer)
    assert elsewhere.get(url("order-identity-qr", handler.order)).status_code == 410
    fresh = words(elsewhere.get(url("order-identity", handler.order)))
    assert "请经办人用手机扫码" in fresh
    assert handler.sessions() == [(False, True), (False, False)]


def test_an_order_of_somebody_else_has_no_such_page(handler: Handler) -> None:
    with tenant_tx(handler.hall.tenant, write=True):
        from renewals.demo import people

        other = browser_of(people.customer("19900000011", "周明远"))
    for name in ("order-identity", "order-identity-live", "order-identity-qr"):
        assert other.get(url(name, handler.order)).status_code == 404
    for name in ("order-identity-link", "order-identity-here", "order-identity-staff", "order-identity-again"):
        assert other.post(url(name, handler.order)).status_code == 404
    assert handler.sessions() == []


def test_who_is_on_a_phone_already_goes_on_there(handler: Handler) -> None:
    assert handler.press("order-identity-here").headers["location"].endswith("/szca/phone/")
    assert "林**" in words(handler.desktop.get(url("phone")))
    assert "回到核验页面" in words(handler.page())
    handler.phone = handler.desktop
    handler.photograph()
    handler.check("passed")
    assert handler.step == "done"
    assert "在本机继续办理" in handler.said()


# -- the photographs --------------------------------------------------------------------------------------------------


def test_both_sides_are_kept_sealed_with_the_order(handler: Handler) -> None:
    # RULES C8
    handler.connect()
    assert "两面都拍好以后开始" in handler.said()
    assert handler.photograph().status_code == 302
    assert handler.files() == [("id_front", "committed"), ("id_back", "committed")]
    with tenant_tx(handler.hall.tenant):
        assert set(StoredFile.objects.values_list("owner", flat=True)) == {f"order:{handler.order}"}
    assert "开始活体检测" in handler.said()
    assert "拍摄身份证国徽面 已完成" in words(handler.page("order-identity-live"))


@pytest.mark.parametrize(
    ("size", "sentence"),
    [((1000, 1600), "竖着拍"), ((700, 440), "照片太小"), ((899, 600), "照片太小")],
)
def test_a_bad_side_says_why_and_the_good_one_stays(handler: Handler, size: tuple[int, int], sentence: str) -> None:
    handler.connect()
    answer = handler.photograph(front=card("front"), back=card("back", size))
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert handler.sides() == {"front"}
    assert handler.files() == [("id_front", "committed")]


def test_the_smallest_legible_picture_is_taken(handler: Handler) -> None:
    handler.connect()
    handler.photograph(front=card("front", (900, 560)))
    assert handler.sides() == {"front"}


def test_what_is_no_picture_is_refused_at_its_own_field(handler: Handler) -> None:
    from tests.portal.files.papers import plain_pdf, upload

    handler.connect()
    answer = handler.photograph(front=upload("front.pdf", plain_pdf()), back=card("back"))
    assert (answer.status_code, handler.sides()) == (422, {"back"})
    assert 'id="photo-front-error"' in answer.content.decode()
    assert 'id="photo-back-error"' not in answer.content.decode()


def test_one_picture_is_not_both_sides(handler: Handler) -> None:
    handler.connect()
    answer = handler.photograph(front=card("front"), back=card("front"))
    assert "同一张照片" in words(answer)
    assert handler.sides() == {"front"}


def test_a_new_picture_of_a_side_destroys_the_old_one(handler: Handler) -> None:
    # RULES Across 6
    handler.connect()
    handler.photograph()
    handler.photograph(front=card("front", (1700, 1000)))
    assert handler.files() == [("id_front", "destroyed"), ("id_back", "committed"), ("id_front", "committed")]


def test_a_form_without_a_picture_asks_for_one(handler: Handler) -> None:
    handler.connect()
    assert handler.phone.post(url("phone-photos")).status_code == 422
    assert handler.sides() == set()


# -- the check --------------------------------------------------------------------------------------------------------


def test_the_way_to_the_service_leads_through_a_page_of_our_own(handler: Handler) -> None:
    handler.connect()
    handler.photograph()
    assert handler.start().headers["location"].endswith("/szca/phone/go/")
    page = handler.phone.get(url("phone-go"))
    target = f"https://face.example.cn/s/{handler.service.asked[0]['request_id']}"
    assert page["Refresh"] == f"0; url={target}"
    assert f'href="{target}"' in page.content.decode()
    assert "正在做活体检测" in words(handler.page("order-identity-live"))


def test_no_check_before_both_photographs(handler: Handler) -> None:
    # RULES C8
    handler.connect()
    handler.photograph(front=card("front"))
    answer = handler.start()
    assert (answer.status_code, handler.checks(), handler.service.asked) == (409, [], [])


def test_pressing_twice_is_one_session(handler: Handler) -> None:
    handler.connect()
    handler.photograph()
    handler.start()
    handler.start()
    assert (handler.checks(), len(handler.service.asked)) == (["pending"], 1)


def test_a_silent_service_costs_no_try(handler: Handler) -> None:
    # RULES P4
    handler.connect()
    handler.photograph()
    handler.service.away = True
    answer = handler.start()
    assert (answer.status_code, handler.checks()) == (503, ["unavailable"])
    assert "没有占用次数" in words(answer)
    handler.service.away = False
    handler.check("passed")
    assert handler.step == "done"


def test_the_way_back_brings_no_result_along(handler: Handler) -> None:
    handler.connect()
    handler.photograph()
    handler.start()
    request_id = handler.service.asked[0]["request_id"]
    handler.phone.get(url("phone-back", request_id), {"outcome": "passed", "result": "1"})
    assert (handler.step, handler.checks()) == ("open", ["pending"])
    assert "活体检测进行中" in handler.said()


def test_another_phones_way_back_asks_nothing(handler: Handler) -> None:
    handler.connect()
    handler.photograph()
    handler.start()
    request_id = handler.service.asked[0]["request_id"]
    from tests.renewals.handler import answer

    handler.service.answers[request_id] = answer("passed")
    page = Client().get(url("phone-back", request_id))
    assert "请回到电脑继续" in words(page)
    assert handler.checks() == ["pending"]


def test_after_the_check_the_phone_sends_back_and_the_desktop_offers_the_next_step(handler: Handler) -> None:
    # RULES C8
    before = handler.page("order-identity-live")["ETag"]
    handler.connect()
    handler.photograph()
    handler.check("passed")
    assert "请回到电脑继续" in handler.said()
    after = handler.page("order-identity-live")
    assert after["ETag"] != before
    assert "身份核验通过" in words(after)
    assert "下一步" in words(after)
    unchanged = handler.page("order-identity-live", headers={"if-none-match": after["ETag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")


def test_staff_by_counter_or_video_is_offered_on_the_page_itself(handler: Handler) -> None:
    # RULES P4
    handler.connect()
    assert "由工作人员核验" in words(handler.page())
    handler.press("order-identity-staff", {"method": "video", "key": "a-key-of-the-form"})
    assert handler.step == "submitted:counter"
    page = words(handler.page())
    assert "等待视频核验" in page
    assert "改回用手机核验" in page
    handler.press("order-identity-again", {"key": "another-key-of-it"})
    assert handler.step == "returned"
    assert "请经办人用手机扫码" in words(handler.page())


def test_a_phone_left_lying_for_an_hour_is_out(handler: Handler) -> None:
    handler.connect()
    handler.photograph()
    with time_machine.travel(timezone.now() + timedelta(minutes=60, seconds=1), tick=False):
        assert handler.start().status_code == 410
    assert handler.checks() == []


# -- who may look -----------------------------------------------------------------------------------------------------


def test_the_card_is_for_who_confirms_identities_and_only_as_a_page_image(handler: Handler) -> None:
    # RULES C8, P20
    hall = handler.hall
    handler.connect()
    handler.photograph()
    hall.run()
    with tenant_tx(hall.tenant):
        front = StoredFile.objects.get(purpose="id_front")
        picture = front.derived.get(state="committed")
    reviewer, finance = (browser_of(make_staff(hall.tenant, role)) for role in (Role.REVIEWER, Role.FINANCE))
    shown = reviewer.get(url("staff-file", picture.public_id))
    assert (shown.status_code, b"".join(shown.streaming_content)[:2]) == (200, b"\xff\xd8")  # type: ignore[attr-defined]
    assert reviewer.get(url("staff-file", front.public_id)).status_code == 404  # never what the phone sent
    assert finance.get(url("staff-file", picture.public_id)).status_code == 404
    assert handler.desktop.get(url("file", front.public_id)).status_code == 404
    with tenant_tx(hall.tenant):
        from portal.audit.models import AuditRow

        looks = AuditRow.objects.filter(action="file.opened").values_list("subject", flat=True)
        assert list(looks) == [f"file:{front.public_id}"]


def test_the_page_address_of_the_service_is_sealed_and_wiped(handler: Handler) -> None:
    handler.connect()
    handler.photograph()
    handler.start()
    with tenant_tx(handler.hall.tenant):
        assert "face.example.cn" not in str(LivenessCheck.objects.values("page_url").get())
    handler.service.answers.clear()
    handler.check("passed")
    with tenant_tx(handler.hall.tenant):
        assert LivenessCheck.objects.values_list("page_url", flat=True).get() is None
