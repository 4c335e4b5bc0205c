"""How a first PIN travels from the desk's bridge to the hall: sealed, for this medium and this txn alone. Pure.

    sealed = SM2 encryption (C1C3C2, DER) to the hall's key for this one PIN, of

        "UKEYPIN1\\0" ‖ SM3(keySerial) ‖ SM3(txn) ‖ PIN (ASCII)

The bridge makes the PIN itself, so it stands in no page and no message (RULES D9, Across 5; docs/bridge.md, pin.issue).
"""

import hmac
import itertools
import secrets
from typing import Final

from portal.gm import GmError, SM2PrivateKey, SM2PublicKey
from portal.gm.sm3 import sm3

PIN_PREFIX: Final = b"UKEYPIN1\0"
PIN_DIGITS: Final = 8  # of a first PIN, where the pack says nothing else
_ALIKE: Final = 3  # equal or consecutive digits in a row that a first PIN doesn't have


class SealedPinInvalid(ValueError):
    """It doesn't open, or was made for another medium or another txn. Says nothing of what is inside."""


def new_pin(digits: int = PIN_DIGITS) -> str:
    """Digits at random, without runs that everybody would try first (111, 123)."""
    while True:
        pin = "".join(secrets.choice("0123456789") for _ in range(digits))
        if not any(_is_run(pin[at : at + _ALIKE]) for at in range(digits - _ALIKE + 1)):
            return pin


def seal_pin(recipient: bytes, *, key_serial: str, txn: str, pin: str) -> bytes:
    """``recipient``: SubjectPublicKeyInfo of an SM2 key. GmError when it is none."""
    return SM2PublicKey.from_spki_der(recipient).encrypt(_context(key_serial, txn) + pin.encode("ascii"))


def open_pin(private_key: SM2PrivateKey, sealed: bytes, *, key_serial: str, txn: str) -> str:
    """The PIN. SealedPinInvalid."""
    try:
        plain = private_key.decrypt(sealed)
    except (GmError, ValueError):
        raise SealedPinInvalid from None
    context = _context(key_serial, txn)
    pin = plain[len(context) :]
    if not hmac.compare_digest(plain[: len(context)], context) or not pin.isdigit():
        raise SealedPinInvalid
    return pin.decode("ascii")


def _context(key_serial: str, txn: str) -> bytes:
    return PIN_PREFIX + sm3(key_serial.encode()) + sm3(txn.encode())


def _is_run(part: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in itertools.pairwise(part)}
    return steps in ({0}, {1}, {-1})
