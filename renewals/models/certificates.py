"""Certificates that a CA has issued, who may see them, and why."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Organisation, User
from portal.tenants.models import TenantModel
from portal.vault import BlindIndexField, SealedField
from renewals.models.registry import Gateway


class CaStatus(models.TextChoices):
    """The CA's own word on a certificate, apart from its dates (RULES A6)."""

    VALID = "valid", _("有效")
    FROZEN = "frozen", _("冻结")
    REVOKED = "revoked", _("已吊销")
    REPLACED = "replaced", _("已更新")
    UNKNOWN = "unknown", _("未知")


class CertificateKind(models.TextChoices):
    """What the certificate is for, where the CA tells them apart (RULES A14)."""

    GATEWAY = "gateway", _("网关")
    TERMINAL = "terminal", _("终端")


class UnwantedReason(models.TextChoices):
    """Why nobody wants a certificate any more (RULES P24)."""

    RENEWED_ELSEWHERE = "renewed_elsewhere", _("已在别处换了新证书")
    BUSINESS_ENDED = "business_ended", _("业务已停办")
    KEY_DISCARDED = "key_discarded", _("Ekey 已作废或交回")
    OTHER = "other", _("其他原因")


class Certificate(TenantModel):
    """One signing certificate and, where the CA made one, its encryption certificate.

    ``holder_name`` and ``holder_code`` are what the certificate itself names; they are organisations'
    data and stand in clear. ``serial`` is upper-case hex without leading zeros or a prefix; ``number`` is what the CA
    prints as 证书号 where that is another one ("JSB0001@3", "12345#0": RULES B3).
    """

    programme_slug = models.CharField(max_length=64)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="certificates")
    serial = models.CharField(max_length=64)
    subject = models.CharField(max_length=500)
    holder_kind = models.CharField(max_length=32)
    holder_name = models.CharField(max_length=200)
    holder_code = models.CharField(max_length=32)
    medium_number = models.CharField(max_length=64, blank=True)
    key_model = models.CharField(max_length=64)
    algorithm = models.CharField(max_length=8)
    storage = models.CharField(max_length=16, default="hardware")
    has_seal = models.BooleanField(default=False)
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    ca_status = models.CharField(max_length=16, choices=CaStatus.choices, default=CaStatus.VALID)
    ca_status_at = models.DateTimeField(null=True)
    signing_der = models.BinaryField()
    encryption_der = models.BinaryField(null=True)
    predecessor = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="successor")
    number = models.CharField(max_length=64, blank=True, default="")
    gateway = models.ForeignKey(Gateway, null=True, blank=True, on_delete=models.PROTECT, related_name="certificates")
    kind = models.CharField(max_length=12, choices=CertificateKind.choices, blank=True, default="")
    # 不再使用 (RULES P24): hidden from reminders and pop-up until somebody takes it back
    unwanted_at = models.DateTimeField(null=True, blank=True)
    unwanted_by = models.CharField(max_length=100, blank=True, default="")
    unwanted_reason = models.CharField(max_length=20, choices=UnwantedReason.choices, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "serial"], name="certificate_serial_once"),
        ]
        indexes = [
            models.Index(fields=["tenant", "organisation", "not_after"]),
            models.Index(fields=["tenant", "not_after", "id"]),
            models.Index(fields=["tenant", "medium_number"]),
            models.Index(
                fields=["tenant", "number"], condition=~models.Q(number=""), name="renewals_certificate_number"
            ),
        ]

    def __str__(self) -> str:
        return self.serial

    @property
    def display_number(self) -> str:
        """证书号 as customers know it: the CA's own number, else the serial."""
        return self.number or self.serial

    @property
    def is_unwanted(self) -> bool:
        return self.unwanted_at is not None


class CertificateContact(TenantModel):
    """A contact that the CA's import named for a certificate (DESIGN §4): may claim it by phone.

    ``withdrawn_at``: somebody with the key, or with a sealed authorisation, said that this person has left (P2).
    """

    certificate = models.ForeignKey(Certificate, on_delete=models.CASCADE, related_name="contacts")
    name = SealedField()
    phone = SealedField()
    phone_index = BlindIndexField(source="phone", index="user.phone")  # as a user's, so that the two meet
    email = SealedField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["tenant", "phone_index"])]

    def vault_scope(self) -> str:
        return f"certificate:{self.certificate.public_id}"


class CertificateGrant(TenantModel):
    """That a user may work with a certificate, and what proved it: never an SMS code and a serial alone."""

    class Via(models.TextChoices):
        KEY_PROOF = "key_proof", _("Ekey 验证")
        IMPORT_CONTACT = "import_contact", _("CA 登记的联系人")
        REVIEW = "review", _("盖章授权审核")

    certificate = models.ForeignKey(Certificate, on_delete=models.CASCADE, related_name="grants")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="certificate_grants")
    via = models.CharField(max_length=16, choices=Via.choices)
    granted_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "certificate", "user"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="certificate_grant_once",
            ),
        ]
