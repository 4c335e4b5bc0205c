"""Model fields whose content is sealed, and blind indexes beside them."""

import json
import unicodedata
from typing import TYPE_CHECKING, Any

from django.core import checks
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from portal.vault import masks
from portal.vault.cipher import encrypt, pack_field
from portal.vault.sealed import Place, Sealed


def normalise(value: str) -> str:
    """What a blind index is computed of: NFKC, without outer spaces."""
    return unicodedata.normalize("NFKC", value).strip()


def blind_index(tenant_id: int, name: str, value: str) -> bytes:
    """32 bytes that find ``value`` again without telling it. name: "user.phone"."""
    from portal.vault.keys import blind  # noqa: PLC0415  models import this module

    return blind(tenant_id, name, normalise(value))


def place_of(instance: models.Model, field_name: str) -> Place:
    return Place(instance.tenant_id, instance._meta.db_table, instance.public_id, field_name)  # type: ignore[attr-defined]


def scope_of(instance: models.Model) -> str:
    """Whose data key seals this row: ``instance.vault_scope()``, else the row's own."""
    own = getattr(instance, "vault_scope", None)
    return own() if own else f"{instance._meta.model_name}:{instance.public_id}"  # type: ignore[attr-defined]


class _SealedAttribute(DeferredAttribute):
    """Gives Sealed; takes a text (sealed on save), None, or what the database holds (bytes)."""

    field: "SealedField"

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        value = super().__get__(instance, cls)
        if isinstance(value, bytes):
            place = place_of(instance, self.field.attname)
            return Sealed(mask_kind=self.field.mask, raw=value, place=place)
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = self.field.accept(instance, value)


class SealedField(models.BinaryField):
    """A text that only ``vault.reveal`` reads back. Its model is a TenantModel; bytes in the database.

    mask: a name in ``masks.MASKS``; by default the one that the field's name suggests.
    blind: add ``<name>_index``, a BlindIndexField that follows this field.
    """

    descriptor_class = _SealedAttribute

    if TYPE_CHECKING:  # read by django-stubs' plugin
        _pyi_private_set_type: str | bytes | Sealed
        _pyi_private_get_type: Sealed  # type: ignore[assignment]

    def __init__(self, *args: Any, mask: str = "", blind: bool = False, **kwargs: Any) -> None:
        self._mask, self.blind = mask, blind
        super().__init__(*args, **kwargs)

    @property
    def mask(self) -> str:
        return self._mask or masks.mask_for(self.name)

    def deconstruct(self) -> Any:
        """As a plain binary column: how it is sealed is no matter of migrations."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.BinaryField", args, kwargs

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:  # noqa: FBT001, FBT002
        super().contribute_to_class(cls, name, private_only)
        if self.blind and not cls._meta.abstract:
            index = BlindIndexField(source=name, null=self.null, blank=True, editable=False)
            index.contribute_to_class(cls, f"{name}_index")

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        from portal.tenants.models import TenantModel  # noqa: PLC0415

        found: list[checks.CheckMessage] = super().check(**kwargs)
        if not issubclass(self.model, TenantModel):
            found.append(checks.Error("a SealedField needs a TenantModel", obj=self, id="vault.E001"))
        if self.mask not in masks.MASKS:
            found.append(checks.Error(f"no mask is called {self.mask!r}", obj=self, id="vault.E002"))
        return found

    def text_of(self, value: Any) -> str:
        """The text to seal. Raises TypeError for what this field doesn't take."""
        if not isinstance(value, str):
            raise TypeError(f"{self}: assign a str, not {type(value).__name__}")
        return value

    def accept(self, instance: models.Model, value: Any) -> Any:
        """What stands in the instance for an assigned ``value``."""
        if value is None or isinstance(value, models.Expression | models.F):
            return value
        if isinstance(value, Sealed):
            if not value.is_fresh and value._place != place_of(instance, self.attname):
                raise TypeError(f"{self}: it opens only where it was sealed; reveal it, then assign the text")
            return value if value.is_fresh else value._raw
        if isinstance(value, bytes | bytearray | memoryview):
            return bytes(value)
        return Sealed(mask_kind=self.mask, fresh=self.text_of(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: ARG002, FBT001
        value = model_instance.__dict__.get(self.attname)
        if isinstance(value, Sealed) or value is None:
            for field in model_instance._meta.concrete_fields:
                if isinstance(field, BlindIndexField) and field.source == self.name:
                    field.follow(model_instance, value._fresh if value else None)
        if isinstance(value, Sealed):
            value = self._seal(model_instance, value)
            model_instance.__dict__[self.attname] = value
        return value

    def _seal(self, instance: models.Model, value: Sealed) -> bytes:
        from portal.vault.keys import data_key_for, mask_key  # noqa: PLC0415

        place = place_of(instance, self.attname)
        key_id, key = data_key_for(scope_of(instance))
        mask = b""
        if self.mask != "text" and (of_tenant := mask_key(place.tenant_id, make=True)):
            shown = value.mask.encode()[:200].decode(errors="ignore").encode()
            mask = encrypt(of_tenant, shown, place.aad + b"|mask")
        return pack_field(key_id, mask, encrypt(key, (value._fresh or "").encode(), place.aad))

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, str | Sealed):
            raise TypeError(f"{self}: assign it to an instance and save that; a query can't seal or compare")
        return super().get_prep_value(value)

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Any:
        return None if value is None else bytes(value)

    def value_to_string(self, obj: Any) -> str:  # noqa: ARG002
        raise TypeError(f"{self}: sealed values aren't dumped")


class SealedJSONField(SealedField):
    """The same for what JSON can hold; ``vault.reveal_json`` gives it back."""

    if TYPE_CHECKING:
        _pyi_private_set_type: Any

    def text_of(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class BlindIndexField(models.BinaryField):
    """HMAC-SM3 of a sealed field, for finding and for unique constraints (that name the tenant too).

    source: the SealedField to follow ("" → set it by hand with ``vault.blind_index``).
    index: the index's name, by default "<model>.<source>".
    """

    if TYPE_CHECKING:
        _pyi_private_get_type: bytes

    def __init__(self, *args: Any, source: str = "", index: str = "", **kwargs: Any) -> None:
        self.source, self.index = source, index
        kwargs["max_length"] = 32
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.BinaryField", args, kwargs

    @property
    def saved_with(self) -> str:
        """``save(update_fields=[source])`` takes this field along (TenantRow.save)."""
        return self.source

    def follow(self, instance: Any, text: str | None) -> None:
        """Set the index of what the source is about to be sealed with."""
        name = self.index or f"{self.model._meta.model_name}.{self.source}"
        setattr(instance, self.attname, None if text is None else blind_index(instance.tenant_id, name, text))

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Any:
        return None if value is None else bytes(value)
