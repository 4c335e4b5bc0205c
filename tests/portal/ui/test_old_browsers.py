"""Internet Explorer is refused with a clear page (RULES A1)."""

import pytest
from django.test import Client

IE11 = "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko"
IE9 = "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)"
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0"
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("agent", [IE11, IE9])
def test_ie_and_edge_in_ie_mode_are_told_what_to_use(agent: str) -> None:
    """RULES A1: whatever the address, and before anything is looked up."""
    for address in ("/", "/szca/orders/", "/nowhere/"):
        page = Client(headers={"user-agent": agent}).get(address)
        assert page.status_code == 403
        assert "本网站不支持 IE 浏览器" in page.text
        assert "改为“不允许”" in page.text
        assert "<script" not in page.text
        assert "no-store" in page["Cache-Control"]


def test_current_browsers_are_let_in() -> None:
    page = Client(headers={"user-agent": EDGE}).get("/nowhere/")
    assert "IE 浏览器" not in page.text
