"""Putting the sandbox together: the application, and a way to run it beside a test or a walk."""

# ruff: noqa: ARG001  (handlers of one kind share one signature)

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aiohttp import web

from payments.channels.sandbox import alipay, control, pay_page, unionpay, wechat
from payments.channels.sandbox.state import FAULT_KEY, SANDBOX, Options, Sandbox, is_loopback, open_sandbox

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_PROTOCOLS = {"/v3/": "wechat", "/gateway.do": "alipay", "/gateway/api/": "unionpay", "/file-download/": "unionpay"}


@web.middleware
async def _answer_faults(request: web.Request, handler: Handler) -> web.StreamResponse:
    """500 before the handler, or 500 / silence after it has committed."""
    sandbox = request.app[SANDBOX]
    if not is_loopback(f"http://{request.host}"):
        raise web.HTTPForbidden(text="loopback only")  # another site's page reaching us by a rebound name
    channel = next((name for prefix, name in _PROTOCOLS.items() if request.path.startswith(prefix)), "")
    if not channel:
        return await handler(request)
    if sandbox.faults.take("error_before_commit", channel=channel):
        return web.Response(status=500, text="fault")
    answer = await handler(request)
    operation = request[FAULT_KEY].operation if FAULT_KEY in request else ""
    if sandbox.faults.take("error_after_commit", channel=channel, operation=operation):
        return web.Response(status=500, text="fault")
    if hang := sandbox.faults.take("timeout_after_commit", channel=channel, operation=operation):
        await asyncio.sleep(float(hang.params.get("seconds", 30)))
        return web.Response(status=504, text="fault")
    return answer


def make_app(sandbox: Sandbox) -> web.Application:
    app = web.Application(middlewares=[_answer_faults], client_max_size=64 * 1024)
    app[SANDBOX] = sandbox
    for module in (wechat, alipay, unionpay, pay_page, control):
        app.add_routes(module.routes())

    async def running(app: web.Application) -> AsyncIterator[None]:
        sandbox.start()
        yield
        await sandbox.stop()

    app.cleanup_ctx.append(running)
    return app


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox in a thread of this process."""

    sandbox: Sandbox
    base_url: str


@contextmanager
def running_sandbox(options: Options, *, port: int) -> Iterator[Running]:
    """Serves until the block ends. ``port`` must be the one that ``options.base_url`` names."""
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    sandbox = open_sandbox(options)
    failure: list[BaseException] = []

    def serve() -> None:
        asyncio.set_event_loop(loop)
        runner = web.AppRunner(make_app(sandbox), access_log=None)
        try:
            loop.run_until_complete(runner.setup())
            loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", port).start())
            ready.set()
            loop.run_forever()
        except BaseException as error:  # noqa: BLE001  handed to the thread that waits
            failure.append(error)
        finally:
            loop.run_until_complete(runner.cleanup())
            loop.close()
            ready.set()

    thread = threading.Thread(target=serve, name="pay-sandbox", daemon=True)
    thread.start()
    ready.wait()
    if failure:
        raise failure[0]
    try:
        yield Running(sandbox, options.base_url)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=20)
