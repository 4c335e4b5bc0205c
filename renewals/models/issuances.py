"""Making the new certificate and bringing it onto the key."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.tenants.models import TenantModel
from renewals.models.certificates import Certificate
from renewals.models.orders import OrderItem


class Issuance(TenantModel):
    """One certificate of one item, from the intent to the verified installation.

    The request id is committed before the CA is called, so that a worker that dies finds its question
    again. Certificates are DER; ``enveloped_key`` is the encryption key, sealed by the CA to the new
    signing key (SM2EnvelopedKey, GM/T 0009): the portal can't open it. ``history`` are the holder's earlier encryption
    keys, restored by the CA for a new medium (issuing/history.py), until the customer confirms (RULES P8).
    """

    class State(models.TextChoices):
        PREPARED = "prepared", _("等待写入")  # the customer's bridge acts next: CSR and the old key's word
        REQUESTED = "requested", _("CA 签发中")  # the CA acts next
        ISSUED = "issued", _("已签发")  # the customer's bridge acts next: install, then prove
        VERIFIED = "verified", _("已安装")  # nobody: the end
        REFUSED = "refused", _("CA 拒绝")  # nobody: the order stops
        WITHDRAWN = "withdrawn", _("已撤回")  # nobody: revoked at the CA before it was installed (RULES P19)

    item = models.ForeignKey(OrderItem, on_delete=models.PROTECT, related_name="issuances")
    state = models.CharField(max_length=16, choices=State.choices, default=State.PREPARED)
    request_id = models.CharField(max_length=40)
    csr = models.BinaryField(null=True)
    vouch_signature = models.BinaryField(null=True)
    vouch_tbs = models.BinaryField(null=True)
    signing_certificate = models.BinaryField(null=True)
    encryption_certificate = models.BinaryField(null=True)
    enveloped_key = models.BinaryField(null=True)
    chain = models.BinaryField(null=True)
    history = models.BinaryField(null=True)
    history_confirmed_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=64, blank=True)
    begun_at = models.DateTimeField(auto_now_add=True)
    requested_at = models.DateTimeField(null=True)
    issued_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "request_id"], name="issuance_request_once"),
            models.UniqueConstraint(
                fields=["tenant", "item"],
                condition=~models.Q(state__in=["refused", "withdrawn"]),
                name="one_live_issuance_per_item",
            ),
        ]


class RenewalCode(TenantModel):
    """更新码: shown once before the key is touched, kept as a keyed hash, bound to item, certificate and key."""

    item = models.ForeignKey(OrderItem, on_delete=models.PROTECT, related_name="renewal_codes")
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT)
    medium_number = models.CharField(max_length=64, blank=True)
    code_hash = models.BinaryField(max_length=32)
    made_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "item"], condition=models.Q(ended_at__isnull=True), name="one_live_renewal_code"
            ),
        ]


class BridgeChallenge(TenantModel):
    """A single-use question for the key: 120 s, bound to session, certificate and purpose (docs/bridge.md)."""

    challenge = models.BinaryField(max_length=32)
    purpose = models.CharField(max_length=16)
    transaction = models.CharField(max_length=120)
    certificate = models.ForeignKey(Certificate, null=True, on_delete=models.CASCADE)
    item = models.ForeignKey(OrderItem, null=True, on_delete=models.CASCADE)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE)
    session_hash = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)  # reserved before the answer is looked at: no second try
    proved_at = models.DateTimeField(null=True)  # the answer was right, and has taken effect

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "challenge"], name="bridge_challenge_once")]
