"""The sandbox's own ledger, in SQLite: what the channels believe, to be compared with what Certhall believes."""

import secrets
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS trade (
  id INTEGER PRIMARY KEY, channel TEXT NOT NULL, merchant TEXT NOT NULL, out_trade_no TEXT NOT NULL,
  description TEXT NOT NULL, amount_fen INTEGER NOT NULL CHECK (amount_fen > 0), notify_url TEXT NOT NULL,
  return_url TEXT NOT NULL, expires_at REAL NOT NULL, token TEXT NOT NULL UNIQUE, state TEXT NOT NULL DEFAULT 'open'
    CHECK (state IN ('open', 'paid', 'closed')),
  scanned INTEGER NOT NULL DEFAULT 0, transaction_id TEXT NOT NULL DEFAULT '', payer TEXT NOT NULL DEFAULT '',
  paid_at REAL, refunded_fen INTEGER NOT NULL DEFAULT 0 CHECK (refunded_fen <= amount_fen),
  UNIQUE (channel, merchant, out_trade_no));
CREATE TABLE IF NOT EXISTS refund (
  id INTEGER PRIMARY KEY, trade INTEGER NOT NULL REFERENCES trade(id), refund_number TEXT NOT NULL,
  channel_refund_id TEXT NOT NULL, amount_fen INTEGER NOT NULL CHECK (amount_fen > 0), reason TEXT NOT NULL,
  notify_url TEXT NOT NULL, state TEXT NOT NULL, made_at REAL NOT NULL, UNIQUE (trade, refund_number));
