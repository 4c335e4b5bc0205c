"""What the registry knows beside the certificates: gateways, imports row by row, reminders, who wants no e-mail."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Organisation
from portal.files.models import StoredFile
from portal.tenants.models import TenantModel, TenantRow


class GatewayState(models.TextChoices):
    OPEN = "open", _("开通")
    SUSPENDED = "suspended", _("暂停")
    CLOSED = "closed", _("注销")


class Gateway(TenantModel):
    """A customer's 通信网关 (RULES A6, A12): ``type`` is the CA's own word for what it is, ``system`` 所属系统."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="gateways")
    code = models.CharField(_("网关编码"), max_length=32)
    type = models.CharField(_("网关类型"), max_length=64)
    system = models.CharField(_("所属系统"), max_length=64, blank=True)
    state = models.CharField(_("网关状态"), max_length=12, choices=GatewayState.choices, default=GatewayState.OPEN)

    class Meta:
        verbose_name = _("通信网关")
        verbose_name_plural = _("通信网关")
        constraints = [models.UniqueConstraint(fields=["tenant", "code"], name="gateway_code_once")]

    def __str__(self) -> str:
        return str(self.code)


class ImportSource(models.TextChoices):
    PAGE = "page", _("网页上传")
    COMMAND = "command", _("命令行")
    API = "api", _("接口")


class ImportState(models.TextChoices):
    """The comment says who acts next."""

    WAITING = "waiting", _("正在导入")  # system: the job, or the command or request that runs
    DONE = "done", _("已导入")  # nobody
    REFUSED = "refused", _("不能导入")  # who handed it in: another file


class ImportRun(TenantModel):
    """One file, or one call, of certificates. Good rows go in, bad ones are named; again it leaves the same behind.

    ``rows_done``: how far a run has come that was broken off; the next attempt goes on there.
    """

    source = models.CharField(max_length=8, choices=ImportSource.choices)
    file = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64)  # SHA-256 of the bytes, hex
    state = models.CharField(max_length=8, choices=ImportState.choices, default=ImportState.WAITING)
    refusal = models.CharField(max_length=64, blank=True)  # an error's code
    refusal_params = models.JSONField(default=dict, blank=True)
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    by = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("证书导入")
        verbose_name_plural = _("证书导入")
        indexes = [models.Index(fields=["tenant", "-created_at", "-id"], name="import_run_list")]

    def __str__(self) -> str:
        return str(self.public_id)


class RowOutcome(models.TextChoices):
    CREATED = "created", _("新登记")
    UPDATED = "updated", _("已更新")
    UNCHANGED = "unchanged", _("没有变化")
    REFUSED = "refused", _("未导入")


class ImportRow(TenantRow):
    """What became of one row. ``number`` as a person counts in the file. ``problems``: [{column, code, params}].

    No personal data: the columns with contacts are named, never quoted.
    """

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=RowOutcome.choices)
    serial = models.CharField(max_length=64, blank=True)
    problems = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "run", "number"], name="import_row_once")]
        indexes = [
            models.Index(fields=["tenant", "run", "outcome", "number"], name="import_row_list"),
            models.Index(fields=["tenant", "run", "serial"], name="import_row_serial"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}:{self.number}"


class RegistryClient(TenantModel):
    """A system of the CA's that may send certificates by the API. Its token is shown once; its SHA-256 stays."""

    name = models.CharField(_("名称"), max_length=60)
    token_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("接口账户")
        verbose_name_plural = _("接口账户")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "token_hash"], name="registry_client_token"),
            models.UniqueConstraint(
                fields=["tenant", "name"], condition=models.Q(withdrawn_at__isnull=True), name="registry_client_name"
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)


class Reminder(TenantRow):
    """That a certificate's people were told at a threshold of days left: once, whatever runs how often."""

    class Outcome(models.TextChoices):
        TOLD = "told", _("已提醒")
        NOBODY = "nobody", _("没有联系人")

    certificate = models.ForeignKey(
        "renewals.Certificate", on_delete=models.CASCADE, related_name="reminders", db_index=False
    )
    threshold = models.SmallIntegerField()  # days left; negative: days past
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    made_at = models.DateTimeField(default=timezone.now)

    pg_app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "DELETE")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "certificate", "threshold"], name="reminder_once"),
        ]

    def __str__(self) -> str:
        return f"{self.certificate_id}:{self.threshold}"


class ReminderChoice(TenantRow):
    """An e-mail address that wants no reminders; its blind index alone is kept (index ``reminder.email``)."""

    email_index = models.BinaryField(max_length=32)
    off_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "email_index"], name="reminder_choice_once")]

    def __str__(self) -> str:
        return str(self.pk)
