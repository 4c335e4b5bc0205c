"""Invented data for the showcase: no such person, phone or organisation exists."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from django.urls import reverse

from portal.ui.context import Bell
from portal.ui.navigation import NavLink
from portal.ui.parts import (
    Badge,
    Column,
    Crumb,
    Event,
    Link,
    NextStep,
    Pair,
    Row,
    RunStage,
    Stage,
    Tab,
    Table,
    Task,
    TaskGroup,
)
from portal.ui.script_words import SCRIPT_WORDS
from portal.ui.templatetags.ui import money

ORGANISATION = "深圳市测试精密制造有限公司"
ORDER_NUMBER = "01202611210000172"
RENEWAL_CODE = "7KQ4-M2XD-9PWT"
APPLICATION = {"term": "2", "name": "", "phone": "19900000001", "email": "handler@example.com"}

DONE = Badge("已完成", "success")
OPEN = Badge("待办理", "info")
LATER = Badge("未开始")


def _at(day: int, hour: int, minute: int) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def _page(name: str) -> str:
    return reverse("ui-sample-page", args=[name])


def site(*, staff: bool, home: bool) -> SimpleNamespace:
    viewer = SimpleNamespace(
        masked_label="liu.fuhe" if staff else "199****0001",
        is_staff=staff,
        sign_in_count=12,
        previous_sign_in_at=_at(18, 1, 24),
    )
    customer = [
        NavLink("我的证书", _page("home"), "certificate", "", current=home, count=None),
        NavLink("我的订单", _page("order"), "list", "", current=not home, count=None),
        NavLink("安装与恢复", _page("install"), "key", "", current=False, count=None),
        NavLink("帮助", reverse("ui-components"), "help", "", current=False, count=None),
    ]
    here = reverse("ui-components")
    workbench = [
        NavLink("订单", _page("staff-orders"), "list", "办理", current=True, count=38),
        NavLink("审核", here, "check-circle", "办理", current=False, count=6),
        NavLink("收款与退款", here, "money", "办理", current=False, count=2),
        NavLink("证书", here, "certificate", "查询", current=False, count=None),
        NavLink("单位", here, "building", "查询", current=False, count=None),
        NavLink("工作人员", here, "users", "设置", current=False, count=None),
        NavLink("网厅设置", here, "settings", "设置", current=False, count=None),
    ]
    return SimpleNamespace(
        name="深圳市测试电子认证有限公司",
        short_name="测试CA",
        has_tenant=True,
        hotline="400-000-0000",
        hotline_url="tel:4000000000",
        service_hours="工作日 9:00–18:00",
        front_url=reverse("ui-components"),
        accent_url=reverse("ui-accent"),
        viewer=viewer,
        is_staff=staff,
        bell=None if staff else Bell(2, _page("home"), "2 张证书需要续期"),
        navigation=workbench if staff else customer,
        sign_out_url=here,
        sign_in_url=here,
        script_words={key: str(words) for key, words in SCRIPT_WORDS.items()},
    )


TASKS = [
    TaskGroup(
        "填写申请",
        [
            Task("阅读并同意服务协议", "done", DONE, url="#", hint="2026-11-21 09:12 同意，版本 2026.2"),
            Task("填写经办人和办理年限", "done", DONE, url="#", hint="2 年，经办人 测*"),
            Task("核实经办人身份", "done", DONE, hint="姓名、身份证号、手机号核对一致"),
        ],
    ),
    TaskGroup(
        "支付与安装",
        [
            Task("支付证书费用", "current", OPEN, url="#", hint="¥400.00，微信或支付宝"),
            Task("安装新证书", "waiting", LATER, hint="支付后即可安装，约 3 分钟，请准备好 UKey"),
        ],
    ),
]

ALL_TASKS = [
    Task("已完成的步骤", "done", DONE, url="#", hint="可以点进去查看"),
    Task("轮到您的步骤", "current", OPEN, url="#", hint="一句话说明要做什么"),
    Task("已提交，等待对方", "submitted", Badge("审核中", "info"), hint="预计 2 个工作日内完成"),
    Task("被退回的步骤", "returned", Badge("已退回", "danger"), url="#", hint="公章不清晰，请重新扫描后上传"),
    Task("尚未开始的步骤", "waiting", LATER, hint="前面的步骤完成后开始"),
    Task("不需要的步骤", "skipped", Badge("不需要"), hint="没有应付费用"),
]

EVENTS = [
    Event("身份核实通过", _at(21, 1, 26), "系统", "姓名、身份证号、手机号三项一致", "success"),
    Event("提交申请", _at(21, 1, 20), "199****0001"),
    Event("证明持有 UKey", _at(21, 1, 15), "199****0001", "证书序列号 5F3A 21C0 99E4 7B10"),
    Event("创建订单", _at(21, 1, 12), "199****0001"),
]

ORDER_PAIRS = [
    Pair("订单编号", "0120 2611 2100 0017 2"),
    Pair("业务服务", "证书续期（SM2）"),
    Pair("业务描述", "中广核电子商务平台，未过期续期"),
    Pair("办理年限", "2 年"),
    Pair("证书费用", money(40_000)),
    Pair("支付方式", ""),
]


def components() -> dict[str, Any]:
    return {
        "stages": _stages(2),
        "last_stages": _stages(4),
        "task_groups": TASKS,
        "all_tasks": ALL_TASKS,
        "next_steps": [
            NextStep(
                "you",
                "轮到您办理",
                "支付证书费用 ¥400.00",
                "支付成功后可以马上安装新证书。",
                "请在 11 月 28 日前支付",
                "#",
                "去支付",
            ),
            NextStep(
                "them",
                "轮到审核人员",
                "正在审核您的申请材料",
                "审核结果会发短信到 199****0001。",
                "预计 11 月 25 日前完成",
            ),
            NextStep("done", "已办结", "新证书已安装，有效期至 2028-12-14"),
            NextStep("stopped", "已终止", "订单已取消，¥400.00 将在 3 个工作日内原路退回"),
        ],
        "events": EVENTS,
        "answers": ANSWERS,
        "pairs": ORDER_PAIRS,
        "table": TABLE,
        "tabs": TABS,
        "crumbs": [Crumb("订单", "#"), Crumb("0120 2611 2100 0017 2")],
        "renewal_code": RENEWAL_CODE,
        "run": RUN,
        "checks": [*CHECKS[:3], FAILED_CHECK],
        "order_number": ORDER_NUMBER,
    }


def _stages(current: int) -> list[Stage]:
    names = ["续期介绍", "证书选择", "录入信息", "支付费用", "安装证书"]
    return [
        Stage(name, "done" if place < current else "current" if place == current else "todo")
        for place, name in enumerate(names)
    ]


ANSWERS = [
    Pair("办理年限", "2 年", "#"),
    Pair("经办人姓名", "测*", "#"),
    Pair("身份证号", "1101**********123X", "#"),
    Pair("手机号", "199****0001", "#"),
    Pair("发票抬头", ORGANISATION, "#"),
    Pair("电子邮箱", "h***@example.com", "#"),
]

TABLE = Table(
    columns=[
        Column("项目"),
        Column("单价", "money"),
        Column("数量", "number"),
        Column("小计", "money"),
        Column("状态"),
        Column("操作", "actions"),
    ],
    rows=[
        Row(
            [
                "证书服务费",
                money(20_000),
                "2",
                money(40_000),
                Badge("待支付", "warning"),
                Link("查看", "#", "证书服务费"),
            ]
        ),
        Row(["电子签章", money(18_000), "1", money(18_000), Badge("已支付", "success"), Link("查看", "#", "电子签章")]),
    ],
    caption="费用明细",
    footer=["合计", "", "", money(58_000), "", ""],
)

TABS = [
    Tab("待我处理", "#", current=True, count=6),
    Tab("办理中", "#", count=32),
    Tab("已办结", "#", count=1204),
    Tab("全部", "#"),
]


RUN = [
    RunStage("check", "检查 UKey 和旧证书", "done"),
    RunStage("key", "在 UKey 里生成新密钥", "done"),
    RunStage("issue", "签发新证书", "done"),
    RunStage("write", "写入新证书", "current"),
    RunStage("verify", "用新证书验证", "waiting"),
]

PASSED = Badge("通过", "success")
CHECKS = [
    RunStage("bridge", "证书助手", "done", PASSED, "版本 1.4.2"),
    RunStage("driver", "UKey 驱动", "done", PASSED),
    RunStage("one_key", "只插了一个 UKey", "done", PASSED),
    RunStage("certificate", "找到要续期的证书", "done", PASSED),
]
FAILED_CHECK = RunStage(
    "certificate",
    "找到要续期的证书",
    "failed",
    Badge("未通过", "danger"),
    "UKey 里是另一张证书。请换上序列号 5F3A 21C0 99E4 7B10 的 UKey。",
)


def _certificate(subject: str, serial: str, expires: str, days: int, **more: Any) -> SimpleNamespace:
    tone = "over" if days < 0 else "soon" if days <= 30 else ""
    left = SimpleNamespace(number=abs(days), over=days < 0, tone=tone)
    return SimpleNamespace(subject=subject, serial=serial, expires=expires, days=days, left=left, **more)


CERTIFICATES = {
    "urgent": [
        _certificate(
            ORGANISATION, "5F3A 21C0 99E4 7B10", "2026-12-14", 23, order="等待支付 ¥400.00", action="继续办理", url="#"
        ),
        _certificate(
            ORGANISATION,
            "5F3A 21C0 99E4 7B2C",
            "2026-11-09",
            -12,
            order="",
            action="续期",
            url="#",
            note="已过期，需要提交材料审核",
        ),
    ],
    "soon": [
        _certificate(
            "深圳市样例能源科技有限公司", "4B90 77D1 02AF 31E8", "2027-01-30", 70, order="", action="续期", url="#"
        ),
    ],
    "later": [
        _certificate(
            "深圳市样例能源科技有限公司",
            "4B90 77D1 02AF 3350",
            "2028-06-01",
            558,
            order="",
            action="",
            url="",
            note="2028-03-03 起可以续期",
        ),
    ],
}


def page(name: str) -> dict[str, Any]:
    if name == "home":
        return {"certificates": CERTIFICATES}
    if name == "order":
        return {
            "step": NextStep(
                "you",
                "轮到您办理",
                "支付证书费用 ¥400.00",
                "支付成功后可以马上安装新证书，旧证书在安装完成前照常可用。",
                "请在 11 月 28 日前支付",
                "#",
                "去支付",
            ),
            "groups": TASKS,
            "events": EVENTS,
            "pairs": ORDER_PAIRS,
        }
    if name == "staff-orders":
        return {"tabs": TABS, "table": _staff_table()}
    return _rest(name)


def _rest(name: str) -> dict[str, Any]:
    done = [
        TaskGroup("填写申请", list(TASKS[0].tasks)),
        TaskGroup(
            "支付与安装",
            [
                Task("支付证书费用", "done", DONE, url="#", hint="¥400.00，微信支付，11-21 09:31"),
                Task("安装新证书", "done", DONE, hint="已在 UKey 上验证，11-21 09:36"),
            ],
        ),
    ]
    return {
        "step": NextStep("done", "已办结", "新证书已安装并验证", "新证书有效期至 2028-12-14，UKey 密码（PIN）不变。"),
        "groups": done if name == "order-done" else TASKS,
        "events": EVENTS,
        "pairs": ORDER_PAIRS,
        "answers": ANSWERS,
        "table": TABLE,
        "stages": _stages(4 if name.startswith("install") else 2),
        "renewal_code": RENEWAL_CODE,
        "run": RUN,
        "checks": CHECKS,
        "crumbs": [Crumb("订单", _page("staff-orders")), Crumb("0120 2611 2100 0017 2")],
        "people": [
            Pair("经办人", "测*"),
            Pair("手机号", "199****0001"),
            Pair("身份证号", "1101**********123X"),
            Pair("电子邮箱", "h***@example.com"),
        ],
        "holder": [
            Pair("单位名称", ORGANISATION),
            Pair("统一社会信用代码", "91440300MA5TEST000"),
            Pair("旧证书序列号", "5F3A 21C0 99E4 7B10"),
            Pair("旧证书有效期至", "2026-12-14（剩余 23 天）"),
            Pair("介质编号", "3888 0000 0001"),
            Pair("算法", "SM2"),
        ],
    }


def _staff_table() -> Table:
    states = [
        ("待审核", "info", "审核人员", "11-25"),
        ("等待支付", "neutral", "客户", "11-28"),
        ("安装中", "info", "客户", ""),
        ("已退回", "warning", "客户", "12-01"),
        ("签发异常", "danger", "证书管理员", "今天"),
        ("已办结", "success", "—", ""),
    ]
    rows = []
    for number in range(12):
        text, tone, actor, due = states[number % len(states)]
        detail = _page("staff-order")
        rows.append(
            Row(
                [
                    Link(f"0120 2611 21{number:02d} 0017 2", detail),
                    [ORGANISATION, "深圳市样例能源科技有限公司"][number % 2],
                    "中广核 SM2 续期",
                    "未过期" if number % 3 else "已过期",
                    Badge(text, tone),  # type: ignore[arg-type]
                    actor,
                    due,
                    money([40_000, 20_000, 60_000][number % 3]),
                ],
                url=detail,
            )
        )
    return Table(
        columns=[
            Column("订单编号", "code"),
            Column("单位"),
            Column("业务"),
            Column("路径"),
            Column("状态"),
            Column("轮到谁"),
            Column("期限", "number"),
            Column("费用", "money"),
        ],
        rows=rows,
        caption="订单列表",
        hide_caption=True,
    )
