"""A file certificate in Chromium: made in the page, opened with OpenSSL; what went over the wire is read (B5–B7)."""

import base64
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import pkcs12
from playwright.sync_api import Page, Request, expect

from tests.journeys.browser import look
from tests.journeys.conftest import _orm_beside_playwright, browser, page_at, visits  # noqa: F401  fixtures
from tests.renewals.hall import Hall
from tests.renewals.packs import publish_changed
from tests.renewals.steps.test_file_download import envelope, with_download
from tests.renewals.views.test_transfer_in_browser import visit_as

pytestmark = [
    pytest.mark.journey,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("channels"),
]
PASSWORD = "730514"


def for_rsa(document: dict[str, object]) -> None:
    with_download(document)
    rules: list[dict[str, list[dict[str, str]]]] = document["eligibility"]  # type: ignore[assignment]
    document["eligibility"] = [rule for rule in rules if rule["require"][0]["field"] == "ca_status"]


def save(page: Page, folder: Path) -> Path:
    """Clicks 保存证书文件 and keeps what the browser downloads."""
    with page.expect_download() as download:
        page.get_by_role("button", name="保存证书文件").click()
    target = folder / download.value.suggested_filename
    download.value.save_as(target)
    return target


def secrets_of(file: Path) -> list[str]:
    """The private key in the .pfx, as it would look in a request: raw parts in base64 and hex."""
    key = pkcs12.load_key_and_certificates(file.read_bytes(), PASSWORD.encode())[0]
    assert isinstance(key, RSAPrivateKey)
    parts = key.private_numbers()
    numbers = [number.to_bytes(128, "big") for number in (parts.p, parts.q)]
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return [*(n.hex() for n in numbers), *(base64.b64encode(n[2:122]).decode() for n in numbers), der.hex()[80:200]]


def test_key_and_password_never_leave_the_page(
    hall: Hall,
    live_server,  # type: ignore[no-untyped-def]
    page_at: Callable[[int], Page],  # noqa: F811
    tmp_path: Path,
) -> None:
    publish_changed(hall.tenant, for_rsa, version=9)
    order = hall.to("issuance", hall.certificate(30, algorithm="rsa"))
    codes = envelope(hall, order)
    page = visit_as(page_at(1280), hall.customer, live_server.url, f"/{hall.tenant.slug}/orders/{order}/file/")
    sent: list[Request] = []
    page.context.on("request", lambda request: sent.append(request))  # noqa: PLW0108  (Playwright wants a function)
    look(page, "file-certificate")

    page.get_by_label("本网页").check()
    for short in ("73051", ""):  # RULES B6: five digits and none; the field takes no seventh
        page.get_by_label("保护口令", exact=True).fill(short)
        page.get_by_label("参考码").fill(codes["reference_number"])
        page.get_by_label("授权码").fill(codes["authorization_code"])
        page.get_by_role("button", name="下载", exact=True).click()
        expect(page.get_by_text("保护口令必须是 6 位数字。")).to_be_visible()
    page.get_by_label("保护口令", exact=True).fill(PASSWORD)
    page.get_by_label("再输入一次保护口令").fill("730515")
    page.get_by_role("button", name="下载", exact=True).click()
    expect(page.get_by_text("两次输入的保护口令不一致，请重新输入。")).to_be_visible()
    look(page, "file-certificate-page")

    page.get_by_label("再输入一次保护口令").fill(PASSWORD)
    page.get_by_role("button", name="下载", exact=True).click()
    expect(page.get_by_text("CA 正在签发新证书")).to_be_visible()
    page.reload()  # the key waits here, encrypted; the password is asked for again
    hall.run()
    expect(page.get_by_label("本网页")).to_be_checked()
    expect(page.get_by_label("再输入一次保护口令")).to_be_hidden()
    page.get_by_label("保护口令", exact=True).fill("111111")
    page.get_by_role("button", name="继续").click()
    expect(page.get_by_text("保护口令不正确。")).to_be_visible()
    page.get_by_label("保护口令", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="继续").click()
    expect(page.get_by_role("heading", name="最后一步：保存证书文件")).to_be_visible()
    look(page, "file-certificate-save")
    file = save(page, tmp_path)
    page.get_by_role("button", name="已保存，完成").click()
    expect(page.get_by_text("新的证书文件已保存")).to_be_visible()
    look(page, "file-saved")

    with page.expect_download() as again:  # RULES B5: the same file, within the day, on this computer
        page.get_by_role("button", name="再次保存").click()
    again.value.save_as(tmp_path / "again.pfx")
    assert (tmp_path / "again.pfx").read_bytes() == file.read_bytes()

    command = ["openssl", "pkcs12", "-in", str(file), "-passin", f"pass:{PASSWORD}", "-nodes"]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    assert shown.returncode == 0
    assert "BEGIN PRIVATE KEY" in shown.stdout

    # RULES B7: what the hall was told
    wire = "\n".join(f"{request.url}\n{json.dumps(request.headers)}\n{request.post_data or ''}" for request in sent)
    assert codes["authorization_code"] in wire  # the record is complete
    for secret in [PASSWORD, *secrets_of(file)]:
        assert secret not in wire
    asked = {request.url.rstrip("/").rpartition("/")[2]: request for request in sent if request.method == "POST"}
    fields = {name: set(json.loads(request.post_data or "{}")) for name, request in asked.items()}
    assert fields == {
        "codes": {"reference_number", "authorization_code"},
        "request": {"reference_number", "authorization_code", "csr"},
        "saved": set(),
    }
