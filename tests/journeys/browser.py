"""Chromium for journeys, and what is looked at on every page that they pass.

``look(page, name)`` is the one call: screenshots at 1280 and 375 px, axe at both, nothing inline, no sideways scroll
at 320 px, targets of 24 px and more, and a focus that shows wherever Tab goes. The page is left as it was found.

The site's own Content-Security-Policy stays in force: axe goes in through the debugger, which the policy doesn't touch.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect

CHROMIUM = "/usr/bin/chromium"
ARTIFACTS = Path(__file__).resolve().parent.parent / "artifacts"
DESKTOP, PHONE, SMALLEST = 1280, 375, 320
SMALLEST_TARGET = 24  # WCAG 2.2, 2.5.8
MOST_TABS = 150
MOST_FOUND = 20
expect.set_options(timeout=20_000)  # milliseconds; other things may run on the machine

_QUIET_START = [
    "--no-sandbox",  # the tests run as root in containers
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--font-render-hinting=none",
]
# what a refusal in words logs, by the browser and by htmx; a 500 or a policy violation is a failure
_EXPECTED_ON_CONSOLE = re.compile(
    r"Failed to load resource: the server responded with a status of (4\d\d|503)"
    r"|Response Status Error Code (4\d\d|503) "
)


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=CHROMIUM, args=_QUIET_START)


@dataclass
class Visit:
    """One browser context (own cookies) and what went wrong in it."""

    context: BrowserContext
    problems: list[str] = field(default_factory=list)

    def open_page(self) -> Page:
        page = self.context.new_page()
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        return page

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not _EXPECTED_ON_CONSOLE.match(message.text):
            self.problems.append(f"console: {message.text}")


def visit(browser: Browser, width: int, signed_in: Any = None) -> Visit:
    """A visitor in Shenzhen, fresh or with the cookies of ``signed_in``; with a phone when ``width`` is a phone's."""
    is_phone = width < 600
    context = browser.new_context(
        viewport={"width": width, "height": 812 if is_phone else 900},
        has_touch=is_phone,
        is_mobile=is_phone,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
        storage_state=signed_in,
        permissions=["clipboard-read", "clipboard-write", "local-network-access"],
    )
    context.set_default_timeout(15_000)
    return Visit(context)


def look(page: Page, name: str) -> None:
    """AssertionError with everything that is wrong with this page, at once."""
    found: list[str] = []
    before = page.viewport_size or {"width": DESKTOP, "height": 900}
    for width in (DESKTOP, PHONE):
        _resize(page, width)
        _photograph(page, f"{name}-{width}")
        found += [f"{width} px: {problem}" for problem in [*_axe(page), *_small_targets(page), *_structure(page)]]
    _resize(page, SMALLEST)
    found += [f"{SMALLEST} px: {problem}" for problem in _sideways(page)]
    page.set_viewport_size(before)
    found += _focus_order(page)
    found = list(dict.fromkeys(found))[:MOST_FOUND]
    assert not found, f"{name} ({page.url}):\n" + "\n".join(found)


def _resize(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 812 if width < 600 else 900})
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def _photograph(page: Page, name: str) -> None:
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    page.evaluate("() => scrollTo(0, 0)")  # what is fixed stands elsewhere in the picture of a scrolled page
    page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)


def _axe(page: Page) -> list[str]:
    page.evaluate(f"() => {{ if (!window.axe) {{ {AXE_SCRIPT} }} }}")
    report: dict[str, Any] = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"axe {violation['id']}: {violation['help']}: {' | '.join(str(node['target']) for node in violation['nodes'])}"
        for violation in report["violations"]
    ]


def _small_targets(page: Page) -> list[str]:
    return list(page.evaluate(_SMALL_TARGETS, SMALLEST_TARGET))


_SMALL_TARGETS = """(smallest) => {
  const found = [];
  for (const element of document.querySelectorAll("a[href], button, input, select, textarea, summary, [role=button]")) {
    if (element.type === "hidden" || !element.checkVisibility({ visibilityProperty: true })) continue;
    const box = (element.closest("label") ?? element).getBoundingClientRect();
    if (box.width <= 1 || box.height <= 1) continue; // for screen readers alone
    if (box.width >= smallest && box.height >= smallest) continue;
    const inSentence = getComputedStyle(element).display === "inline" && [...element.parentNode.childNodes].some(
      (node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (inSentence) continue; // 2.5.8 excepts links in a sentence
    const size = `${Math.round(box.width)}×${Math.round(box.height)}`;
    found.push(`target ${size}: ${element.outerHTML.slice(0, 120)}`);
  }
  return found;
}"""


def _structure(page: Page) -> list[str]:
    return list(page.evaluate(_STRUCTURE))


_STRUCTURE = """() => {
  const found = [];
  const headings = document.querySelectorAll("h1").length;
  if (headings !== 1) found.push(`${headings} h1 elements`);
  if (!document.title.trim()) found.push("no title");
  for (const element of document.querySelectorAll("body [style]:not([style=''])")) {
    found.push(`style attribute: ${element.outerHTML.slice(0, 120)}`);
  }
  for (const element of document.querySelectorAll("style, script:not([src]):not([type='application/json'])")) {
    found.push(`inline ${element.localName}: ${element.outerHTML.slice(0, 120)}`);
  }
  return found;
}"""


def _sideways(page: Page) -> list[str]:
    width, widest = page.evaluate(_SIDEWAYS)
    return [] if width <= SMALLEST else [f"{width} px wide; reaches out: {widest}"]


_SIDEWAYS = """() => {
  const width = document.documentElement.scrollWidth;
  const out = [...document.querySelectorAll("body *")].filter(
    (element) => element.checkVisibility() && element.getBoundingClientRect().right > innerWidth + 1);
  return [width, out.slice(0, 5).map((element) => element.outerHTML.slice(0, 100)).join(" | ")];
}"""


def _focus_order(page: Page) -> list[str]:
    """Tab through the page: every stop is on the screen, shows that it has the focus, and follows the page's order."""
    found: list[str] = []
    page.evaluate(
        "() => { document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex') }"
    )
    last = -1
    for _tab in range(MOST_TABS):
        page.keyboard.press("Tab")
        stop: dict[str, Any] | None = page.evaluate(_FOCUSED)
        if stop is None or stop["place"] < last:  # past the end, or round again
            if stop is not None and stop["place"] > 0 and not stop["first"]:
                found.append(f"focus jumps back to {stop['html']}")
            break
        again, last = stop["place"] == last, stop["place"]
        if not stop["seen"]:
            found.append(f"focus off the screen: {stop['html']}")
        if not stop["ring"] and not again:  # a date field shows inside itself which part of it has the focus
            found.append(f"focus doesn't show: {stop['html']}")
    page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0) }")
    return found


_FOCUSED = """() => {
  const element = document.activeElement;
  if (!element || element === document.body || element === document.documentElement) return null;
  const all = [...document.querySelectorAll("*")];
  const box = element.getBoundingClientRect();
  const scope = element.closest("dialog[open]") ?? document;
  const first = scope.querySelector("a[href], button, input:not([type=hidden]), select, textarea, summary");
  let ring = false;
  for (let at = element, up = 0; at && up < 4 && !ring; at = at.parentElement, up++) {
    const style = getComputedStyle(at);
    ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  }
  return {
    place: all.indexOf(element), ring, first: element === first, html: element.outerHTML.slice(0, 120),
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight
      && box.right > 0 && box.left < innerWidth,
  };
}"""
