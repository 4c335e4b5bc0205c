"""The request form: printed by the system for exactly one version, fetched by the customer (RULES C7, Across 3)."""

import pytest

from renewals.models import FormPrint
from renewals.request_form.data import Part
from tests.renewals.hall import Hall
from tests.renewals.papers.counter import Counter
from tests.renewals.request_form.scans import text_of

pytestmark = pytest.mark.django_db


def squeezed(text: str) -> str:
    return "".join(text.split())


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
