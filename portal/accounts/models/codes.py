"""One-time codes by SMS."""

from django.db import models
from django.utils import timezone

from portal.tenants.models import TenantModel, TenantRow
from portal.vault.fields import BlindIndexField, SealedField


class SmsCode(TenantModel):
    """A code that was sent. Only its keyed hash is kept; it serves one purpose in one browser session, once."""

    purpose = models.CharField(max_length=32)
    phone = SealedField()  # opened by sms_codes alone, to know whom the right code lets in
    phone_index = BlindIndexField(source="phone", index="user.phone")
    binding_hash = models.BinaryField(max_length=32)  # of the secret that the asking session holds
    code_hash = models.BinaryField(max_length=32)
    address_group = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)  # reserved before each check
    consumed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "phone_index", "created_at"], name="smscode_phone"),
            models.Index(fields=["tenant", "address_group", "created_at"], name="smscode_address"),
            models.Index(fields=["tenant", "binding_hash", "purpose", "created_at"], name="smscode_binding"),
        ]

    def vault_scope(self) -> str:
        return "sms_codes"


class SendingLimit(TenantRow):
    """A row to lock while counting: two requests for one phone, or from one address, come one after the other."""

    subject = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "subject"], name="sending_limit_unique")]
