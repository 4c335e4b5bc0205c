"""Production: what is made for an item, in which batch, and the secrets that travel to its holder once (RULES D8, D9).

    ProductionTask   queued ──start──► making ──finish──► made         scrapped: dead on arrival or lost, made again
    FirstPin         asked ──► set ──► sent                            void: another one took its place
    DownloadCodes    made ──► printed ──► used ──► spent

A first PIN and download codes are sealed under data keys of their own, leave once, and are gone then: the columns are
emptied and the key is destroyed (RULES Across 5).
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.tenants.models import TenantModel
from portal.vault import SealedField
from renewals.models.orders import Order, OrderItem


class ProductionBatch(TenantModel):
    """Media that are made in one go: what the desk takes out of the safe, and what comes back.

    ``number``: day and count of the day, 20261123-02. Open until every task in it is settled.
    """

    number = models.CharField(max_length=16)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["tenant", "number"], name="production_batch_number_once")]

    def __str__(self) -> str:
        return self.number


class ProductionTask(TenantModel):
    """One medium, or one password envelope, to be made for one item; the queue is indexed by it.

    ``is_open`` while production acts on it. ``first_in_line``: a remake that the customer shouldn't have to wait for
    (RULES P18). ``medium_number`` and ``key_serial``: the new medium's, known once the desk has seen it.
    """

    class Makes(models.TextChoices):
        NEW_MEDIUM = "new_medium", _("制作新介质")
        RENEWED_KEY = "renewed_key", _("在寄来的介质上更新")
        DOWNLOAD_CODES = "download_codes", _("制作密码信封")

    class State(models.TextChoices):
        QUEUED = "queued", _("待制作")  # production acts next
        MAKING = "making", _("制作中")  # the person who took it acts next
        MADE = "made", _("已制作")  # nobody here: packed and sent by the mail room
        SCRAPPED = "scrapped", _("已作废")  # nobody: another one is made in its place

    class Remake(models.TextChoices):
        """Why another one is made (RULES P18, P23)."""

        DEAD_ON_ARRIVAL = "dead_on_arrival", _("到手即坏")
        LOST_IN_TRANSIT = "lost_in_transit", _("运输途中遗失")
        FAULTY = "faulty", _("制作中发现介质损坏")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="production_tasks")
    item = models.ForeignKey(OrderItem, on_delete=models.PROTECT, related_name="production_tasks")
    step = models.CharField(max_length=40)
    makes = models.CharField(max_length=16, choices=Makes.choices)
    state = models.CharField(max_length=16, choices=State.choices, default=State.QUEUED)
    is_open = models.BooleanField(default=True)
    first_in_line = models.BooleanField(default=False)
    due_on = models.DateField()
    batch = models.ForeignKey(ProductionBatch, null=True, on_delete=models.PROTECT, related_name="tasks")
    remake_of = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="remade_as")
    remake_reason = models.CharField(max_length=24, choices=Remake.choices, blank=True)
    medium_number = models.CharField(max_length=64, blank=True)
    key_serial = models.CharField(max_length=64, blank=True)
    opened_at = models.DateTimeField()
    taken_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(null=True)
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "item"],
                condition=~models.Q(state="scrapped"),
                name="one_live_production_task_per_item",
            ),
            models.UniqueConstraint(
                fields=["tenant", "key_serial"],
                condition=~models.Q(key_serial="") & ~models.Q(state="scrapped") & models.Q(makes="new_medium"),
                name="one_new_medium_per_key",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "is_open", "-first_in_line", "due_on", "id"], name="production_queue"),
        ]


class PinReset(TenantModel):
    """A mailed-in key gets another PIN: asked by one person, released by a second one, used once (RULES P14).

    ``nonce`` is the key's own (bridge: pin.info) and changes with the use. ``authorization``: what the key believes,
    sealed until it is used.
    """

    item = models.ForeignKey(OrderItem, on_delete=models.PROTECT, related_name="pin_resets")
    key_serial = models.CharField(max_length=64)
    nonce = models.BinaryField(max_length=64)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    released_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    authorization = SealedField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "item"], condition=models.Q(used_at__isnull=True), name="one_pending_pin_reset"
            ),
            models.CheckConstraint(condition=~models.Q(released_by=models.F("asked_by")), name="pin_reset_takes_two"),
        ]

    def vault_scope(self) -> str:
        return f"pin-reset:{self.public_id}"


class FirstPin(TenantModel):
    """A PIN that was made by machine for a medium; nobody at the hall sees it (RULES D9, Across 5).

    The hall makes a key pair for this one PIN. The desk's bridge makes the PIN, gives it to the medium and seals it to
    ``public_key`` (SM2, SubjectPublicKeyInfo): ``sealed_pin``. ``private_key`` opens that once, for the message or
    the mailer; then both are emptied and their data key is destroyed.
    """

    class Way(models.TextChoices):
        SMS = "sms", _("短信")
        MAILER = "mailer", _("密码信封")

    class State(models.TextChoices):
        ASKED = "asked", _("待设置")  # the desk's bridge acts next
        SET = "set", _("已设置，待发送")  # the system (SMS) or production (mailer) acts next
        SENT = "sent", _("已发送")  # nobody: wiped here
        VOID = "void", _("已作废")  # nobody: wiped, never sent; another one took its place

    LIVE = (State.ASKED, State.SET)

    task = models.ForeignKey(ProductionTask, on_delete=models.PROTECT, related_name="first_pins")
    way = models.CharField(max_length=8, choices=Way.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    key_serial = models.CharField(max_length=64)
    txn = models.CharField(max_length=128)  # under which the bridge keeps it
    public_key = models.BinaryField()
    private_key = SealedField(null=True, mask="text")
    sealed_pin = models.BinaryField(null=True)
    asked_at = models.DateTimeField()
    set_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    wiped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "task"],
                condition=models.Q(state__in=["asked", "set"]),
                name="one_live_first_pin",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["asked", "set"])
                | models.Q(private_key__isnull=True, sealed_pin__isnull=True, wiped_at__isnull=False),
                name="first_pin_is_wiped",
            ),
        ]

    def vault_scope(self) -> str:
        return f"first-pin:{self.public_id}"


class DownloadCodes(TenantModel):
    """参考码 and 授权码 of a file certificate, from the password envelope: good for 30 days (RULES B6, B7).

    Hashes are keyed (issuing/download_codes.py). ``codes``: "reference|authorization", sealed until the envelope is
    printed, then gone. ``first_used_at``: of the first request that was right; it may be repeated for 24 hours.
    ``ended_at``: another envelope took this one's place.
    """

    item = models.ForeignKey(OrderItem, on_delete=models.PROTECT, related_name="download_codes")
    reference_hash = models.BinaryField(max_length=32)
    authorization_hash = models.BinaryField(max_length=32)
    codes = SealedField(null=True, mask="text")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    printed_at = models.DateTimeField(null=True)
    first_used_at = models.DateTimeField(null=True)
    spent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "reference_hash"], name="download_reference_once"),
            models.UniqueConstraint(
                fields=["tenant", "item"], condition=models.Q(ended_at__isnull=True), name="one_live_download_codes"
            ),
        ]

    def vault_scope(self) -> str:
        return f"download-codes:{self.public_id}"
