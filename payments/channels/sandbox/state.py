"""What the sandbox's handlers share, and the errors that cut a request short on purpose."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from aiohttp import web

from payments.channels.sandbox import keys
from payments.channels.sandbox.book import Book
from payments.channels.sandbox.callbacks import CallbackSender
from payments.channels.sandbox.faults import FaultBox

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class SandboxRefused(RuntimeError):
    """The sandbox doesn't run in production."""


@dataclass(frozen=True)
class Options:
    """``folder``: <data_dir>/pay-sandbox; ``base_url``: where it will be reached; ``retry_scale``: 1 is real time."""

    folder: Path
    base_url: str
    is_production: bool
    retry_scale: float = 1.0
    now: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        if self.is_production:
            raise SandboxRefused("the payment sandbox refuses production")
        if not is_loopback(self.base_url):
            raise SandboxRefused("the payment sandbox serves loopback only")


def is_loopback(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return host in LOOPBACK or host.endswith(".localhost")


class FaultKey(NamedTuple):
    channel: str
    operation: str


class MerchantList:
    """Merchants by their numbers; the folder is read again when an unknown one turns up."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, keys.Merchant] = {}

    def find(self, number: str) -> keys.Merchant | None:
        """By name, mchid, app_id or merId."""
        if number not in self._known:
            for merchant in keys.merchants(self._folder):
                for alias in (merchant.name, merchant.mchid, merchant.app_id, merchant.mer_id):
                    self._known[alias] = merchant
        return self._known.get(number)


@dataclass
class Sandbox:
    options: Options
    platform: keys.PlatformKeys
    merchants: MerchantList
    book: Book
    faults: FaultBox = field(default_factory=FaultBox)
    files: dict[str, bytes] = field(default_factory=dict)  # bills to be fetched, by token
    rotated: bool = False  # whether /v3/certificates tells of the next platform key
    _sender: CallbackSender | None = None

    @property
    def sender(self) -> CallbackSender:
        if self._sender is None:
            raise RuntimeError("the sandbox isn't running")
        return self._sender

    def start(self) -> None:
        self._sender = CallbackSender(self.faults, retry_scale=self.options.retry_scale)

    async def stop(self) -> None:
        await self.sender.close()
        self.book.close()

    def now(self) -> float:
        return self.options.now()

    def pay_url(self, token: str) -> str:
        return f"{self.options.base_url.rstrip('/')}/pay/{token}"


def open_sandbox(options: Options) -> Sandbox:
    return Sandbox(
        options=options,
        platform=keys.platform(options.folder),
        merchants=MerchantList(options.folder),
        book=Book(options.folder / "ledger.sqlite3"),
    )


SANDBOX: web.AppKey[Sandbox] = web.AppKey("sandbox", Sandbox)
FAULT_KEY: web.RequestKey[FaultKey] = web.RequestKey("fault_key", FaultKey)  # what this request answers to
