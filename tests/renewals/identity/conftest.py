"""The identity stand-in on a loopback port, in a thread of its own."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from aiohttp import web

from renewals.identity import liveness_sandbox, sandbox

KEY = bytes(range(32))
APP = "certhall-test"


@pytest.fixture
def stand_in() -> sandbox.Sandbox:
    return sandbox.Sandbox(APP, KEY, slow_seconds=0.05, hang_seconds=1.0)


@pytest.fixture
def liveness(stand_in: sandbox.Sandbox) -> liveness_sandbox.LivenessSandbox:
    """Its ``base_url`` is known once ``address`` listens."""
    return liveness_sandbox.LivenessSandbox(stand_in, "", slow_seconds=0.2)


@pytest.fixture
def address(stand_in: sandbox.Sandbox, liveness: liveness_sandbox.LivenessSandbox) -> Iterator[str]:
    started, stop = threading.Event(), threading.Event()
    where: list[str] = []

    async def serve() -> None:
        application = web.Application()
        application.add_routes(sandbox.routes(stand_in))
        application.add_routes(liveness_sandbox.routes(liveness))
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        where.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
        liveness.base_url = where[0]
        started.set()
        while not stop.is_set():
            await asyncio.sleep(0.01)
        await runner.cleanup()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    started.wait(5)
    yield where[0]
    stop.set()
    thread.join(5)
