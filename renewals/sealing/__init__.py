"""Electronic seals: the data that a key carries (GB/T 38540), who makes it, what proves that it works. RULES P7.

Pure but for the tenant's maker (renewals/seal_maker_of_tenant.py): knows no Django, no table, no clock.
"""

from renewals.sealing.errors import SealError, SealInvalid, SealMakerUnavailable, SealRefused
from renewals.sealing.maker import SealMaker, SealOrder
from renewals.sealing.seal_data import Picture, Seal, SealKind, make, read, verify

__all__ = [
    "Picture",
    "Seal",
    "SealError",
    "SealInvalid",
    "SealKind",
    "SealMaker",
    "SealMakerUnavailable",
    "SealOrder",
    "SealRefused",
    "make",
    "read",
    "verify",
]
