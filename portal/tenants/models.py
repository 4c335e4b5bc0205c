"""The tenant directory, and the base of every table whose rows belong to a tenant."""

import secrets
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.core.validators import RegexValidator
from django.db import connection, models
from django.db.models.signals import class_prepared
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager, get_scope

from portal.tenants.errors import ForeignTenantError, TenantTxError
from portal.tenants.transaction import current_tenant_id, current_tx

RESERVED_SLUGS = frozenset({"static", "dev", "api", "staff", "sign-in", "sign-out", "pay", "admin", "media"})


class Tenant(models.Model):
    """A 网厅: one CA, or the platform itself. The directory has no policy: every process must find it."""

    slug = models.CharField(
        _("短名（网址前缀）"),
        max_length=32,
        unique=True,
        validators=[RegexValidator(r"\A[a-z][a-z0-9-]{1,30}[a-z0-9]\Z", _("用小写字母、数字和短横线，3–32 位。"))],
    )
    name = models.CharField(_("名称"), max_length=100)
    short_name = models.CharField(_("简称"), max_length=20)
    branding = models.JSONField(_("品牌"), default=dict, blank=True)  # {accent: "#rrggbb", logo_text: str}
    hotline = models.CharField(_("客服热线"), max_length=40, blank=True)
    service_hours = models.CharField(_("服务时间"), max_length=100, blank=True)
    payee = models.JSONField(_("收款账户"), default=dict, blank=True)  # {name, bank, account}
    mail_address = models.CharField(_("寄件地址"), max_length=200, blank=True)
    sms_signature = models.CharField(_("短信签名"), max_length=20, blank=True)
    timezone = models.CharField(_("时区"), max_length=40, default="Asia/Shanghai")
    is_platform = models.BooleanField(_("平台"), default=False)

    class Meta:
        ordering = ("slug",)
        verbose_name = _("网厅")
        verbose_name_plural = _("网厅")

    def __str__(self) -> str:
        return self.name


class TenantHost(models.Model):
    """A host name that is this tenant's alone. Part of the directory: no policy."""

    #: why a table that names a tenant has no policy; every other one is a TenantRow
    tenant_directory: ClassVar[str] = "a host must lead to its tenant before there is one"

    host = models.CharField(_("域名"), max_length=253, unique=True)  # lower case, without a port
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="hosts")
    is_primary = models.BooleanField(_("对外链接用"), default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant"], condition=models.Q(is_primary=True), name="tenants_one_primary"),
        ]

    def __str__(self) -> str:
        return self.host


def new_public_id() -> str:
    """22 characters for URLs and sealed fields' AAD: 128 random bits, base64url."""
    return secrets.token_urlsafe(16)


class TenantQuerySet(models.QuerySet[Any]):
    """Writes need a write tenant_tx, also the ones that pass no ``save()``."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        rows = list(objs)
        for row in rows:
            row.check_tenant()
        return super().bulk_create(rows, *args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        check_write()
        if {"tenant", "tenant_id"} & kwargs.keys():
            raise ForeignTenantError("a row doesn't move to another tenant")
        for value in kwargs.values():
            if isinstance(value, TenantRow) and value.tenant_id != current_tenant_id():
                raise ForeignTenantError(f"{value!r} is another tenant's")
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        check_write()
        return super().delete()


_Row = TypeVar("_Row", bound=models.Model)

if TYPE_CHECKING:

    class TenantManager(models.Manager[_Row]): ...

else:
    _Scoped = type(ScopedManager(_manager_class=models.Manager.from_queryset(TenantQuerySet), tenant="tenant"))

    class TenantManager(_Scoped):
        """Shows the rows of the open tenant_tx's tenant; raises ScopeError outside one."""


def check_write() -> None:
    """Raises TenantTxError unless a write tenant_tx is open (or scopes are switched off on purpose)."""
    if not get_scope().get("_enabled", True):
        return
    tx = current_tx()
    if tx is None or not tx.write:
        raise TenantTxError("rows of a tenant are written inside tenant_tx(tenant, write=True)")


