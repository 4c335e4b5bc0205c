"""Finding, making and unwrapping keys: master key → tenant's secret → data keys.

A tenant's secret is kept in the process once it is surely committed; data keys only for the
transaction, so that a destroyed one opens nothing from the next transaction on, in any process.
"""

import secrets
from base64 import b32encode
from collections.abc import Collection
from contextlib import nullcontext

from django.conf import settings
from django.utils import timezone

from portal.gm.sm3 import hkdf_sm3, hmac_sm3, sm3
from portal.gm.sm4 import KEY_SIZE
from portal.tenants import TenantTxError, current_tx, require_tx, tenant_tx
from portal.vault.cipher import KEY_ID_SIZE, decrypt, encrypt
from portal.vault.errors import SealedValueBroken, SealedValueErased
from portal.vault.models import DataKey, TenantKey

_MADE_HERE = "vault: this transaction made the tenant's key"
_known: dict[int, bytes] = {}  # tenant id → secret, read from a committed row


def forget() -> None:
    """Forget what this process knows (tests; after a change of keys)."""
    _known.clear()


def kek_id(master_key: bytes) -> str:
    """8 hex digits that name a master key and tell nothing about it."""
    return sm3(b"certhall kek id" + master_key)[:4].hex()


def wrap_secret(master_key: bytes, tenant_id: int, secret: bytes) -> bytes:
    return encrypt(_kek(master_key), secret, f"tenant-key|{tenant_id}".encode())


def unwrap_secret(master_key: bytes, row: TenantKey) -> bytes:
    """32 bytes. Raises SealedValueBroken when another master key wrapped it."""
    if row.kek_id != kek_id(master_key):
        raise SealedValueBroken(reason="wrapped by another master key", kek_id=row.kek_id)
    return decrypt(_kek(master_key), bytes(row.wrapped), f"tenant-key|{row.tenant_id}".encode())


def tenant_secret(tenant_id: int, *, make: bool = False) -> bytes | None:
    """The tenant's 32 bytes; None when it has none yet and ``make`` is off (then nothing is sealed either)."""
    if (known := _known.get(tenant_id)) is not None:
        return known
    with tenant_tx(tenant_id) if current_tx() is None else nullcontext():
        return _read_secret(tenant_id, make=make)


def _read_secret(tenant_id: int, *, make: bool) -> bytes | None:
    tx = require_tx(write=make)
    if tx.tenant_id != tenant_id:
        raise TenantTxError(f"keys of tenant {tenant_id} inside a tenant_tx of tenant {tx.tenant_id}")
    row = TenantKey.objects.first()
    if row is None:
        if not make:
            return None
        master = settings.CERTHALL.master_key
        wrapped = wrap_secret(master, tenant_id, secrets.token_bytes(32))
        TenantKey.objects.bulk_create([TenantKey(kek_id=kek_id(master), wrapped=wrapped)], ignore_conflicts=True)
        tx.cache[_MADE_HERE] = True
        row = TenantKey.objects.get()
    secret = unwrap_secret(settings.CERTHALL.master_key, row)
    if _MADE_HERE not in tx.cache:
        _known[tenant_id] = secret
    return secret


def index_key(tenant_id: int, name: str) -> bytes:
    """The blind index's key. A tenant without a secret has indexed nothing: a random key finds as much."""
    tx = current_tx()
    secret = tenant_secret(tenant_id, make=bool(tx and tx.write))
    return hkdf_sm3(secret, f"blind|{name}".encode(), 32) if secret else secrets.token_bytes(32)


def mac_keys(tenant_id: int, purpose: str, *, make: bool = False) -> dict[str, bytes]:
    """Key id → key (32 bytes) of MACs on papers, the one that signs first; an id is four letters and digits, base32.

    They come from the tenant's secret, which a new master key wraps anew without changing it, so what was printed
    verifies for years; were there ever a second secret, the ids would tell the two apart. Empty when the tenant has
    no secret and ``make`` is off; ``make`` outside a tenant_tx opens one.
    """
    secret = tenant_secret(tenant_id)
    if secret is None and make:
        with tenant_tx(tenant_id, write=True) if current_tx() is None else nullcontext():
            secret = tenant_secret(tenant_id, make=True)
    if secret is None:
        return {}
    key = hkdf_sm3(secret, f"mac|{purpose}".encode(), 32)
    return {b32encode(sm3(b"certhall mac key id" + key)[:5]).decode()[:4]: key}


