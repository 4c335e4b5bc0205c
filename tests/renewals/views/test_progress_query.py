"""查询进度 with the key alone (RULES E7): no order number, no sign-in, nothing personal."""

import pytest
from django.test import Client

from renewals.models import Certificate
from tests.renewals.hall import Hall
from tests.renewals.views.page import post_json, text, url

pytestmark = pytest.mark.django_db


def query(
    hall: Hall, certificate: Certificate, *, signed_with: Certificate | None = None, browser: Client | None = None
) -> dict[str, object]:
    """The script's part, in a browser that nobody has signed in to, where none is given."""
    browser = browser or Client()
    assert browser.get(url("progress")).status_code == 200
    bridge, key = hall.bridge(signed_with or certificate)
    try:
        listed = bridge.call("cert.list")["certificates"]
        held = next(one for one in listed if (one["usage"], one["state"]) == ("signing", "current"))
        asked = text(bytes(certificate.signing_der)) if signed_with else held["certificate"]
        sent = {"certificate": asked}
        question = post_json(browser, url("api-progress-challenge"), sent).json()
        proof = bridge.call("auth.sign", keySerial=key, fingerprint=held["fingerprint"], **question)
    finally:
        bridge.close()
    sent = {"challenge": question["challenge"], "signature": proof["signature"]}
    answer: dict[str, object] = post_json(browser, url("api-progress-prove"), sent).json()
    return answer


def test_whoever_holds_the_key_sees_number_status_and_what_is_next(hall: Hall) -> None:
    certificate = hall.certificate(30)
    order = hall.to("payment", certificate)
    told = query(hall, certificate)
    assert [one["number"] for one in told["orders"]] == [hall.order(order).number]  # type: ignore[attr-defined, index]
    assert told["orders"][0]["status"] == "待缴费"  # type: ignore[index]
    assert hall.customer.masked_label not in str(told)


def test_another_key_learns_nothing(hall: Hall) -> None:
    certificate = hall.certificate(30)
    hall.to("payment", certificate)
    told = query(hall, certificate, signed_with=hall.certificate(40))
    assert told["error"]["code"] == "bridge.proof_refused"  # type: ignore[index]


@pytest.mark.parametrize("station", ["consent", "identity", "issuance", "requested", "completed"])
def test_it_tells_at_every_station_signed_in_or_not(hall: Hall, browser: Client, station: str) -> None:
    certificate = hall.certificate(30)
    number = hall.order(hall.to(station, certificate)).number
    told = query(hall, certificate, browser=browser)
    assert told["orders"][0]["number"] == number  # type: ignore[index]
