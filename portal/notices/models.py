"""Tables of notices. What is written to a person is sealed; rows hold no readable phone, address or text."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from portal.notices.registry import Channel
from portal.tenants.models import TenantModel

CHANNELS = [(channel.value, channel.value) for channel in Channel]


class NoticeText(TenantModel):
    """A tenant's own wording of one kind on one channel; the highest version counts, older ones stay.

    `provider_template`: the SMS service's approved template (aliyun: ``SMS_…``), whose parameters are the
    variables of `body`.
    """

    kind = models.CharField(max_length=60)
    channel = models.CharField(max_length=8, choices=CHANNELS)
    version = models.PositiveIntegerField()
    subject = models.CharField(max_length=200, blank=True, default="")
    body = models.TextField()
    provider_template = models.CharField(max_length=40, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kind", "channel", "version"], name="notices_text_version"),
        ]


class InboxMessage(TenantModel):
    """Development only: what the SMS and mail adapters would have sent. `sealed`: JSON {to, subject, body}."""

    channel = models.CharField(max_length=8, choices=CHANNELS)
    kind = models.CharField(max_length=60)
    request_id = models.CharField(max_length=64)
    to_index = models.BinaryField(max_length=32)  # blind index of phone or address, for the page's filter
    sealed = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "request_id"], name="notices_inbox_request")]
        indexes = [models.Index(fields=["tenant", "-created_at", "-id"], name="notices_inbox_newest")]


class InPageNotice(TenantModel):
    """A line under the bell of one user. `sealed`: the text, under the user's own data key."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=60)
    sealed = models.BinaryField()
    link = models.CharField(max_length=200, blank=True, default="")  # a path inside the tenant's site
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["tenant", "user", "-id"], name="notices_in_page_newest")]
