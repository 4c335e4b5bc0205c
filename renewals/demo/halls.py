"""The three demo halls and the platform's own."""

from typing import Any

from portal.tenants import tenant_tx
from portal.tenants.models import ServicePoint, Tenant

HALLS: dict[str, dict[str, Any]] = {
    "szca": {
        "name": "深圳CA网上营业厅（演示）",
        "short_name": "深圳CA",
        "branding": {"accent": "#0b5fa5", "logo_text": "深圳CA"},
        "hotline": "400-000-3838",
        "service_hours": "每天 8:30–21:00",
        "payee": {"name": "深圳测试电子认证有限公司", "bank": "测试银行深圳科技园支行", "account": "0000388800000001"},
        "mail_address": "广东省深圳市南山区示例大道 100 号 测试大厦 8 楼 证书业务部",
        "sms_signature": "深圳CA",
    },
    "sscc": {
        "name": "深证通证书业务大厅（演示）",
        "short_name": "深证通",
        "branding": {"accent": "#a3262a", "logo_text": "深证通"},
        "hotline": "400-000-8312",
        "service_hours": "工作日 8:30–17:30",
        "payee": {"name": "深圳测试证券通信有限公司", "bank": "测试银行深圳福田支行", "account": "0000831200000001"},
        "mail_address": "广东省深圳市福田区示例路 28 号 测试中心 证书室",
        "sms_signature": "深证通",
    },
    "netca": {
        "name": "网证通网上营业厅（演示）",
        "short_name": "网证通",
        "branding": {"accent": "#0d7a5f", "logo_text": "网证通"},
        "hotline": "400-000-2020",
        "service_hours": "工作日 9:00–18:00",
        "payee": {
            "name": "广东测试电子商务认证有限公司",
            "bank": "测试银行广州天河支行",
            "account": "0000202000000001",
        },
        "mail_address": "广东省广州市天河区示例街 66 号 测试广场 12 楼 客户服务部",
        "sms_signature": "网证通",
    },
}
PLATFORM = {
    "name": "证书网厅平台（演示）",
    "short_name": "平台",
    "branding": {"accent": "#374151", "logo_text": "证书网厅"},
    "hotline": "400-000-0000",
    "service_hours": "工作日 9:00–18:00",
    "is_platform": True,
}
SERVICE_POINTS = {
    "szca": [
        ("南山服务点", "深圳市南山区示例大道 100 号 测试大厦 1 楼", "工作日 9:00–12:00，13:30–17:30"),
        ("福田服务点", "深圳市福田区示例一路 9 号 政务服务中心 3 楼 12 号窗口", "工作日 9:00–17:00"),
        ("龙岗服务点", "深圳市龙岗区示例二路 18 号 1 楼", "工作日 9:00–12:00，14:00–17:30"),
    ],
    "sscc": [("证书室", "深圳市福田区示例路 28 号 测试中心 5 楼", "工作日 9:00–11:30，13:30–17:00")],
    "netca": [
        ("天河营业厅", "广州市天河区示例街 66 号 测试广场 12 楼", "工作日 9:00–18:00"),
        ("佛山服务点", "佛山市禅城区示例大道 3 号", "工作日 9:00–12:00，14:00–17:00"),
    ],
}


def load() -> dict[str, Tenant]:
    """Slug → tenant; makes what is missing and changes nothing that is there."""
    Tenant.objects.get_or_create(slug="platform", defaults=PLATFORM)
    halls = {slug: Tenant.objects.get_or_create(slug=slug, defaults=details)[0] for slug, details in HALLS.items()}
    for slug, points in SERVICE_POINTS.items():
        with tenant_tx(halls[slug], write=True):
            for name, address, hours in points:
                ServicePoint.objects.get_or_create(name=name, defaults={"address": address, "hours": hours})
    return halls
