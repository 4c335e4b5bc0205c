"""The simulator's HTTP and WebSocket side, and its two pages."""

import asyncio
import hmac
import html
import json
import secrets
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aiohttp import WSMsgType, web

from renewals.bridge.protocol import MESSAGE_LIMIT, BridgeFault, ErrorCode
from renewals.bridge.simulator.control import Control
from renewals.bridge.simulator.desk import SoftKeyDesk
from renewals.bridge.simulator.dispatch import Dispatcher, Message, refusal
from renewals.bridge.simulator.origins import AllowedOrigins, own_hosts
from renewals.bridge.simulator.pins import PIN_SECONDS, PinDesk

PAGES: Final = Path(__file__).with_name("pages")
AT_ONCE: Final = 16  # requests of one session being answered at the same time

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Options:
    port: int
    origins: tuple[str, ...]
    control_token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    pin_seconds: float = PIN_SECONDS
    auto_pin: str = field(default="", repr=False)


class BridgeServer:
    """`make_app` gives the aiohttp application; it listens on 127.0.0.1 only (the command's part)."""

    def __init__(self, desk: SoftKeyDesk, options: Options) -> None:
        self.options = options
        self.own_origin = f"http://127.0.0.1:{options.port}"
        self._hosts = own_hosts(options.port)
        self._allowed = AllowedOrigins(options.origins)
        self._pins = PinDesk(seconds=options.pin_seconds, auto_pin=options.auto_pin)
        self._dispatcher = Dispatcher(
            desk, self._pins, desk_url=f"{self.own_origin}/", pin_url=f"{self.own_origin}/pin"
        )
        self._control = Control(desk, self._pins)
        self._desk_token = secrets.token_urlsafe(24)
        self._threads = ThreadPoolExecutor(32, thread_name_prefix="bridge")
        self._sockets: set[web.WebSocketResponse] = set()

    def make_app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard], client_max_size=MESSAGE_LIMIT)
        app.router.add_get("/v1/hello", self._hello, allow_head=False)
        app.router.add_options("/v1/hello", self._preflight)
        app.router.add_get("/v1/session", self._session, allow_head=False)
        app.router.add_post("/control/{action}", self._control_action)
        app.router.add_get("/", self._page("desk.html"))
        app.router.add_get("/pin", self._page("pin.html"))
        for name, kind in (("desk.css", "text/css"), ("desk.js", "text/javascript"), ("pin.js", "text/javascript")):
            app.router.add_get(f"/assets/{name}", self._asset(name, kind))
        app.on_shutdown.append(self._shut_down)
        return app

    # --- who may speak -------------------------------------------------------------------------

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.headers.get("Host", "") not in self._hosts:
            return _refused(ErrorCode.ORIGIN_DENIED, 403)
        response = await handler(request)
        if not response.prepared:
            response.headers["X-Content-Type-Options"] = "nosniff"
            response.headers["Cache-Control"] = "no-store"
        return response

    async def _hello(self, request: web.Request) -> web.StreamResponse:
        """A foreign page may read that it was refused, and nothing more: else its visitors would
        be told to install what is installed."""
        origin = request.headers.get("Origin")
        allowed = self._allowed.allows(origin)
        response = web.json_response(self._dispatcher.info()) if allowed else _refused(ErrorCode.ORIGIN_DENIED, 403)
        if origin is not None:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Vary"] = "Origin"
        return response

    async def _preflight(self, request: web.Request) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if origin is None or not self._allowed.allows(origin):
            return _refused(ErrorCode.ORIGIN_DENIED, 403)
        headers = {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": "GET",
            "Access-Control-Allow-Private-Network": "true",  # browsers before Local Network Access
            "Vary": "Origin",
        }
        return web.Response(status=204, headers=headers)

    # --- sessions --------------------------------------------------------------------------------

    async def _session(self, request: web.Request) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if origin is None or not self._allowed.allows(origin):
            return _refused(ErrorCode.ORIGIN_DENIED, 403)
        socket = web.WebSocketResponse(max_msg_size=MESSAGE_LIMIT, heartbeat=30.0)
        if not socket.can_prepare(request).ok:
            return _refused(ErrorCode.BAD_REQUEST, 400)
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            await self._converse(socket, origin)
        finally:
            self._sockets.discard(socket)
        return socket

    async def _converse(self, socket: web.WebSocketResponse, origin: str) -> None:
        loop = asyncio.get_running_loop()
        outbox: asyncio.Queue[Message] = asyncio.Queue()

        def send(message: Message) -> None:  # from any thread, also after the page has gone
            if not loop.is_closed():
                loop.call_soon_threadsafe(outbox.put_nowait, message)

        session = self._dispatcher.open(origin, send)
        room = asyncio.Semaphore(AT_ONCE)
        tasks = {loop.create_task(_write(socket, outbox))}

        async def answer(text: str) -> None:
            try:
                answered = await loop.run_in_executor(self._threads, self._dispatcher.handle, session, text)
                outbox.put_nowait(answered)
            finally:
                room.release()

        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await room.acquire()
                    task = loop.create_task(answer(message.data))
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
                elif message.type is WSMsgType.BINARY:
                    outbox.put_nowait(refusal(None, BridgeFault(ErrorCode.BAD_REQUEST, "text messages only")))
        finally:
            self._dispatcher.close(session)
            for task in tuple(tasks):
                task.cancel()

    # --- the desk --------------------------------------------------------------------------------

    async def _control_action(self, request: web.Request) -> web.StreamResponse:
        if not self._may_control(request):
            return _refused(ErrorCode.ORIGIN_DENIED, 403)
        action = self._control.actions.get(request.match_info["action"])
        if action is None:
            return web.json_response({"error": "no such action"}, status=404)
        try:
            body = json.loads(await request.text() or "{}")
            if not isinstance(body, dict):
                return web.json_response({"error": "an object is wanted"}, status=422)
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._threads, action, body)
            return web.json_response(await loop.run_in_executor(self._threads, self._control.state))
        except KeyError as error:
            return web.json_response({"error": f"not there: {error}"}, status=404)
        except (ValueError, RecursionError) as error:
            return web.json_response({"error": str(error)}, status=422)

    def _may_control(self, request: web.Request) -> bool:
        """Tests hold the control token. The desk's own pages hold the token written in them, which
        no other origin can read, and must come from here."""
        if _same(request.headers.get("X-Control-Token", ""), self.options.control_token):
            return True
        mine = request.headers.get("Origin") in {f"http://{host}" for host in self._hosts}
        return mine and _same(request.headers.get("X-Desk-Token", ""), self._desk_token)

    def _page(self, name: str) -> Handler:
        async def page(_request: web.Request) -> web.StreamResponse:
            text = (PAGES / name).read_text("utf-8").replace("{{ token }}", html.escape(self._desk_token))
            response = web.Response(text=text, content_type="text/html", charset="utf-8")
            response.headers["Content-Security-Policy"] = (
                "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
                "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            )
            response.headers["X-Frame-Options"] = "DENY"
            response.headers["Referrer-Policy"] = "no-referrer"
            return response

        return page

    def _asset(self, name: str, kind: str) -> Handler:
        async def asset(_request: web.Request) -> web.StreamResponse:
            return web.Response(text=(PAGES / name).read_text("utf-8"), content_type=kind, charset="utf-8")

        return asset

    async def _shut_down(self, _app: web.Application) -> None:
        self._dispatcher.shut_down()
        for socket in tuple(self._sockets):
            await socket.close(code=1001)
        self._threads.shutdown(wait=False, cancel_futures=True)


async def _write(socket: web.WebSocketResponse, outbox: "asyncio.Queue[Message]") -> None:
    while not socket.closed:
        message: dict[str, Any] = await outbox.get()
        try:
            await socket.send_str(json.dumps(message))
        except ConnectionError:
            return


def _refused(code: ErrorCode, status: int) -> web.Response:
    return web.json_response({"error": {"code": str(code)}}, status=status)


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())
