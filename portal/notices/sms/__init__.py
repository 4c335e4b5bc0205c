"""Which SMS service this installation's settings name."""

from functools import cache

from django.conf import settings

from portal.conf import SmsBackend
from portal.notices.sms.base import SmsSender


@cache
def sms_sender() -> SmsSender:
    """One sender (and its connections) per process."""
    conf = settings.CERTHALL
    if conf.sms_backend is SmsBackend.ALIYUN:
        from portal.notices.sms.aliyun import AliyunSms  # noqa: PLC0415 (only the sender in use is imported)

        return AliyunSms(conf.sms_aliyun_url, key_id=conf.sms_aliyun_key_id, key_secret=conf.sms_aliyun_key_secret)
    from portal.notices.sms.inbox import InboxSms  # noqa: PLC0415

    return InboxSms()
