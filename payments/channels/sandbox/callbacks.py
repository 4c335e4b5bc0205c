"""Sending callbacks as the channels do: at once, then again and again until the merchant acknowledges."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from payments.channels.sandbox.faults import Fault, FaultBox

logger = logging.getLogger(__name__)

# Seconds between attempts (FACTS): WeChat 15/15/30/180/1800…, Alipay 4m/10m/10m/1h/2h/6h/15h, UnionPay 1/2/4/8/15 min.
SCHEDULES = {
    "wechat": (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600),
    "alipay": (240, 600, 600, 3600, 7200, 21600, 54000),
    "unionpay": (60, 120, 240, 480, 900),
}
_REORDER_PATIENCE = 5.0  # seconds that a held callback waits for another one to overtake it


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One HTTP request of a callback."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Callback:
    """``build`` makes the request anew for each attempt, with the faults that hit it."""

    channel: str
    number: str
    build: Callable[[Mapping[str, Fault]], Outgoing]
    acknowledged: Callable[[int, bytes], bool]


class CallbackSender:
    """Must be made and closed inside the event loop."""

    def __init__(self, faults: FaultBox, *, retry_scale: float) -> None:
        self._faults = faults
        self._scale = retry_scale
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10), trust_env=False)
        self._tasks: set[asyncio.Task[None]] = set()
        self._sent = 0
        self._held: dict[int, asyncio.Event] = {}  # by the order in which they were to be sent
        self.log: deque[dict[str, Any]] = deque(maxlen=10_000)

    def send(self, callback: Callback) -> None:
        """Returns at once; the callback and its repeats go on by themselves."""
        task = asyncio.get_running_loop().create_task(self._deliver(callback))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.close()

    async def _deliver(self, callback: Callback) -> None:
        self._sent += 1
        position = self._sent
        faults = self._faults.take_callback_faults(callback.channel)
        if "drop" in faults:
            self._note(callback, 0, 0, faults)
            return
        if delay := faults.get("delay"):
            await asyncio.sleep(float(delay.params.get("seconds", 1)))
        if "reorder" in faults:
            await self._hold(position)
        for attempt, pause in enumerate((0, *SCHEDULES[callback.channel])):
            await asyncio.sleep(pause * self._scale)
            lasting = {kind: fault for kind, fault in faults.items() if fault.params.get("always")}
            hit = faults if attempt == 0 else lasting
            outgoing = callback.build(hit)
            copies = int(hit["duplicate"].params.get("times", 1)) if "duplicate" in hit else 0
            answers = await asyncio.gather(*(self._post(outgoing) for _ in range(1 + copies)))
            self._release_before(position)
            for status, _ in answers:
                self._note(callback, attempt, status, hit)
            if any(callback.acknowledged(status, body) for status, body in answers):
                return

    async def _hold(self, position: int) -> None:
        """Until a later callback has arrived."""
        self._held[position] = asyncio.Event()
        try:
            await asyncio.wait_for(self._held[position].wait(), _REORDER_PATIENCE)
        except TimeoutError:
            logger.info("no callback overtook number %s", position)
        finally:
            del self._held[position]

    def _release_before(self, position: int) -> None:
        for held, event in self._held.items():
            if held < position:
                event.set()

    async def _post(self, outgoing: Outgoing) -> tuple[int, bytes]:
        """Status 0: nobody there."""
        try:
            async with self._http.post(
                outgoing.url, data=outgoing.body, headers=outgoing.headers, allow_redirects=False
            ) as answer:
                return answer.status, await answer.content.read(4096)
        except (aiohttp.ClientError, TimeoutError) as error:
            logger.info("callback to %s: %s", outgoing.url, type(error).__name__)
            return 0, b""

    def _note(self, callback: Callback, attempt: int, status: int, faults: Mapping[str, Fault]) -> None:
        self.log.append(
            {
                "channel": callback.channel,
                "number": callback.number,
                "attempt": attempt,
                "status": status,
                "faults": sorted(faults),
            }
        )
