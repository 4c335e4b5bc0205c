"""Which page images staff may look at, by their part in an order; never the customer's own bytes."""

from portal.accounts import policy
from portal.accounts.actor import Actor
from portal.files.models import StoredFile
from renewals.steps.papers import PURPOSE
from renewals.steps.seal import PAPER as IMPRESSION


def reviewers(actor: Actor, file: StoredFile) -> bool:
    """Papers of this hall's orders; ID photographs and vouchers have guards of their own."""
    return file.purpose.startswith(PURPOSE) and policy.allows(actor, "review.view")


def seal_writers(actor: Actor, file: StoredFile) -> bool:
    """The impression of a seal, for whoever makes sure that it is the holder's (RULES P7)."""
    return file.purpose == PURPOSE + IMPRESSION and policy.allows(actor, "seals.write")


PHOTO = "parcels.photo"  # a key as it arrived (RULES P15)


def mail_room(actor: Actor, file: StoredFile) -> bool:
    """Photographs of keys, for everybody who sees parcels."""
    return file.purpose == PHOTO and policy.allows(actor, "parcels.view")
