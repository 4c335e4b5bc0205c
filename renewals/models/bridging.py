"""What the bridge on a customer's computer reported, and what it may do once: environment reports, unblockings."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.tenants.models import TenantModel
from portal.vault import SealedField
from renewals.models.orders import OrderItem


class EnvironmentReport(TenantModel):
    """What one look at a customer's computer found, check by check (RULES A5, B1).

    ``findings``: {name, state, found, present, enabled, error} by the step's checks; ``state`` passed, failed or
    missing. Versions and numbers only: nothing in it says whose computer it is.
    """

    item = models.ForeignKey(OrderItem, on_delete=models.PROTECT, related_name="environment_reports")
    reported_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField()
    passed = models.BooleanField()
    findings = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["tenant", "item", "-id"], name="newest_environment_report")]


class PinUnblock(TenantModel):
    """One locked key that waits for a new PIN: asked, released by two persons, used once (RULES P1).

    ``nonce`` is the key's own (bridge: pin.info) and changes with the use, so that an authorisation unlocks once.
    ``authorization``: base64 of what the key believes, from the CA; sealed until it is used, then emptied.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("待核实身份")  # the certificate administrators act next
        CONFIRMED = "confirmed", _("等待 CA 授权")  # the CA acts next
        RELEASED = "released", _("已授权，待设置新 PIN")  # the customer's bridge acts next
        USED = "used", _("已解锁")  # nobody: the end
        REFUSED = "refused", _("未授权")  # nobody: the customer may ask again
        LAPSED = "lapsed", _("授权已过期")  # nobody: the customer may ask again

    OVER = (State.USED, State.REFUSED, State.LAPSED)

    item = models.ForeignKey(OrderItem, on_delete=models.PROTECT, related_name="unblocks")
    state = models.CharField(max_length=16, choices=State.choices, default=State.ASKED)
    key_serial = models.CharField(max_length=40)
    nonce = models.BinaryField(max_length=64)
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    authorization = SealedField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "item"],
                condition=~models.Q(state__in=["used", "refused", "lapsed"]),
                name="one_pending_unblock_per_item",
            ),
        ]

    def vault_scope(self) -> str:
        return f"pin-unblock:{self.public_id}"
