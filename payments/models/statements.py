"""Our bank accounts, the statements of them that were taken, and what each line was used for.

A line's facts never change; its state says where its money went. One line is one payment: parts of it go to several
charges as allocations of that payment.
"""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from payments.models.payments import Payment
from portal.files.models import StoredFile
from portal.tenants.models import TenantModel, TenantRow
from portal.vault.fields import SealedField


class BankAccount(TenantModel):
    """One of the tenant's own accounts. ``mapping``: a ``payments.statements.Mapping`` as JSON, {} where a reader knows
    the bank. ``cuts_names_at``: characters of a payer's name that the bank shows at most.
    """

    number = models.CharField(_("账号"), max_length=40)  # our own, printed on every payment page
    bank = models.CharField(_("开户行"), max_length=100, blank=True)
    name = models.CharField(_("户名"), max_length=128, blank=True)
    mapping = models.JSONField(_("流水格式"), default=dict, blank=True)
    cuts_names_at = models.PositiveSmallIntegerField(_("户名最多显示字数"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("收款银行账户")
        verbose_name_plural = _("收款银行账户")
        constraints = [models.UniqueConstraint(fields=["tenant", "number"], name="payments_bank_account")]

    def __str__(self) -> str:
        return str(self.number)


class UploadState(models.TextChoices):
    """The comment says who acts next."""

    CHECKED = "checked", _("待确认导入")  # finance has seen what is in it, and says import
    WAITING = "waiting", _("正在导入")  # system: the job, or the command that runs
    DONE = "done", _("已导入")  # nobody
    REFUSED = "refused", _("不能导入")  # finance: another file


class StatementUpload(TenantModel):
    """A file that somebody handed in. Its rows are read from the file anew whenever they are looked at."""

    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="uploads")
    file = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)  # SHA-256 of the bytes, hex
    state = models.CharField(max_length=8, choices=UploadState.choices, default=UploadState.CHECKED)
    refusal = models.CharField(max_length=64, blank=True)  # an error's code
    lines_total = models.PositiveIntegerField(default=0)
    lines_done = models.PositiveIntegerField(default=0)  # stored so far
    by = models.CharField(max_length=100)
    by_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("流水文件")
        verbose_name_plural = _("流水文件")
        indexes = [models.Index(fields=["tenant", "-created_at", "-id"], name="payments_upload_list")]

    def __str__(self) -> str:
        return str(self.public_id)


class BankStatement(TenantModel):
    """One statement of a file (camt and MT940 files hold several: ``part`` counts from 1). Money in fen.

    The same bytes are the same statement.
    """

    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="statements")
    upload = models.ForeignKey(StatementUpload, on_delete=models.PROTECT, related_name="statements")
    digest = models.CharField(max_length=64)
    part = models.PositiveSmallIntegerField(default=1)
    format = models.CharField(max_length=16)
    bank = models.CharField(max_length=100, blank=True)
    first_on = models.DateField(_("自"), null=True, blank=True)
    last_on = models.DateField(_("至"), null=True, blank=True)
    opening_fen = models.BigIntegerField(null=True, blank=True)
    closing_fen = models.BigIntegerField(null=True, blank=True)
    came_fen = models.BigIntegerField(default=0)  # Σ of what came in
    went_fen = models.BigIntegerField(default=0)  # Σ of what went out, positive
    line_count = models.PositiveIntegerField(default=0)
    new_count = models.PositiveIntegerField(default=0)  # lines that this statement was the first to tell
    not_booked = models.PositiveIntegerField(default=0)
    proofs = models.JSONField(default=list)  # payments.statements.Proof
    by = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("银行流水")
        verbose_name_plural = _("银行流水")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "account", "digest", "part"], name="payments_statement_once"),
        ]
        indexes = [models.Index(fields=["tenant", "account", "-last_on", "-id"], name="payments_statement_list")]

    def __str__(self) -> str:
        return str(self.public_id)


class LineState(models.TextChoices):
    """The comment says who acts next."""

    NEW = "new", _("待匹配")  # system: matching, in the same run that stored it
    LEFT = "left", _("待处理")  # finance
    MATCHED = "matched", _("已入账")  # nobody
    HELD = "held", _("付款人不符")  # the customer, then finance: see Suspense
    IGNORED = "ignored", _("与网厅无关")  # nobody: finance has said so
    OUT = "out", _("支出")  # nobody


