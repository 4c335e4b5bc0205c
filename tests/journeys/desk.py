"""The computer that the key is in: the bridge simulator's slots and faults, and its PIN window as a person uses it."""

import re
from dataclasses import dataclass
from typing import Any

import httpx
from playwright.sync_api import Page, expect

from tests.journeys.hall import Hall

NO_FAULTS: dict[str, Any] = {
    "pull_at": "",
    "swap_at": "",
    "swap_to": "",
    "crash_at": "",
    "exit_at": "",
    "slow_seconds": 0,
    "container_full": False,
    "keygen_fails": False,
    "verify_fails": False,
    "old_version": False,
    "driver": "ok",
    "component": "ok",
    "component_name": "",
}
PIN = "123456"  # of every demo key


@dataclass
class KeyDesk:
    hall: Hall

    def act(self, action: str, **body: Any) -> dict[str, Any]:
        """POST /control/<action>; the state afterwards."""
        answer = httpx.post(
            f"{self.hall.bridge}/control/{action}",
            json=body,
            headers={"X-Control-Token": self.hall.bridge_token},
            trust_env=False,
            timeout=30,
        )
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def clear(self) -> None:
        """No key in, nothing broken, nobody who answers for the customer."""
        self.act("pull_all")
        self.act("faults", **NO_FAULTS)
        self.act("auto_pin", pin="")

    def key(self, medium: str) -> dict[str, Any]:
        return next(key for key in self.act("state")["keys"] if key["mediumNumber"] == medium)

    def insert(self, *media: str) -> None:
        """Exactly these are in afterwards."""
        self.act("pull_all")
        for medium in media:
            self.act("insert", keySerial=self.key(medium)["keySerial"])

    def faults(self, **changes: Any) -> None:
        self.act("faults", **changes)

    def answer_pins(self, pin: str = PIN) -> None:
        """From now on every PIN window is answered at once, where the typing itself isn't what a journey is about."""
        self.act("auto_pin", pin=pin)

    def until_nobody_asks(self) -> bool:
        return not self.act("state")["pending"]


def type_pin(window: Page, pin: str = PIN) -> None:
    """Into the bridge's own window, once it asks. Tabs behind others are slow, so the window comes to the front."""
    window.bring_to_front()
    field = window.get_by_label("Ekey 密码").last
    expect(field).to_be_visible(timeout=60_000)
    field.fill(pin)
    window.get_by_role("button", name="确定").click()


def expect_said(window: Page, words: str) -> None:
    """What the PIN window says about the last PIN."""
    expect(window.locator("#status")).to_contain_text(re.compile(words), timeout=30_000)
