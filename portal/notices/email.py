"""E-mail through Django's backends: SMTP by CERTHALL_EMAIL_URL, else the development inbox."""

import smtplib
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from portal.notices import inbox
from portal.notices.errors import EmailRejected
from portal.notices.registry import Channel
from portal.tenants.models import Tenant

MESSAGE_ID_DOMAIN = "notices.certhall"


class TenantEmail(EmailMessage):
    """A message that knows whose it is; the inbox backend needs to know."""

    tenant: Tenant
    kind: str
    request_id: str


class InboxBackend(BaseEmailBackend):
    """EMAIL_BACKEND of development. Raises InboxRefusesProduction when made in production."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inbox.refuse_production()

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            if not isinstance(message, TenantEmail):
                raise TypeError("send e-mail with notices.send: a message belongs to a tenant")
            for to in message.recipients():
                inbox.put(
                    message.tenant,
                    Channel.EMAIL,
                    kind=message.kind,
                    to=to,
                    subject=str(message.subject),
                    body=str(message.body),
                    request_id=message.request_id,
                )
        return len(email_messages)


def deliver(tenant: Tenant, *, kind: str, to: str, subject: str, body: str, request_id: str) -> None:
    """Hand one plain-text message to the mail server. Called without a transaction.

    At-least-once; the Message-ID is the request's, so that a mailbox can drop a repetition. Raises
    EmailRejected for an address refused for good (SMTP 5xx), smtplib's and OSError for what may pass.
    """
    message = TenantEmail(
        subject=subject,
        body=body,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[to],
        headers={"Message-ID": f"<{request_id}@{MESSAGE_ID_DOMAIN}>"},
    )
    message.tenant, message.kind, message.request_id = tenant, kind, request_id
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as refused:
        if all(code >= 500 for code, _ in refused.recipients.values()):
            raise EmailRejected from None
        raise
