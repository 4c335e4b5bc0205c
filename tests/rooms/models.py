"""One tenant table that points at another, with sealed fields of every kind."""

from typing import TYPE_CHECKING

from django.db import models

from portal.tenants.models import TenantModel
from portal.vault import SealedField, SealedJSONField


class Shelf(TenantModel):
    label = models.CharField(max_length=20)


class Person(TenantModel):
    shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE, null=True, related_name="people")
    if TYPE_CHECKING:
        phone_index: bytes | None  # made by SealedField(blind=True)

    nickname = models.CharField(max_length=20, blank=True)
    phone = SealedField(null=True, blind=True)
    name = SealedField(null=True)
    id_number = SealedField(null=True)
    remark = SealedField(null=True)
    papers = SealedJSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "phone_index"], name="rooms_person_phone")]

    def vault_scope(self) -> str:
        return f"person:{self.public_id}"
