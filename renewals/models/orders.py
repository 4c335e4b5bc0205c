"""Orders: the programme version they walk, their items, steps, and what was done to them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Organisation, User
from portal.tenants.models import TenantModel
from renewals.models.certificates import Certificate


class ProgrammeVersion(TenantModel):
    """An immutable rule pack. ``document`` is canonical JSON; ``digest`` its SM3 in hex."""

    slug = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    schema_version = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    document = models.TextField()
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "slug", "version"], name="programme_version_once"),
            models.UniqueConstraint(fields=["tenant", "slug", "digest"], name="programme_digest_once"),
        ]

    def __str__(self) -> str:
        return f"{self.slug} v{self.version}"


class OrderSerial(TenantModel):
    """The day's last six-digit serial for a kind of order (RULES Across 1); locked while it counts."""

    kind = models.CharField(max_length=2)
    day = models.DateField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "kind", "day"], name="order_serial_once")]


class Order(TenantModel):
    """One customer's business with the CA.

    ``facts`` is the snapshot that the path was chosen by. ``status``, ``next_actor`` and ``due_on`` are
    the projection that orders.py writes and queues are indexed by; lifecycle.derive is the truth.
    ``version`` counts acts: what a page has seen. ``charge`` is the charge's public id, once quoted.
    ``superseded_by``: the replacement that took its place; its money went on there.
    ``handed_over_at``: somebody else proved the key and took the order over; what was typed before is not theirs.
    """

    class Claim(models.TextChoices):
        """What the customer's right to the certificate rests on while it isn't proven (RULES P2)."""

        PROVEN = "", _("已证明")  # by the key, the CA's import, or a review
        SEALED_AUTHORISATION = "sealed_authorisation", _("盖章授权，待审核")

    class Business(models.TextChoices):
        """业务类型: what the order is for (A13)."""

        ENROLMENT = "enrolment", _("新增")
        REPLACEMENT = "replacement", _("补办")
        RENEWAL = "renewal", _("更新")
        PIN_UNBLOCK = "pin_unblock", _("解锁")
        TOKEN_MODEL_CHANGE = "token_model_change", _("更换型号")
        SUBJECT_CHANGE = "subject_change", _("变更")

    number = models.CharField(max_length=17)
    programme = models.ForeignKey(ProgrammeVersion, on_delete=models.PROTECT, related_name="orders")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="orders")
    customer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="orders")
    claim = models.CharField(max_length=24, blank=True, choices=Claim.choices, default=Claim.PROVEN)
    business = models.CharField(max_length=24, choices=Business.choices, default=Business.RENEWAL)
    path = models.CharField(max_length=64)
    facts = models.JSONField()
    version = models.PositiveIntegerField(default=0)
    ending = models.JSONField(null=True)  # lifecycle.Ending: how it ended and what is still owed
    charge = models.CharField(max_length=32, blank=True)
    status = models.CharField(max_length=24)
    next_actor = models.CharField(max_length=32)
    due_on = models.DateField(null=True)
    opened_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    superseded_by = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="supersedes")
    handed_over_at = models.DateTimeField(null=True)
    forgotten_at = models.DateTimeField(null=True)  # its personal data was erased (RULES Across 6)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "number"], name="order_number_once")]
        indexes = [
            models.Index(fields=["tenant", "status", "opened_at", "id"]),
            models.Index(fields=["tenant", "customer", "opened_at", "id"]),
            models.Index(fields=["tenant", "opened_at", "id"]),
            models.Index(fields=["tenant", "next_actor", "opened_at", "id"]),  # whose queue
            models.Index(fields=["tenant", "due_on", "id"]),  # what is late
        ]

    def __str__(self) -> str:
        return self.number

    def vault_scope(self) -> str:
        return f"order:{self.public_id}"


class OrderItem(TenantModel):
    """(business type, certificate) of an order; ``reserves`` while it holds the certificate (RULES Across 2).

    ``effect``: what one open order at a time may do to a certificate. Renewal, replacement and the changes all put
    another in its place; an unblocking runs beside them; an enrolment's certificate is only the model for the new one.

    ``business_type`` renewal, or subject_change with the holder's ``new_name`` (RULES P11): an organisation's name,
    in clear as the certificate's own.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="items")
    business_type = models.CharField(max_length=24, default="renewal")
    effect = models.CharField(max_length=24, default="renewal")
    new_name = models.CharField(max_length=200, blank=True)
    new_number = models.CharField(max_length=64, blank=True, default="")  # 证书号 of an enrolment, once allotted
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="order_items")
    issued = models.OneToOneField(Certificate, null=True, on_delete=models.PROTECT, related_name="issued_by_item")
    reserves = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "certificate", "effect"],
                condition=models.Q(reserves=True),
                name="one_open_item_per_certificate",
            ),
        ]


class StepRecord(TenantModel):
    """lifecycle.Step, stored. ``item`` is set for item-scoped steps alone."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="steps")
    item = models.ForeignKey(OrderItem, null=True, on_delete=models.PROTECT, related_name="steps")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=32)
    kind = models.CharField(max_length=32)
    state = models.CharField(max_length=16)
    phase = models.CharField(max_length=16, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    evidence_version = models.PositiveSmallIntegerField(null=True)
    evidence_fields = models.JSONField(default=list)
    since_version = models.PositiveSmallIntegerField(default=0)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "order", "name", "item"], nulls_distinct=False, name="step_once"),
        ]


class OrderAct(TenantModel):
    """What was done through the one door: the idempotency record and the order's timeline.

    ``answer`` holds no secrets: a renewal code is shown by the first answer alone.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="acts")
    key = models.CharField(max_length=80)
    request_digest = models.CharField(max_length=64)
    step = models.CharField(max_length=32, blank=True)
    action = models.CharField(max_length=32)
    item = models.ForeignKey(OrderItem, null=True, on_delete=models.PROTECT)
    actor_kind = models.CharField(max_length=16)
    actor_user = models.ForeignKey(User, null=True, on_delete=models.PROTECT)
    actor_label = models.CharField(max_length=80)
    answer = models.JSONField(default=dict)
    order_version = models.PositiveIntegerField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "order", "key"], name="order_act_key_once"),
            models.UniqueConstraint(fields=["tenant", "order", "order_version"], name="order_act_version_once"),
        ]


class DualControl(TenantModel):
    """An operation that two certificate administrators have to want (RULES P20): one asks, another confirms."""

    class Operation(models.TextChoices):
        REVOKE_NEW = "revoke_new"
        REISSUE_CODE = "reissue_code"
        REMAKE = "remake"  # a medium that was lost or dead on arrival (P18, P23)
        RELEASE_UNBLOCK = "release_unblock"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="dual_controls")
    item = models.ForeignKey(OrderItem, null=True, on_delete=models.PROTECT)
    operation = models.CharField(max_length=24, choices=Operation.choices)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "order", "item", "operation"],
                condition=models.Q(confirmed_at__isnull=True),
                nulls_distinct=False,
                name="one_pending_dual_control",
            ),
            models.CheckConstraint(
                condition=~models.Q(confirmed_by=models.F("asked_by")), name="dual_control_takes_two"
            ),
        ]
