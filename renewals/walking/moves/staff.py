"""What reviewers do."""

from renewals.walking.turns import Turn
from renewals.walking.walk import Walk


def approve(walk: Walk, turn: Turn) -> None:
    walk.approve(turn.order)
