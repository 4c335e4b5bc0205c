"""System check: the inbox refuses production, before the first request does."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from portal.conf import SmsBackend

INBOX_BACKEND = "portal.notices.email.InboxBackend"


@register()
def inbox_refuses_production(**_kwargs: Any) -> list[CheckMessage]:
    if not settings.CERTHALL.is_production:
        return []
    problems: list[CheckMessage] = []
    if settings.CERTHALL.sms_backend is SmsBackend.INBOX:
        problems.append(Error("CERTHALL_SMS_BACKEND: the inbox refuses production.", id="notices.E001"))
    if settings.EMAIL_BACKEND == INBOX_BACKEND:
        problems.append(Error("CERTHALL_EMAIL_URL: the inbox refuses production.", id="notices.E002"))
    return problems
