"""A certificate's facts and a small pack for tests; the pack is text so that lines can be counted."""

import datetime
from typing import Any

from renewals.programmes import Algorithm, CaStatus, Facts, HolderKind, RulePack, Storage, parse_pack, shipped_packs

CGN: RulePack = next(pack for pack in shipped_packs() if pack.key == "szca/cgn-sm2")


def facts(**changes: Any) -> Facts:
    """A renewable certificate of programme C on 21 November 2026."""
    known: dict[str, Any] = {
        "on": datetime.date(2026, 11, 21),
        "days_left": 30,
        "certificate_number": "5A0000000000000000000042",
        "medium_number": "3888000000000042",
        "key_model": "demo-key",
        "algorithm": Algorithm.SM2,
        "storage": Storage.HARDWARE,
        "holder_kind": HolderKind.ORGANISATION,
        "ca_status": CaStatus.VALID,
        "has_seal": False,
    }
    return Facts(**known | changes)


# Line 1 is the line after the quotes.
SMALL = """\
schema_version: 1
tenant: demo
slug: small
version: 1
title: 演示业务
service: 证书续期
description: 演示用的最小规则包
business: renewal
order_kind: "09"
texts:
  - name: agreement
    title: 《电子认证服务协议》
    version: "1"
    ticked: together
    body: 这是一份演示用的协议，只用来检查规则包的写法。订户阅读并同意本协议以后才能办理业务。
terms:
  - {years: 1, title: 1 年}
tariff:
  - {code: service, name: 服务费, price_fen: 100, unit: 元/年, quantity: term_years}
holder_kinds:
  - {name: organisation, title: 机构}
id_kinds:
  - {name: id_card, title: 居民身份证}
invoice_kinds: []
invoice_at: payment
renewal_window: {opens_days_before: 90, too_early: 还没到可以续期的时间。}
next_certificate: {starts: any_time, otherwise: 请先办完上一张。}
clocks: {draft_expires: 20, draft_warning: 3, payment_expires: 10}
cancellation: {after_payment: refund, after_issuance: administrator_revokes_finance_decides}
eligibility: []
paths:
  - name: only
    title: 唯一的路径
    validity_start: issue
    revoke_old: on_verified
    encryption_key: keep
    stages: [{title: 全部, steps: [consent]}]
    steps:
      - {kind: consent, name: consent, title: 同意协议, texts: [agreement]}
      - kind: application
        name: application
        title: 填写申请
        opens_when: [{step: consent, state: done}]
        fields: [term_years]
      - kind: payment
        name: payment
        title: 缴费
        opens_when: [{step: application, state: done}]
        channels: [wechat]
      - kind: issuance
        name: issuance
        title: 更新证书
        opens_when: [{step: application, state: done}, {step: payment, state: done}]
        vouched_by: old_key
        renewal_code_days: 90
otherwise:
  - say: 暂不能办理。
"""


def small(old: str = "", new: str = "") -> RulePack:
    """The small pack, with one change (which must change something)."""
    assert not old or SMALL.count(old) == 1, old
    return parse_pack(SMALL.replace(old, new) if old else SMALL, file="small.yaml")
