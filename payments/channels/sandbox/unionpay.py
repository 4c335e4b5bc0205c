"""The sandbox's UnionPay 5.1.0: the form that a browser brings, query, refund; back notifications.

The notification has no time of sending, so stale_time changes nothing in it; a rotated certificate comes from the same
issuer and is to be believed.
"""

import base64
import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime
from urllib.parse import urlencode

from aiohttp import web

from payments.channels import rsa, unionpay_crypto
from payments.channels.base import Malformed
from payments.channels.sandbox import bills
from payments.channels.sandbox.book import Refused, SandboxRefund, Trade
from payments.channels.sandbox.callbacks import Callback, Outgoing
from payments.channels.sandbox.faults import Fault
from payments.channels.sandbox.keys import Merchant, loaded
from payments.channels.sandbox.state import FAULT_KEY, SANDBOX, FaultKey, Sandbox, is_loopback
from payments.channels.unionpay import time_in

_REFUSED = {"paid": "12", "closed": "39", "differs": "12", "not_paid": "35", "too_much": "36"}
_OPERATIONS = {"frontTransReq.do": "place", "backTransReq.do": "refund", "queryTrans.do": "query"}
_COMMON = ("version", "encoding", "signMethod", "bizType", "accessType", "merId", "orderId", "txnTime")


class Fail(Exception):
    """``args[0]``: the respCode."""


def routes() -> list[web.RouteDef]:
    return [
        web.post("/gateway/api/frontTransReq.do", _front),
        web.post("/gateway/api/backTransReq.do", _back),
        web.post("/gateway/api/queryTrans.do", _back),
        web.post("/file-download/", _file),
    ]


async def _front(request: web.Request) -> web.StreamResponse:
    """What a customer's browser brings: leads on to the pay page, or says why not."""
    sandbox = request.app[SANDBOX]
    request[FAULT_KEY] = FaultKey("unionpay", "place")
    try:
        data = await _form(request)
        trade = _placed(sandbox, _authenticated(sandbox, data), data)
    except (Fail, Refused, ValueError, KeyError, Malformed) as error:
        code = _code(error)
        return web.Response(status=400, text=f"银联沙箱没有受理（{code}）。请回到商户页面重新支付。")
    sandbox.book.scan(trade.token)
    raise web.HTTPSeeOther(sandbox.pay_url(trade.token))


async def _back(request: web.Request) -> web.StreamResponse:
    sandbox = request.app[SANDBOX]
    operation = _OPERATIONS[request.path.rpartition("/")[2]]
    data: dict[str, str] = {}
    try:
        data = await _form(request)
        merchant = _authenticated(sandbox, data)
        if operation == "query" and sandbox.book.find_refund("unionpay", merchant.name, data["orderId"]):
            operation = "query_refund"
        told = {"respCode": "00", "respMsg": "成功[0000000]", **_ACTS[operation](sandbox, merchant, data)}
    except (Fail, Refused, ValueError, KeyError, Malformed) as error:
        told = {"respCode": _code(error), "respMsg": "没有受理"}
    request[FAULT_KEY] = FaultKey("unionpay", operation)
    kept = {name: data[name] for name in (*_COMMON, "txnType", "txnSubType") if name in data}
    bad = sandbox.faults.take("bad_answer_signature", channel="unionpay", operation=operation) is not None
    answer = signed(sandbox, kept | told, bad=bad)
    text = "&".join(f"{name}={value}" for name, value in answer.items())
    return web.Response(text=text, content_type="text/html", charset="utf-8")


