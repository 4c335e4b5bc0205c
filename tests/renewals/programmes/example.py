"""A certificate's facts and a small pack for tests; the pack is text so that lines can be counted."""

import datetime
from typing import Any

from renewals.programmes import (
    Algorithm,
    CaStatus,
    Facts,
    HolderKind,
    NotEligible,
    RulePack,
    Storage,
    choose_path,
    parse_pack,
    shipped_packs,
)


def shipped(key: str) -> RulePack:
    return next(pack for pack in shipped_packs() if pack.key == key)


CGN = shipped("szca/cgn-sm2")
EPASS3000GM = shipped("sscc/epass3000gm")
EPASS3003 = shipped("sscc/epass3003")
JSJ = shipped("szca/jsj-rsa-upgrade")
NETCA = shipped("netca/client-renewal")


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


def gm_facts(**changes: Any) -> Facts:
    """Of programme A."""
    return facts(**{"key_model": "ePass3000GM", "certificate_number": "JSB0101@1", "medium_number": ""} | changes)


def rsa_facts(**changes: Any) -> Facts:
    """Of programme B, hardware."""
    of_b = {"key_model": "ePass3003", "algorithm": Algorithm.RSA, "certificate_number": "K00201@1"}
    return facts(**of_b | {"medium_number": ""} | changes)


def file_facts(**changes: Any) -> Facts:
    """Of programme B, a file certificate."""
    of_file = {"storage": Storage.FILE, "key_model": "", "certificate_number": "K00211#0"}
    return rsa_facts(**of_file | changes)


def tender_facts(**changes: Any) -> Facts:
    """Of programme D."""
    of_d = {"key_model": "诚信飞天3003", "algorithm": Algorithm.RSA, "days_left": 450, "medium_number": "FT3003000001"}
    return facts(**of_d | changes)


def chosen(pack: RulePack, facts: Facts, business: str = "renewal") -> tuple[str, ...] | str:
    """The open paths, the recommended one first; or the sentence why there is none."""
    choice = choose_path(pack, facts, business)
    return choice.reason if isinstance(choice, NotEligible) else choice.open


def kinds(pack: RulePack, path: str) -> list[str]:
    return [step.kind for step in pack.path(path).steps]


def gates(pack: RulePack, path: str) -> dict[str, dict[str, str]]:
    """Step → the steps that it waits for → in which state."""
    return {step.name: {gate.step: gate.state for gate in step.opens_when} for step in pack.path(path).steps}


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
