"""``Sealed``: a personal value as it stands on a model instance. Shows its mask, whatever is done to it."""

import logging
from dataclasses import dataclass
from typing import NoReturn

from portal.vault import masks
from portal.vault.cipher import Version, aad, decrypt, unpack
from portal.vault.errors import SealedValueBroken

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value is stored: it opens only there."""

    tenant_id: int
    table: str
    public_id: str
    field: str

    @property
    def aad(self) -> bytes:
        return aad(self.tenant_id, self.table, self.public_id, self.field)


class Sealed:
    """Either stored (bytes and their place) or fresh (a text that waits for ``save()``).

    ``str()`` is the mask; ``repr()`` not even that. Can't be pickled, compared, or turned into JSON.
    ``vault.reveal`` opens it.
    """

    __slots__ = ("_fresh", "_mask_kind", "_place", "_raw")
    prints_as_mask = True  # audit.canonical writes str() of it
    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self, *, mask_kind: str, raw: bytes = b"", place: Place | None = None, fresh: str | None = None
    ) -> None:
        self._mask_kind, self._raw, self._place, self._fresh = mask_kind, raw, place, fresh

    @property
    def is_fresh(self) -> bool:
        return self._fresh is not None

    @property
    def is_erased(self) -> bool:
        return not self.is_fresh and unpack(self._raw).version is Version.ERASED

    @property
    def mask(self) -> str:
        """What may be shown: 199****0001."""
        if self._fresh is not None:
            return masks.MASKS[self._mask_kind](self._fresh)
        return _stored_mask(self._raw, self._place)

    def __str__(self) -> str:
        return self.mask

    def __format__(self, spec: str) -> str:
        return format(self.mask, spec)

    def __repr__(self) -> str:
        return "<Sealed>"

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return self is other

    def __copy__(self) -> "Sealed":
        return self

    def __deepcopy__(self, _memo: object) -> "Sealed":
        return self

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("a sealed value isn't pickled")


def _stored_mask(raw: bytes, place: Place | None) -> str:
    from portal.tenants import TenantTxError  # noqa: PLC0415  models import this module
    from portal.vault.keys import mask_key  # noqa: PLC0415

    try:
        parts = unpack(raw)
        key = mask_key(place.tenant_id) if parts.mask and place else None
        if key is None or place is None:
            return masks.HIDDEN
        return decrypt(key, parts.mask, place.aad + b"|mask").decode()
    except TenantTxError:
        return masks.HIDDEN  # asked inside another tenant's transaction
    except SealedValueBroken:
        logger.exception("a sealed value is broken: %s", place)
        return masks.HIDDEN  # one damaged row doesn't take a whole page away; reveal raises