async def _file(request: web.Request) -> web.StreamResponse:
    """The file of a day of settlement; the year is the latest in which there was such a day."""
    sandbox = request.app[SANDBOX]
    request[FAULT_KEY] = FaultKey("unionpay", "bill")
    data: dict[str, str] = {}
    try:
        data = await _form(request)
        merchant = _known(sandbox, data)
        day = _settled_on(data["settleDate"], datetime.fromtimestamp(sandbox.now(), UTC))
        found = bills.entries(sandbox, "unionpay", merchant, day)
        file = bills.unionpay_file(merchant, found, day, bills.broken(sandbox, "unionpay"))
        told = {"respCode": "00", "respMsg": "成功[0000000]", "fileContent": bills.file_content(file)}
    except bills.NoBill:
        told = {"respCode": "98", "respMsg": "文件不存在"}
    except (Fail, ValueError, KeyError, Malformed) as error:
        told = {"respCode": _code(error), "respMsg": "没有受理"}
    kept = {name: data[name] for name in ("merId", "txnTime", "settleDate", "fileType", "txnType") if name in data}
    bad = sandbox.faults.take("bad_answer_signature", channel="unionpay", operation="bill") is not None
    text = "&".join(f"{name}={value}" for name, value in signed(sandbox, kept | told, bad=bad).items())
    return web.Response(text=text, content_type="text/html", charset="utf-8")


def _settled_on(month_and_day: str, now: datetime) -> date:
    today = now.astimezone(unionpay_crypto.CHINA).date()
    day = datetime.strptime(f"{today.year}{month_and_day}", "%Y%m%d").date()  # noqa: DTZ007
    return day if day <= today else day.replace(year=today.year - 1)


def signed(sandbox: Sandbox, data: Mapping[str, str], *, rotated: bool = False, bad: bool = False) -> dict[str, str]:
    """With the platform's certificate and signature."""
    platform = sandbox.platform
    pem = platform.unionpay_next_certificate if rotated else platform.unionpay_certificate
    key = loaded(platform.unionpay_next_key if rotated else platform.unionpay_key)
    whole = {"version": unionpay_crypto.VERSION, "signMethod": "01", **data, "signPubKeyCert": pem}
    message = unionpay_crypto.digest(whole) + b"!" * bad
    return {**whole, "signature": rsa.sign(key, message)}


def _code(error: Exception) -> str:
    if isinstance(error, Fail):
        return str(error)
    return _REFUSED[str(error)] if isinstance(error, Refused) else "10"


async def _form(request: web.Request) -> dict[str, str]:
    return {name: str(value) for name, value in (await request.post()).items()}


def _authenticated(sandbox: Sandbox, data: Mapping[str, str]) -> Merchant:
    merchant = _known(sandbox, data)
    if not data["orderId"].isalnum() or not 8 <= len(data["orderId"]) <= 40:
        raise Fail("10")
    if data["txnTime"] != time_in(data["orderId"]):  # the merchants of this sandbox put it into their numbers
        raise Fail("10")
    return merchant


def _known(sandbox: Sandbox, data: Mapping[str, str]) -> Merchant:
    merchant = sandbox.merchants.find(data.get("merId", ""))
    if merchant is None:
        raise Fail("10")
    public = loaded(merchant.unionpay_key).public_key()
    if data.get("certId") != merchant.unionpay_cert_id or not rsa.verifies(
        public, unionpay_crypto.digest(data), data.get("signature", "")
    ):
        raise Fail("11")
    if data["version"] != unionpay_crypto.VERSION:
        raise Fail("10")
    return merchant


def _placed(sandbox: Sandbox, merchant: Merchant, data: Mapping[str, str]) -> Trade:
    notify_url, now = data["backUrl"], sandbox.now()
    if not is_loopback(notify_url) or data["txnType"] != "01" or data["currencyCode"] != "156":
        raise Fail("10")
    timeout = data.get("payTimeout")
    return sandbox.book.place(
        channel="unionpay",
        merchant=merchant.name,
        out_trade_no=data["orderId"],
        description=data.get("orderDesc", ""),
        amount_fen=int(data["txnAmt"]),
        notify_url=notify_url,
        return_url=data.get("frontUrl", ""),
        expires_at=unionpay_crypto.read_time(timeout).timestamp() if timeout else now + 7200,
        now=now,
    )


def _query(sandbox: Sandbox, merchant: Merchant, data: Mapping[str, str]) -> dict[str, str]:
    trade = sandbox.book.find("unionpay", merchant.name, data["orderId"], now=sandbox.now())
    if trade is None:
        raise Fail("34")
    return _payment(trade) | {"origRespCode": {"paid": "00", "open": "05", "closed": "01"}[trade.state]}


