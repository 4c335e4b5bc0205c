"""/staff/orders/<id>/: everything about an order; people in masks; a field is shown for a reason, to those who may."""

import json
from html import unescape

import pytest

from portal.accounts.roles import Role
from portal.audit.models import AuditRow
from portal.tenants import tenant_tx
from renewals.models import ApplicationVersion, Order
from tests.renewals.hall import Hall
from tests.renewals.staff.conftest import Browse

ANSWERS = {
    "representative_name": "林晓彤",
    "representative_mobile": "19900000006",
    "representative_email": "handler@example.cn",
}


def page(browser: object, order: str, **more: object) -> str:
    answer = browser.get(f"/szca/staff/orders/{order}/", **more)  # type: ignore[attr-defined]
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return unescape(answer.content.decode())


def rows_of(hall: Hall, action: str) -> list[dict[str, object]]:
    with tenant_tx(hall.tenant):
        return [json.loads(bytes(row.body)) for row in AuditRow.objects.filter(action=action).order_by("seq")]


@pytest.mark.parametrize("role", list(Role))
def test_every_colleague_reads_the_order_and_nobody_reads_the_person(
    channels: Hall, browse: Browse, role: Role
) -> None:
    # RULES P20: the service desk reads masks; so does everybody until a field is asked for
    order = channels.to("completed")
    body = page(browse(role), order)
    number = channels.order(order).number
    assert number in body
    for value in (*ANSWERS.values(), channels.answers(order)["representative_id_number"]):
        assert value not in body
    for mask in ("林**", "199****0006", "h***@example.cn"):
        assert mask in body


def test_it_tells_everything_about_a_finished_order(channels: Hall, browse: Browse) -> None:
    order = channels.to("completed")
    item = channels.item(order)
    assert item.issued is not None
    body = page(browse(Role.TENANT_ADMINISTRATOR), order)
    for part in (
        "已办结",
        item.certificate.serial,
        item.issued.serial,
        "指纹 SM3",
        "指纹 SHA-256",
        "原证书",
        "新证书",
        "第 1 版",
        "一致",  # the identity check
        "¥200.00",
        "数字证书服务费",
        channels.issuance(order).request_id,
        "《电子认证服务协议》",
        "向 CA 申请证书",
        "付款成功",
        "新证书已安装",
        "经办人身份核验通过",
        "审计记录",
    ):
        assert part in body, part


@pytest.mark.parametrize(
    ("station", "says"),
    [
        ("consent", ["填写中", "还没有提交申请信息", "还没有核验", "还没有报价", "还没有开始签发"]),
        ("identity", ["办理中", "核验中"]),
        ("payment", ["待缴费", "待支付"]),
        ("code", ["待安装", "等待写入"]),
        ("issued", ["安装中", "新证书（尚未装入 Ekey）", "已签发，等待安装"]),
    ],
)
def test_it_tells_how_far_an_order_is(channels: Hall, browse: Browse, station: str, says: list[str]) -> None:
    body = page(browse(Role.SERVICE_DESK), channels.to(station))
    for part in says:
        assert part in body, part


def test_what_was_never_there_is_not_found(hall: Hall, browse: Browse) -> None:
    assert browse(Role.REVIEWER).get("/szca/staff/orders/AAAAAAAAAAAAAAAAAAAAAA/").status_code == 404


def test_links_lead_only_where_one_may_go(channels: Hall, browse: Browse) -> None:
    order = channels.to("payment")
    reviewer, finance = page(browse(Role.REVIEWER), order), page(browse(Role.FINANCE), order)
    assert "/staff/certificates/" in reviewer
    assert "/staff/payments/charges/" not in reviewer
    assert "/staff/payments/charges/" in finance
    assert f"/staff/certificates/{channels.item(order).certificate.public_id}" not in finance
    assert "/staff/audit/" not in reviewer + finance


# -- showing one field ------------------------------------------------------------------------------------------------


def reveal(
    browser: object, order: str, field: str = "representative_mobile", version: int = 1, reason: str = "电话核实身份"
) -> object:
    return browser.post(f"/szca/staff/orders/{order}/reveal/{version}/{field}/", {"reason": reason})  # type: ignore[attr-defined]


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.CERTIFICATE_ADMINISTRATOR])
def test_one_field_is_shown_for_a_reason_that_stays(channels: Hall, browse: Browse, role: Role) -> None:
    order = channels.to("payment")
    browser = browse(role)
    assert "显示" in page(browser, order)
    answer = reveal(browser, order)
    body = answer.content.decode()  # type: ignore[attr-defined]
    assert "19900000006" in body
    assert "林晓彤" not in body  # this field alone
    assert "no-store" in answer["Cache-Control"]  # type: ignore[index]
    (shown,) = rows_of(channels, "order.revealed")
    assert shown["subject"] == f"order:{order}"
    assert shown["detail"] == {"field": "representative_mobile", "application_version": 1, "reason": "电话核实身份"}
    opened = rows_of(channels, "vault.revealed")[-1]
    assert opened["by"] == shown["by"]
    assert opened["detail"]["reason"] == "电话核实身份"  # type: ignore[index]
    assert "电话核实身份" in page(browser, order)  # in the order's own audit trail
    assert "19900000006" not in page(browser, order)


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.REVIEWER, Role.CERTIFICATE_ADMINISTRATOR}])
def test_nobody_else_is_shown_anything(channels: Hall, browse: Browse, role: Role) -> None:
    order = channels.to("payment")
    browser = browse(role)
    before = len(rows_of(channels, "vault.revealed"))
    assert reveal(browser, order).status_code == 403  # type: ignore[attr-defined]
    assert 'data-dialog-open="reveal-' not in page(browser, order)
    assert len(rows_of(channels, "vault.revealed")) == before
    assert not rows_of(channels, "order.revealed")


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("", "请填写原因。"),
        ("看", "至少两个字"),
        ("核对 19900000006", "请去掉后再提交"),
        ("handler@example.cn", "请去掉后再提交"),
    ],
)
def test_without_a_proper_reason_nothing_is_opened(channels: Hall, browse: Browse, reason: str, says: str) -> None:
    order = channels.to("payment")
    before = len(rows_of(channels, "vault.revealed"))
    answer = reveal(browse(Role.REVIEWER), order, reason=reason)
    body = answer.content.decode()  # type: ignore[attr-defined]
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert says in body
    assert "data-open-now" in body
    assert len(rows_of(channels, "vault.revealed")) == before


@pytest.mark.parametrize(("field", "version"), [("invoice_title", 1), ("data", 1), ("representative_mobile", 9)])
def test_there_is_nothing_else_to_show(channels: Hall, browse: Browse, field: str, version: int) -> None:
    order = channels.to("payment")
    assert reveal(browse(Role.REVIEWER), order, field=field, version=version).status_code == 404  # type: ignore[attr-defined]
    assert not rows_of(channels, "order.revealed")


def test_every_version_keeps_its_own_masks(channels: Hall, browse: Browse) -> None:
    order = channels.to("payment")
    channels.confirm(order, representative_name="周明远", representative_mobile="19900000011")
    with tenant_tx(channels.tenant):
        assert ApplicationVersion.objects.filter(order=Order.objects.get(public_id=order)).count() == 2
    browser = browse(Role.REVIEWER)
    body = page(browser, order)
    assert body.index("第 2 版") < body.index("第 1 版")
    assert "周**" in body
    assert "林**" in body
    assert "19900000006" in reveal(browser, order, version=1).content.decode()  # type: ignore[attr-defined]
    assert "19900000011" in reveal(browser, order, version=2).content.decode()  # type: ignore[attr-defined]
