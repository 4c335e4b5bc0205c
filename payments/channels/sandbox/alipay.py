"""The sandbox's Alipay: gateway.do with precreate, page pay, query, close, refund, refund query; notifies."""

# ruff: noqa: ARG001  (handlers of one kind share one signature)

import json
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from payments import money
from payments.channels import alipay_crypto, rsa
from payments.channels.base import Malformed
from payments.channels.sandbox import bills
from payments.channels.sandbox.book import Refused, Trade
from payments.channels.sandbox.callbacks import Callback, Outgoing
from payments.channels.sandbox.faults import Fault
from payments.channels.sandbox.keys import Merchant, loaded
from payments.channels.sandbox.state import FAULT_KEY, SANDBOX, FaultKey, Sandbox, is_loopback

_REFUSED = {
    "paid": "ACQ.TRADE_HAS_SUCCESS",
    "closed": "ACQ.TRADE_HAS_CLOSE",
    "differs": "ACQ.CONTEXT_INCONSISTENT",
    "not_paid": "ACQ.TRADE_STATUS_ERROR",
    "too_much": "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",
}
_OPERATIONS = {
    "alipay.trade.precreate": "place",
    "alipay.trade.page.pay": "place",
    "alipay.trade.query": "query",
    "alipay.trade.close": "close",
    "alipay.trade.refund": "refund",
    "alipay.trade.fastpay.refund.query": "query_refund",
    "alipay.data.dataservice.bill.downloadurl.query": "bill",
}


class Fail(Exception):
    """``args[0]``: the sub_code. ``unsigned``: the gateway doesn't know whom to sign for."""

    def __init__(self, sub_code: str, *, unsigned: bool = False) -> None:
        super().__init__(sub_code)
        self.unsigned = unsigned


def routes() -> list[web.RouteDef]:
    return [web.route("*", "/gateway.do", _gateway), web.get("/bill/alipay/{token}.zip", _bill_file)]


