"""参考码 and 授权码: printed in the password envelope, typed in to fetch a file certificate. RULES B6, B7. Pure.

Letters and digits without look-alikes, as renewal codes have them. How much may be typed is the manual's limit, which
forms hold; how much we make is less. Kept only as hashes of what `canonical_download_code` gives.
"""

import secrets
from typing import Final

from renewals.validation.problems import tidy
from renewals.validation.renewal_code import ALPHABET

REFERENCE_MOST: Final = 22  # characters that may be typed (RULES B6)
AUTHORIZATION_MOST: Final = 16
_REFERENCE_LENGTH, _AUTHORIZATION_LENGTH = 16, 12  # of those that we make: 72 and 54 bits
_MEANT = str.maketrans("ZSGB", "2568")


def new_reference_number() -> str:
    """Sixteen characters; without hyphens, so that nobody wonders whether they count among the 22."""
    return _random(_REFERENCE_LENGTH)


def new_authorization_code() -> str:
    """Twelve characters."""
    return _random(_AUTHORIZATION_LENGTH)


def canonical_download_code(text: str) -> str:
    """What was typed, as it is hashed: any case, with or without spaces and hyphens."""
    return tidy(text).translate(_MEANT)


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