CREATE INDEX IF NOT EXISTS refund_number ON refund (refund_number);
"""


@dataclass(frozen=True, slots=True)
class Trade:
    id: int
    channel: str
    merchant: str
    out_trade_no: str
    description: str
    amount_fen: int
    notify_url: str
    return_url: str
    expires_at: float
    token: str
    state: str  # open | paid | closed
    scanned: bool  # Alipay makes the trade when the code is scanned
    transaction_id: str
    payer: str
    paid_at: float | None
    refunded_fen: int


@dataclass(frozen=True, slots=True)
class SandboxRefund:
    id: int
    trade: int
    refund_number: str
    channel_refund_id: str
    amount_fen: int
    reason: str
    notify_url: str
    state: str  # processing | succeeded
    made_at: float


class Refused(Exception):
    """``args[0]``: paid, closed, differs, not_paid, too_much."""


class Book:
    """Every method is one transaction. One connection, one lock: a sandbox, not a bank."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    def place(
        self,
        *,
        channel: str,
        merchant: str,
        out_trade_no: str,
        description: str,
        amount_fen: int,
        notify_url: str,
        return_url: str,
        expires_at: float,
        now: float,
    ) -> Trade:
        """The same order again answers the same trade; another order under that number is Refused."""
        with self._lock:
            self._db.execute(
                "INSERT INTO trade (channel, merchant, out_trade_no, description, amount_fen, notify_url, return_url,"
                " expires_at, token) VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING",
                (channel, merchant, out_trade_no, description, amount_fen, notify_url, return_url, expires_at,
                 secrets.token_urlsafe(16)),
            )  # fmt: skip
            trade = self.find(channel, merchant, out_trade_no, now=now)
            if trade is None or (trade.amount_fen, trade.description) != (amount_fen, description):
                raise Refused("differs")
            if trade.state != "open":
                raise Refused(trade.state)
            return trade

    def find(self, channel: str, merchant: str, out_trade_no: str, *, now: float) -> Trade | None:
        return self._trade("channel=? AND merchant=? AND out_trade_no=?", (channel, merchant, out_trade_no), now=now)

    def by_transaction(self, channel: str, merchant: str, transaction_id: str, *, now: float) -> Trade | None:
        return self._trade(
            "channel=? AND merchant=? AND transaction_id=?", (channel, merchant, transaction_id), now=now
        )

    def by_token(self, token: str, *, now: float) -> Trade | None:
        return self._trade("token=?", (token,), now=now)

    def scan(self, token: str) -> None:
        self._db.execute("UPDATE trade SET scanned=1 WHERE token=? AND state='open'", (token,))

    def pay(self, token: str, *, payer: str, now: float, late: bool = False) -> Trade | None:
        """The paid trade, or None when it was no longer open. ``late``: money that overtook a close."""
        states = "('open','closed')" if late else "('open')"
        with self._lock:
            changed = self._db.execute(
                f"UPDATE trade SET state='paid', scanned=1, paid_at=?, payer=?, transaction_id=?"  # noqa: S608
                f" WHERE token=? AND state IN {states} AND (expires_at>? OR ?)",
                (now, payer, _transaction_id(now), token, now, late),
            ).rowcount
            return self.by_token(token, now=now) if changed else None

    def close_trade(self, trade: Trade) -> None:
        """Raises Refused("paid")."""
        with self._lock:
            closed = self._db.execute("UPDATE trade SET state='closed' WHERE id=? AND state='open'", (trade.id,))
            if not closed.rowcount and self._one("SELECT state FROM trade WHERE id=?", (trade.id,))["state"] == "paid":
                raise Refused("paid")

    def refund(
        self, trade: Trade, *, refund_number: str, amount_fen: int, reason: str, notify_url: str, now: float, state: str
    ) -> tuple[SandboxRefund, bool]:
        """The refund, and whether this call made it. Raises Refused."""
        with self._lock:
            known = self.find_refund(trade.channel, trade.merchant, refund_number)
            if known is not None:
                if known[0].amount_fen != amount_fen or known[0].trade != trade.id:
                    raise Refused("differs")
                return known[0], False
            if trade.state != "paid":
                raise Refused("not_paid")
            moved = self._db.execute(
                "UPDATE trade SET refunded_fen=refunded_fen+? WHERE id=? AND refunded_fen+?<=amount_fen",
                (amount_fen, trade.id, amount_fen),
            ).rowcount
            if not moved:
                raise Refused("too_much")
            self._db.execute(
                "INSERT INTO refund (trade, refund_number, channel_refund_id, amount_fen, reason, notify_url, state,"
                " made_at) VALUES (?,?,?,?,?,?,?,?)",
                (trade.id, refund_number, "5" + _transaction_id(now)[1:], amount_fen, reason, notify_url, state, now),
            )
            made = self.find_refund(trade.channel, trade.merchant, refund_number)
            if made is None:
                raise RuntimeError("the refund just made is gone")
            return made[0], True

    def finish_refund(self, refund: SandboxRefund) -> None:
        self._db.execute("UPDATE refund SET state='succeeded' WHERE id=?", (refund.id,))

    def find_refund(self, channel: str, merchant: str, refund_number: str) -> tuple[SandboxRefund, Trade] | None:
        row = self._db.execute(
            "SELECT refund.* FROM refund JOIN trade ON trade.id=refund.trade"
            " WHERE trade.channel=? AND trade.merchant=? AND refund_number=?",
            (channel, merchant, refund_number),
        ).fetchone()
        if row is None:
            return None
        trade = _trade_of(self._one("SELECT * FROM trade WHERE id=?", (row["trade"],)))
        return SandboxRefund(**{name: row[name] for name in SandboxRefund.__slots__}), trade

    def trades(self) -> list[dict[str, Any]]:
        """Everything, for control and for comparing ledgers."""
        return [dict(row) for row in self._db.execute("SELECT * FROM trade ORDER BY id")]

    def paid_between(self, channel: str, merchant: str, start: float, end: float) -> list[Trade]:
        """By the time of payment, for bills."""
        rows = self._db.execute(
            "SELECT * FROM trade WHERE channel=? AND merchant=? AND state='paid' AND paid_at>=? AND paid_at<?"
            " ORDER BY paid_at, id",
            (channel, merchant, start, end),
        )
        return [_trade_of(row) for row in rows]

    def refunds_between(
        self, channel: str, merchant: str, start: float, end: float
    ) -> list[tuple[SandboxRefund, Trade]]:
        rows = self._db.execute(
            "SELECT refund.* FROM refund JOIN trade ON trade.id=refund.trade"
            " WHERE channel=? AND merchant=? AND made_at>=? AND made_at<? ORDER BY made_at, refund.id",
            (channel, merchant, start, end),
        ).fetchall()
        return [
            (
                SandboxRefund(**{name: row[name] for name in SandboxRefund.__slots__}),
                _trade_of(self._one("SELECT * FROM trade WHERE id=?", (row["trade"],))),
            )
            for row in rows
        ]

    def move(self, out_trade_no: str, seconds: float) -> None:
        """Into the past, with its refunds: for tests and walks that want yesterday's bill."""
        self._db.execute("UPDATE trade SET paid_at=paid_at-? WHERE out_trade_no=?", (seconds, out_trade_no))
        self._db.execute(
            "UPDATE refund SET made_at=made_at-? WHERE trade IN (SELECT id FROM trade WHERE out_trade_no=?)",
            (seconds, out_trade_no),
        )

    def _trade(self, where: str, values: tuple[Any, ...], *, now: float) -> Trade | None:
        with self._lock:
            # An open order past its time is closed by whoever looks first.
            self._db.execute(
                f"UPDATE trade SET state='closed' WHERE state='open' AND expires_at<=? AND {where}",  # noqa: S608
                (now, *values),
            )
            row = self._db.execute(f"SELECT * FROM trade WHERE {where}", values).fetchone()  # noqa: S608
            return None if row is None else _trade_of(row)

    def _one(self, statement: str, values: tuple[Any, ...]) -> sqlite3.Row:
        row: sqlite3.Row = self._db.execute(statement, values).fetchone()
        return row


def _trade_of(row: sqlite3.Row) -> Trade:
    values = {name: row[name] for name in Trade.__slots__}
    values["scanned"] = bool(values["scanned"])
    return Trade(**values)


def _transaction_id(now: float) -> str:
    """21 digits, which fit UnionPay's column, too: unique, and unlike our own numbers."""
    return f"42{int(now):010d}" + "".join(secrets.choice("0123456789") for _ in range(9))
