"""The wire: who may speak, from where, and what the desk's own pages may do."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError

from renewals.bridge.protocol import ErrorCode
from renewals.bridge.schema import problem
from renewals.bridge.simulator import SoftKeyDesk
from renewals.bridge.simulator.origins import AllowedOrigins
from tests.renewals.bridge.serving import TOKEN, serving
from tests.renewals.bridge.workshop import ORIGIN, PIN, TXN

HELLO = '{"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":1}}'


@pytest.fixture
def port(desk: SoftKeyDesk, serial: str) -> Iterator[int]:
    with serving(desk, ORIGIN, "http://*.localhost:8000", auto_pin=PIN) as port:
        yield port


def wire(scenario: Callable[[ClientSession], Awaitable[None]]) -> None:
    async def run() -> None:
        async with ClientSession() as client:
            await scenario(client)

    asyncio.run(run())


def test_hello_to_a_known_site(port: int) -> None:
    async def scenario(client: ClientSession) -> None:
        async with client.get(f"http://127.0.0.1:{port}/v1/hello", headers={"Origin": ORIGIN}) as response:
            body = await response.json()
            assert response.status == 200
            assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
            assert problem("hello-http.json", body) is None
            assert body["simulator"] is True
            assert body["pinUrl"] == f"http://127.0.0.1:{port}/pin"

    wire(scenario)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", ORIGIN + ".evil.example", ORIGIN + ":8443", "http://szca.example"]
)
def test_foreign_site_learns_only_that_it_is_refused(port: int, origin: str) -> None:
    async def scenario(client: ClientSession) -> None:
        async with client.get(f"http://127.0.0.1:{port}/v1/hello", headers={"Origin": origin}) as response:
            assert response.status == 403
            assert await response.json() == {"error": {"code": "ORIGIN_DENIED"}}
            assert response.headers["Access-Control-Allow-Origin"] == origin  # readable: RULES A5 tells what to do
        with pytest.raises(WSServerHandshakeError) as caught:
            await client.ws_connect(f"http://127.0.0.1:{port}/v1/session", headers={"Origin": origin})
        assert caught.value.status == 403
        async with client.options(f"http://127.0.0.1:{port}/v1/hello", headers={"Origin": origin}) as response:
            assert response.status == 403

    wire(scenario)


@pytest.mark.parametrize("path", ["/v1/hello", "/v1/session", "/", "/pin", "/assets/desk.js"])
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1:1", "127.0.0.1", "127.0.0.1:{port}.evil.example"]
)
def test_name_pointed_here_by_rebinding(port: int, path: str, host: str) -> None:
    async def scenario(client: ClientSession) -> None:
        headers = {"Host": host.format(port=port), "Origin": ORIGIN}
        async with client.get(f"http://127.0.0.1:{port}{path}", headers=headers) as response:
            assert response.status == 403
            assert "Access-Control-Allow-Origin" not in response.headers

    wire(scenario)


def test_without_an_origin_nobody(port: int) -> None:
    async def scenario(client: ClientSession) -> None:
        async with client.get(f"http://127.0.0.1:{port}/v1/hello") as response:
            assert response.status == 403
        with pytest.raises(WSServerHandshakeError):
            await client.ws_connect(f"http://127.0.0.1:{port}/v1/session")

    wire(scenario)


def test_session_over_the_socket(port: int, desk: SoftKeyDesk, serial: str) -> None:
    async def scenario(client: ClientSession) -> None:
        async with client.ws_connect(
            f"http://127.0.0.1:{port}/v1/session", headers={"Origin": "http://szca.localhost:8000"}
        ) as socket:

            async def ask(number: int, method: str, **params: Any) -> Any:
                await socket.send_json({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
                events: list[Any] = []
                while True:
                    message = await socket.receive_json(timeout=5)
                    if message.get("id") == number:
                        return message, events
                    events.append(message)

            assert (await ask(1, "hello", protocol=1))[0]["result"]["simulator"] is True
            answer, events = await ask(2, "pin.verify", keySerial=serial, txn=TXN)
            assert answer["result"]["verified"] is True
            assert [event["params"]["stage"] for event in events] == ["check", "pin"]  # before the answer
            await asyncio.to_thread(desk.pull, serial)
            assert (await socket.receive_json(timeout=5))["method"] == "key.removed"
            await socket.send_bytes(b"\x00")
            assert (await socket.receive_json(timeout=5))["error"]["data"]["code"] == "BAD_REQUEST"
            await socket.send_str("A" * 300_000)
            assert (await socket.receive(timeout=5)).type in (WSMsgType.CLOSE, WSMsgType.CLOSED)

    wire(scenario)


def test_closing_the_page_frees_the_key(port: int, serial: str) -> None:
    async def scenario(client: ClientSession) -> None:
        for _ in range(2):
            async with client.ws_connect(f"http://127.0.0.1:{port}/v1/session", headers={"Origin": ORIGIN}) as socket:
                await socket.send_str(HELLO)
                await socket.receive_json(timeout=5)
                await socket.send_json(
                    {"jsonrpc": "2.0", "id": 2, "method": "pin.verify", "params": {"keySerial": serial, "txn": TXN}}
                )
                answers = [await socket.receive_json(timeout=5) for _ in range(3)]
                assert "result" in answers[-1], answers

    wire(scenario)


def test_desk_obeys_its_own_pages_and_the_token_only(port: int, desk: SoftKeyDesk, serial: str) -> None:
    url = f"http://127.0.0.1:{port}"

    async def scenario(client: ClientSession) -> None:
        async with client.get(url + "/") as response:
            text = await response.text()
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]
            assert "Access-Control-Allow-Origin" not in response.headers
        page_token = text.split('name="desk-token" content="')[1].split('"')[0]

        async def pull(**headers: str) -> int:
            headers = {name.replace("_", "-"): value for name, value in headers.items()}
            async with client.post(url + "/control/pull", json={"keySerial": serial}, headers=headers) as response:
                return response.status

        assert await pull() == 403
        assert await pull(X_Control_Token="guess") == 403
        assert await pull(X_Desk_Token=page_token) == 403  # not from our own page
        assert await pull(X_Desk_Token=page_token, Origin=ORIGIN) == 403
        async with client.get(url + "/control/pull", headers={"X-Control-Token": TOKEN}) as response:
            assert response.status == 405  # no state-changing GET
        assert list(desk.inserted()) == [serial]
        assert await pull(X_Desk_Token=page_token, Origin=url) == 200
        assert desk.inserted() == {}

        async def control(action: str, body: Any) -> tuple[int, Any]:
            async with client.post(
                f"{url}/control/{action}", data=json.dumps(body), headers={"X-Control-Token": TOKEN}
            ) as response:
                return response.status, await response.json()

        assert (await control("insert", {"keySerial": serial}))[1]["keys"][0]["inserted"] is True
        for action, body, status in [
            ("explode", {}, 404),
            ("insert", {"keySerial": "../x"}, 404),
            ("insert", {}, 422),
            ("insert", [], 422),
            ("faults", {"pull_at": 1}, 422),
            ("provision", {"mediumNumber": "3888", "label": "x", "pin": "1", "algorithm": "SM2"}, 422),
            ("pin_answer", {"id": "no"}, 404),
        ]:
            assert (await control(action, body))[0] == status, action
        status, state = await control(
            "provision", {"mediumNumber": "3888000000000077", "label": "新", "pin": PIN, "algorithm": "SM2"}
        )
        assert (status, len(state["keys"])) == (200, 2)
        assert PIN not in json.dumps(state)

    wire(scenario)


def test_pin_window_over_http(desk: SoftKeyDesk, serial: str) -> None:
    async def scenario(client: ClientSession) -> None:
        headers = {"X-Control-Token": TOKEN}
        async with client.ws_connect(f"http://127.0.0.1:{port}/v1/session", headers={"Origin": ORIGIN}) as socket:
            await socket.send_str(HELLO)
            await socket.receive_json(timeout=5)
            await socket.send_json(
                {"jsonrpc": "2.0", "id": 2, "method": "pin.verify", "params": {"keySerial": serial, "txn": TXN}}
            )
            pending: list[Any] = []
            while not pending:
                async with client.post(f"http://127.0.0.1:{port}/control/state", headers=headers) as response:
                    pending = (await response.json())["pending"]
            body = {"id": pending[0]["id"], "pin": "000000"}
            async with client.post(
                f"http://127.0.0.1:{port}/control/pin_answer", json=body, headers=headers
            ) as response:
                assert response.status == 200
            answers = [await socket.receive_json(timeout=5) for _ in range(4)]  # two stages, pin.changed, the answer
            assert answers[-1]["error"]["data"] == {"code": ErrorCode.PIN_INCORRECT, "retriesLeft": 5}

    with serving(desk, ORIGIN) as port:
        wire(scenario)


def test_wildcards_cover_one_label() -> None:
    allowed = AllowedOrigins(["http://*.localhost:8000"])
    assert allowed.allows("http://szca.localhost:8000")
    for origin in (
        "http://localhost:8000",
        "http://a.b.localhost:8000",
        "http://szca.localhost",
        "https://szca.localhost:8000",
        "http://szca.localhost:8000\n",
        None,
        "null",
    ):
        assert not allowed.allows(origin)


@pytest.mark.parametrize(
    "entry", ["*", "https://*", "szca.example", "https://szca.example/x", "https://*.szca.example/x"]
)
def test_wrong_origin_option(entry: str) -> None:
    with pytest.raises(ValueError, match=r"origin|path"):
        AllowedOrigins([entry])
