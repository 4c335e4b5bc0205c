"""What the phone's pages refuse, and what is wrong with a photograph. Pure.

GuardRefused
└── PhoneRefused
    ├── LinkUnknown        nobody was given this link (or it was mistyped)
    ├── LinkExpired        not opened in time
    ├── LinkEnded          a newer link took its place, the application changed, or identity is settled
    ├── LinkUsed           another phone has opened it already
    ├── PhotosMissing      both sides of the ID come first
    ├── TriesSpent         no online try is left: staff check (RULES P4)
    └── LivenessUnavailable  the service doesn't answer; no try was used
FileRefused
├── PhotoTooSmall          fewer pixels than a reader needs
├── PhotoUpright           taken upright: the card lies across
└── PhotoTwice             both sides are one and the same picture
"""

from portal.errors import GuardRefused
from portal.files.errors import FileRefused

LONG_SIDE = 900  # pixels: the card's small print is legible from there
SHORT_SIDE = 560


class PhoneRefused(GuardRefused):
    code = "identity.phone_refused"


class LinkUnknown(PhoneRefused):
    code = "identity.link_unknown"
    status = 404


class LinkExpired(PhoneRefused):
    code = "identity.link_expired"
    status = 410


class LinkEnded(PhoneRefused):
    code = "identity.link_ended"
    status = 410


class LinkUsed(PhoneRefused):
    code = "identity.link_used"


class PhotosMissing(PhoneRefused):
    code = "identity.photos_missing"


class TriesSpent(PhoneRefused):
    code = "identity.tries_spent"


class LivenessUnavailable(PhoneRefused):
    code = "identity.liveness_unavailable"
    status = 503


class PhotoTooSmall(FileRefused):
    """params: width, height (pixels)."""

    code = "identity.photo_too_small"


class PhotoUpright(FileRefused):
    code = "identity.photo_upright"


class PhotoTwice(FileRefused):
    code = "identity.photo_twice"


def check_photo(width: int, height: int) -> None:
    """What a machine can say of an ID's photograph without reading it. Raises PhotoUpright, PhotoTooSmall."""
    if width < height:
        raise PhotoUpright
    if width < LONG_SIDE or height < SHORT_SIDE:
        raise PhotoTooSmall(width=width, height=height)
