"""Versions are immutable: canonical JSON, digest, upgraders; every shipped version stays here. DESIGN §1."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from portal.gm.sm3 import sm3
from renewals.programmes import (
    SCHEMA_VERSION,
    RulePack,
    RulePackInvalid,
    canonical_json,
    digest,
    from_canonical,
    parse_pack,
    shipped_packs,
    upgrade,
)
from tests.renewals.programmes.example import SMALL, small

SHIPPED = Path(__file__).parent / "shipped"


@pytest.mark.parametrize("pack", shipped_packs(), ids=lambda pack: pack.slug)
def test_a_shipped_version_never_changes(pack: RulePack) -> None:
    """Changed a pack? Raise its ``version`` and add the new file beside the old one."""
    kept = SHIPPED / f"{pack.tenant}-{pack.slug}-v{pack.version}.json"
    assert canonical_json(pack).decode() + "\n" == kept.read_text("utf-8")


@pytest.mark.parametrize("kept", sorted(SHIPPED.glob("*.json")), ids=lambda kept: kept.stem)
def test_every_shipped_version_still_loads(kept: Path) -> None:
    pack = from_canonical(kept.read_bytes())
    assert f"{pack.tenant}-{pack.slug}-v{pack.version}" == kept.stem


def test_the_digest_is_sm3_over_the_canonical_bytes() -> None:
    pack = small()
    assert digest(pack) == hashlib.new("sm3", canonical_json(pack)).hexdigest()
    assert len(digest(pack)) == 64


def test_comments_order_and_layout_change_nothing() -> None:
    head, rest = SMALL.split("tenant: demo\n")
    moved = "# 说明\n" + head + rest + "tenant: demo\n"
    assert canonical_json(parse_pack(moved)) == canonical_json(small())


def test_any_word_changes_the_digest() -> None:
    assert digest(small("title: 演示业务", "title: 演示业务二")) != digest(small())


def test_sorted_utf8_without_spaces_or_fractions() -> None:
    text = canonical_json(small()).decode()
    assert text.startswith('{"business":"renewal","cancellation":{"after_issuance":')
    assert "演示业务" in text
    document = json.loads(text, parse_float=lambda number: pytest.fail(f"a fraction: {number}"))
    assert text == json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def test_it_comes_back_the_same() -> None:
    for pack in (small(), *shipped_packs()):
        assert from_canonical(canonical_json(pack)) == pack


def test_a_stored_document_that_is_wrong_is_refused_with_its_place() -> None:
    document = json.loads(canonical_json(small()))
    document["paths"][0]["steps"][2]["channels"] = ["cash"]
    with pytest.raises(RulePackInvalid) as refused:
        from_canonical(json.dumps(document))
    (problem,) = refused.value.problems
    assert problem.file == "paths.0.steps.2.payment.channels.0"
    assert problem.message == "channels：只能是 wechat、alipay、unionpay、bank_transfer"


class TestUpgrade:
    @staticmethod
    def _older(document: dict[str, Any]) -> dict[str, Any]:
        return document | {"schema_version": 1, "title": document.pop("name")}

    def test_step_by_step_to_today(self) -> None:
        upgraders = {0: self._older, -1: lambda document: document | {"schema_version": 0}}
        old = {"schema_version": -1, "name": "旧版"}
        assert upgrade(old, upgraders=upgraders, to=1) == {"schema_version": 1, "title": "旧版"}
        assert old == {"schema_version": -1, "name": "旧版"}  # pure

    def test_today_s_version_stays(self) -> None:
        assert upgrade({"schema_version": SCHEMA_VERSION}) == {"schema_version": SCHEMA_VERSION}

    @pytest.mark.parametrize("version", [0, SCHEMA_VERSION + 1, "1", None])
    def test_an_unknown_version_is_refused(self, version: object) -> None:
        with pytest.raises(RulePackInvalid):
            upgrade({"schema_version": version})


def test_hashlib_and_our_own_sm3_agree() -> None:
    assert hashlib.new("sm3", b"abc").digest() == sm3(b"abc")
