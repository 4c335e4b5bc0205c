"""Certificates that a CA has issued, who may see them, and why."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Organisation, User
from portal.tenants.models import TenantModel
from portal.vault import BlindIndexField, SealedField


class CaStatus(models.TextChoices):
    """The CA's own word on a certificate, apart from its dates (RULES A6)."""

    VALID = "valid", _("有效")
    FROZEN = "frozen", _("冻结")
    REVOKED = "revoked", _("已吊销")
    REPLACED = "replaced", _("已更新")
    UNKNOWN = "unknown", _("未知")


class Certificate(TenantModel):
    """One signing certificate and, where the CA made one, its encryption certificate.

    ``holder_name`` and ``holder_code`` are what the certificate itself names; they are organisations'
    data and stand in clear. ``serial`` is upper-case hex without leading zeros or a prefix.
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

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "serial"], name="certificate_serial_once"),
        ]
        indexes = [
            models.Index(fields=["tenant", "organisation", "not_after"]),
            models.Index(fields=["tenant", "not_after", "id"]),
            models.Index(fields=["tenant", "medium_number"]),
        ]

    def __str__(self) -> str:
        return self.serial


class CertificateContact(TenantModel):
    """A contact that the CA's import named for a certificate (DESIGN §4): may claim it by phone.

    ``withdrawn_at``: somebody with the key, or with a sealed authorisation, said that this person has left (P2).
    """

    certificate = models.ForeignKey(Certificate, on_delete=models.CASCADE, related_name="contacts")
    name = SealedField()
    phone = SealedField()
    phone_index = BlindIndexField(source="phone", index="user.phone")  # as a user's, so that the two meet
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
