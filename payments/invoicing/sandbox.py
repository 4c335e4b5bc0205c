"""A sandbox issuer: numbers, remembers and shows invoices. ``routes()`` are mounted by ``manage.py outside-sandbox``.

Signs and checks like a real one, is idempotent by request number, never lets red exceed blue. Refuses production.
"""

import html
import json
import secrets
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from payments import money
from payments.invoicing import signing

_SCHEMA = """
CREATE TABLE IF NOT EXISTS invoice (
  id INTEGER PRIMARY KEY, app TEXT NOT NULL, request_number TEXT NOT NULL, number TEXT NOT NULL UNIQUE,
  token TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, red_of TEXT NOT NULL DEFAULT '', title TEXT NOT NULL,
  tax_number TEXT NOT NULL,
  amount_fen INTEGER NOT NULL, lines TEXT NOT NULL, issued_at TEXT NOT NULL, UNIQUE (app, request_number));
"""


class SandboxRefused(RuntimeError):
    """The sandbox doesn't run in production."""


class Refused(Exception):
    """``args[0]``: the issuer's code."""


def app_key(folder: Path, app: str) -> str:
    """The key shared with the app (a tenant's slug), 64 hex digits; made when asked for first, kept mode 0600."""
    if not app.replace("-", "").isalnum() or not app.isascii():
        raise ValueError(f"not an app name: {app[:40]!r}")
    file = folder / "apps" / app
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = file.parent / f".{app}.{secrets.token_hex(4)}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_hex(32), "ascii")
        try:
            file.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return file.read_text("ascii").strip()


@dataclass(frozen=True, slots=True)
class SandboxInvoice:
    app: str
    request_number: str
    number: str
    token: str
    kind: str
    red_of: str
    title: str
    tax_number: str
    amount_fen: int  # negative: red
    lines: str
    issued_at: str


