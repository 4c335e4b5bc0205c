"""What the customer wrote and agreed to."""

from django.db import models

from portal.accounts.models import User
from portal.tenants.models import TenantModel
from portal.vault import SealedField
from renewals.models.orders import Order


class ConsentRecord(TenantModel):
    """Evidence of one consent: text, version, digest of the very words, time, address (RULES C1)."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="consents")
    user = models.ForeignKey(User, on_delete=models.PROTECT)
    text = models.CharField(max_length=64)
    text_version = models.CharField(max_length=32)
    text_digest = models.CharField(max_length=64)
    given_at = models.DateTimeField(auto_now_add=True)
    address = SealedField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "order", "user", "text", "text_version"], name="consent_once"),
        ]

    def vault_scope(self) -> str:
        return self.order.vault_scope()


class ApplicationDraft(TenantModel):
    """What stands in the form so far: a side table, saved while the customer types."""

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="draft")
    data = SealedField()
    saved_at = models.DateTimeField(auto_now=True)

    def vault_scope(self) -> str:
        return self.order.vault_scope()


class ApplicationVersion(TenantModel):
    """An application as it was confirmed; never changed, the next confirmation makes the next version.

    ``data`` is sealed JSON (steps/application.py gives its shape); ``digest`` an HMAC-SM3 of it, so that
    equal answers are seen without opening them.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="applications")
    version = models.PositiveSmallIntegerField()
    term = models.CharField(max_length=16)
    data = SealedField()
    digest = models.CharField(max_length=64)
    confirmed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["version"]
        constraints = [models.UniqueConstraint(fields=["tenant", "order", "version"], name="application_version_once")]

    def vault_scope(self) -> str:
        return self.order.vault_scope()
