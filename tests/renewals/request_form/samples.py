"""An order's form with invented people, and its QR code."""

import datetime
from dataclasses import replace
from typing import Any

from renewals.request_form import qr
from renewals.request_form.data import (
    CertificateLine,
    Collection,
    ContactLine,
    FeeLine,
    FormData,
    Hall,
    Holder,
    Invoice,
    Posting,
    Representative,
    digest,
)

KEYS = {"K7QD": bytes(range(32))}
TENANT = "7"

FORM = FormData(
    order_number="20202611210000017",
    form_version=3,
    title="过期证书续期申请表",
    programme_title="中广核项目数字证书（SM2）续期",
    hall=Hall(
        name="深圳市测试电子商务安全证书管理有限公司",
        hotline="400-000-0001",
        service_hours="工作日 9:00–17:30",
        address="深圳市测试区示例路 1 号示例大厦 8 层",
    ),
    holder=Holder(name="深圳市测试精密制造有限公司", code="91440300MA5TEST00X", legal_representative="欧阳测试"),
    representative=Representative(
        name="张示例",
        id_kind="居民身份证",
        id_number="110101199003070011",
        mobile="19900000001",
        email="zhang.shili@example.cn",
    ),
    certificates=(
        CertificateLine(
            serial="4E5F00112233445566778899AABBCCDD",
            subject="CN=深圳市测试精密制造有限公司,OU=中广核项目,O=深圳市测试精密制造有限公司,L=深圳市,ST=广东省,C=CN",
            medium_number="38880000000001",
            not_before=datetime.date(2024, 9, 1),
            not_after=datetime.date(2026, 9, 1),
        ),
    ),
    term="2 年",
    fees=(FeeLine("数字证书服务费", 20000, "元/年", 2, 40000),),
    prepared_on=datetime.date(2026, 11, 21),
    invoice=Invoice("增值税电子普通发票", "深圳市测试精密制造有限公司", "91440300MA5TEST00X"),
    papers=("营业执照复印件（加盖公章）",),
)


def named(name: str) -> FormData:
    """The form of a representative of this name."""
    return replace(FORM, representative=replace(FORM.representative, name=name))


def with_certificates(count: int) -> FormData:
    line = FORM.certificates[0]
    return replace(FORM, certificates=tuple(replace(line, serial=f"4E5F{number:028X}") for number in range(count)))


def payload_of(form: FormData, **changed: Any) -> qr.Payload:
    values: dict[str, Any] = {
        "tenant": TENANT,
        "order_number": form.order_number,
        "paper": qr.Paper.REQUEST_FORM,
        "form_version": form.form_version,
        "digest": digest(form),
        "key_id": "K7QD",
        "key": KEYS["K7QD"],
    }
    return qr.sign(**values | changed)


def business_form(count: int = 3) -> FormData:
    """《证书业务信息表》: several keys behind gateways, posted with the form (RULES A14, A16)."""
    line = replace(FORM.certificates[0], kind="网关", key_model="ePass3000GM", gateway_type="结算通信网关")
    lines = tuple(
        replace(
            line,
            serial=f"4E5F{number:028X}",
            number=f"JSB{number:04d}@1",
            medium_number=f"EP3000GM{number:06d}",
            gateway_code=f"H{number:05d}",
            gateway_state="开通",
        )
        for number in range(1, count + 1)
    )
    return replace(
        FORM,
        title="证书业务信息表",
        programme_title="ePass3000GM 数字证书业务",
        holder=Holder(name="深圳市测试证券股份有限公司", code="91440300MA5DEM0118", legal_representative=""),
        representative=Representative("张示例", "", "", "19900000001", "zhang.shili@example.cn"),
        certificates=lines,
        term="5 年",
        fees=(),
        invoice=None,
        papers=(),
        business="更新",
        contacts=(
            ContactLine("李示例", "19900000002", "0755-83990000", "li@example.cn", "业务联系人"),
            ContactLine("王示例", "19900000003", "", "wang@example.cn", "技术联系人"),
        ),
        posting=Posting(
            "深证通证书业务大厅（演示）",
            "广东省深圳市福田区示例路 28 号 测试中心 证书室",
            "400-000-8312",
            resets_pin=True,
        ),
        collection=Collection("邮寄", "深圳市福田区测试路 1 号 801"),
        remark="三个网关在同一机房。",
        scanned=False,
        notes=("每个 Ekey 请贴上标签写明证书号。",),
    )
