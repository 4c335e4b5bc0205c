"""What a phone would open after scanning: the merchant, the amount, 确认支付 and 取消. Chinese only, no scripts."""

import html
from urllib.parse import urlsplit

from aiohttp import web

from payments import money
from payments.channels.sandbox import alipay, unionpay, wechat
from payments.channels.sandbox.book import Trade
from payments.channels.sandbox.callbacks import Callback
from payments.channels.sandbox.keys import Merchant
from payments.channels.sandbox.state import SANDBOX, Sandbox

_NAMES = {"wechat": "微信支付", "alipay": "支付宝", "unionpay": "银联"}
_ACCENT = {"wechat": "#07884a", "alipay": "#1158c7", "unionpay": "#0b6b74"}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
_STYLE = """
body { font: 16px/1.6 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; margin: 0;
  background: #f3f4f6; color: #1f2328 }
main { max-width: 24rem; margin: 3rem auto; background: #fff; border-radius: 12px; padding: 1.5rem }
h1 { font-size: 1.1rem; margin: 0; color: %(accent)s }
.amount { font-size: 2.4rem; font-weight: 600; margin: .5rem 0 }
dl { display: grid; grid-template-columns: auto 1fr; gap: .25rem 1rem; margin: 1rem 0 }
dt { color: #57606a }
dd { margin: 0; overflow-wrap: anywhere }
form { display: grid; gap: .75rem }
button { font: inherit; padding: .75rem; border-radius: 8px; border: 1px solid #6e7781; background: #fff;
  color: inherit; cursor: pointer }
button.main { background: %(accent)s; border-color: %(accent)s; color: #fff }
:focus-visible { outline: 3px solid #0a3069; outline-offset: 2px }
a { display: inline-block; padding: .25rem 0; color: %(accent)s }
.note { color: #57606a; font-size: .875rem }
"""
_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/pay/{channel_code}.css"></head><body><main><h1>{channel} · 沙箱</h1>{content}
<p class="note">这是开发用的沙箱收银台，不会产生真实扣款。</p></main></body></html>"""


def routes() -> list[web.RouteDef]:
    return [
        web.get("/pay/{channel}.css", _style),
        web.get("/pay/{token}", _show),
        web.post("/pay/{token}", _decide),
    ]


def pay(sandbox: Sandbox, trade: Trade, *, payer: str, late: bool = False) -> Trade | None:
    """The customer pays: the ledger first, then the callback. None: it wasn't open any more."""
    paid = sandbox.book.pay(trade.token, payer=payer, now=sandbox.now(), late=late)
    if paid is not None:
        call_back(sandbox, paid)
    return paid


def call_back(sandbox: Sandbox, paid: Trade) -> None:
    merchant = sandbox.merchants.find(paid.merchant)
    if merchant is not None and paid.notify_url:
        sandbox.sender.send(payment_callback(sandbox, merchant, paid))


def payment_callback(sandbox: Sandbox, merchant: Merchant, paid: Trade) -> Callback:
    """In the protocol of the trade's channel."""
    if paid.channel == "wechat":
        return wechat.payment_callback(sandbox, merchant, paid)
    if paid.channel == "alipay":
        return alipay.payment_callback(sandbox, merchant, paid)
    return unionpay.payment_callback(sandbox, merchant, paid)


async def _style(request: web.Request) -> web.Response:
    accent = _ACCENT.get(request.match_info["channel"], "#57606a")
    return web.Response(text=_STYLE % {"accent": accent}, content_type="text/css")


async def _show(request: web.Request) -> web.Response:
    sandbox = request.app[SANDBOX]
    token = request.match_info["token"]
    sandbox.book.scan(token)
    return _page(sandbox.book.by_token(token, now=sandbox.now()))


async def _decide(request: web.Request) -> web.Response:
    sandbox = request.app[SANDBOX]
    trade = sandbox.book.by_token(request.match_info["token"], now=sandbox.now())
    form = await request.post()
    if trade is None or form.get("decision") != "pay":
        return _page(trade, cancelled=True)
    return _page(pay(sandbox, trade, payer="sandbox-payer") or sandbox.book.by_token(trade.token, now=sandbox.now()))


def _page(trade: Trade | None, *, cancelled: bool = False) -> web.Response:
    if trade is None:
        text = _PAGE.format(title="二维码无效", channel_code="none", channel="支付", content="<p>二维码无效。</p>")
        return web.Response(status=404, text=text, content_type="text/html", headers=_HEADERS)
    details = (
        f'<p class="amount">¥{money.yuan(trade.amount_fen)}</p><dl>'
        f"<dt>收款方</dt><dd>{html.escape(trade.merchant)}</dd>"
        f"<dt>商品</dt><dd>{html.escape(trade.description)}</dd>"
        f"<dt>商户单号</dt><dd>{html.escape(trade.out_trade_no)}</dd></dl>"
    )
    if trade.state == "paid":
        back = _way_back(trade) if trade.return_url else "<p>请回到电脑上的办理页面查看结果。</p>"
        content = f'<p role="status"><strong>支付成功</strong></p>{details}{back}'
    elif trade.state == "closed":
        content = f'<p role="status"><strong>订单已关闭，不能再支付。</strong></p>{details}'
    elif cancelled:
        content = f'<p role="status"><strong>已取消，未扣款。</strong>可以重新扫码支付。</p>{details}'
    else:
        content = (
            f'{details}<form method="post"><button class="main" name="decision" value="pay">确认支付</button>'
            '<button name="decision" value="cancel">取消</button></form>'
        )
    text = _PAGE.format(title="收银台", channel_code=trade.channel, channel=_NAMES[trade.channel], content=content)
    # Only to us, and back to the merchant.
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(trade.return_url)) if trade.return_url else ""
    policy = _HEADERS["Content-Security-Policy"].replace("form-action 'self'", f"form-action 'self' {origin}".strip())
    headers = {**_HEADERS, "Content-Security-Policy": policy}
    return web.Response(text=text, content_type="text/html", headers=headers)


def _way_back(trade: Trade) -> str:
    """UnionPay's cashier posts to the merchant's page, the others lead there."""
    url = html.escape(trade.return_url)
    if trade.channel == "unionpay":
        fields = f'<input type="hidden" name="orderId" value="{html.escape(trade.out_trade_no)}">'
        return f'<form method="post" action="{url}">{fields}<button class="main">返回商户</button></form>'
    return f'<p><a href="{url}">返回商户</a></p>'
