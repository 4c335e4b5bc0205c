"""The sandbox issuer on a loopback port, and a hall whose tenant is registered with it."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web

from payments.invoicing import sandbox
from tests.payments.conftest import SandboxForTests, free_port
from tests.payments.hall import Hall


@dataclass
class Issuer:
    base_url: str
    data_dir: Path
    failing: int = 0  # so many answers get lost after the invoice was made


@pytest.fixture
def issuer(pay_sandbox: SandboxForTests) -> Iterator[Issuer]:
    port = free_port()
    issuer = Issuer(f"http://127.0.0.1:{port}", pay_sandbox.data_dir)

    @web.middleware
    async def losing(request, handler):  # type: ignore[no-untyped-def]
        answer = await handler(request)
        if issuer.failing and request.method == "POST":
            issuer.failing -= 1
            return web.Response(status=500)
        return answer

    loop, ready = asyncio.new_event_loop(), threading.Event()

    def serve() -> None:
        asyncio.set_event_loop(loop)
        app = web.Application(middlewares=[losing])
        app.add_routes(
            sandbox.routes(folder=issuer.data_dir / "invoice-sandbox", base_url=issuer.base_url, is_production=False)
        )
        runner = web.AppRunner(app, access_log=None)
        loop.run_until_complete(runner.setup())
        loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", port).start())
        ready.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    ready.wait(5)
    yield issuer
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)


@pytest.fixture
def invoicing_hall(hall: Hall, issuer: Issuer, pay_sandbox: SandboxForTests) -> Hall:
    from payments import demo

    demo.load(hall.tenant, folder=pay_sandbox.data_dir, pay_url=pay_sandbox.base_url, invoice_url=issuer.base_url)
    return hall
