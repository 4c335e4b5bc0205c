"""A reviewer's marks, kept beside the order: over a lapse, a takeover, a decision that was refused (DESIGN §3)."""

from collections.abc import Mapping
from typing import Final

from portal.accounts.actor import Actor
from portal.jobs.guards import personal_data_in
from renewals.models import ReviewDraft, ReviewTurn
from renewals.reviewing import leases

Mark = Mapping[str, str]
VERDICTS: Final = ("accept", "return", "reject")
LONGEST: Final = {"verdict": 8, "file": 32, "reason": 64, "words": 200}
ORDER: Final = "order"  # the subject of a rejection


def save(turn: ReviewTurn, marks: Mapping[str, Mark], *, by: Actor) -> ReviewDraft:
    """Keep these marks instead of the last ones. Whoever holds the lease, which this renews. In a write tenant_tx.

    Words with somebody's number in them aren't kept: the page keeps them until they are mended.
    """
    leases.renew(turn, by=by)
    kept = {subject: _kept(mark) for subject, mark in marks.items()}
    assert by.user_id is not None  # noqa: S101  (the lease is theirs)
    draft, _made = ReviewDraft.objects.update_or_create(order=turn.order, defaults={"marks": kept, "by_id": by.user_id})
    return draft


def _kept(mark: Mark) -> dict[str, str]:
    kept = {name: mark.get(name, "")[:longest] for name, longest in LONGEST.items()}
    if personal_data_in(kept["words"]) is not None:
        kept["words"] = ""
    return kept
