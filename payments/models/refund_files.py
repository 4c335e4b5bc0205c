"""Bank refunds as files for the online bank: which refunds went into which file, and what came of them."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from payments.models.refunds import Refund
from portal.files.models import StoredFile
from portal.tenants.models import TenantModel, TenantRow


class RefundFileFormat(models.TextChoices):
    XLSX = "xlsx", _("Excel（XLSX）")
    CSV_GB18030 = "csv-gb18030", _("CSV（GB18030，多数网银使用）")
    CSV_UTF8 = "csv-utf-8", _("CSV（UTF-8）")


class RefundFile(TenantModel):
    """``stored``: sealed; None while it is being written. ``withdrawn_at``: it was never given to the bank."""

    number = models.CharField(max_length=16)  # F20261121-0001
    day = models.DateField()
    serial = models.PositiveIntegerField()
    format = models.CharField(max_length=12, choices=RefundFileFormat.choices)
    count = models.PositiveIntegerField()
    total_fen = models.BigIntegerField()
    stored = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    made_by = models.CharField(max_length=100)
    key = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=100, blank=True)

    class Meta:
        verbose_name = _("退款文件")
        verbose_name_plural = _("退款文件")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="payments_refund_file_number"),
            models.UniqueConstraint(fields=["tenant", "day", "serial"], name="payments_refund_file_serial"),
            models.UniqueConstraint(fields=["tenant", "key"], name="payments_refund_file_key"),
        ]
        indexes = [models.Index(fields=["tenant", "-id"], name="payments_refund_file_list")]

    def __str__(self) -> str:
        return str(self.number)


class RefundFileLine(TenantRow):
    """A refund in a file. ``is_live``: the file wasn't withdrawn; a refund is in one such file at most."""

    file = models.ForeignKey(RefundFile, on_delete=models.PROTECT, related_name="lines")
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="file_lines")
    row = models.PositiveIntegerField()
    is_live = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "refund"], condition=Q(is_live=True), name="payments_refund_in_one_file"
            ),
            models.UniqueConstraint(fields=["tenant", "file", "row"], name="payments_refund_file_row"),
        ]

    def __str__(self) -> str:
        return f"{self.file_id}:{self.row}"
