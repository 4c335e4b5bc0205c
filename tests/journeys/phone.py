"""The customer's phone: scans the code on the screen and pays on the channel's page."""

import io
import re

import zxingcpp
from PIL import Image
from playwright.sync_api import Locator, Page, expect

LONG = 60_000  # milliseconds for what comes about by itself


def scan(code: Locator) -> str:
    """What the QR code on the page says, read off the screen."""
    expect(code).to_be_visible(timeout=LONG)
    code.evaluate("(picture) => picture.decode()")
    [found] = zxingcpp.read_barcodes(Image.open(io.BytesIO(code.screenshot())))
    return str(found.text)


def pay(phone: Page, url: str, *, amount: str) -> None:
    """Opens what was scanned, sees the amount, confirms."""
    phone.goto(url)
    expect(phone.locator(".amount")).to_have_text(re.compile(re.escape(amount)))
    phone.get_by_role("button", name="确认支付").click()
    expect(phone.get_by_role("status")).to_contain_text("支付成功")
