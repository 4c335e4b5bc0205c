"""The sandbox's control API, for tests and for walking an order: pay, replay a callback, set faults, look inside.

Paying needs the trade's own token (it is what the QR code holds); everything else the header
``X-Control-Token`` with the token that is kept in the sandbox's folder.
"""

# ruff: noqa: ARG001  (handlers of one kind share one signature)

import hmac
from typing import Any

from aiohttp import web

from payments.channels.sandbox import pay_page
from payments.channels.sandbox.faults import Fault
from payments.channels.sandbox.state import SANDBOX, Sandbox


def routes() -> list[web.RouteDef]:
    return [
        web.get("/control/health", _health),
        web.post("/control/pay", _pay),
        web.post("/control/callback", _callback),
        web.post("/control/fault", _fault),
        web.delete("/control/fault", _clear),
        web.get("/control/trades", _trades),
        web.get("/control/deliveries", _deliveries),
    ]


def _authorised(request: web.Request) -> Sandbox:
    sandbox = request.app[SANDBOX]
    given = request.headers.get("X-Control-Token", "")
    if not hmac.compare_digest(given.encode(), sandbox.platform.control_token.encode()):
        raise web.HTTPForbidden(text="X-Control-Token")
    return sandbox


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        data = await request.json()
    except ValueError:
        raise web.HTTPBadRequest(text="JSON") from None
    if not isinstance(data, dict):
        raise web.HTTPBadRequest(text="JSON object")
    return data


async def _health(request: web.Request) -> web.Response:
    return web.json_response({"service": "pay-sandbox"})


async def _pay(request: web.Request) -> web.Response:
    """{token | code_url, payer?, late?} → {paid, transaction_id, amount_fen}"""
    sandbox, data = request.app[SANDBOX], await _body(request)
    token = str(data.get("token") or str(data.get("code_url", "")).rpartition("/")[2])
    trade = sandbox.book.by_token(token, now=sandbox.now())
    if trade is None:
        raise web.HTTPNotFound(text="token")
    sandbox.book.scan(token)
    paid = pay_page.pay(
        sandbox, trade, payer=str(data.get("payer", "sandbox-payer")), late=bool(data.get("late", False))
    )
    after = paid or trade
    return web.json_response(
        {"paid": paid is not None, "transaction_id": after.transaction_id, "amount_fen": after.amount_fen}
    )


async def _callback(request: web.Request) -> web.Response:
    """{token}: send the payment's callback once more, as the real ones now and then do."""
    sandbox, data = _authorised(request), await _body(request)
    trade = sandbox.book.by_token(str(data.get("token", "")), now=sandbox.now())
    if trade is None or trade.state != "paid":
        raise web.HTTPNotFound(text="token")
    pay_page.call_back(sandbox, trade)
    return web.json_response({"sent": True})


async def _fault(request: web.Request) -> web.Response:
    """{kind, channel?, operation?, count?, params?}, see faults.py"""
    sandbox, data = _authorised(request), await _body(request)
    try:
        fault = Fault(
            kind=str(data["kind"]),
            channel=str(data.get("channel", "")),
            operation=str(data.get("operation", "")),
            count=int(data.get("count", 1)),
            params=dict(data.get("params", {})),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise web.HTTPBadRequest(text=str(error)) from None
    sandbox.faults.add(fault)
    return web.json_response({"set": fault.kind})


async def _clear(request: web.Request) -> web.Response:
    _authorised(request).faults.clear()
    return web.json_response({"cleared": True})


async def _trades(request: web.Request) -> web.Response:
    return web.json_response({"trades": _authorised(request).book.trades()})


async def _deliveries(request: web.Request) -> web.Response:
    return web.json_response({"deliveries": list(_authorised(request).sender.log)})