async def _gateway(request: web.Request) -> web.StreamResponse:
    sandbox = request.app[SANDBOX]
    form = await request.post() if request.method == "POST" else {}
    parameters = {**request.query, **{name: str(value) for name, value in form.items()}}
    method = parameters.get("method", "")
    operation = _OPERATIONS.get(method, "")
    request[FAULT_KEY] = FaultKey("alipay", operation)
    member = method.replace(".", "_") + "_response" if operation else "error_response"
    try:
        merchant = _authenticated(sandbox, parameters)
        content = json.loads(parameters["biz_content"])
        if method == "alipay.trade.page.pay":
            trade = _placed(sandbox, merchant, content, parameters)
            sandbox.book.scan(trade.token)
            raise web.HTTPFound(sandbox.pay_url(trade.token))
        data = {"code": "10000", "msg": "Success", **_ACTS[method](sandbox, merchant, content, parameters)}
    except Fail as fail:
        if fail.unsigned:
            refusal = {"code": "40002", "msg": "Invalid Arguments", "sub_code": str(fail)}
            return web.json_response({member: refusal})
        data = {"code": "40004", "msg": "Business Failed", "sub_code": str(fail), "sub_msg": ""}
    except Refused as refused:
        data = {"code": "40004", "msg": "Business Failed", "sub_code": _REFUSED[str(refused)], "sub_msg": ""}
    except (ValueError, KeyError, TypeError, Malformed):
        data = {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.INVALID_PARAMETER", "sub_msg": ""}
    return _signed(sandbox, member, data, operation)


def _signed(sandbox: Sandbox, member: str, data: Mapping[str, Any], operation: str) -> web.Response:
    part = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    bad = sandbox.faults.take("bad_answer_signature", channel="alipay", operation=operation) is not None
    signature = rsa.sign(loaded(sandbox.platform.alipay_key), (part + "!" * bad).encode())
    body = f'{{"{member}":{part},"sign":"{signature}"}}'
    return web.Response(text=body, content_type="text/html", charset="utf-8")


def _authenticated(sandbox: Sandbox, parameters: Mapping[str, str]) -> Merchant:
    merchant = sandbox.merchants.find(parameters.get("app_id", ""))
    if merchant is None:
        raise Fail("isv.invalid-app-id", unsigned=True)
    public = loaded(merchant.app_key).public_key()
    signature = parameters.get("sign", "")
    if parameters.get("sign_type") != "RSA2" or not rsa.verifies(
        public, alipay_crypto.request_message(parameters), signature
    ):
        raise Fail("isv.invalid-signature", unsigned=True)
    return merchant


def _placed(sandbox: Sandbox, merchant: Merchant, content: dict[str, Any], parameters: Mapping[str, str]) -> Trade:
    notify_url = parameters.get("notify_url", "")
    if notify_url and not is_loopback(notify_url):
        raise Fail("ACQ.INVALID_PARAMETER")
    now = sandbox.now()
    expires = content.get("time_expire")
    return sandbox.book.place(
        channel="alipay",
        merchant=merchant.name,
        out_trade_no=str(content["out_trade_no"]),
        description=str(content["subject"]),
        amount_fen=money.parse_yuan(str(content["total_amount"])),
        notify_url=notify_url,
        return_url=parameters.get("return_url", ""),
        expires_at=alipay_crypto.read_time(expires).timestamp() if expires else now + 7200,
        now=now,
    )


def _precreate(sandbox: Sandbox, merchant: Merchant, content: dict[str, Any], common: Mapping[str, str]) -> Any:
    trade = _placed(sandbox, merchant, content, common)
    return {"out_trade_no": trade.out_trade_no, "qr_code": sandbox.pay_url(trade.token)}


def _existing(sandbox: Sandbox, merchant: Merchant, content: dict[str, Any]) -> Trade:
    """By either number. A code that nobody scanned is no trade yet."""
    if number := content.get("out_trade_no"):
        trade = sandbox.book.find("alipay", merchant.name, str(number), now=sandbox.now())
    else:
        trade = sandbox.book.by_transaction("alipay", merchant.name, str(content["trade_no"]), now=sandbox.now())
    if trade is None or not trade.scanned:
        raise Fail("ACQ.TRADE_NOT_EXIST")
    return trade


def _query(sandbox: Sandbox, merchant: Merchant, content: dict[str, Any], common: Mapping[str, str]) -> Any:
    trade = _existing(sandbox, merchant, content)
    answer = {
        "out_trade_no": trade.out_trade_no,
        "trade_no": trade.transaction_id or f"2088{trade.id:024d}",
        "trade_status": _status(trade),
        "total_amount": money.yuan(trade.amount_fen),
    }
    if trade.paid_at is not None:
        answer |= {"send_pay_date": _time(trade.paid_at), "buyer_user_id": trade.payer, "buyer_logon_id": "138****0000"}
    return answer


def _close(sandbox: Sandbox, merchant: Merchant, content: dict[str, Any], common: Mapping[str, str]) -> Any:
    trade = _existing(sandbox, merchant, content)
    if trade.state != "open":
        raise Fail("ACQ.TRADE_STATUS_ERROR")
    sandbox.book.close_trade(trade)
    return {"out_trade_no": trade.out_trade_no, "trade_no": trade.transaction_id}


def _refund(sandbox: Sandbox, merchant: Merchant, content: dict[str, Any], common: Mapping[str, str]) -> Any:
    trade = _existing(sandbox, merchant, content)
    slow = sandbox.faults.take("pending_refund", channel="alipay", operation="refund") is not None
    refund, made = sandbox.book.refund(
        trade,
        refund_number=str(content.get("out_request_no") or trade.out_trade_no),
        amount_fen=money.parse_yuan(str(content["refund_amount"])),
        reason=str(content.get("refund_reason", "")),
        notify_url=trade.notify_url,
        now=sandbox.now(),
        state="processing" if slow else "succeeded",
    )
    after = sandbox.book.find("alipay", merchant.name, trade.out_trade_no, now=sandbox.now()) or trade
    if made and not slow and trade.notify_url:
        sandbox.sender.send(_callback(sandbox, merchant, after, refunded=refund.refund_number))
    return {
        "out_trade_no": trade.out_trade_no,
        "trade_no": trade.transaction_id,
        "fund_change": "Y" if made and not slow else "N",
        "refund_fee": money.yuan(after.refunded_fen),
        "buyer_user_id": trade.payer,
    }


def _query_refund(sandbox: Sandbox, merchant: Merchant, content: dict[str, Any], common: Mapping[str, str]) -> Any:
    trade = _existing(sandbox, merchant, content)
    found = sandbox.book.find_refund("alipay", merchant.name, str(content["out_request_no"]))
    if found is None:
        return {}
    refund, _ = found
    if refund.state == "processing":
        sandbox.book.finish_refund(refund)
        return {}
    return {
        "out_trade_no": trade.out_trade_no,
        "trade_no": trade.transaction_id,
        "out_request_no": refund.refund_number,
        "refund_amount": money.yuan(refund.amount_fen),
        "total_amount": money.yuan(trade.amount_fen),
        "refund_status": "REFUND_SUCCESS",
        "gmt_refund_pay": _time(refund.made_at),
    }


def _bill(sandbox: Sandbox, merchant: Merchant, content: dict[str, Any], common: Mapping[str, str]) -> Any:
    day = date.fromisoformat(str(content["bill_date"]))
    try:
        found = bills.entries(sandbox, "alipay", merchant, day)
    except bills.NoBill:
        raise Fail("isp.bill_not_exist") from None
    file = bills.alipay_file(merchant, found, day, bills.broken(sandbox, "alipay"))
    url = f"{sandbox.options.base_url.rstrip('/')}/bill/alipay/{bills.keep(sandbox, file)}.zip"
    return {"bill_download_url": url}


async def _bill_file(request: web.Request) -> web.Response:
    file = request.app[SANDBOX].files.get(request.match_info["token"])
    if file is None:
        raise web.HTTPNotFound
    return web.Response(body=file, content_type="application/zip")


_ACTS: dict[str, Callable[[Sandbox, Merchant, dict[str, Any], Mapping[str, str]], Any]] = {
    "alipay.trade.precreate": _precreate,
    "alipay.trade.query": _query,
    "alipay.trade.close": _close,
    "alipay.trade.refund": _refund,
    "alipay.trade.fastpay.refund.query": _query_refund,
    "alipay.data.dataservice.bill.downloadurl.query": _bill,
}


def _time(seconds: float) -> str:
    return alipay_crypto.wire_time(datetime.fromtimestamp(seconds, UTC))


def _status(trade: Trade) -> str:
    if trade.state == "paid":
        return "TRADE_CLOSED" if trade.refunded_fen == trade.amount_fen else "TRADE_SUCCESS"
    return {"open": "WAIT_BUYER_PAY", "closed": "TRADE_CLOSED"}[trade.state]


def payment_callback(sandbox: Sandbox, merchant: Merchant, trade: Trade) -> Callback:
    return _callback(sandbox, merchant, trade)


def _callback(sandbox: Sandbox, merchant: Merchant, trade: Trade, *, refunded: str = "") -> Callback:
    notify_id = secrets.token_hex(17)

    def build(faults: Mapping[str, Fault]) -> Outgoing:
        amount, app_id, now = trade.amount_fen, merchant.app_id, sandbox.now()
        if wrong := faults.get("wrong_amount"):
            amount = int(wrong.params.get("amount_fen", amount + 1))
        if "wrong_merchant" in faults:
            app_id = "9021000000000000"
        if stale := faults.get("stale_time"):
            now -= int(stale.params.get("seconds", 30 * 3600))
        fields = {
            "notify_time": _time(now),
            "notify_type": "trade_status_sync",
            "notify_id": notify_id,
            "app_id": app_id,
            "auth_app_id": app_id,
            "charset": "utf-8",
            "version": "1.0",
            "trade_no": trade.transaction_id,
            "out_trade_no": trade.out_trade_no,
            "subject": trade.description,
            "buyer_id": trade.payer,
            "seller_id": merchant.seller_id,
            "trade_status": _status(trade),
            "total_amount": money.yuan(amount),
            "receipt_amount": money.yuan(amount),
            "gmt_payment": _time(trade.paid_at or now),
        }
        if refunded:
            fields |= {
                "out_biz_no": refunded,
                "refund_fee": money.yuan(trade.refunded_fen),
                "gmt_refund": _time(now),
            }
        key = sandbox.platform.wechat_next_key if "rotated_serial" in faults else sandbox.platform.alipay_key
        message = alipay_crypto.notify_message(fields) + b"!" * ("bad_signature" in faults)
        signature = rsa.sign(loaded(key), message)
        body = urlencode({**fields, "sign_type": "RSA2", "sign": signature}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        return Outgoing(trade.notify_url, headers, body)

    return Callback("alipay", trade.out_trade_no, build, lambda status, body: status == 200 and body == b"success")
