"""Parcels in both directions, the keys that the mail room has had in its hands, and every hand of each (RULES P15)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.files.models import StoredFile
from portal.tenants.models import ServicePoint, TenantModel
from portal.vault import SealedField
from renewals.models.orders import Order, OrderItem


class Shipment(TenantModel):
    """A parcel. Inbound ones may hold keys of several orders, or of none that is known; outbound ones of one alone.

    ``carrier``: a code of parcels/carriers.py. ``order``: whose keys an outbound parcel brings; None for one that
    goes back to an unknown sender. ``other_side``: JSON {name, mobile, address} as the label says: the recipient of
    an outbound parcel, the sender of an inbound one that nobody announced. ``trouble``: why it came back, or lost.
    """

    class Direction(models.TextChoices):
        INBOUND = "inbound", _("寄来")
        OUTBOUND = "outbound", _("寄出")

    class State(models.TextChoices):
        ANNOUNCED = "announced", _("在途")
        ARRIVED = "arrived", _("已到，待清点")
        CHECKED = "checked", _("已清点")
        PACKING = "packing", _("待寄出")
        SENT = "sent", _("已寄出")
        DELIVERED = "delivered", _("已签收")
        CAME_BACK = "came_back", _("已退回")
        LOST = "lost", _("已遗失")
        WITHDRAWN = "withdrawn", _("已撤销")

    class Trouble(models.TextChoices):
        REFUSED = "refused", _("收件人拒收")
        UNCOLLECTED = "uncollected", _("无人领取")
        UNDELIVERABLE = "undeliverable", _("地址不详，无法投递")
        LOST = "lost", _("快递遗失")

    direction = models.CharField(max_length=8, choices=Direction.choices)
    state = models.CharField(max_length=12, choices=State.choices)
    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="shipments")
    carrier = models.CharField(max_length=16, blank=True)
    tracking_number = models.CharField(max_length=30, blank=True)
    sent_on = models.DateField(null=True)
    other_side = SealedField(null=True, mask="text")
    freight = models.CharField(max_length=8, blank=True)  # outbound: collect or ours, as the pack says
    trouble = models.CharField(max_length=16, choices=Trouble.choices, blank=True)
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    arrived_at = models.DateTimeField(null=True)
    arrived_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)  # checked, delivered, came back, lost or withdrawn

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "direction", "carrier", "tracking_number"],
                condition=~models.Q(tracking_number="") & ~models.Q(state="withdrawn"),
                name="one_parcel_a_tracking_number",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["sent", "delivered", "came_back", "lost"])
                | ~models.Q(tracking_number="") & models.Q(sent_on__isnull=False),
                name="sent_parcels_have_a_number",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "direction", "state", "id"]),
            models.Index(fields=["tenant", "tracking_number"]),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.carrier} {self.tracking_number}"

    def vault_scope(self) -> str:
        return self.order.vault_scope() if self.order is not None else f"shipment:{self.public_id}"


class ShipmentItem(TenantModel):
    """That an item's key was announced to be in an inbound parcel; ``withdrawn_at``: it isn't any more."""

    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="announced")
    item = models.ForeignKey(OrderItem, on_delete=models.PROTECT, related_name="announced_in")
    announced_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "item"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="one_parcel_an_item",
            ),
        ]


class ReceivedKey(TenantModel):
    """One thing that the mail room has received: a key out of a parcel, or what production made.

    ``medium_number``: as read on it, "" where that can't be read. ``item`` None: nobody's yet, on the unclaimed
    shelf. ``hand``: a parcels.hands.Hand; it changes in steps/custody.py alone, with the entry that says why.
    """

    class Source(models.TextChoices):
        PARCEL = "parcel", _("寄来")
        COUNTER = "counter", _("当面交来")
        PRODUCTION = "production", _("制证")

    class Thing(models.TextChoices):
        KEY = "key", _("Ekey")
        ENVELOPE = "envelope", _("密码信封")

    class Condition(models.TextChoices):
        INTACT = "intact", _("完好")
        WORN = "worn", _("有磨损，可以用")
        BROKEN = "broken", _("损坏")

    class Mismatch(models.TextChoices):
        """Why it isn't what the order wants. Also what the step is returned for."""

        NONE = "", _("相符")
        WRONG_KEY = "wrong_key", _("不是表上的这只")
        FORM_MISSING = "form_missing", _("没有随附纸质表")
        FORM_DIFFERS = "form_differs", _("纸质表与订单不符")
        BROKEN = "key_broken", _("Ekey 损坏")

    source = models.CharField(max_length=12, choices=Source.choices)
    thing = models.CharField(max_length=12, choices=Thing.choices, default=Thing.KEY)
    shipment = models.ForeignKey(Shipment, null=True, on_delete=models.PROTECT, related_name="keys")
    outbound = models.ForeignKey(Shipment, null=True, on_delete=models.PROTECT, related_name="packed_keys")
    item = models.ForeignKey(OrderItem, null=True, on_delete=models.PROTECT, related_name="received_keys")
    medium_number = models.CharField(max_length=64, blank=True)
    condition = models.CharField(max_length=8, choices=Condition.choices, default=Condition.INTACT)
    mismatch = models.CharField(max_length=16, choices=Mismatch.choices, default=Mismatch.NONE, blank=True)
    photo = models.OneToOneField(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    shelf = models.CharField(max_length=20, blank=True)
    collection = models.CharField(max_length=8, blank=True)  # mail or pickup: its customer's wish, once it may leave
    hand = models.CharField(max_length=12, blank=True)
    service_point = models.ForeignKey(ServicePoint, null=True, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    moved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "item", "source"],  # an old medium sent in, and the new one made for it
                condition=models.Q(hand__in=["mail_room", "production", "parcel", "carrier", "counter"], mismatch=""),
                name="one_key_an_item",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "hand", "id"]),
            models.Index(fields=["tenant", "medium_number"]),
        ]

    def __str__(self) -> str:
        return self.medium_number or self.public_id

    def vault_scope(self) -> str:
        return f"key:{self.public_id}"


