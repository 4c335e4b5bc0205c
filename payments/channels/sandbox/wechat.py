"""The sandbox's WeChat Pay v3: Native order, query, close, refund, refund query, certificates, callbacks."""

# ruff: noqa: ARG001  (handlers of one kind share one signature)

import json
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from payments.channels import rsa, wechat_crypto
from payments.channels.sandbox import bills
from payments.channels.sandbox.book import Refused, SandboxRefund, Trade
from payments.channels.sandbox.callbacks import Callback, Outgoing
from payments.channels.sandbox.faults import Fault
from payments.channels.sandbox.keys import Merchant, loaded
from payments.channels.sandbox.state import FAULT_KEY, SANDBOX, FaultKey, Sandbox, is_loopback

_AUTHORIZATION = re.compile(r'(\w+)="([^"]*)"')
_REFUSED = {
    "paid": (400, "ORDERPAID", "订单已支付"),
    "closed": (400, "ORDER_CLOSED", "订单已关闭"),
    "differs": (403, "OUT_TRADE_NO_USED", "商户订单号重复"),
    "not_paid": (400, "INVALID_REQUEST", "订单未支付"),
    "too_much": (400, "INVALID_REQUEST", "退款金额超过可退金额"),
}


class Fail(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


Operation = Callable[[Sandbox, Merchant, web.Request, dict[str, Any]], tuple[int, dict[str, Any] | None]]


def routes() -> list[web.RouteDef]:
    return [
        web.post("/v3/pay/transactions/native", _handler("place", _place)),
        web.get("/v3/pay/transactions/out-trade-no/{number}", _handler("query", _query)),
        web.get("/v3/pay/transactions/id/{transaction_id}", _handler("query", _query)),
        web.post("/v3/pay/transactions/out-trade-no/{number}/close", _handler("close", _close)),
        web.post("/v3/refund/domestic/refunds", _handler("refund", _refund)),
        web.get("/v3/refund/domestic/refunds/{number}", _handler("query_refund", _query_refund)),
        web.get("/v3/certificates", _handler("certificates", _certificates)),
        web.get("/v3/bill/tradebill", _handler("bill", _bill)),
        web.get("/v3/billdownload/file", _bill_file),
    ]


def _handler(operation: str, act: Operation) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        sandbox = request.app[SANDBOX]
        request[FAULT_KEY] = FaultKey("wechat", operation)
        raw = await request.read()
        try:
            merchant = _authenticated(sandbox, request, raw)
            status, data = act(sandbox, merchant, request, json.loads(raw) if raw else {})
        except Fail as fail:
            status, data = fail.status, {"code": fail.code, "message": fail.message}
        except Refused as refused:
            status, code, message = _REFUSED[str(refused)]
            data = {"code": code, "message": message}
        except (ValueError, KeyError, TypeError):
            status, data = 400, {"code": "PARAM_ERROR", "message": "参数错误"}
        body = b"" if data is None else json.dumps(data, ensure_ascii=False).encode()
        bad = sandbox.faults.take("bad_answer_signature", channel="wechat", operation=operation) is not None
        headers = signed_headers(sandbox, body, bad=bad)
        return web.Response(status=status, body=body, content_type="application/json", headers=headers)

    return handle


def signed_headers(
    sandbox: Sandbox, body: bytes, *, age: int = 0, rotated: bool = False, bad: bool = False
) -> dict[str, str]:
    """The platform's proof over a body. ``age``: seconds in the past."""
    platform = sandbox.platform
    key = loaded(platform.wechat_next_key if rotated else platform.wechat_key)
    timestamp, nonce = str(int(sandbox.now()) - age), secrets.token_hex(16)
    signed = body + b"!" if bad else body
    return {
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Serial": platform.wechat_next_serial if rotated else platform.wechat_serial,
        "Wechatpay-Signature": rsa.sign(key, wechat_crypto.answer_message(timestamp, nonce, signed)),
        "Wechatpay-Signature-Type": wechat_crypto.SCHEME,
    }


def _authenticated(sandbox: Sandbox, request: web.Request, raw: bytes) -> Merchant:
    """The merchant whose key signed this request, exactly as it arrived."""
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    parts = dict(_AUTHORIZATION.findall(rest))
    merchant = sandbox.merchants.find(parts.get("mchid", ""))
    if scheme != wechat_crypto.SCHEME or merchant is None or parts.get("serial_no") != merchant.merchant_serial:
        raise Fail(401, "SIGN_ERROR", "签名错误")
    timestamp = parts.get("timestamp", "")
    if not timestamp.isdigit() or abs(sandbox.now() - int(timestamp)) > wechat_crypto.WINDOW_SECONDS:
        raise Fail(401, "SIGN_ERROR", "时间戳超出范围")
    message = wechat_crypto.request_message(
        request.method, request.raw_path, timestamp, parts.get("nonce_str", ""), raw
    )
    if not rsa.verifies(_public(merchant), message, parts.get("signature", "")):
        raise Fail(401, "SIGN_ERROR", "签名错误")
    return merchant


def _public(merchant: Merchant) -> RSAPublicKey:
    return loaded(merchant.merchant_key).public_key()


def _place(sandbox: Sandbox, merchant: Merchant, request: web.Request, data: dict[str, Any]) -> tuple[int, Any]:
    if data["appid"] != merchant.appid or data["mchid"] != merchant.mchid:
        raise Fail(400, "APPID_MCHID_NOT_MATCH", "appid 和 mchid 不匹配")
    amount = data["amount"]["total"]
    if not isinstance(amount, int) or amount < 1 or data["amount"].get("currency", "CNY") != "CNY":
        raise Fail(400, "PARAM_ERROR", "金额错误")
    if not is_loopback(data["notify_url"]) or not 6 <= len(data["out_trade_no"]) <= 32:
        raise Fail(400, "PARAM_ERROR", "通知地址或商户订单号错误")
    now = sandbox.now()
    expires = datetime.fromisoformat(data["time_expire"]).timestamp() if data.get("time_expire") else now + 7200
    trade = sandbox.book.place(
        channel="wechat",
        merchant=merchant.name,
        out_trade_no=data["out_trade_no"],
        description=data["description"],
        amount_fen=amount,
        notify_url=data["notify_url"],
        return_url="",
        expires_at=expires,
        now=now,
    )
    return 200, {"code_url": sandbox.pay_url(trade.token)}


def _query(sandbox: Sandbox, merchant: Merchant, request: web.Request, data: dict[str, Any]) -> tuple[int, Any]:
    if request.query.get("mchid") != merchant.mchid:
        raise Fail(400, "PARAM_ERROR", "商户号错误")
    if number := request.match_info.get("number"):
        trade = sandbox.book.find("wechat", merchant.name, number, now=sandbox.now())
    else:
        transaction = request.match_info["transaction_id"]
        trade = sandbox.book.by_transaction("wechat", merchant.name, transaction, now=sandbox.now())
    if trade is None:
        raise Fail(404, "ORDER_NOT_EXIST", "订单不存在")
    return 200, _transaction(merchant, trade)


def _close(sandbox: Sandbox, merchant: Merchant, request: web.Request, data: dict[str, Any]) -> tuple[int, Any]:
    if data["mchid"] != merchant.mchid:
        raise Fail(400, "PARAM_ERROR", "商户号错误")
    sandbox.book.close_trade(_existing(sandbox, merchant, request.match_info["number"]))
    return 204, None


def _refund(sandbox: Sandbox, merchant: Merchant, request: web.Request, data: dict[str, Any]) -> tuple[int, Any]:
    now = sandbox.now()
    if transaction := data.get("transaction_id"):
        trade = sandbox.book.by_transaction("wechat", merchant.name, transaction, now=now)
    else:
        trade = sandbox.book.find("wechat", merchant.name, data["out_trade_no"], now=now)
    if trade is None:
        raise Fail(404, "RESOURCE_NOT_EXISTS", "订单不存在")
    if data["amount"]["total"] != trade.amount_fen:
        raise Fail(400, "PARAM_ERROR", "订单金额不一致")
    slow = sandbox.faults.take("pending_refund", channel="wechat", operation="refund") is not None
    refund, made = sandbox.book.refund(
        trade,
        refund_number=data["out_refund_no"],
        amount_fen=data["amount"]["refund"],
        reason=data.get("reason", ""),
        notify_url=data.get("notify_url", ""),
        now=now,
        state="processing" if slow else "succeeded",
    )
    if made and not slow and refund.notify_url:
        sandbox.sender.send(refund_callback(sandbox, merchant, trade, refund))
    return 200, _refund_data(trade, refund)


def _query_refund(sandbox: Sandbox, merchant: Merchant, request: web.Request, data: dict[str, Any]) -> tuple[int, Any]:
    found = sandbox.book.find_refund("wechat", merchant.name, request.match_info["number"])
    if found is None:
        raise Fail(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
    refund, trade = found
    answer = _refund_data(trade, refund)
    if refund.state == "processing":
        sandbox.book.finish_refund(refund)  # a slow refund is through when it is asked for the second time
    return 200, answer


def _certificates(sandbox: Sandbox, merchant: Merchant, request: web.Request, data: dict[str, Any]) -> tuple[int, Any]:
    platform = sandbox.platform
    known = [(platform.wechat_serial, platform.wechat_certificate)]
    if sandbox.rotated:
        known.append((platform.wechat_next_serial, platform.wechat_next_certificate))
    return 200, {
        "data": [
            {
                "serial_no": serial,
                "effective_time": "2026-01-01T00:00:00+08:00",
                "expire_time": "2036-01-01T00:00:00+08:00",
                "encrypt_certificate": wechat_crypto.seal_resource(
                    merchant.apiv3_key.encode(), pem.encode(), associated_data="certificate", original_type=""
                ),
            }
            for serial, pem in known
        ]
    }


def _bill(sandbox: Sandbox, merchant: Merchant, request: web.Request, data: dict[str, Any]) -> tuple[int, Any]:
    day = date.fromisoformat(request.query["bill_date"])
    try:
        found = bills.entries(sandbox, "wechat", merchant, day)
    except bills.NoBill as none:
        if str(none) == "not_ready":
            raise Fail(400, "STATEMENT_CREATING", "账单生成中") from None
        raise Fail(400, "NO_STATEMENT_EXIST", "账单文件不存在") from None
    file = bills.wechat_file(merchant, found, bills.broken(sandbox, "wechat"))
    url = f"{sandbox.options.base_url.rstrip('/')}/v3/billdownload/file?token={bills.keep(sandbox, file)}"
    return 200, {"hash_type": "SHA1", "hash_value": bills.sha1(file), "download_url": url}


async def _bill_file(request: web.Request) -> web.Response:
    """Asked for with a signature, answered without one: the hash is the proof."""
    sandbox = request.app[SANDBOX]
    try:
        _authenticated(sandbox, request, await request.read())
    except Fail as fail:
        return web.json_response({"code": fail.code, "message": fail.message}, status=fail.status)
    file = sandbox.files.get(request.query.get("token", ""))
    if file is None:
        raise web.HTTPNotFound
    return web.Response(body=file, content_type="application/octet-stream")


def _existing(sandbox: Sandbox, merchant: Merchant, number: str) -> Trade:
    trade = sandbox.book.find("wechat", merchant.name, number, now=sandbox.now())
    if trade is None:
        raise Fail(404, "ORDER_NOT_EXIST", "订单不存在")
    return trade


def _wire_time(seconds: float | None) -> str:
    return datetime.fromtimestamp(seconds or 0, UTC).isoformat(timespec="seconds")


def _transaction(merchant: Merchant, trade: Trade) -> dict[str, Any]:
    data: dict[str, Any] = {
        "appid": merchant.appid,
        "mchid": merchant.mchid,
        "out_trade_no": trade.out_trade_no,
        "trade_type": "NATIVE",
        "trade_state": {"open": "NOTPAY", "closed": "CLOSED"}.get(
            trade.state, "REFUND" if trade.refunded_fen else "SUCCESS"
        ),
        "trade_state_desc": "",
        "attach": "",
    }
    if trade.state == "paid":
        data |= {
            "transaction_id": trade.transaction_id,
            "bank_type": "OTHERS",
            "success_time": _wire_time(trade.paid_at),
            "payer": {"openid": trade.payer},
            "amount": {
                "total": trade.amount_fen,
                "payer_total": trade.amount_fen,
                "currency": "CNY",
                "payer_currency": "CNY",
            },
        }
    return data


def _refund_data(trade: Trade, refund: SandboxRefund) -> dict[str, Any]:
    done = refund.state == "succeeded"
    return {
        "refund_id": refund.channel_refund_id,
        "out_refund_no": refund.refund_number,
        "transaction_id": trade.transaction_id,
        "out_trade_no": trade.out_trade_no,
        "channel": "ORIGINAL",
        "status": "SUCCESS" if done else "PROCESSING",
        "create_time": _wire_time(refund.made_at),
        **({"success_time": _wire_time(refund.made_at)} if done else {}),
        "amount": {"total": trade.amount_fen, "refund": refund.amount_fen, "currency": "CNY"},
    }


def payment_callback(sandbox: Sandbox, merchant: Merchant, trade: Trade) -> Callback:
    return _callback(sandbox, merchant, trade, "TRANSACTION.SUCCESS", _transaction(merchant, trade), kind="transaction")


def refund_callback(sandbox: Sandbox, merchant: Merchant, trade: Trade, refund: SandboxRefund) -> Callback:
    data = _refund_data(trade, refund) | {"mchid": merchant.mchid}
    data["refund_status"] = data.pop("status")
    return _callback(sandbox, merchant, trade, "REFUND.SUCCESS", data, kind="refund", url=refund.notify_url)


def _callback(
    sandbox: Sandbox, merchant: Merchant, trade: Trade, event: str, data: dict[str, Any], *, kind: str, url: str = ""
) -> Callback:
    event_id = secrets.token_hex(16)

    def build(faults: Mapping[str, Fault]) -> Outgoing:
        told = json.loads(json.dumps(data))
        if wrong := faults.get("wrong_amount"):
            told["amount"]["total"] = int(wrong.params.get("amount_fen", trade.amount_fen + 1))
        if "wrong_merchant" in faults:
            told["mchid"] = "1900000000"
        body = json.dumps(
            {
                "id": event_id,
                "create_time": _wire_time(sandbox.now()),
                "resource_type": "encrypt-resource",
                "event_type": event,
                "summary": "",
                "resource": wechat_crypto.seal_resource(
                    merchant.apiv3_key.encode(),
                    json.dumps(told, ensure_ascii=False).encode(),
                    associated_data=kind,
                    original_type=kind,
                ),
            }
        ).encode()
        stale = faults.get("stale_time")
        rotated = "rotated_serial" in faults
        sandbox.rotated = sandbox.rotated or rotated
        headers = signed_headers(
            sandbox,
            body,
            age=int(stale.params.get("seconds", 3600)) if stale else 0,
            rotated=rotated,
            bad="bad_signature" in faults,
        )
        return Outgoing(url or trade.notify_url, {"Content-Type": "application/json", **headers}, body)

    return Callback("wechat", trade.out_trade_no, build, lambda status, _: status in (200, 204))
