"""Nothing inline, in any template of the site, and nothing from another host (the policy would block it)."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from portal.ui.showcase.views import CUSTOMER_PAGES, STAFF_PAGES

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))
INLINE = [
    re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    re.compile(r"<style\b", re.IGNORECASE),
    re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    re.compile(r"<script(?![^>]*\b(src=|type=\"application/json\"))", re.IGNORECASE),
    re.compile(r"(href|src|action)\s*=\s*[\"']\s*javascript:", re.IGNORECASE),
    re.compile(r"hx-on\b|hx-vals\s*=\s*[\"']js:", re.IGNORECASE),
]
ELSEWHERE = re.compile(r"(src|href)\s*=\s*[\"'](https?:)?//", re.IGNORECASE)


def _named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("template", TEMPLATES, ids=_named)
def test_templates_have_nothing_inline(template: Path) -> None:
    text = template.read_text("utf-8")
    for pattern in INLINE:
        assert not pattern.search(text), pattern.pattern
    assert not ELSEWHERE.search(text)


@pytest.mark.parametrize("script", SCRIPTS, ids=_named)
def test_scripts_build_no_code_and_no_markup_from_text(script: Path) -> None:
    text = script.read_text("utf-8")
    for forbidden in (
        "eval(",
        "new Function",
        "innerHTML",
        "outerHTML",
        "document.write",
        ".style.",
        'setAttribute("style',
    ):
        assert forbidden not in text, forbidden


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", *CUSTOMER_PAGES, *STAFF_PAGES])
def test_rendered_pages_have_nothing_inline(name: str, client: Client) -> None:
    url = reverse("ui-sample-page", args=[name]) if name else reverse("ui-components")
    response = client.get(url)
    assert response.status_code == 200
    text = response.content.decode()
    for pattern in INLINE:
        assert not pattern.search(text), pattern.pattern
    assert not ELSEWHERE.search(text)
    assert "Badge(" not in text
    assert text.count("<h1") == 1


@pytest.mark.django_db
def test_the_policy_allows_no_inline_and_no_eval(client: Client) -> None:
    policy = client.get(reverse("ui-components"))["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy


@pytest.mark.django_db
def test_htmx_is_version_2_and_keeps_to_the_policy(client: Client) -> None:
    text = client.get(reverse("ui-components")).content.decode()
    assert "htmx-2.min.js" in text
    assert '"includeIndicatorStyles":false' in text
    assert '"allowEval":false' in text
    assert '"historyCacheSize":0' in text


@pytest.mark.django_db
def test_the_showcase_refuses_production(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from portal.conf import Conf

    monkeypatch.setattr(Conf, "is_production", property(lambda _conf: True))
    assert client.get("/dev/components/").status_code == 404
    assert client.get("/dev/components/refuse/crash/").status_code == 404
