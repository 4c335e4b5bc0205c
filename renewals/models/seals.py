"""Electronic seals: the impression, the seal's data, and the certificate that it is bound to (RULES P7)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.files.models import StoredFile
from portal.tenants.models import TenantModel
from renewals.models.certificates import Certificate
from renewals.models.orders import OrderItem


class SealRecord(TenantModel):
    """One seal of one certificate, from the impression to the proof that it lies on the key and works.

        prepared ──bind──► requested ──► made ──written, verified──► verified ──► replaced (bound again elsewhere)
                               └──► refused

    ``item``: whose step makes it; None for one that the CA's import brought. ``certificate``: of the registry, once
    there is one. ``picture``: the impression as PNG; ``data``: SESeal (GB/T 38540), DER; ``digest``: SM3 of it, hex.
    Both are an organisation's and stand on every document that it seals: in clear.
    """

    class State(models.TextChoices):
        PREPARED = "prepared", _("待提交")  # whoever has the step in hand: look at the impression
        REQUESTED = "requested", _("制作中")  # the seal maker acts next
        MADE = "made", _("待写入")  # the bridge of whoever has the step in hand
        VERIFIED = "verified", _("已写入并验证")  # nobody
        REPLACED = "replaced", _("已重新绑定")  # nobody: it lives on with the next certificate
        REFUSED = "refused", _("未受理")  # whoever has the step in hand: another impression

    class Origin(models.TextChoices):
        NEW = "new", _("新办")
        REBOUND = "rebound", _("重新绑定")
        IMPORTED = "imported", _("原有")

    LIVE = (State.PREPARED, State.REQUESTED, State.MADE)

    item = models.ForeignKey(OrderItem, null=True, on_delete=models.PROTECT, related_name="seals")
    certificate = models.ForeignKey(Certificate, null=True, on_delete=models.PROTECT, related_name="seals")
    predecessor = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="successors")
    origin = models.CharField(max_length=8, choices=Origin.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PREPARED)
    request_id = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    impression = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    picture = models.BinaryField(null=True)
    width_mm = models.PositiveSmallIntegerField(default=40)
    height_mm = models.PositiveSmallIntegerField(default=40)
    data = models.BinaryField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    refusal = models.CharField(max_length=64, blank=True)
    checked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField(auto_now_add=True)
    requested_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "request_id"], name="seal_request_once"),
            models.UniqueConstraint(
                fields=["tenant", "item"],
                condition=models.Q(state__in=["prepared", "requested", "made"], item__isnull=False),
                name="one_live_seal_per_item",
            ),
            models.UniqueConstraint(
                fields=["tenant", "certificate"],
                condition=models.Q(state="verified", certificate__isnull=False),
                name="one_standing_seal_per_certificate",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["made", "verified"])
                | models.Q(data__isnull=False) & ~models.Q(digest=""),
                name="seal_made_has_data",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.get_state_display()}"
