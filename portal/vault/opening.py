"""Opening sealed values, sealing loose texts, and erasing."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models

from portal.audit import log
from portal.tenants import after_tx, current_tenant_id, require_tx, tenant_tx
from portal.tenants.models import TenantModel
from portal.vault import cipher, keys
from portal.vault.errors import SealedValueBroken, SealedValueErased
from portal.vault.fields import SealedField, scope_of
from portal.vault.sealed import Sealed

if TYPE_CHECKING:
    from portal.audit.log import By
    from portal.tenants.models import Tenant


def reveal(obj: TenantModel, field: str, *, by: "By", reason: str) -> str:
    """The text of ``obj.field`` ("" for None), with an audit row saying who saw it and why.

    In a write tenant_tx the row belongs to that transaction. In one that reads (a page with a prefilled
    form) it is committed when that ends, before the page is sent; if it can't be, the page isn't sent.
    Raises SealedValueErased, SealedValueBroken, TenantTxError outside a tenant_tx.
    """
    return reveal_many([obj], field, by=by, reason=reason)[0]


def reveal_many(objs: Sequence[TenantModel], field: str, *, by: "By", reason: str) -> list[str]:
    """``reveal`` for many rows of one model, with one query for the keys and one audit row."""
    if not reason:
        raise ValueError("say why")
    texts = _open_all(objs, [field])
    if objs:
        subject = _subject(objs[0]) if len(objs) == 1 else str(objs[0]._meta.model_name)
        rows = [obj.public_id for obj in objs] if len(objs) > 1 else []
        _audit("vault.revealed", by, subject, {"field": field, "reason": reason, "rows": rows})
    return [row[field] for row in texts]


def reveal_fields(obj: TenantModel, fields: Sequence[str], *, by: "By", reason: str) -> dict[str, str]:
    """``reveal`` for several fields of one row, with one audit row."""
    if not reason:
        raise ValueError("say why")
    texts = _open_all([obj], fields)[0]
    _audit("vault.revealed", by, _subject(obj), {"fields": list(fields), "reason": reason})
    return texts


def reveal_json(obj: TenantModel, field: str, *, by: "By", reason: str) -> Any:
    """``reveal`` for a SealedJSONField: the content, None for None."""
    text = reveal(obj, field, by=by, reason=reason)
    return json.loads(text) if text else None


def open_field(obj: TenantModel, field: str) -> str:
    """The text for the machine's own use, without an audit row: to check a one-time password, to send a message.

    Never for what a person will see. tests/structure keeps the list of modules that may call it.
    """
    return _open_all([obj], [field])[0][field]


def open_many(objs: Sequence[TenantModel], field: str) -> list[str]:
    """``open_field`` for many rows of one model, with one query for the keys. The same rule holds."""
    return [row[field] for row in _open_all(objs, [field])]


def seal_text(tenant_id: int, scope: str, aad: str, plaintext: str) -> bytes:
    """Seal a loose text under the data key of ``scope``, in the open write tenant_tx. aad: where it belongs."""
    _same_tenant(tenant_id)
    key_id, key = keys.data_key_for(scope)
    return cipher.pack_text(key_id, cipher.encrypt(key, plaintext.encode(), _loose(tenant_id, scope, aad)))


def open_text(tenant_id: int, scope: str, aad: str, sealed: bytes) -> str:
    """What ``seal_text`` sealed. Raises SealedValueErased, SealedValueBroken."""
    _same_tenant(tenant_id)
    parts = cipher.unpack(bytes(sealed))
    if parts.version is not cipher.Version.TEXT:
        raise SealedValueBroken
    key = keys.data_keys([parts.key_id])[parts.key_id]
    return cipher.decrypt(key, parts.body, _loose(tenant_id, scope, aad)).decode()


def destroy(tenant: "Tenant | int", scope: str, *, by: "By", reason: str) -> int:
    """Erase everything sealed under ``scope``: its data key is destroyed. Returns how many fields that were.

    The stored bytes are emptied too, so that no mask remains. Opening raises SealedValueErased from now on.
    """
    if not reason:
        raise ValueError("say why")
    with tenant_tx(tenant, write=True):
        emptied = sum(_empty(key_id) for key_id in keys.destroy_keys(scope))
        log.record("vault.destroyed", by=by, subject=scope, detail={"reason": reason, "fields": emptied})
    return emptied


def wipe(obj: TenantModel, fields: Sequence[str], *, also: Sequence[str] = (), by: "By", reason: str) -> None:
    """Empty these sealed fields of a row that has a data key of its own, and destroy that key, in a write tenant_tx.

    For what is used once: no later copy of the row opens, and no other table is looked through (as ``destroy`` must).
    ``also``: names of fields that the caller has set, saved in the same statement. Raises ValueError for a row whose
    data key seals more than itself.
    """
    if not reason:
        raise ValueError("say why")
    owner = scope_of(obj)
    if not owner.endswith(f":{obj.public_id}"):
        raise ValueError(f"{owner} isn't this row's own data key")
    for field in fields:
        setattr(obj, field, None)
    obj.save(update_fields=[*fields, *also])
    keys.destroy_keys(owner)
    _audit("vault.wiped", by, _subject(obj), {"fields": list(fields), "reason": reason})


def sealed_fields() -> Iterator[tuple[type[TenantModel], SealedField]]:
    """Every sealed field of the installation."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedField) and issubclass(model, TenantModel):
                yield model, field


