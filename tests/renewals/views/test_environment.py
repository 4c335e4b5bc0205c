"""The environment page and its API, and what the help centre says of a computer (RULES A1, A5, A19, B1, B9)."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.tenants import tenant_tx
from portal.tenants.links import origin
from renewals.bridge.simulator import InProcessBridge
from renewals.publishing import publish
from tests.portal.accounts.people import browser_of, make_customer
from tests.renewals.hall import Hall
from tests.renewals.office import held
from tests.renewals.packs import shipped
from tests.renewals.views.page import post_json

pytestmark = pytest.mark.django_db
WANTED = ("NetSignCNG", "3.0.5.0 及以上", "CertEnroll Control", "2.0.4.8", "2.0.24.42 及以上", "2.1.9.4 及以上")
KINDS = {"component": "component", "driver": "driver", "key": "one_key", "certificate": "certificate"}


def url(name: str, *args: object) -> str:
    return "/sscc" + reverse(name, args=args)


def told(browser: Client, address: str, body: dict[str, Any]) -> Any:
    """The answer's JSON."""
    return json.loads(post_json(browser, address, body).content)


@pytest.fixture
def browser(office: Hall) -> Client:
    return browser_of(office.customer)


@pytest.fixture
def order(office: Hall) -> str:
    return office.open(held(office, 30))


def config_of(page: str, name: str = "config") -> dict[str, Any]:
    found = re.search(rf'id="environment-{name}" type="application/json">(.*?)</script>', page)
    assert found is not None
    return dict(json.loads(found[1]))


def look(hall: Hall, config: dict[str, Any]) -> dict[str, Any]:
    """What environment.js posts: the bridge's findings by the pack's names."""
    bridge = InProcessBridge(hall.desk, origin=origin(hall.tenant), pin="")
    try:
        answer = bridge.call("env.check", **config["question"])
    finally:
        bridge.close()
    return {
        "checks": [
            {
                "name": check["name"],
                "present": said["present"],
                "enabled": said["enabled"],
                "found": said["found"] or "",
                "error": said["error"] or "",
            }
            for check in config["checks"]
            for said in answer["checks"]
            if KINDS.get(said["check"]) == check["what"]
            and (check["what"] != "component" or said["name"] == check["component"])
        ]
    }


def plug(hall: Hall, order: str) -> None:
    key = hall.desk.find(hall.item(order).certificate.medium_number)
    assert key is not None
    hall.desk.insert(key.serial)


def test_four_items_with_both_buttons_beside_them(browser: Client, order: str) -> None:
    """RULES A5."""
    page = browser.get(url("order-environment", order)).text
    for words in ("是否安装控件", "是否安装Ekey驱动", "是否插入且仅插入一个Ekey", "是否持有匹配证书"):
        assert words in page
    assert "开始检测" in page
    assert "查看帮助手册" in page
    assert "要求 3.0.5.0 及以上" in page
    assert 'type="password"' not in page  # RULES Across 5


def test_from_a_red_item_to_the_installation(office: Hall, browser: Client, order: str) -> None:
    """RULES A5: 未通过, then mended, then 重新检测."""
    config = config_of(browser.get(url("order-environment", order)).text)
    office.desk.faults.update({"component": "missing"})
    plug(office, order)
    red = told(browser, config["report"], look(office, config))
    assert (red["passed"], red["next"]) == (False, "")
    assert {one["name"]: one["why"] for one in red["checks"] if not one["passed"]} == {"control": "missing"}

    office.desk.faults.update({"component": "ok"})
    green = told(browser, config["report"], look(office, config))
    assert (green["passed"], green["next"]) == (True, url("order-install", order))
    assert "环境检测已通过" in browser.get(url("order-environment", order)).text
    assert '"checked": true' in browser.get(url("order-install", order)).text


def test_two_keys_or_another_one_is_not_enough(office: Hall, browser: Client, order: str) -> None:
    """RULES A5, A10."""
    config = config_of(browser.get(url("order-environment", order)).text)
    plug(office, order)
    other = office.open(held(office, 40), key="other")
    plug(office, other)
    said = told(browser, config["report"], look(office, config))
    assert {one["name"]: one["why"] for one in said["checks"] if not one["passed"]} == {"one_key": "several"}
    office.desk.pull_all()
    plug(office, other)
    said = told(browser, config["report"], look(office, config))
    assert {one["name"]: one["why"] for one in said["checks"] if not one["passed"]} == {"certificate": "missing"}


def test_nobody_else_reports_for_it(office: Hall, browser: Client, order: str) -> None:
    config = config_of(browser.get(url("order-environment", order)).text)
    stranger = browser_of(make_customer(office.tenant, "19900000097"))
    assert stranger.get(url("order-environment", order)).status_code == 404
    assert post_json(stranger, config["report"], {"checks": []}).status_code == 404
    assert office.steps(order)["environment"] == "open"


@pytest.mark.parametrize(
    "body", [{}, {"checks": "all"}, {"checks": [{"name": "control"}]}, {"checks": [{"name": "x" * 65}] * 41}]
)
def test_what_is_no_report_is_refused_in_words(office: Hall, browser: Client, order: str, body: dict[str, Any]) -> None:
    answer = post_json(browser, url("api-environment-report", office.item(order).public_id), body)
    assert answer.status_code == 422
    assert office.steps(order)["environment"] == "open"


def test_the_wrong_keys_sentence_stands_in_the_page(browser: Client, order: str) -> None:
    """RULES A10."""
    words = config_of(browser.get(url("order-environment", order)).text, "words")
    assert words["bridge"]["CERT_NOT_FOUND"]["happened"] == "更新的证书与您当前 Ekey 的证书主题不符，无法更新证书"


def test_help_and_downloads_name_what_each_programme_wants(office: Hall, browser: Client) -> None:
    """RULES A1, A19, B1, B9: versions and class IDs come from the packs."""
    with tenant_tx(office.tenant, write=True):
        publish(shipped("sscc/epass3003"))
    for name in ("help-environment", "downloads"):
        page = browser.get(url(name)).text
        for words in (
            "NetSignCNG",
            "3.0.5.0 及以上",
            "CertEnroll Control",
            "2.0.4.8",
            "2.0.24.42 及以上",
            "2.1.9.4 及以上",
        ):
            assert words in page
        assert "33BBBFD1-0A97-4339-9032-F68F19CB3030" in page
        assert "请点“取消”，在网厅里更新" in page or "请选择“取消”，在网厅里更新" in page
    manual = browser.get(url("help-environment")).text
    assert "不支持 IE 浏览器" in manual
    assert "改为“不允许”" in manual
    assert "regedit" in manual
