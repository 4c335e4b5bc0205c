"""A sixth, invented programme that lives here alone, as YAML, goes to the end with no code of its own (DESIGN §1)."""

import json
from pathlib import Path

import pytest

from payments.fees import total
from renewals.programmes import PACKS, NotEligible, choose_path, load_pack, shipped_packs
from renewals.programmes.schema import Asked
from tests.renewals.programmes.example import facts
from tests.renewals.programmes.test_szca_cgn_sm2 import TODAY
from tests.renewals.test_walk_command import walk
from tests.structure.source import APPS, files, text

FILE = Path(__file__).parent / "programmes" / "sixth.yaml"
SIXTH = load_pack(FILE)


def test_it_is_nobody_else_s() -> None:
    assert SIXTH.key not in {pack.key for pack in shipped_packs()}
    assert FILE.parent != PACKS
    assert [path for path in files(under=APPS) if SIXTH.slug in text(path)] == []


def test_no_shipped_path_has_its_steps_in_that_order() -> None:
    """Otherwise it would prove nothing."""
    known = {tuple(step.kind for step in path.steps) for pack in shipped_packs() for path in pack.paths}
    assert known.isdisjoint(tuple(step.kind for step in path.steps) for path in SIXTH.paths)


def test_its_own_window_price_and_sentences() -> None:
    mine = {"key_model": "水务盾 W1", "medium_number": "6600000042"}
    early = choose_path(SIXTH, facts(days_left=46, **mine))
    assert isinstance(early, NotEligible)
    assert early.reason == "还早，请从 2026 年 11 月 22 日起再来。"
    assert total(SIXTH.quote([Asked("token_model_change", remaining_days=200)], TODAY)) == 4_000  # 73 × 200 / 365


@pytest.mark.timeout(240)
def test_it_walks_to_the_end(tmp_path: Path) -> None:
    done = walk(str(FILE), "--path", "exchange", "--json", "--keep", str(tmp_path))
    assert done.returncode == 0, done.stderr[-2000:]
    *strides, summary = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert summary["completed"] is True
    took = [stride["step"].split(".")[0] for stride in strides if "." in stride["step"]]
    asked = list(dict.fromkeys(took))
    assert asked.index("key_proof") < asked.index("notice") < asked.index("application") < asked.index("payment")
    assert asked.index("mail_in") < asked.index("review") < asked.index("production") < asked.index("delivery")
    assert {"request-form.pdf", "signing.pem"} <= {file.name for file in tmp_path.iterdir()}
