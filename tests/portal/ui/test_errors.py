"""What a visitor sees when something is refused or breaks."""

import json
import logging
import re

import pytest
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory

from portal.errors import (
    GuardRefused,
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    OutsideUnavailable,
    PermissionRefused,
    PortalError,
    RateLimited,
    StaleVersion,
)
from portal.ui import errors
from portal.ui.middleware import ErrorMiddleware

STATUS = [
    (NotFound(), 404),
    (PermissionRefused(), 403),
    (GuardRefused(), 409),
    (StaleVersion(), 409),
    (IdempotencyConflict(), 409),
    (InvalidInput({"term": ["请选择办理年限。"]}), 422),
    (RateLimited(60), 429),
    (OutsideUnavailable(), 503),
]


def _request(**headers: str) -> HttpRequest:
    return RequestFactory().get("/orders/", headers={"Accept": "text/html", **headers})


def _text(response: HttpResponse) -> str:
    return response.content.decode()


@pytest.mark.parametrize(("error", "status"), STATUS)
def test_each_kind_has_its_status_and_a_page(error: PortalError, status: int) -> None:
    response = errors.error_response(_request(), error)
    assert response.status_code == status
    assert '<html lang="zh-Hans">' in _text(response)
    assert "回到首页" in _text(response)
    assert response["Cache-Control"] == "no-store"


def test_the_pages_need_no_database() -> None:
    """No db fixture here: pytest-django fails a query."""
    assert errors.not_found(_request(), Http404()).status_code == 404


def test_wrong_input_names_the_fields() -> None:
    assert "请选择办理年限。" in _text(errors.error_response(_request(), STATUS[5][0]))


def test_a_wait_is_told_to_programs_too() -> None:
    assert errors.error_response(_request(), RateLimited(60))["Retry-After"] == "60"


def test_htmx_gets_a_fragment_for_the_top_of_its_page() -> None:
    response = errors.error_response(_request(**{"HX-Request": "true"}), StaleVersion())
    assert response.status_code == 409
    assert response["HX-Retarget"] == "#page-messages"
    assert "<html" not in _text(response)
    assert 'role="alert"' in _text(response)


def test_programs_get_json() -> None:
    request = RequestFactory().get("/orders/", headers={"Accept": "application/json"})
    response = errors.error_response(request, InvalidInput({"term": ["请选择办理年限。"]}))
    assert json.loads(response.content) == {
        "error": {
            "code": "portal.invalid_input",
            "message": "有内容需要修改。请按提示改正后重新提交。",
            "fields": {"term": ["请选择办理年限。"]},
        }
    }


def test_a_posted_json_gets_json() -> None:
    request = RequestFactory().post("/orders/", "{}", content_type="application/json")
    assert json.loads(errors.error_response(request, StaleVersion()).content)["error"]["code"] == "portal.stale_version"


def test_the_middleware_leaves_what_is_no_refusal_alone() -> None:
    middleware = ErrorMiddleware(lambda _request: HttpResponse())
    assert middleware.process_exception(_request(), RuntimeError()) is None
    answer = middleware.process_exception(_request(), NotFound())
    assert answer is not None
    assert answer.status_code == 404


def test_a_crash_has_a_reference_that_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, logger="portal.ui.errors"):
        response = _answer_while_in_flight(RuntimeError("a secret 19900000001"))
    assert response.status_code == 500
    reference = re.search(r"[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}", _text(response))
    assert reference is not None
    [record] = caplog.records
    assert reference[0] in record.getMessage()
    assert record.exc_info is not None
    assert "19900000001" not in _text(response)


def test_a_refusal_that_no_view_raised_keeps_its_status() -> None:
    """A middleware's PortalError comes to handler500, with the exception still in flight."""
    assert _answer_while_in_flight(PermissionRefused()).status_code == 403


def _answer_while_in_flight(error: Exception) -> HttpResponse:
    try:
        raise error
    except type(error):
        return errors.server_error(_request())


def test_when_even_the_page_cannot_be_drawn_the_words_still_come(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("portal.ui.context.Site.short_name", property(_broken))
    response = errors.not_found(_request())
    assert response.status_code == 404
    assert "没有找到这个页面" in _text(response)
    assert "could not be rendered" in caplog.text


def _broken(_site: object) -> str:
    raise RuntimeError("the tenant cannot be read")


def test_csrf_says_what_to_do() -> None:
    response = errors.csrf_failure(_request(), "CSRF cookie not set.")
    assert response.status_code == 403
    assert "请返回上一页，刷新后重新提交" in _text(response)
    assert "CSRF" not in _text(response)


def test_references_can_be_read_out() -> None:
    for _try in range(200):
        assert not set(errors.new_reference()) & set("01OIL")


@pytest.mark.parametrize(
    ("referer", "leads"),
    [
        ("http://testserver/orders/1/?tab=2", True),
        ("http://evil.example/orders/1/?tab=2", False),
        ("", False),
    ],
)
def test_a_refused_form_leads_back_to_its_page(referer: str, *, leads: bool) -> None:
    request = RequestFactory().post("/orders/", headers={"Accept": "text/html", "Referer": referer})
    assert ('href="/orders/1/?tab=2"' in _text(errors.error_response(request, StaleVersion()))) is leads
