"""What can be wrong with a form or its scan. Worded in words.py."""

from portal.errors import GuardRefused, InvalidInput, PortalError


class GlyphMissing(InvalidInput):
    """No font of the chain has this character: a form with a box in a name is worth nothing.

    ``fields`` is empty: the caller knows which answers it put into the form and may name them.
    """

    code = "request_form.glyph_missing"

    def __init__(self, characters: str) -> None:
        self.characters = characters
        shown = "、".join(f"“{character}”（U+{ord(character):04X}）" for character in characters)
        super().__init__({}, characters=shown)


class FontsUnavailable(PortalError):
    """The system's fonts aren't installed, or the library that cuts subsets isn't."""

    code = "request_form.fonts_unavailable"


class RenderingRefused(PortalError):
    """The template asked for something that isn't packaged with it."""

    code = "request_form.rendering_refused"


class ScanRefused(GuardRefused):
    """The scan's QR code doesn't belong to the paper that is wanted."""

    code = "request_form.scan_refused"


class ScanOfOtherOrder(ScanRefused):
    """``printed``: the order number in the scan. Whose order that is isn't said."""

    code = "request_form.scan_of_other_order"


class ScanOfOtherPaper(ScanRefused):
    """Another of this order's papers."""

    code = "request_form.scan_of_other_paper"


class ScanOfOtherVersion(ScanRefused):
    """``printed`` and ``wanted``: form versions."""

    code = "request_form.scan_of_other_version"


class ScanNotOurs(ScanRefused):
    """The MAC is wrong: another tenant's, or made up."""

    code = "request_form.scan_not_ours"


class ScanKeyUnknown(ScanRefused):
    """Made under a key that this hall doesn't have (any more): a person must look."""

    code = "request_form.scan_key_unknown"
