"""Papers: the request form as it was printed, and the scans that customers hand in."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.files.models import StoredFile
from portal.tenants.models import TenantModel
from portal.vault import SealedField
from renewals.models.orders import Order


class FormPrint(TenantModel):
    """The request form of one version of the application: made once, its very bytes are kept (RULES C7, Across 3).

    ``version``: the application's, printed on it. ``covers``: the newest version that would show nothing else, so
    that this print and its scan count for it too. ``data``: what it shows, canonical JSON (request_form/data.py).
    ``digest``: of that data, bound by the QR code; ``pdf_digest``: SM3 of the file; both 64 hex digits.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("生成中")
        READY = "ready", _("已生成")
        UNPRINTABLE = "unprintable", _("有打印不出的字")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="prints")
    version = models.PositiveSmallIntegerField()
    covers = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    data = SealedField(mask="text")
    file = models.OneToOneField(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, blank=True)
    pdf_digest = models.CharField(max_length=64, blank=True)
    template_version = models.CharField(max_length=16, blank=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    printed_at = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "order", "version"], name="form_print_once"),
            models.UniqueConstraint(fields=["tenant", "order", "covers"], name="form_print_covers_once"),
            models.CheckConstraint(
                condition=~models.Q(state="ready")
                | models.Q(file__isnull=False, printed_at__isnull=False) & ~models.Q(digest="", pdf_digest=""),
                name="form_print_ready_is_kept",
            ),
        ]

    def vault_scope(self) -> str:
        return self.order.vault_scope()


class Document(TenantModel):
    """A scan that was handed in for one paper of the pack; the newest live one counts.

    ``kind``: of the paper's own kinds (RULES P22), or "". ``form_version``: of a paper that binds the form, the
    print that was wanted when it came. ``read``: what its QR code says where that is another order or version.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("已上传，未提交")
        SUBMITTED = "submitted", _("已提交")
        ACCEPTED = "accepted", _("已通过")
        RETURNED = "returned", _("已退回")
        SUPERSEDED = "superseded", _("已被替换")

    class Binding(models.TextChoices):
        """What the scan's QR code says. Those in ``WRONG`` can't be handed in; NOT_FOUND a person looks at."""

        NONE = "", _("不核对")
        CHECKING = "checking", _("核对中")
        BOUND = "bound", _("与本次申请一致")
        NOT_FOUND = "not_found", _("没有读到二维码")
        KEY_UNKNOWN = "key_unknown", _("二维码不能自动核对")
        OTHER_ORDER = "other_order", _("另一张订单的申请表")
        OTHER_PAPER = "other_paper", _("另一种材料")
        OTHER_VERSION = "other_version", _("旧版申请表")
        NOT_OURS = "not_ours", _("不是本网厅的二维码")

    LIVE = (State.UPLOADED, State.SUBMITTED, State.ACCEPTED, State.RETURNED)
    WRONG = (Binding.OTHER_ORDER, Binding.OTHER_PAPER, Binding.OTHER_VERSION, Binding.NOT_OURS)

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="documents")
    paper = models.CharField(max_length=32)
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, choices=State.choices, default=State.UPLOADED)
    kind = models.CharField(max_length=32, blank=True)
    form_version = models.PositiveSmallIntegerField(null=True)
    binding = models.CharField(max_length=16, choices=Binding.choices, default=Binding.NONE, blank=True)
    read = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=64, blank=True)  # of the pack's review, while it is returned
    uploaded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "order", "paper"],
                condition=~models.Q(state="superseded"),
                name="one_live_document_a_paper",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "order", "id"])]
