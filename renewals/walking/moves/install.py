"""The customer's bridge brings the new certificate onto the key (RULES A7-A9, C10)."""

from renewals.demo.certificates import PIN
from renewals.walking.moves import files
from renewals.walking.turns import Turn
from renewals.walking.walk import Walk


def install(walk: Walk, turn: Turn) -> None:
    if turn.config.into == "file":
        files.renew(walk, turn)
        return
    walk.show_code(turn.order)
    walk.install(turn.order, PIN)
