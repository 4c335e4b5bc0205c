"""Stored files: what is known of them. The bytes are in ``storage``, sealed."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.files.kinds import Kind
from portal.tenants.models import TenantModel
from portal.vault import BlindIndexField, SealedField


class FileState(models.TextChoices):
    PENDING = "pending", _("写入中")  # its row is there first; swept after a day if nobody commits it
    COMMITTED = "committed", _("已保存")
    DESTROYED = "destroyed", _("已销毁")


class PreviewState(models.TextChoices):
    NONE = "none", _("不需要")
    WAITING = "waiting", _("生成中")
    READY = "ready", _("已生成")
    FAILED = "failed", _("未能生成")


class StoredFile(TenantModel):
    """A file, or the picture of one of its pages (``derived_from``, ``page``).

    owner: whose data key wraps the file's key, as in the vault: "order:<public_id>". Destroying that scope
    (``vault.destroy``) erases its files; the sweep then removes the bytes.
    """

    purpose = models.CharField(max_length=40)  # of the app that stores it: "licence"; "page" for page images
    owner = models.CharField(max_length=80)
    name = SealedField(null=True, mask="text")  # file names are personal
    content_key = SealedField(null=True, mask="text")  # the file's own key, 32 hex digits
    kind = models.CharField(max_length=8)  # portal.files.kinds.Kind
    content_type = models.CharField(max_length=40)
    size = models.PositiveBigIntegerField()  # bytes, of the plain content
    digest = BlindIndexField(index="files.digest")  # HMAC-SM3 of the content's SM3: the same file is found again
    pages = models.PositiveIntegerField(default=1)
    width = models.PositiveIntegerField(default=0)  # pixels; of a PDF points of its first page
    height = models.PositiveIntegerField(default=0)
    derived_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="derived", db_index=False
    )
    page = models.PositiveIntegerField(null=True)  # from 1, of derived_from
    state = models.CharField(max_length=10, choices=FileState, default=FileState.PENDING)
    preview = models.CharField(max_length=8, choices=PreviewState, default=PreviewState.NONE)
    created_at = models.DateTimeField(default=timezone.now)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant", "owner", "id"], name="files_owner"),
            models.Index(fields=["tenant", "derived_from", "page"], name="files_derived"),
            models.Index(fields=["tenant", "created_at"], condition=models.Q(state="pending"), name="files_pending"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "derived_from", "page"],
                condition=models.Q(state="committed", derived_from__isnull=False),
                name="files_one_picture_a_page",
            ),
            models.CheckConstraint(
                name="files_destroyed_is_gone",
                condition=(models.Q(state="destroyed") & models.Q(destroyed_at__isnull=False, content_key=None))
                | (~models.Q(state="destroyed") & models.Q(destroyed_at=None)),
            ),
        ]
        verbose_name = _("文件")
        verbose_name_plural = _("文件")

    def __str__(self) -> str:
        return f"{self.purpose} {self.public_id}"

    def vault_scope(self) -> str:
        return self.owner

    @property
    def is_live(self) -> bool:
        """Committed, and neither destroyed nor erased with its owner."""
        key = self.content_key
        return self.state == FileState.COMMITTED and key is not None and not key.is_erased

    @property
    def is_picture(self) -> bool:
        """Made by us, pixel by pixel: a page image."""
        return self.derived_from_id is not None

    @property
    def kind_of_content(self) -> Kind:
        return self.kind  # type: ignore[return-value]
