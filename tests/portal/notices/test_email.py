"""E-mail: settings from one address, SMTP for real, refusals told apart."""

import smtplib

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend

from portal.notices import email, email_url
from portal.notices.email_url import EmailSettings
from portal.notices.errors import EmailRejected
from portal.tenants.models import Tenant

TENANT = Tenant(slug="first-ca", name="测试第一电子认证有限公司", short_name="测试一 CA")
SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", EmailSettings("portal.notices.email.InboxBackend")),
        (
            "smtp://hall%40example.com:p%3Aw%2Fd@mail.example.com:2525?tls=1",
            EmailSettings(SMTP, "mail.example.com", 2525, "hall@example.com", "p:w/d", True, False, "hall@example.com"),
        ),
        (
            "smtp://mail.example.com?tls=0&from=hall@example.com",
            EmailSettings(SMTP, "mail.example.com", 587, "", "", False, False, "hall@example.com"),
        ),
        (
            "smtps://u:p@mail.example.com?from=hall@example.com",
            EmailSettings(SMTP, "mail.example.com", 465, "u", "p", False, True, "hall@example.com"),
        ),
    ],
)
def test_one_address_says_it_all(url: str, expected: EmailSettings) -> None:
    assert email_url.parse(url) == expected


@pytest.mark.parametrize(
    "url",
    ["http://mail.example.com", "smtp://", "smtp://u:secret@mail.example.com", "smtp://h?form=a@b", "smtp://h?x"],
)
def test_a_wrong_address_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match=r".+") as refused:
        email_url.parse(url)
    assert "secret" not in str(refused.value)


class Refusing(BaseEmailBackend):
    code = 550

    def send_messages(self, _messages: object) -> int:
        raise smtplib.SMTPRecipientsRefused({"a@example.com": (self.code, b"no such user a@example.com")})


class Busy(Refusing):
    code = 451


def deliver() -> None:
    email.deliver(TENANT, kind="test.paid", to="a@example.com", subject="主题", body="正文", request_id="req-1")


def test_a_message_carries_the_requests_id(settings: pytest.FixtureRequest) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"  # type: ignore[attr-defined]
    deliver()
    (sent,) = mail.outbox
    assert (sent.to, sent.subject, sent.body) == (["a@example.com"], "主题", "正文")
    assert sent.extra_headers == {"Message-ID": "<req-1@notices.certhall>"}


def test_an_address_that_is_refused_for_good(settings: pytest.FixtureRequest) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"  # type: ignore[attr-defined]
    with pytest.raises(EmailRejected):
        deliver()


def test_a_server_that_is_busy_is_tried_again(settings: pytest.FixtureRequest) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Busy"  # type: ignore[attr-defined]
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        deliver()
