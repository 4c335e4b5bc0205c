"""Nothing of a form or a scan stands in plain, and it goes with the order (DESIGN §5, RULES Across 6)."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from portal import jobs
from portal.files.models import StoredFile
from portal.tenants import tenant_tx
from portal.vault import SealedValueErased
from renewals.models import Document, FormPrint
from renewals.steps.request_form import shown_on
from tests.canaries import CANARIES, database, found_in
from tests.renewals.hall import Hall
from tests.renewals.papers.counter import Counter


@pytest.mark.django_db(transaction=True)
def test_no_name_number_or_mobile_in_the_tables(counter: Counter, hall: Hall) -> None:
    order = counter.fetched(representative_name=CANARIES["name"], legal_representative=CANARIES["name"])
    counter.upload_all(order)
    counter.submit(order)
    answers = counter.answers(order)
    planted = {"name": CANARIES["name"], "id_number": answers["representative_id_number"]}
    assert found_in(database(), canaries=planted) == []


@pytest.mark.django_db
def test_form_and_scans_go_with_an_order_that_came_to_nothing(counter: Counter, hall: Hall) -> None:
    order = counter.handed_in()
    hall.act(order, "", "cancel", {"reason": "no_longer_needed"})
    hall.run()
    with time_machine.travel(timezone.now() + timedelta(days=30), tick=False):
        with tenant_tx(hall.tenant, write=True):
            jobs.enqueue("renewals.forget_abandoned", {"slot": 1})
            jobs.enqueue("files.sweep", {})
        hall.run()
    with tenant_tx(hall.tenant, write=True):
        printed = FormPrint.objects.get()
        with pytest.raises(SealedValueErased):
            shown_on(printed, by=hall.by, reason="test")
        assert {file.is_live for file in StoredFile.objects.filter(owner=f"order:{order}")} == {False}
        assert Document.objects.count() == 2  # that there were papers stays known
