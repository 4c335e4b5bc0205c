"""Organisations that hold certificates, and who may act for them."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models.user import User
from portal.tenants.models import TenantModel


class Organisation(TenantModel):
    """Known by its unified social credit code; ``old_code`` is the nine-digit code of before 2015."""

    name = models.CharField(max_length=200)
    credit_code = models.CharField(max_length=18, blank=True)
    old_code = models.CharField(max_length=9, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "credit_code"], condition=~Q(credit_code=""), name="organisation_credit_code_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def vault_scope(self) -> str:
        return f"organisation:{self.public_id}"


class MembershipRole(models.TextChoices):
    HOLDER_CONTACT = "holder_contact", _("单位联系人")
    HANDLER = "handler", _("经办人")
    AGENT = "agent", _("代办人")


class VerifiedBy(models.TextChoices):
    """What made us believe it; never an SMS code and a serial alone (DESIGN §4)."""

    KEY_PROOF = "key_proof", _("证书签名验证")
    IMPORT_CONTACT = "import_contact", _("CA 登记的联系人")
    REVIEW = "review", _("盖章授权书经审核")


class MembershipState(models.TextChoices):
    ACTIVE = "active", _("有效")
    WITHDRAWN = "withdrawn", _("已解除")


class Membership(TenantModel):
    """One mobile may act for many organisations (代办, RULES P16); ``until`` is the last day, inclusive."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=16, choices=MembershipRole.choices)
    verified_by = models.CharField(max_length=16, choices=VerifiedBy.choices)
    until = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=MembershipState.choices, default=MembershipState.ACTIVE)
    granted_at = models.DateTimeField(default=timezone.now, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "user", "organisation", "role"],
                condition=Q(state=MembershipState.ACTIVE),
                name="membership_active_unique",
            ),
        ]