def _query_refund(sandbox: Sandbox, merchant: Merchant, data: Mapping[str, str]) -> dict[str, str]:
    found = sandbox.book.find_refund("unionpay", merchant.name, data["orderId"])
    if found is None:
        raise Fail("34")
    refund, _trade = found
    answer = _refund_data(refund) | {"origRespCode": "00" if refund.state == "succeeded" else "05"}
    if refund.state == "processing":
        sandbox.book.finish_refund(refund)
    return answer


def _refund(sandbox: Sandbox, merchant: Merchant, data: Mapping[str, str]) -> dict[str, str]:
    if data["txnType"] != "04":
        raise Fail("10")
    trade = sandbox.book.by_transaction("unionpay", merchant.name, data["origQryId"], now=sandbox.now())
    if trade is None:
        raise Fail("35")
    slow = sandbox.faults.take("pending_refund", channel="unionpay", operation="refund") is not None
    refund, made = sandbox.book.refund(
        trade,
        refund_number=data["orderId"],
        amount_fen=int(data["txnAmt"]),
        reason="",
        notify_url=data["backUrl"] if is_loopback(data["backUrl"]) else "",
        now=sandbox.now(),
        state="processing" if slow else "succeeded",
    )
    if not made:
        raise Fail("12")
    if refund.notify_url and not slow:
        sandbox.sender.send(refund_callback(sandbox, merchant, trade, refund))
    return {"queryId": refund.channel_refund_id, "origQryId": trade.transaction_id, "txnAmt": data["txnAmt"]}


_ACTS = {"query": _query, "query_refund": _query_refund, "refund": _refund}


def _payment(trade: Trade) -> dict[str, str]:
    data = {
        "txnType": "01",
        "txnSubType": "01",
        "orderId": trade.out_trade_no,
        "txnTime": time_in(trade.out_trade_no),
        "txnAmt": str(trade.amount_fen),
        "currencyCode": "156",
    }
    if trade.paid_at is not None:
        data |= {"queryId": trade.transaction_id, "accNo": "622200******0000", **_times(trade.paid_at)}
        data |= {"settleAmt": str(trade.amount_fen), "settleCurrencyCode": "156"}
    return data


def _refund_data(refund: SandboxRefund) -> dict[str, str]:
    return {
        "txnType": "04",
        "txnSubType": "00",
        "orderId": refund.refund_number,
        "txnTime": time_in(refund.refund_number),
        "txnAmt": str(refund.amount_fen),
        "currencyCode": "156",
        "queryId": refund.channel_refund_id,
        **_times(refund.made_at),
    }


def _times(seconds: float) -> dict[str, str]:
    moment = unionpay_crypto.wire_time(datetime.fromtimestamp(seconds, UTC))
    return {"traceNo": f"{int(seconds) % 1_000_000:06d}", "traceTime": moment[4:], "settleDate": moment[4:8]}


def payment_callback(sandbox: Sandbox, merchant: Merchant, trade: Trade) -> Callback:
    return _callback(sandbox, merchant, _payment(trade), url=trade.notify_url)


def refund_callback(sandbox: Sandbox, merchant: Merchant, trade: Trade, refund: SandboxRefund) -> Callback:
    data = _refund_data(refund) | {"origQryId": trade.transaction_id}
    return _callback(sandbox, merchant, data, url=refund.notify_url)


def _callback(sandbox: Sandbox, merchant: Merchant, data: Mapping[str, str], *, url: str) -> Callback:
    def build(faults: Mapping[str, Fault]) -> Outgoing:
        told = {
            "encoding": "UTF-8",
            "bizType": "000201",
            "accessType": "0",
            "merId": merchant.mer_id,
            **data,
            "respCode": "00",
            "respMsg": "成功[0000000]",
            "reserved": base64.b64encode(secrets.token_bytes(9)).decode("ascii"),  # no two messages are alike
        }
        if wrong := faults.get("wrong_amount"):
            told["txnAmt"] = str(int(wrong.params.get("amount_fen", int(data["txnAmt"]) + 1)))
        if "wrong_merchant" in faults:
            told["merId"] = "777290000000000"
        whole = signed(sandbox, told, rotated="rotated_serial" in faults, bad="bad_signature" in faults)
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        return Outgoing(url, headers, urlencode(whole).encode())

    return Callback("unionpay", data["orderId"], build, lambda status, _: status == 200)