def mask_key(tenant_id: int, *, make: bool = False) -> bytes | None:
    secret = tenant_secret(tenant_id, make=make)
    return hkdf_sm3(secret, b"mask", KEY_SIZE) if secret else None


def data_key_for(scope: str) -> tuple[bytes, bytes]:
    """(key id, key) that seals for ``scope`` in the open write tenant_tx; made on first use."""
    tx = require_tx(write=True)
    remembered: tuple[bytes, bytes] | None = tx.recall(("vault.scope", scope))
    if remembered is not None:
        return remembered
    live = DataKey.objects.filter(scope=scope, destroyed_at=None)
    row = live.first()
    if row is None:
        key_id = secrets.token_bytes(KEY_ID_SIZE)
        wrapped = encrypt(_wrapping_key(tx.tenant_id), secrets.token_bytes(KEY_SIZE), _place(tx.tenant_id, key_id))
        DataKey.objects.bulk_create([DataKey(key_id=key_id, scope=scope, wrapped=wrapped)], ignore_conflicts=True)
        row = live.get()  # ours, or that of who was faster
    found = bytes(row.key_id), _unwrap(row)
    tx.remember(("vault.scope", scope), found)
    tx.remember(("vault.key", found[0]), found[1])
    return found


def data_keys(key_ids: Collection[bytes]) -> dict[bytes, bytes]:
    """key id → key, with one query for those not at hand. Raises SealedValueErased, SealedValueBroken."""
    tx = require_tx()
    found = {key_id: tx.recall(("vault.key", key_id)) for key_id in key_ids}
    missing = [key_id for key_id, key in found.items() if key is None]
    if missing:
        rows = {bytes(row.key_id): row for row in DataKey.objects.filter(key_id__in=missing)}
        for key_id in missing:
            if key_id not in rows:
                raise SealedValueBroken(reason="no such data key", key_id=key_id.hex())
            found[key_id] = _unwrap(rows[key_id])
            tx.remember(("vault.key", key_id), found[key_id])
    return found


def destroy_keys(scope: str) -> list[bytes]:
    """Destroy the scope's data keys in the open write tenant_tx. Returns their ids."""
    tx = require_tx(write=True)
    live = DataKey.objects.filter(scope=scope, destroyed_at=None)
    key_ids = [bytes(row.key_id) for row in live]
    live.update(wrapped=None, destroyed_at=timezone.now())
    tx.cache.pop(("vault.scope", scope), None)
    for key_id in key_ids:
        tx.cache.pop(("vault.key", key_id), None)
    return key_ids


def _unwrap(row: DataKey) -> bytes:
    if row.wrapped is None:
        raise SealedValueErased
    return decrypt(_wrapping_key(row.tenant_id), bytes(row.wrapped), _place(row.tenant_id, bytes(row.key_id)))


def _wrapping_key(tenant_id: int) -> bytes:
    tx = current_tx()
    secret = tenant_secret(tenant_id, make=bool(tx and tx.write))
    if secret is None:
        raise SealedValueBroken(reason="the tenant's key is gone")
    return hkdf_sm3(secret, b"wrap", KEY_SIZE)


def _place(tenant_id: int, key_id: bytes) -> bytes:
    return f"data-key|{tenant_id}|{key_id.hex()}".encode()


def _kek(master_key: bytes) -> bytes:
    return hkdf_sm3(master_key, b"vault kek", KEY_SIZE)


def blind(tenant_id: int, name: str, value: str) -> bytes:
    """HMAC-SM3, 32 bytes."""
    return hmac_sm3(index_key(tenant_id, name), value.encode())
