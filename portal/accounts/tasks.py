"""Housekeeping: what has served its time is deleted."""

from datetime import timedelta

from captcha.models import CaptchaStore
from django.utils import timezone

from portal import jobs
from portal.accounts.models import SmsCode, StaffInvitation
from portal.accounts.sessions import SessionStore

CODES_KEPT = timedelta(days=2)  # the longest limit looks back 24 hours
INVITATIONS_KEPT = timedelta(days=90)


@jobs.handler("accounts.forget_codes", kind="local")
def forget_codes(_job: jobs.JobContext) -> None:
    """A tenant's old codes, with the sealed numbers in them, and invitations that nobody can use any more."""
    now = timezone.now()
    SmsCode.objects.filter(created_at__lt=now - CODES_KEPT).delete()
    StaffInvitation.objects.filter(expires_at__lt=now - INVITATIONS_KEPT).delete()


@jobs.handler("accounts.forget_sessions", kind="local")
def forget_sessions(_job: jobs.JobContext) -> None:
    """Sessions and captchas that have expired; their tables have no tenant."""
    SessionStore.clear_expired()
    CaptchaStore.remove_expired()


jobs.recurring("accounts.forget_codes", every=timedelta(hours=6))
jobs.recurring("accounts.forget_sessions", every=timedelta(hours=1), for_each_tenant=False)