class MatchedBy(models.TextChoices):
    NUMBER = "number", _("自动：订单编号")
    CLAIM = "claim", _("自动：转账登记")
    KNOWN = "known", _("已人工核对")  # finance had confirmed the transfer before its line came
    PERSON = "person", _("人工")


#: nobody has found their charge yet
WAITING_LINES = (LineState.NEW, LineState.LEFT)
_FACTS_OUTSIDE = {"state", "matched_by", "payment", "decided_by", "decided_at", "note"}


class BankTransaction(TenantModel):
    """A line of a statement: one booking, once, however often the bank tells it (``identity``: statements.model).

    ``amount_fen`` is signed: positive came in. Of what came in, the counterparty is the payer. ``number``: the first
    certain number in the remark; further ones are in ``FurtherNumber``. ``payment``: the money, once the ledger has it.
    """

    # no index for a foreign key alone: those below begin with it, and every index costs the import time
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="transactions", db_index=False)
    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="transactions", db_index=False)
    row = models.PositiveIntegerField()  # as a person counts in the file
    identity = models.CharField(max_length=64)
    amount_fen = models.BigIntegerField()
    balance_fen = models.BigIntegerField(null=True, blank=True)
    booked_on = models.DateField()
    booked_at = models.DateTimeField(null=True, blank=True)
    payer_name = models.CharField(max_length=200, blank=True)
    payer_key = models.CharField(max_length=16, blank=True)  # matching.names.payer_key
    payer_account = SealedField(mask="account", null=True, blank=True)
    payer_bank = models.CharField(max_length=200, blank=True)
    remittance = models.CharField(max_length=500, blank=True)
    number = models.CharField(max_length=32, blank=True)
    bank_serial = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=8, choices=LineState.choices, default=LineState.NEW)
    matched_by = models.CharField(max_length=8, choices=MatchedBy.choices, blank=True)
    payment = models.ForeignKey(
        Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="bank_lines", db_index=False
    )
    decided_by = models.CharField(max_length=100, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)  # why, in finance's words

    pg_app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")

    class Meta:
        verbose_name = _("银行流水明细")
        verbose_name_plural = _("银行流水明细")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "account", "identity"], name="payments_line_identity"),
            models.UniqueConstraint(
                fields=["tenant", "payment"], condition=Q(payment__isnull=False), name="payments_line_payment"
            ),
            models.CheckConstraint(condition=~Q(amount_fen=0), name="payments_line_amount"),
            models.CheckConstraint(
                condition=Q(state__in=["matched", "held"], payment__isnull=False)
                | Q(state__in=["new", "left", "ignored", "out"]),
                name="payments_line_state",
            ),
            models.CheckConstraint(condition=Q(state="out") | Q(amount_fen__gt=0), name="payments_line_out"),
        ]
        indexes = [
            models.Index(fields=["tenant", "statement", "row"], name="payments_line_statement"),
            models.Index(
                fields=["tenant", "payer_key", "booked_on", "id"],
                condition=Q(state__in=["new", "left"]),
                name="payments_line_payer",
            ),
            models.Index(
                fields=["tenant", "number"], condition=Q(state__in=["new", "left"]), name="payments_line_number"
            ),
            models.Index(
                fields=["tenant", "state", "booked_on", "id"],
                condition=Q(state__in=["new", "left", "held"]),
                name="payments_line_queue",
            ),
            models.Index(
                fields=["tenant", "account", "bank_serial"], condition=~Q(bank_serial=""), name="payments_line_serial"
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """TypeError for a change of what the bank has told."""
        only = kwargs.get("update_fields")
        if not self._state.adding and (only is None or not set(only) <= _FACTS_OUTSIDE):
            raise TypeError("what the bank has told doesn't change: name the update_fields")
        super().save(*args, **kwargs)

    def vault_scope(self) -> str:
        return "bank-lines"  # one data key a tenant: a hundred thousand would be slower than the import


class FurtherNumber(TenantRow):
    """Another number in the remark of a line that holds several."""

    line = models.ForeignKey(BankTransaction, on_delete=models.PROTECT, related_name="further_numbers", db_index=False)
    number = models.CharField(max_length=32)

    pg_app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "line", "number"], name="payments_further_number")]
        indexes = [models.Index(fields=["tenant", "number"], name="payments_further_lookup")]

    def __str__(self) -> str:
        return str(self.number)
