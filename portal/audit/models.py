"""The audit chain of each tenant, the security log beside it, and the counters of attempts."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.tenants.models import TenantRow


class AuditRow(TenantRow):
    """One act. ``body`` is the truth; ``action``, ``subject`` … repeat it for the indexes, and verify compares."""

    pg_app_privileges: ClassVar = ("SELECT", "INSERT")

    seq = models.BigIntegerField(_("序号"))  # 1, 2, 3 … per tenant, without gaps
    recorded_at = models.DateTimeField(_("时间"))
    action = models.CharField(_("动作"), max_length=80)
    subject = models.CharField(_("对象"), max_length=80)
    body = models.BinaryField(_("内容"))  # canonical JSON, UTF-8
    prev_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "seq"], name="audit_row_seq")]
        indexes = [models.Index(fields=["tenant", "subject", "seq"], name="audit_row_subject")]
        verbose_name = _("审计记录")
        verbose_name_plural = _("审计记录")

    def __str__(self) -> str:
        return f"{self.seq} {self.action} {self.subject}"


class AuditHead(TenantRow):
    """The last link of a tenant's chain. Locked last, and once per transaction."""

    pg_app_privileges: ClassVar = ("SELECT", "INSERT", "UPDATE")

    seq = models.BigIntegerField(default=0)
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant"], name="audit_one_head")]

    def __str__(self) -> str:
        return f"{self.tenant_id}: {self.seq}"


class SecurityEvent(TenantRow):
    """Attempts and refusals, kept also when the business transaction was rolled back. Not chained."""

    pg_app_privileges: ClassVar = ("SELECT", "INSERT")

    at = models.DateTimeField(_("时间"))
    event = models.CharField(_("事件"), max_length=80)
    label = models.CharField(_("谁"), max_length=100, blank=True)  # masked
    ip = models.CharField(_("地址"), max_length=45, blank=True)
    detail = models.JSONField(_("详情"), default=dict)

    class Meta:
        indexes = [models.Index(fields=["tenant", "event", "at"], name="audit_security_event")]
        verbose_name = _("安全事件")
        verbose_name_plural = _("安全事件")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.event}"


class AttemptCounter(TenantRow):
    """How often something was tried in the window that its first attempt opened."""

    purpose = models.CharField(max_length=60)
    subject_hash = models.BinaryField(max_length=32)  # keyed: the table names no phone and no address
    window_started = models.DateTimeField()
    used = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "purpose", "subject_hash"], name="audit_one_attempt_counter")
        ]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.used}"