class CustodyEntry(TenantModel):
    """One hand of the chain, never changed. ``event`` and ``hand``: of parcels/hands.py; ``place``: shelf, tracking
    number or service point. An entry without a key is the customer's announcement for the item."""

    pg_app_privileges = ("SELECT", "INSERT")

    key = models.ForeignKey(ReceivedKey, null=True, on_delete=models.PROTECT, related_name="custody")
    item = models.ForeignKey(OrderItem, null=True, on_delete=models.PROTECT, related_name="custody")
    shipment = models.ForeignKey(Shipment, null=True, on_delete=models.PROTECT, related_name="custody")
    event = models.CharField(max_length=16)
    hand = models.CharField(max_length=12, blank=True)
    place = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=200, blank=True)  # without personal data
    by_kind = models.CharField(max_length=16)
    by_user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    by_label = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["tenant", "key", "id"]), models.Index(fields=["tenant", "item", "id"])]


class HandOver(TenantModel):
    """Who collected a key, and against which papers (RULES D8)."""

    class Collector(models.TextChoices):
        HANDLER = "handler", _("经办人本人")
        OTHER = "other", _("受托人")

    key = models.ForeignKey(ReceivedKey, on_delete=models.PROTECT, related_name="hand_overs")
    item = models.ForeignKey(OrderItem, on_delete=models.PROTECT, related_name="hand_overs")
    collector = models.CharField(max_length=8, choices=Collector.choices)
    name = SealedField()
    id_number = SealedField(null=True)  # of whoever isn't the handler
    papers = models.JSONField(default=list)  # names of what was handed in
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    def vault_scope(self) -> str:
        return self.item.order.vault_scope()