class Register:
    """The sandbox's invoices. One connection, used by one event loop."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._db = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    def issue(self, app: str, data: Mapping[str, Any]) -> SandboxInvoice:
        amount = int(data["amount_fen"])
        if data["kind"] not in ("ordinary", "special") or amount <= 0 or not str(data["title"]).strip():
            raise Refused("BAD_REQUEST")
        if sum(int(line["amount_fen"]) for line in data["lines"]) != amount:
            raise Refused("LINES_DIFFER")
        return self._kept(
            app,
            data,
            kind=data["kind"],
            red_of="",
            title=data["title"],
            tax_number=data["tax_number"],
            amount_fen=amount,
        )

    def issue_red(self, app: str, data: Mapping[str, Any]) -> SandboxInvoice:
        known = self._find("app=? AND request_number=?", app, data["request_number"])
        if known is not None:
            return known
        blue = self._find("app=? AND number=? AND red_of=''", app, data["number"])
        if blue is None:
            raise Refused("NO_SUCH_INVOICE")
        taken = self._db.execute(
            "SELECT coalesce(sum(amount_fen), 0) FROM invoice WHERE app=? AND red_of=?", (app, blue.number)
        ).fetchone()[0]
        amount = int(data["amount_fen"])
        if amount <= 0 or blue.amount_fen + taken < amount:
            raise Refused("RED_EXCEEDS_BLUE")
        return self._kept(
            app,
            data,
            kind=blue.kind,
            red_of=blue.number,
            title=blue.title,
            tax_number=blue.tax_number,
            amount_fen=-amount,
        )

    def by_token(self, token: str) -> SandboxInvoice | None:
        return self._find("token=?", token)

    def _kept(
        self,
        app: str,
        data: Mapping[str, Any],
        *,
        kind: str,
        red_of: str,
        title: str,
        tax_number: str,
        amount_fen: int,
    ) -> SandboxInvoice:
        now = datetime.now(UTC)
        self._db.execute(
            "INSERT INTO invoice (app, request_number, number, token, kind, red_of, title, tax_number, amount_fen,"
            " lines, issued_at) VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (app, request_number) DO NOTHING",
            (
                app,
                data["request_number"],
                f"{now:%y}44{secrets.randbelow(10**16):016d}",
                secrets.token_urlsafe(16),
                kind,
                red_of,
                title,
                tax_number,
                amount_fen,
                json.dumps(data.get("lines", []), ensure_ascii=False),
                now.isoformat(timespec="seconds"),
            ),
        )
        kept = self._find("app=? AND request_number=?", app, data["request_number"])
        if kept is None or (kept.title, kept.amount_fen) != (title, amount_fen):
            raise Refused("REQUEST_NUMBER_USED")
        return kept

    def _find(self, where: str, *values: str) -> SandboxInvoice | None:
        row = self._db.execute(f"SELECT * FROM invoice WHERE {where}", values).fetchone()  # noqa: S608
        return row and SandboxInvoice(**{name: row[name] for name in SandboxInvoice.__slots__})


Act = Callable[[str, Mapping[str, Any]], SandboxInvoice]


def routes(*, folder: Path, base_url: str, is_production: bool) -> list[web.RouteDef]:
    """``folder``: <data_dir>/invoice-sandbox; ``base_url``: where the mounted routes will be reached."""
    if is_production:
        raise SandboxRefused("the invoice sandbox refuses production")
    register = Register(folder / "invoices.sqlite3")

    def signed(
        act: Callable[[str, Mapping[str, Any]], SandboxInvoice],
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            body, app = await request.read(), request.headers.get("X-Issuer-App", "")
            if not (folder / "apps" / app).is_file() or "/" in app or app.startswith("."):
                raise web.HTTPUnauthorized
            key, now = bytes.fromhex(app_key(folder, app)), datetime.now(UTC)
            if not signing.verifies(key, request.headers, method="POST", path=request.path, body=body, now=now):
                raise web.HTTPUnauthorized
            try:
                invoice, status = act(app, json.loads(body)), 200
                told = {
                    "request_number": invoice.request_number,
                    "number": invoice.number,
                    "url": f"{base_url.rstrip('/')}/invoice/view/{invoice.token}",
                    "issued_at": invoice.issued_at,
                }
            except Refused as refused:
                status, told = 422, {"code": str(refused)}
            except (ValueError, KeyError, TypeError):
                status, told = 400, {"code": "BAD_REQUEST"}
            answer = json.dumps(told).encode()
            headers = signing.headers(key, app=app, method="ANSWER", path=request.path, body=answer, now=now)
            return web.Response(status=status, body=answer, content_type="application/json", headers=headers)

        return handle

    async def view(request: web.Request) -> web.Response:
        invoice = register.by_token(request.match_info["token"])
        if invoice is None:
            raise web.HTTPNotFound
        return web.Response(body=render_pdf(invoice), content_type="application/pdf")

    return [
        web.post("/invoice/v1/issue", signed(register.issue)),
        web.post("/invoice/v1/red", signed(register.issue_red)),
        web.get("/invoice/view/{token}", view),
    ]


def render_pdf(invoice: SandboxInvoice) -> bytes:
    """One A5 page that nobody can mistake for a real invoice."""
    from weasyprint import HTML  # noqa: PLC0415  slow to import, and only this needs it

    def no_fetching(url: str, *_args: object, **_kwargs: object) -> dict[str, Any]:
        raise ValueError(f"invoices fetch nothing: {url[:40]}")

    name = {"ordinary": "普通发票", "special": "增值税专用发票"}[invoice.kind]
    kind = f"电子发票（{name}）" + ("·红字" if invoice.red_of else "")
    rows = "".join(
        f"<tr><td>{html.escape(str(line['name']))}</td><td>{int(line['quantity'])}</td>"
        f"<td>{money.yuan(int(line['amount_fen']))}</td></tr>"
        for line in json.loads(invoice.lines)
    )
    against = f"<p>对应蓝字发票：{invoice.red_of}</p>" if invoice.red_of else ""
    page = f"""<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{kind}</title><style>
    @page {{ size: A5 landscape; margin: 12mm }}
    html {{ font: 10pt "Noto Sans CJK SC", "Noto Sans SC", sans-serif }}
    h1 {{ font-size: 15pt; text-align: center; color: #8a1c1c }} table {{ width: 100%; border-collapse: collapse }}
    th, td {{ border: .5pt solid #8a1c1c; padding: 2mm; text-align: left }}
    .mark {{ color: #8a1c1c; text-align: right }}
    </style><h1>{kind}</h1><p class="mark">沙箱样张 · 不作报销凭证</p>
    <p>发票号码：{invoice.number}　开票日期：{invoice.issued_at[:10]}</p>
    <p>购买方：{html.escape(invoice.title)}　税号：{html.escape(invoice.tax_number) or "—"}</p>{against}
    <table><tr><th>项目名称</th><th>数量</th><th>金额</th></tr>{rows}</table>
    <p>价税合计：¥{money.yuan(invoice.amount_fen)}</p></html>"""
    pdf: bytes = HTML(string=page, url_fetcher=no_fetching).write_pdf()
    return pdf
