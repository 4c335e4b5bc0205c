"""Keys of the vault. None is ever stored unwrapped."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.tenants.models import TenantRow


class TenantKey(TenantRow):
    """A tenant's 32-byte secret, wrapped by the installation's master key.

    Data keys are wrapped by it; the keys of blind indexes and masks are derived from it.
    """

    pg_app_privileges: ClassVar = ("SELECT", "INSERT", "UPDATE")

    kek_id = models.CharField(max_length=8)  # which master key wraps it
    wrapped = models.BinaryField(max_length=60)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant"], name="vault_one_tenant_key")]
        verbose_name = _("网厅密钥")
        verbose_name_plural = _("网厅密钥")

    def __str__(self) -> str:
        return f"{self.tenant_id}: {self.kek_id}"


class DataKey(TenantRow):
    """The key of one organisation's, order's or person's values. Destroying it erases them all."""

    pg_app_privileges: ClassVar = ("SELECT", "INSERT", "UPDATE")

    key_id = models.BinaryField(max_length=8)
    scope = models.CharField(max_length=80)  # "order:<public_id>"
    wrapped = models.BinaryField(max_length=44, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key_id"], name="vault_data_key_id"),
            models.UniqueConstraint(
                fields=["tenant", "scope"],
                condition=models.Q(destroyed_at=None),
                name="vault_one_live_key",
            ),
            models.CheckConstraint(
                name="vault_destroyed_is_gone",
                condition=models.Q(destroyed_at=None, wrapped__isnull=False)
                | models.Q(destroyed_at__isnull=False, wrapped=None),
            ),
        ]
        verbose_name = _("数据密钥")
        verbose_name_plural = _("数据密钥")

    def __str__(self) -> str:
        return f"{self.scope} {bytes(self.key_id).hex()}"