class TenantRow(models.Model):
    """Base of tables whose rows belong to a tenant and need no public id (logs, counters, heads).

    django-scopes filters the default *and* the base manager, so a foreign key followed to another
    tenant, ``refresh_from_db`` and ``Row(id=foreign).save()`` find nothing. On PostgreSQL row-level
    security and composite keys stand below (``migrations_helper.TenantTables``).
    """

    id = models.BigAutoField(primary_key=True)
    tenant = models.ForeignKey(
        Tenant,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,  # every table has unique (tenant, id)
        editable=False,
    )

    objects: ClassVar[TenantManager[Self]] = TenantManager()

    #: what the application's role may do with the table on PostgreSQL
    pg_app_privileges: ClassVar[Sequence[str]] = ("SELECT", "INSERT", "UPDATE", "DELETE")

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.check_tenant()
        if (only := kwargs.get("update_fields")) is not None:
            along = (f.name for f in self._meta.concrete_fields if getattr(f, "saved_with", "") in {*only} - {""})
            kwargs["update_fields"] = {*only, *along}
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self.check_tenant()
        return super().delete(*args, **kwargs)

    def check_tenant(self) -> None:
        """Fill in the open tenant; raises ForeignTenantError when this row, or one it points at, is another's."""
        current = current_tenant_id()
        if self.tenant_id is None and current is not None:
            self.tenant_id = current
        if not get_scope().get("_enabled", True):
            return
        check_write()
        if self.tenant_id != current:
            raise ForeignTenantError(f"{self!r} belongs to tenant {self.tenant_id}, open is {current}")
        for field in _tenant_foreign_keys(type(self)):
            self._check_related(field)

    def _check_related(self, field: "models.ForeignKey[Any, Any]") -> None:
        value = getattr(self, field.attname, None) if field.attname in self.__dict__ else None
        if value is None:
            return
        related = field.get_cached_value(self, default=None)
        if isinstance(related, TenantRow):
            if related.tenant_id != self.tenant_id:
                raise ForeignTenantError(f"{field}: {related!r} is another tenant's")
        elif self._state.adding and connection.vendor != "postgresql":
            # PostgreSQL has the composite key; here a bare id is looked up, once, on insert
            model = field.remote_field.model
            if not model._base_manager.filter(**{field.target_field.name: value}).exists():
                raise ForeignTenantError(f"{field}: no such row in this tenant")


class TenantModel(TenantRow):
    """Base of every table that pages and URLs speak of: adds ``public_id``."""

    public_id = models.CharField(max_length=22, default=new_public_id, editable=False)

    class Meta:
        abstract = True


def _tenant_foreign_keys(model: type[TenantRow]) -> list["models.ForeignKey[Any, Any]"]:
    found: list[models.ForeignKey[Any, Any]] | None = model.__dict__.get("_certhall_foreign_keys")
    if found is None:
        found = [
            field
            for field in model._meta.concrete_fields
            if isinstance(field, models.ForeignKey)
            and isinstance(field.remote_field.model, type)
            and issubclass(field.remote_field.model, TenantRow)
        ]
        model._certhall_foreign_keys = found  # type: ignore[attr-defined]
    return found


def _prepare(sender: type[models.Model], **_kwargs: object) -> None:
    """Give every tenant table its unique keys, whatever its own Meta says."""
    if not issubclass(sender, TenantRow) or sender._meta.abstract or sender._meta.proxy:
        return
    meta = sender._meta
    name = f"{meta.app_label}_{meta.model_name}"
    keys = [models.UniqueConstraint(fields=["tenant", "id"], name=f"{name}_tenant_id")]
    if issubclass(sender, TenantModel):
        keys.append(models.UniqueConstraint(fields=["tenant", "public_id"], name=f"{name}_public_id"))
    meta.constraints = [*meta.constraints, *keys]
    meta.original_attrs["constraints"] = meta.constraints
    meta.base_manager_name = "objects"


class_prepared.connect(_prepare, dispatch_uid="portal.tenants.models")


class ServicePoint(TenantModel):
    """A counter where customers of the tenant are served."""

    name = models.CharField(_("网点名称"), max_length=60)
    address = models.CharField(_("地址"), max_length=200)
    phone = models.CharField(_("电话"), max_length=40, blank=True)
    hours = models.CharField(_("营业时间"), max_length=100, blank=True)
    position = models.PositiveSmallIntegerField(_("次序"), default=0)

    class Meta:
        ordering = ("position", "id")
        verbose_name = _("服务网点")
        verbose_name_plural = _("服务网点")

    def __str__(self) -> str:
        return self.name


__all__ = (
    "RESERVED_SLUGS",
    "ServicePoint",
    "Tenant",
    "TenantHost",
    "TenantManager",
    "TenantModel",
    "TenantQuerySet",
    "TenantRow",
    "new_public_id",
)
