"""The file certificate's page and API: codes counted and locked, and no place anywhere for key or password (B5–B7)."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from portal.audit.models import SecurityEvent
from portal.tenants import tenant_tx
from portal.tenants.links import origin
from renewals.bridge.simulator import InProcessBridge
from renewals.demo import pfx
from renewals.models import Certificate
from tests.portal.accounts.people import browser_of, make_customer
from tests.renewals.hall import Hall
from tests.renewals.packs import publish_changed
from tests.renewals.steps.test_file_download import envelope, request_of, requested, waiting
from tests.renewals.views.page import Script, post_json, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("channels")]
NEW_PASSWORD = "730514"


class FileScript(Script):
    """static/js/file-certificate.js without a browser."""

    def tell(self, name: str, body: dict[str, Any]) -> Any:
        answer = post_json(self.browser, url(f"api-file-{name}", self.item), body)
        self.status = answer.status_code
        return answer.json()


@pytest.fixture
def order(hall: Hall) -> str:
    return waiting(hall)


@pytest.fixture
def script(hall: Hall, browser: Client, order: str) -> FileScript:
    return FileScript(browser, hall.item(order).public_id)


# -- the codes --------------------------------------------------------------------------------------------------------


def test_five_wrong_tries_lock_it_for_a_day(hall: Hall, script: FileScript, order: str) -> None:  # RULES B7
    codes = envelope(hall, order)
    wrong = codes | {"authorization_code": "AAAA-AAAA-AAAA"}
    for left in (4, 3, 2, 1):
        said = script.tell("codes", wrong)["error"]
        assert (script.status, said["code"]) == (409, "file_download.codes_wrong")
        assert f"还可以再试 {left} 次" in said["message"]
    assert script.tell("codes", wrong)["error"]["code"] == "file_download.tries_spent"
    said = script.tell("codes", codes)["error"]  # the right ones come too late
    assert (script.status, said["code"]) == (429, "file_download.tries_spent")
    assert hall.steps(order)["issuance"] == "open"
    with tenant_tx(hall.tenant):
        events = SecurityEvent.objects.values_list("event", flat=True)
        assert list(events).count("download.codes_refused") == 5
        assert "download.limited" in set(events)
        told = json.dumps(list(SecurityEvent.objects.values_list("detail", flat=True)))
        assert codes["reference_number"] not in told
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=2)):
        later = FileScript(browser_of(hall.customer), script.item)
        assert later.tell("codes", codes)["state"] == "open"


def test_a_right_try_gives_the_others_back(hall: Hall, script: FileScript, order: str) -> None:
    codes = envelope(hall, order)
    for _ in range(3):
        script.tell("codes", codes | {"reference_number": "AAAAAAAA"})
        script.tell("codes", codes | {"reference_number": "AAAAAAAA"})
        assert script.tell("codes", codes)["state"] == "open"


@pytest.mark.parametrize(("field", "longest"), [("reference_number", 22), ("authorization_code", 16)])
def test_as_long_as_the_manuals_fields(
    hall: Hall, script: FileScript, order: str, field: str, longest: int
) -> None:  # RULES B6: 22 and 23, 16 and 17 characters
    codes = envelope(hall, order)
    assert script.tell("codes", codes | {field: "A" * longest})["error"]["code"] == "file_download.codes_wrong"
    said = script.tell("codes", codes | {field: "A" * (longest + 1)})
    assert script.status == 422
    assert f"最多 {longest} 个字符" in json.dumps(said, ensure_ascii=False)
    plain = codes[field]
    spread = plain[:4] + "-" * (longest - len(plain)) + plain[4:]
    assert len(spread) == longest
    assert script.tell("codes", codes | {field: spread})["state"] == "open"


def test_somebody_elses_is_not_there(hall: Hall, order: str) -> None:
    with tenant_tx(hall.tenant, write=True):
        stranger = make_customer(hall.tenant, "19900000077")
    other = FileScript(browser_of(stranger), hall.item(order).public_id)
    other.tell("codes", envelope(hall, order))
    assert other.status == 404
    assert other.browser.get(url("order-file", order)).status_code == 404


# -- in the page ------------------------------------------------------------------------------------------------------


def test_from_the_codes_to_the_saved_file(hall: Hall, browser: Client, script: FileScript, order: str) -> None:
    codes = envelope(hall, order)
    there = script.tell("codes", codes)
    assert there["file"] == {"name": f"{hall.item(order).certificate.serial}.pfx", "digits": 6}
    assert there["subject"]
    assert script.tell("request", codes | request_of(hall, order))["state"] == "requested"
    hall.run()
    assert script.state()["new"]["signing"]
    assert script.tell("saved", {})["state"] == "verified"
    page = browser.get(url("order-file", order)).text
    assert "新的证书文件已保存" in page
    assert "再次保存" in page
    issued_at = hall.issuance(order).issued_at
    assert issued_at is not None
    with time_machine.travel(issued_at + timedelta(hours=24)):  # RULES B7: then the codes are spent
        assert "new" not in FileScript(browser_of(hall.customer), script.item).state()
        later = browser_of(hall.customer)
        assert "再次保存" not in later.get(url("order-file", order)).text


def test_who_comes_too_late_is_told_what_to_do(hall: Hall, browser: Client, order: str) -> None:  # RULES B7
    requested(hall, order)
    issued_at = hall.issuance(order).issued_at
    assert issued_at is not None
    with time_machine.travel(issued_at + timedelta(hours=23)):
        assert "接着上次的进度办理" in browser_of(hall.customer).get(url("order-file", order)).text
    with time_machine.travel(issued_at + timedelta(hours=24)):
        page = browser_of(hall.customer).get(url("order-file", order)).text
        assert "参考码和授权码已作废。文件没有保存好的，请取消订单后申请补办" in page
        assert "文件已经保存好了，完成办理" in page  # whoever has the file only forgot to say so
        hall.act(order, "issuance", "saved")
    assert hall.order(order).status == "completed"


def test_the_page_keeps_the_password_to_itself(hall: Hall, browser: Client, order: str) -> None:  # RULES B6, B7
    page = browser.get(url("order-file", order)).text
    for field in page.split('id="file-certificate"')[1].split("<input")[1:]:
        head = field.split(">")[0]
        assert " name=" not in head or 'name="way"' in head, head  # nothing can be sent without our script
    assert "<form" not in page.split('id="file-certificate"')[1]
    assert 'maxlength="22"' in page
    assert 'maxlength="16"' in page
    assert "设定后不能修改" in page


def test_the_api_takes_no_password_and_no_key(hall: Hall, script: FileScript, order: str) -> None:  # RULES B7
    from renewals.api.file import CodesIn, RequestIn
    from renewals.steps.file_download import KIND

    assert set(CodesIn().fields) == {"reference_number", "authorization_code"}
    assert set(RequestIn().fields) == {"reference_number", "authorization_code", "csr"}
    fields = {name for action in KIND.actions.values() for name in action.schema.model_fields}
    assert not {name for name in fields if "password" in name or "key" in name} - {"enveloped_key"}


# -- a renewal into a file, by the bridge (B5) ------------------------------------------------------------------------


def into_file(document: dict[str, Any]) -> None:
    """The unexpired path renews a .pfx."""
    kept = ("ca_status",)
    document["eligibility"] = [one for one in document["eligibility"] if one["require"][0]["field"] in kept]
    document["paths"][0]["steps"][-1] |= {"into": "file"}


@pytest.fixture
def old(hall: Hall) -> Certificate:
    """A certificate in a file, imported on this computer."""
    publish_changed(hall.tenant, into_file, version=9)
    made = hall.certificate(30, medium="", number="F000504Y0007#0", algorithm="rsa", key_model="", storage="file")
    hall.desk.files.import_pfx(pfx.path_of(made.number).read_bytes(), pfx.PASSWORD)
    return made


@pytest.fixture
def bridge(hall: Hall) -> Iterator[InProcessBridge]:
    made = InProcessBridge(hall.desk, origin=origin(hall.tenant), pin=pfx.PASSWORD)
    made._dispatcher.pins.auto_new_pin = NEW_PASSWORD
    yield made
    made.close()


def test_the_old_file_vouches_for_the_new_one(
    hall: Hall, browser: Client, old: Certificate, bridge: InProcessBridge
) -> None:
    order = hall.to("issuance", old)
    script = FileScript(browser, hall.item(order).public_id)
    assert browser.get(url("order-install", order))["Location"] == url("order-file", order)
    page = browser.get(url("order-file", order)).text
    assert 'type="password"' not in page  # only the bridge asks for a password here

    there = script.tell("begin", {})
    assert there["file"] == {"name": "F000504Y0007#0.pfx", "digits": 6}  # RULES B6
    store = bridge.call("cert.list", store="file")["key"]["keySerial"]
    made = bridge.call(
        "key.genCsr", keySerial=store, txn=there["txn"], algorithm=there["algorithm"], replaces=there["old"]
    )
    question = script.ask("challenge", {"purpose": "rekey", "csr": made["csr"]})
    proof = bridge.call("auth.sign", keySerial=store, fingerprint=there["old"], **question)
    sent = {"csr": made["csr"], "challenge": question["challenge"], "signature": proof["signature"]}
    assert script.ask("request", sent)["state"] == "requested"
    hall.run()
    new = script.state()["new"]
    bridge.call("cert.importSign", keySerial=store, txn=there["txn"], certificate=new["signing"])
    bridge.call("file.save", keySerial=store, txn=there["txn"], fileName=there["file"]["name"])
    question = script.ask("challenge", {"purpose": "install"})
    proof = bridge.call("install.verify", keySerial=store, encryption="none", **question)
    done = script.ask("verify", {"challenge": question["challenge"], "signature": proof["signature"]})
    assert done["state"] == "verified"
    issued = hall.item(order).issued
    assert issued is not None
    assert (issued.number, issued.storage) == ("F000504Y0007#0", "file")
    saved = (hall.desk.files.saved / "F000504Y0007#0.pfx").read_bytes()
    assert base64.b64decode(new["signing"]) not in saved  # under the new password
    assert "再次保存" in browser.get(url("order-file", order)).text


def test_a_renewal_into_a_file_shows_no_renewal_code(hall: Hall, browser: Client, old: Certificate) -> None:
    order = hall.to("issuance", old)
    script = FileScript(browser, hall.item(order).public_id)
    script.tell("codes", {"reference_number": "A", "authorization_code": "B"})
    assert script.status == 404  # no envelope either
    hall.act(order, "issuance", "begin")
    assert script.state()["code"] is False
