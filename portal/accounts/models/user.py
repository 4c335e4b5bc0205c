"""A person who signs in, at one tenant."""

from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.tenants.models import TenantModel
from portal.vault.fields import BlindIndexField, SealedField


class UserKind(models.TextChoices):
    CUSTOMER = "customer", _("客户")
    STAFF = "staff", _("工作人员")
    PLATFORM = "platform", _("平台人员")


class User(TenantModel, AbstractBaseUser):
    """Customers are known by their mobile (blind index), staff and platform staff by a user name.

    A person with accounts at two tenants is two users: accounts belong to one tenant (DESIGN §4).
    """

    last_login = None  # last_sign_in_at says it, and counts what RULES A2 shows

    kind = models.CharField(max_length=8, choices=UserKind.choices)
    username = models.CharField(max_length=32, null=True, blank=True)  # noqa: DJ001  (customers have none)
    phone = SealedField(null=True, blank=True)
    phone_index = BlindIndexField(source="phone", index="user.phone", null=True, blank=True)
    display_name = SealedField(null=True, blank=True)
    email = SealedField(null=True, blank=True)
    is_active = models.BooleanField(default=True)

    created_at = models.DateTimeField(default=timezone.now, editable=False)
    sign_in_count = models.PositiveIntegerField(default=0)
    last_sign_in_at = models.DateTimeField(null=True, blank=True)
    previous_sign_in_at = models.DateTimeField(null=True, blank=True)
    restricted_since = models.DateTimeField(null=True, blank=True)  # RULES P17: shows nothing old until proven again

    USERNAME_FIELD = "username"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "phone_index"], name="user_phone_unique"),
            models.UniqueConstraint(fields=["tenant", "username"], name="user_username_unique"),
            models.CheckConstraint(
                name="user_known_by",
                condition=Q(kind=UserKind.CUSTOMER, username=None, phone_index__isnull=False)
                | (~Q(kind=UserKind.CUSTOMER) & Q(username__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.masked_label

    def vault_scope(self) -> str:
        return f"user:{self.public_id}"

    @property
    def is_customer(self) -> bool:
        return self.kind == UserKind.CUSTOMER

    @property
    def is_staff(self) -> bool:
        """Staff of a tenant or of the platform."""
        return not self.is_customer

    @property
    def masked_label(self) -> str:
        """How pages and the audit log name this person: the user name of staff, a customer's mobile masked."""
        return self.username or str(self.phone)

    @property
    def is_restricted(self) -> bool:
        """RULES P17: idle for more than 180 days, and nothing but an SMS code since."""
        return self.restricted_since is not None
