"""Which page images a reviewer may look at; never the customer's own bytes (portal/files/access.py)."""

from payments.transfers import EXPLANATION, VOUCHER
from portal.accounts import policy
from portal.accounts.actor import Actor
from portal.files.models import StoredFile
from renewals.steps.papers import PURPOSE


def reviewers(actor: Actor, file: StoredFile) -> bool:
    """Papers and vouchers of orders and charges of this hall; ID photographs have a guard of their own."""
    if not policy.allows(actor, "review.view"):
        return False
    return file.purpose.startswith(PURPOSE) or file.purpose in {VOUCHER, EXPLANATION}
