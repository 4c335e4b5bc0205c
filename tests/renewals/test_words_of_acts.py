"""The timeline has words for everything that can be done to an order of a shipped pack."""

import pytest

from renewals.programmes import RulePack, shipped_packs
from renewals.steps import KINDS, ORDER_ACTIONS
from renewals.words_of_acts import ACTS


def said(what: str) -> bool:
    """By itself, or by every outcome that it can have."""
    return what in ACTS or any(known.startswith(f"{what}.") for known in ACTS)


@pytest.mark.parametrize("pack", list(shipped_packs()), ids=lambda pack: pack.key)
def test_every_action_of_every_step_has_words(pack: RulePack) -> None:
    silent = {
        f"{step.name}.{action}"
        for path in pack.paths
        for step in path.steps
        for action in KINDS[step.kind].actions
        if not said(f"{step.name}.{action}")
    }
    assert silent == set()


def test_every_action_of_the_order_has_words() -> None:
    assert {action for action in ORDER_ACTIONS if not said(action)} == set()


@pytest.mark.parametrize("operation", ["revoke_new", "issuance.reissue_code"])
def test_asking_and_confirming_are_told_apart(operation: str) -> None:
    """RULES P20."""
    assert str(ACTS[f"{operation}.asked"]) != str(ACTS[f"{operation}.confirmed"])
