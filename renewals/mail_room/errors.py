"""Why a key or a parcel can't be moved now. Worded in mail_room/words.py."""

from portal.errors import GuardRefused, InvalidInput, NotFound


class ParcelNotFound(NotFound):
    """No parcel, or no key, of that name."""

    code = "parcels.not_found"


class NothingArrived(GuardRefused):
    """The item's key isn't in the hall: it never came, or it has left. Nothing leaves that did not arrive."""

    code = "parcels.nothing_arrived"


class HandMissingHere(GuardRefused):
    """The key is in other hands than this needs. params: key, hand (in words)."""

    code = "parcels.hand_missing"


class AlreadyHere(GuardRefused):
    """This item's key has arrived already; this is another one. params: medium_number."""

    code = "parcels.already_here"


class KeyIsAnother(GuardRefused):
    """The number on the key isn't the certificate's. params: read, wanted."""

    code = "parcels.key_is_another"


class KeyNotCompared(GuardRefused):
    """There is no number to compare: somebody has to look at the certificate in the key."""

    code = "parcels.key_not_compared"


class KeyIsBroken(GuardRefused):
    """A broken key can't be renewed: raise the mismatch, and 补办 is advised."""

    code = "parcels.key_is_broken"


class FormIsMissing(GuardRefused):
    """The pack wants the paper form in the parcel, and it isn't there."""

    code = "parcels.form_is_missing"


class KeyClaimed(GuardRefused):
    """This key belongs to an order already. params: number."""

    code = "parcels.key_claimed"


class NotAwaited(GuardRefused):
    """The order has no step that waits for this key."""

    code = "parcels.not_awaited"


class TrackingNumberTaken(GuardRefused):
    """Another outbound parcel carries that number. params: number."""

    code = "parcels.tracking_number_taken"


class PapersMissing(InvalidInput):
    """Handing over needs papers that weren't ticked (RULES D8)."""

    code = "parcels.papers_missing"


class WrongMethod(GuardRefused):
    """The pack neither mails nor hands over this way."""

    code = "parcels.wrong_method"


class ParcelNotOpen(GuardRefused):
    """The parcel was sent, or closed: nothing goes in or out any more."""

    code = "parcels.not_open"


class NoAddress(InvalidInput):
    """There is nowhere to send it."""

    code = "parcels.no_address"


class PaperOfOther(GuardRefused):
    """The scanned code isn't this order's paper of this version."""

    code = "parcels.paper_of_other"