def _empty(key_id: bytes) -> int:
    first = bytes([cipher.Version.FIELD]) + key_id
    following = (int.from_bytes(first, "big") + 1).to_bytes(len(first), "big")
    count = 0
    for model, field in sealed_fields():
        rows = model.objects.filter(**{f"{field.name}__gte": first, f"{field.name}__lt": following})
        count += rows.update(**{field.name: cipher.pack_erased(key_id)})
    return count


def _open_all(objs: Sequence[TenantModel], fields: Sequence[str]) -> list[dict[str, str]]:
    values = [{field: getattr(obj, field) for field in fields} for obj in objs]
    for obj, row in zip(objs, values, strict=True):
        _same_tenant(obj.tenant_id)
        for field, value in row.items():
            if value is not None and not isinstance(value, Sealed):
                raise TypeError(f"{obj._meta.label}.{field} isn't sealed")
    stored = [v for row in values for v in row.values() if v is not None and not v.is_fresh]
    by_id = keys.data_keys({cipher.unpack(value._raw).key_id for value in stored if not value.is_erased})
    return [{field: _open(value, by_id) for field, value in row.items()} for row in values]


def _open(value: Sealed | None, by_id: Mapping[bytes, bytes]) -> str:
    if value is None:
        return ""
    if value._fresh is not None:
        return value._fresh
    parts = cipher.unpack(value._raw)
    if parts.version is cipher.Version.ERASED:
        raise SealedValueErased
    if parts.version is not cipher.Version.FIELD or value._place is None:
        raise SealedValueBroken
    return cipher.decrypt(by_id[parts.key_id], parts.body, value._place.aad).decode()


def _audit(action: str, by: "By", subject: str, detail: Mapping[str, object]) -> None:
    tx = require_tx()
    write: Callable[[], None] = lambda: log.record(action, by=by, subject=subject, detail=detail)  # noqa: E731
    if tx.write:
        write()
        return
    tenant_id = tx.tenant_id

    def later() -> None:
        with tenant_tx(tenant_id, write=True):
            write()

    after_tx(later)


def _subject(obj: models.Model) -> str:
    return f"{obj._meta.model_name}:{obj.public_id}"  # type: ignore[attr-defined]


def _loose(tenant_id: int, scope: str, aad: str) -> bytes:
    return f"{tenant_id}|text|{scope}|{aad}".encode()


def _same_tenant(tenant_id: int) -> None:
    require_tx()
    if tenant_id != current_tenant_id():
        raise SealedValueBroken(reason="another tenant's")
