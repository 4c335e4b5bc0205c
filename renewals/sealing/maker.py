"""The seal maker (制章者) as it looks from here: one Protocol. The built-in one: dev_maker.py."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from renewals.sealing.seal_data import Picture, SealKind


@dataclass(frozen=True, slots=True)
class SealOrder:
    """``request_id`` names one wish: asked again with it, the maker gives the same seal. ``algorithm``: of the seal's
    signature, the certificate's own. ``certificate_der``: the signing certificate that it is bound to."""

    request_id: str
    name: str
    kind: SealKind
    certificate_der: bytes
    algorithm: Literal["SM2", "RSA"]
    picture: Picture
    valid_from: datetime
    valid_until: datetime


class SealMaker(Protocol):
    """Every call may raise SealMakerUnavailable (ask again later) or SealRefused (don't)."""

    def make(self, order: SealOrder) -> bytes:
        """SESeal in DER. Idempotent by request id and what is wanted."""
        ...

    def trust(self, algorithm: Literal["SM2", "RSA"]) -> tuple[bytes, ...]:
        """The authorities that the maker's certificate comes from: issuing one first, root last, DER."""
        ...
