"""Earlier encryption keys on a new medium: how many there will be, and how they are stored (RULES P8)."""

from collections.abc import Iterable
from typing import Final

from renewals.issuing.requests import join_chain, parse, split_chain
from renewals.issuing.subjects import model_of, replaced_by
from renewals.models import Certificate, Issuance, OrderItem, ProductionTask

MOST: Final = 16  # of one call to the bridge (cert.importHistory)


def is_restored(item: OrderItem) -> bool:
    """Whether the CA is asked for them: what is made at the hall on a medium that never held them."""
    new_medium = ProductionTask.objects.filter(item=item, makes=ProductionTask.Makes.NEW_MEDIUM).exists()
    return new_medium and replaced_by(item) is not None


def expected(item: OrderItem, *, kept: bool) -> int:
    """How many there will be, as far as the registry knows: that many containers more must be free on the medium.

    ``kept``: the newest of them goes on as the new certificate's own.
    """
    if not is_restored(item):
        return 0
    algorithm, found = parse(bytes(model_of(item).signing_der)).algorithm, set[bytes]()
    one: Certificate | None = model_of(item)
    while one is not None:
        encryption = parse(bytes(one.encryption_der)) if one.encryption_der else None
        if encryption is not None and encryption.algorithm == algorithm:
            found.add(encryption.spki_der)
        one = one.predecessor
    return min(MOST, max(0, len(found) - kept))


def join(keys: Iterable[tuple[bytes, bytes]]) -> bytes | None:
    """Certificate and enveloped key of each, DER, the newest first; None for none. ``history_of`` undoes it."""
    return join_chain(tuple(part for key in keys for part in key)) or None


def history_of(issuance: Issuance) -> list[tuple[bytes, bytes]]:
    """(encryption certificate, its key sealed to the new signing key), DER, the newest first."""
    parts = split_chain(bytes(issuance.history or b""))
    return list(zip(parts[::2], parts[1::2], strict=True))
