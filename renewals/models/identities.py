"""Who the handler is: the three-factor log, the phone's link, the ID's photographs, liveness, a look in person."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.files.models import StoredFile
from portal.tenants.models import TenantModel
from portal.vault import BlindIndexField, SealedField
from renewals.models.applications import ApplicationVersion
from renewals.models.orders import Order


class IdentityCheck(TenantModel):
    """One run of the three-factor check (name, ID number, mobile) and its outcome (RULES C6)."""

    class Outcome(models.TextChoices):
        PENDING = "pending", _("核验中")
        MATCH = "match", _("一致")
        MISMATCH = "mismatch", _("不一致")
        NO_RECORD = "no_record", _("查无记录")
        UNAVAILABLE = "unavailable", _("核验服务暂不可用")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="identity_checks")
    application = models.ForeignKey(ApplicationVersion, on_delete=models.PROTECT)
    request_id = models.CharField(max_length=40)
    outcome = models.CharField(max_length=16, choices=Outcome.choices, default=Outcome.PENDING)
    asked_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "request_id"], name="identity_request_once")]


class PhoneSession(TenantModel):
    """A one-time link for the handler's phone, and the one phone that opened it (RULES C8).

    ``token`` and ``phone`` are kept as keyed hashes: of what stands in the link, and of the secret in the session of
    the phone that opened it. ``visit``: the customer's visit that the link belongs to. Masks are made when it opens.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="phone_sessions")
    application = models.ForeignKey(ApplicationVersion, on_delete=models.PROTECT)
    visit = models.CharField(max_length=16)
    token = BlindIndexField(index="identity.phone_token", null=True)
    phone = BlindIndexField(index="identity.phone", null=True)
    masked_name = models.CharField(max_length=16, blank=True)
    masked_mobile = models.CharField(max_length=16, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()  # of the link; a phone that has opened it may go on for a while
    opened_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "token"], name="phone_token_once"),
            models.UniqueConstraint(fields=["tenant", "phone"], name="phone_secret_once"),
            models.UniqueConstraint(
                fields=["tenant", "order"], condition=models.Q(ended_at=None), name="one_phone_per_order"
            ),
        ]


class IdentityPhoto(TenantModel):
    """One side of the ID card, as photographed. A new picture of the same side destroys the one before."""

    class Side(models.TextChoices):
        FRONT = "front", _("人像面")
        BACK = "back", _("国徽面")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="identity_photos")
    application = models.ForeignKey(ApplicationVersion, on_delete=models.PROTECT)
    side = models.CharField(max_length=8, choices=Side.choices)
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT)
    taken_at = models.DateTimeField(auto_now_add=True)
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "order", "side"], condition=models.Q(dropped_at=None), name="one_photo_a_side"
            ),
        ]


class LivenessCheck(TenantModel):
    """One session at the liveness service (RULES C8). Its row is the try that was reserved before asking."""

    class Outcome(models.TextChoices):
        PENDING = "pending", _("进行中")
        PASSED = "passed", _("通过")
        FAILED = "failed", _("未通过")
        DECLINED = "declined", _("本人未继续")
        EXPIRED = "expired", _("超时未完成")
        UNAVAILABLE = "unavailable", _("检测服务暂不可用")

    class Reason(models.TextChoices):
        NOT_LIVE = "not_live", _("未检测到真人")
        FACE_MISMATCH = "face_mismatch", _("与证件照片不一致")
        NO_PHOTO = "no_photo", _("没有可比对的证件照片")
        POOR_IMAGE = "poor_image", _("画面不清晰")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="liveness_checks")
    application = models.ForeignKey(ApplicationVersion, on_delete=models.PROTECT)
    phone = models.ForeignKey(PhoneSession, on_delete=models.PROTECT)
    request_id = models.CharField(max_length=40)
    page_url = SealedField(null=True, mask="text")  # the service's page, while it may be opened
    outcome = models.CharField(max_length=16, choices=Outcome.choices, default=Outcome.PENDING)
    reason = models.CharField(max_length=16, choices=Reason.choices, blank=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "request_id"], name="liveness_request_once"),
            models.UniqueConstraint(
                fields=["tenant", "order"], condition=models.Q(outcome="pending"), name="one_liveness_check_at_a_time"
            ),
        ]

    def vault_scope(self) -> str:
        return self.order.vault_scope()


class PersonalCheck(TenantModel):
    """A member of staff looks at the handler and the ID, at the counter or by video (RULES P4)."""

    class Method(models.TextChoices):
        COUNTER = "counter", _("当面核验")
        VIDEO = "video", _("视频核验")

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("等待工作人员核验")
        CONFIRMED = "confirmed", _("核验通过")
        NOT_CONFIRMED = "not_confirmed", _("未能确认")
        WITHDRAWN = "withdrawn", _("改用其他方式")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="personal_checks")
    application = models.ForeignKey(ApplicationVersion, on_delete=models.PROTECT)
    step = models.CharField(max_length=32)
    wished = models.CharField(max_length=8, choices=Method.choices, blank=True)  # by the customer; "" after the tries
    method = models.CharField(max_length=8, choices=Method.choices, blank=True)
    outcome = models.CharField(max_length=16, choices=Outcome.choices, default=Outcome.WAITING)
    reason = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
