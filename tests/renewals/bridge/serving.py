"""The real simulator server on a free loopback port, in a thread of its own."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from renewals.bridge.simulator import SoftKeyDesk
from renewals.bridge.simulator.server import BridgeServer, Options

TOKEN = "control-token-of-the-tests"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(app: web.Application, port: int) -> Iterator[None]:
    """`app` on a loop of its own thread (Playwright keeps the main thread's)."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    runner = web.AppRunner(app, access_log=None)

    async def start() -> None:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()

    try:
        asyncio.run_coroutine_threadsafe(start(), loop).result(10)
        yield
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@contextmanager
def serving(desk: SoftKeyDesk, *origins: str, auto_pin: str = "", pin_seconds: float = 10) -> Iterator[int]:
    """The simulator's server; yields its port."""
    options = Options(free_port(), origins, control_token=TOKEN, auto_pin=auto_pin, pin_seconds=pin_seconds)
    with running(BridgeServer(desk, options).make_app(), options.port):
        yield options.port
