"""The shipped pack with something changed, as its next version."""

import json
from collections.abc import Callable
from typing import Any

from django.db.models import Max

from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from renewals.models import ProgrammeVersion
from renewals.programmes import RulePack, canonical_json, from_canonical, shipped_packs
from renewals.publishing import publish


def shipped(key: str = "szca/cgn-sm2") -> RulePack:
    return next(pack for pack in shipped_packs() if pack.key == key)


def publish_changed(tenant: Tenant, change: Callable[[dict[str, Any]], None], *, version: int = 90) -> RulePack:
    """Publish the pack after ``change`` has worked on its plain document; from now on it is the current one.

    ``version``: at least; above whatever was published before, so that scenes may follow each other in any order.
    """
    document = json.loads(canonical_json(shipped()))
    change(document)
    with tenant_tx(tenant, write=True):
        newest = ProgrammeVersion.objects.filter(slug=document["slug"]).aggregate(newest=Max("version"))["newest"] or 0
        pack = from_canonical(json.dumps(document | {"version": max(version, newest + 1)}, ensure_ascii=False))
        publish(pack)
    return pack


def with_key_proof(document: dict[str, Any]) -> None:
    """The key proves itself before the application is written."""
    for path in document["paths"]:
        if path["name"] == "unblock":  # has nothing to prove
            continue
        proof = {"kind": "key_proof", "name": "key_proof", "title": "验证 Ekey"}
        path["steps"].insert(1, proof | {"opens_when": [{"step": "consent", "state": "done"}]})
        path["steps"][2]["opens_when"] = [{"step": "key_proof", "state": "done"}]


def with_two_paths(document: dict[str, Any]) -> None:
    """A path of its own for the last ten days; the other one is for earlier."""
    early = document["paths"][0]
    late = json.loads(json.dumps(early)) | {"name": "last_days", "title": "即将过期"}
    early["when"] = [{"field": "days_left", "operator": "at_least", "value": 11}]
    late["when"] = [{"field": "days_left", "operator": "at_least", "value": 0}]
    document["paths"] = [early, late]


def with_dearer_tariff(document: dict[str, Any]) -> None:
    document["tariff"][0]["price_fen"] = 30_000


def free(document: dict[str, Any]) -> None:
    document["tariff"][0]["price_fen"] = 0
