"""The customer's phone: scans the code on the screen, pays on the channel's page, proves who holds it."""

import io
import re
from collections.abc import Callable

import zxingcpp
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from renewals.walking import paper

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


def no_look(_page: Page, _name: str) -> None:
    """For phones that another journey has looked at."""


def open_link(phone: Page, url: str, *, see: Callable[[Page, str], None] = no_look) -> None:
    """The link that was scanned: opening it isn't using it yet."""
    phone.goto(url)
    see(phone, "phone-link")
    phone.get_by_role("button", name="在这部手机上开始").click()


def identify(phone: Page, name: str, *, see: Callable[[Page, str], None] = no_look) -> None:
    """Both sides of the ID card, then what the liveness service asks for; ends on the hall's page."""
    expect(phone.get_by_role("heading", name="手机核验身份", level=1)).to_be_visible()
    see(phone, "phone")
    for side, label in (("front", "人像面"), ("back", "国徽面")):
        phone.get_by_label(label).set_input_files(
            {"name": f"{side}.jpg", "mimeType": "image/jpeg", "buffer": paper.id_card(side, name)}
        )
    phone.get_by_role("button", name="上传照片").click()
    expect(phone.get_by_role("button", name="开始活体检测")).to_be_visible()
    see(phone, "phone-photographed")
    phone.get_by_role("button", name="开始活体检测").click()
    phone.get_by_role("button", name="同意并开始").click()
    for movement in ("我做好了", "我做好了", "完成"):
        phone.get_by_role("button", name=movement).click()
    phone.get_by_role("link", name="返回网厅").click()
