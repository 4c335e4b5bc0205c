"""static/js/bridge.js in Chromium against the real simulator."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.sync_api import Error, Page, sync_playwright

from portal.gm import Certificate
from renewals.bridge.proof import verify_proof
from renewals.bridge.protocol import decode_challenge, install_action, new_challenge
from renewals.bridge.simulator import SoftKeyDesk
from tests.renewals.bridge.serving import free_port, running, serving
from tests.renewals.bridge.workshop import PIN, TXN, WorkshopCa, b64

pytestmark = pytest.mark.journey

CHROMIUM = Path("/usr/bin/chromium")
SCRIPTS = Path(__file__).parents[3] / "static" / "js"
BLANK = '<!doctype html><html lang="zh"><title>x</title><link rel="icon" href="data:,">'


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """A portal of one empty page and the client; its origin."""
    port = free_port()

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=BLANK, content_type="text/html")

    async def client(request: web.Request) -> web.Response:
        return web.Response(text=(SCRIPTS / request.path[1:]).read_text("utf-8"), content_type="text/javascript")

    app = web.Application()
    app.add_routes([web.get("/", page), web.get("/bridge.js", client), web.get("/bridge-errors.js", client)])
    with running(app, port):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    if not CHROMIUM.exists():
        pytest.skip("needs Debian's chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium: Any, site: str) -> Iterator[Page]:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(site)
    page.evaluate(
        """async () => {
          window.client = await import("/bridge.js");
          window.attempt = async (work) => {
            try { return { result: await work() }; }
            catch (error) { return { code: error.code, retriesLeft: error.retriesLeft }; }
          };
        }"""
    )
    yield page
    context.close()


def connect(tab: Page, port: int, **settings: str) -> Any:
    return tab.evaluate(
        """async (settings) => attempt(async () => {
          window.bridge = await client.connect(settings);
          window.events = [];
          for (const name of ["key.inserted", "key.removed", "pin.changed", "connected", "disconnected"])
            bridge.on(name, (params) => events.push([name, params]));
          return bridge.info;
        })""",
        {"url": f"http://127.0.0.1:{port}", **settings},
    )


def call(tab: Page, method: str, **params: Any) -> Any:
    return tab.evaluate("([method, params]) => attempt(() => bridge[method](params))", [method, params])


def test_a_whole_renewal(tab: Page, site: str, desk: SoftKeyDesk, serial: str, ca: WorkshopCa) -> None:
    with serving(desk, site, auto_pin=PIN) as port:
        assert connect(tab, port, minBridgeVersion="4.7.6")["result"]["simulator"] is True
        assert call(tab, "envCheck", certificate={"mediumNumberPrefix": "3888"})["result"]["passed"] is True
        listed = call(tab, "certList")["result"]
        assert listed["key"]["keySerial"] == serial
        old = next(c["fingerprint"] for c in listed["certificates"] if c["usage"] == "signing")
        made = call(tab, "genCsr", keySerial=serial, txn=TXN, algorithm="SM2", replaces=old)["result"]
        signing, encryption, enveloped = ca.pair(base64.b64decode(made["csr"]))
        call(tab, "importSign", keySerial=serial, txn=TXN, certificate=b64(signing.der))
        call(tab, "importEnc", keySerial=serial, txn=TXN, certificate=b64(encryption.der), envelopedKey=b64(enveloped))
        challenge, action = new_challenge(), install_action(signing.serial)
        stages = tab.evaluate(
            """async (params) => {
              const stages = [];
              window.proof = await bridge.installVerify(params, { onProgress: ({ stage }) => stages.push(stage) });
              return stages;
            }""",
            {"keySerial": serial, "txn": TXN, "challenge": challenge, "action": action, "encryption": "required"},
        )
        assert stages == ["check", "pin", "verify", "sign", "commit"]
        proof = tab.evaluate("proof")
        assert Certificate.from_der(base64.b64decode(proof["certificate"])) == signing
        assert verify_proof(
            signing,
            base64.b64decode(proof["signature"]),
            origin=site,  # as the browser says it, not the page
            challenge=decode_challenge(challenge),
            txn=TXN,
            action=action,
        )


def test_errors_have_their_codes(tab: Page, site: str, desk: SoftKeyDesk, serial: str) -> None:
    with serving(desk, site, auto_pin="000000") as port:
        assert connect(tab, free_port()) == {"code": "BRIDGE_UNREACHABLE", "retriesLeft": None}
        assert connect(tab, port, minBridgeVersion="9.0")["code"] == "BRIDGE_TOO_OLD"
        assert "result" in connect(tab, port)
        assert call(tab, "pinVerify", keySerial=serial, txn=TXN) == {"code": "PIN_INCORRECT", "retriesLeft": 5}
        words = {"PIN_INCORRECT": {"happened": "不正确。", "cure": "再试。", "retries": "还剩 %(retries_left)s 次。"}}
        said = tab.evaluate("(words) => client.describe(new client.BridgeError('PIN_INCORRECT', '', 5), words)", words)
        assert said == {"code": "PIN_INCORRECT", "happened": "不正确。还剩 5 次。", "cure": "再试。"}
        desk.pull(serial)
        assert call(tab, "certList")["code"] == "NO_KEY"
        desk.insert(serial)
        tab.wait_for_function("events.length >= 3")
        assert [name for name, _ in tab.evaluate("events")] == ["pin.changed", "key.removed", "key.inserted"]
    with serving(desk, "https://szca.example") as port:
        assert connect(tab, port)["code"] == "ORIGIN_DENIED"


def test_denied_is_not_taken_for_not_installed(tab: Page, desk: SoftKeyDesk, site: str) -> None:
    with serving(desk, site) as port:
        tab.evaluate(
            """() => { navigator.permissions.query = async ({ name }) =>
              ({ state: name === "loopback-network" ? "denied" : "granted" }); }"""
        )
        assert connect(tab, port)["code"] == "LNA_DENIED"
        tab.evaluate("() => { navigator.permissions.query = async () => { throw new TypeError('unknown name') } }")
        assert tab.evaluate("client.permissionState()") == "unknown"
        assert "result" in connect(tab, port)


def test_only_loopback_by_number(tab: Page) -> None:
    for url in ("http://localhost:1", "https://127.0.0.1:1", "http://evil.example", "http://127.0.0.1.evil.example"):
        with pytest.raises(Error, match=r"127\.0\.0\.1:port"):
            tab.evaluate("(url) => client.connect({ url })", url)


def test_abort_timeout_and_reconnect(tab: Page, site: str, desk: SoftKeyDesk, serial: str) -> None:
    with serving(desk, site) as port:
        connect(tab, port)
        ended = tab.evaluate(
            """async (params) => {
              const stop = new AbortController();
              const onProgress = ({ stage }) => stage === "pin" && setTimeout(() => stop.abort(), 50);
              const aborted = await attempt(() => bridge.pinVerify(params, { signal: stop.signal, onProgress }));
              const late = await attempt(() => bridge.pinVerify(params, { timeoutMs: 200 }));
              const before = await attempt(() => bridge.pinVerify(params, { signal: stop.signal }));
              return [aborted.code, late.code, before.code];
            }""",
            {"keySerial": serial, "txn": TXN},
        )
        assert ended == ["CANCELLED", "TIMEOUT", "CANCELLED"]
        assert desk.key(serial).retries_left == 6
        tab.evaluate("bridge.socket.close()")
        tab.wait_for_function("events.some(([name]) => name === 'connected')")
        assert call(tab, "certList")["result"]["key"]["keySerial"] == serial
        tab.evaluate("bridge.close()")
        assert call(tab, "certList")["code"] == "CANCELLED"


def test_pin_window_and_desk(tab: Page, chromium: Any, site: str, desk: SoftKeyDesk, serial: str) -> None:
    """Across 5: the PIN is typed on the bridge's own page."""
    with serving(desk, site) as port:
        connect(tab, port)
        context = chromium.new_context()
        window = context.new_page()
        problems: list[str] = []
        window.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        window.on("pageerror", lambda error: problems.append(str(error)))
        window.goto(f"http://127.0.0.1:{port}/pin")
        params = {"keySerial": serial, "txn": TXN}
        tab.evaluate("(params) => { window.verified = attempt(() => bridge.pinVerify(params)); }", params)
        window.get_by_label("Ekey 密码").fill("000000")
        assert site in window.locator("dl").inner_text()
        window.get_by_role("button", name="确定").click()
        window.get_by_text("还可以再试 5 次").wait_for()
        assert tab.evaluate("verified") == {"code": "PIN_INCORRECT", "retriesLeft": 5}
        tab.evaluate("(params) => { window.verified = attempt(() => bridge.pinVerify(params)); }", params)
        window.get_by_label("Ekey 密码").fill(PIN)
        window.keyboard.press("Enter")
        window.get_by_text("密码正确").wait_for()
        assert tab.evaluate("verified")["result"]["verified"] is True

        window.goto(f"http://127.0.0.1:{port}/")
        window.get_by_role("button", name="拔出").click()
        window.get_by_role("button", name="插入").wait_for()
        assert desk.inserted() == {}
        window.get_by_label("在哪一步拔出").select_option("install.verify/commit")
        window.get_by_label("驱动").select_option("old")
        window.get_by_role("button", name="应用").click()
        window.get_by_text("故障设置已生效").wait_for()
        assert (desk.faults.pull_at, desk.faults.driver) == ("install.verify/commit", "old")
        window.get_by_role("button", name="全部清除").click()
        window.get_by_text("故障已全部清除").wait_for()
        assert desk.faults.pull_at == ""
        assert window.evaluate("document.documentElement.scrollWidth <= innerWidth")
        window.set_viewport_size({"width": 320, "height": 700})
        assert window.evaluate("document.documentElement.scrollWidth <= 320")
        assert problems == []
        context.close()
