"""static/js/pfx.js in Chromium: what the page makes, OpenSSL and our own parsers open. RULES B6, B7."""

import base64
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12
from playwright.sync_api import Page, sync_playwright

from portal.gm import CertificateRequest
from tests.journeys.browser import CHROMIUM, launch
from tests.renewals.bridge.serving import free_port, running
from tests.renewals.bridge.workshop import SUBJECT, WorkshopCa, b64

pytestmark = pytest.mark.journey

STATIC = Path(__file__).parents[2] / "static"
PASSWORD = "730514"
BLANK = '<!doctype html><html lang="zh"><title>x</title><link rel="icon" href="data:,">'


@pytest.fixture(scope="module")
def tab() -> Iterator[Page]:
    if not Path(CHROMIUM).exists():
        pytest.skip("needs Debian's chromium")
    port = free_port()

    async def blank(_request: web.Request) -> web.Response:
        return web.Response(text=BLANK, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", blank)
    app.router.add_static("/static", STATIC)
    with running(app, port), sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        page.evaluate("async () => { window.pfx = await import('/static/js/pfx.js'); }")
        yield page
        browser.close()


@pytest.fixture(scope="module")
def made(tab: Page) -> dict[str, Any]:
    """A request, and the key's encrypted form kept in the page as `window.key`."""
    found: dict[str, Any] = tab.evaluate(
        """async ([subject, password]) => {
          const { csr, key } = await window.pfx.makeRequest(subject, password);
          window.key = key;
          return { csr, key: window.pfx.toBase64(key) };
        }""",
        [b64(SUBJECT), PASSWORD],
    )
    return found


def make_pfx(tab: Page, certificate: bytes, password: str = PASSWORD) -> str:
    """The .pfx in base64, or the name of the refusal."""
    answer: str = tab.evaluate(
        """async ([certificate, password]) => {
          try {
            const made = await window.pfx.makePfx({ key: window.key, certificate, password, name: "F000504Y0007#0" });
            return window.pfx.toBase64(made);
          } catch (error) {
            return error.constructor.name;
          }
        }""",
        [b64(certificate), password],
    )
    return answer


def test_request_is_signed_and_has_exactly_our_subject(made: dict[str, Any]) -> None:
    request = CertificateRequest.from_der(base64.b64decode(made["csr"]))
    request.verify()
    assert request.subject_der == SUBJECT
    assert getattr(request.public_key, "key_size", 0) == 2048  # RULES B0


def test_file_opens_with_openssl_and_nothing_else_than_the_password(
    tab: Page, made: dict[str, Any], tmp_path: Path
) -> None:
    request = CertificateRequest.from_der(base64.b64decode(made["csr"]))
    certificate = WorkshopCa().certificate(request.public_key)
    pfx = base64.b64decode(make_pfx(tab, certificate.der))
    file = tmp_path / "F000504Y0007#0.pfx"
    file.write_bytes(pfx)

    def openssl(password: str) -> "subprocess.CompletedProcess[str]":
        command = ["openssl", "pkcs12", "-in", str(file), "-passin", f"pass:{password}", "-nodes"]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    shown = openssl(PASSWORD)
    assert shown.returncode == 0, shown.stderr
    assert "BEGIN PRIVATE KEY" in shown.stdout
    assert "friendlyName: F000504Y0007#0" in shown.stdout
    assert openssl("730515").returncode != 0
    key, found, others = pkcs12.load_key_and_certificates(pfx, PASSWORD.encode())
    assert found == x509.load_der_x509_certificate(certificate.der)
    assert key is not None
    assert key.public_key() == found.public_key()
    assert others == []


def test_neither_password_nor_key_of_another(tab: Page, made: dict[str, Any]) -> None:
    request = CertificateRequest.from_der(base64.b64decode(made["csr"]))
    own = WorkshopCa().certificate(request.public_key)
    assert make_pfx(tab, own.der, "730515") == "WrongPassword"
    csr = tab.evaluate("async (subject) => (await window.pfx.makeRequest(subject, '111111')).csr", b64(SUBJECT))
    stranger = WorkshopCa().certificate(CertificateRequest.from_der(base64.b64decode(csr)).public_key)
    assert make_pfx(tab, stranger.der) == "WrongKey"


def test_six_digits_exactly(tab: Page) -> None:  # RULES B6: 5, 6 and 7 characters
    asked = ["24680", "246802", "2468024", "24680a", "２４６８０２", "24 802", " 24680", ""]
    assert tab.evaluate("(all) => all.map((each) => window.pfx.fits(each, 6))", asked) == [
        *(False, True, False),
        *(False, False, False, False, False),
    ]
