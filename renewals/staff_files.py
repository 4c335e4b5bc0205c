"""Which page images a reviewer may look at; never the customer's own bytes (portal/files/access.py)."""

from portal.accounts import policy
from portal.accounts.actor import Actor
from portal.files.models import StoredFile
from renewals.steps.papers import PURPOSE


def reviewers(actor: Actor, file: StoredFile) -> bool:
    """Papers of this hall's orders; ID photographs and vouchers have guards of their own."""
    return file.purpose.startswith(PURPOSE) and policy.allows(actor, "review.view")
