"""Reminders of expiring certificates by SMS and e-mail: each certificate and threshold once (RULES A3, P24).

A band of days is worked through in portions, each a job of its own that leaves the next one a cursor: a million
certificates take no more memory than one portion. Who holds several that come due together hears of them once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.core import signing
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from portal import jobs, notices, vault
from portal.accounts.models import User
from portal.notices import Recipient
from portal.tenants import current_tenant
from portal.tenants.links import url
from portal.tenants.models import Tenant
from renewals.models import (
    CaStatus,
    Certificate,
    CertificateContact,
    CertificateGrant,
    OrderItem,
    Reminder,
    ReminderChoice,
)
from renewals.programmes.facts import days_left
from renewals.reminders import Band, bands

PORTION: Final = 200
HOURS: Final = range(9, 20)  # nobody is told at night
EMAIL_INDEX: Final = "reminder.email"
_SALT: Final = "renewals.reminders.off"
#: certificates that nobody can renew need no reminder
WORTH_TELLING: Final = (CaStatus.VALID, CaStatus.UNKNOWN)


@jobs.handler("renewals.remind", kind="local")
def remind(job: jobs.JobContext) -> None:
    """Once a day, in daytime: a job for each band. Payload: ``slot``."""
    zone = ZoneInfo(job.tenant.timezone)
    now = timezone.now().astimezone(zone)
    if now.hour not in HOURS:
        return
    today = now.date()
    for band in bands():
        _enqueue(band, today, after=None)


@jobs.handler("renewals.remind_portion", kind="local")
def remind_portion(job: jobs.JobContext) -> None:
    """Payload: ``threshold``, ``day``, and ``after``: end of validity and id of the last one done, or None."""
    today = date.fromisoformat(job.payload["day"])
    band = next(band for band in bands() if band.threshold == job.payload["threshold"])
    found = list(_due(band, today, job.payload["after"])[:PORTION])
    _tell(found, band)
    if len(found) == PORTION:
        last = found[-1]
        _enqueue(band, today, after=[last.not_after.isoformat(), last.pk])


def _enqueue(band: Band, today: date, *, after: list[Any] | None) -> None:
    jobs.enqueue(
        "renewals.remind_portion",
        {"threshold": band.threshold, "day": today.isoformat(), "after": after},
        group="remind",
        key=f"remind:{today}:{band.threshold}:{after[1] if after else 0}",
    )


def wanted() -> "QuerySet[Certificate]":
    """Certificates that somebody may still have to renew: neither renewed nor 不再使用 (P24)."""
    found: QuerySet[Certificate] = Certificate.objects.filter(successor__isnull=True, unwanted_at__isnull=True)
    return found


def _due(band: Band, today: date, after: list[Any] | None) -> "QuerySet[Certificate]":
    """Those in the band that weren't told at this threshold, and that no order is renewing just now."""
    since, before = band.moments(today, ZoneInfo(current_tenant().timezone))
    told = Reminder.objects.filter(certificate=OuterRef("pk"), threshold=band.threshold)
    taken = OrderItem.objects.filter(certificate=OuterRef("pk"), reserves=True, order__closed_at__isnull=True)
    found = wanted().filter(not_after__gte=since, not_after__lt=before, ca_status__in=WORTH_TELLING)
    found = found.filter(~Exists(told), ~Exists(taken.exclude(effect="pin_unblock")))
    if after is not None:
        moment = parse_datetime(after[0])
        found = found.filter(Q(not_after__gt=moment) | Q(not_after=moment, pk__gt=after[1]))
    people = CertificateContact.objects.filter(withdrawn_at__isnull=True).order_by("pk")
    granted = CertificateGrant.objects.filter(withdrawn_at__isnull=True).select_related("user").order_by("pk")
    return (
        found.order_by("not_after", "pk")
        .defer("signing_der", "encryption_der")
        .prefetch_related(
            Prefetch("contacts", queryset=people, to_attr="people"),
            Prefetch("grants", queryset=granted, to_attr="granted"),
        )
    )


# -- telling ----------------------------------------------------------------------------------------------------------


@dataclass
class _Person:
    """Somebody with all their certificates of this portion. Sealed until the last moment."""

    contact: CertificateContact | None = None
    user: User | None = None
    certificates: list[Certificate] = field(default_factory=list)


def _tell(found: Sequence[Certificate], band: Band) -> None:
    people = _people_of(found)
    heard = {certificate.pk for person in people for certificate in person.certificates}
    Reminder.objects.bulk_create(
        [
            Reminder(
                certificate=certificate,
                threshold=band.threshold,
                outcome=Reminder.Outcome.TOLD if certificate.pk in heard else Reminder.Outcome.NOBODY,
            )
            for certificate in found
        ]
    )
    tenant = current_tenant()
    contacts = [person.contact for person in people if person.contact]
    phones = dict(zip((c.pk for c in contacts), vault.open_many(contacts, "phone"), strict=True))
    emails = dict(zip((c.pk for c in contacts), vault.open_many(contacts, "email"), strict=True))
    users = [person.user for person in people if person.user]
    user_phones = dict(zip((u.pk for u in users), vault.open_many(users, "phone"), strict=True))
    user_emails = dict(zip((u.pk for u in users), vault.open_many(users, "email"), strict=True))
    for person in people:
        of_contact, of_user = (person.contact.pk if person.contact else 0), (person.user.pk if person.user else 0)
        phone = phones.get(of_contact) or user_phones.get(of_user, "")
        email = emails.get(of_contact) or user_emails.get(of_user, "")
        index = vault.blind_index(tenant, EMAIL_INDEX, email.lower()) if email else b""
        if email and ReminderChoice.objects.filter(email_index=index).exists():
            email = ""
        if phone or email:
            context = _context(tenant, person.certificates) | {"off": off_link(tenant, index) if email else ""}
            notices.send("certificate.expiring", to=Recipient(phone=phone, email=email), context=context)


def _people_of(found: Iterable[Certificate]) -> list[_Person]:
    """Contacts of the CA's import, and users who may work with it; the same mobile is the same person.

    Not the users whose number may be somebody else's by now (RULES P17).
    """
    people: dict[bytes, _Person] = {}
    for certificate in found:
        here: dict[bytes, _Person] = {}
        for contact in certificate.people:  # type: ignore[attr-defined]
            index = bytes(contact.phone_index)
            here[index] = people.setdefault(index, _Person(contact=contact))
        for grant in certificate.granted:  # type: ignore[attr-defined]
            user = grant.user
            if user.phone_index and user.is_active and not user.is_restricted:
                person = here[bytes(user.phone_index)] = people.setdefault(bytes(user.phone_index), _Person(user=user))
                person.user = user
        for person in here.values():
            person.certificates.append(certificate)
    return list(people.values())


def _context(tenant: Tenant, certificates: Sequence[Certificate]) -> dict[str, object]:
    """``which``: one certificate by the end of its number, or how many; ``when``: of the first to expire."""
    zone = ZoneInfo(tenant.timezone)
    first = certificates[0]
    left = days_left(first.not_after, timezone.now(), zone)
    words = {"days": abs(left), "day": first.not_after.astimezone(zone).date().isoformat()}
    when = (
        _("今天到期")
        if left == 0
        else _("还有 %(days)s 天到期（%(day)s）")
        if left > 0
        else _("已过期 %(days)s 天（%(day)s）")
    )
    many = len(certificates) > 1
    which = _("名下 %(count)s 张证书，最早的") % {"count": len(certificates)} if many else _one(first)
    return {
        "holder": first.holder_name,
        "which": which,
        "when": when % words,
        "advice": _("过期后不能使用") if left >= 0 else _("现在不能使用"),
        "link": url(tenant, "expiring"),
    }


def _one(certificate: Certificate) -> str:
    return _("尾号 %(tail)s 的证书") % {"tail": certificate.display_number[-6:]}


# -- no e-mail, please ------------------------------------------------------------------------------------------------


def off_link(tenant: Tenant, index: bytes) -> str:
    """The link at the foot of an e-mail: whoever has it may switch this address's reminders off and on."""
    return url(tenant, "reminders-email", signing.dumps([tenant.pk, index.hex()], salt=_SALT))


def address_of(token: str, tenant: Tenant) -> bytes | None:
    """The blind index that the link stands for; None for one that isn't ours."""
    try:
        owner, index = signing.loads(token, salt=_SALT)
        return bytes.fromhex(index) if owner == tenant.pk else None
    except (signing.BadSignature, ValueError, TypeError):
        return None


def is_off(index: bytes) -> bool:
    return bool(ReminderChoice.objects.filter(email_index=index).exists())


def switch(index: bytes, *, off: bool) -> None:
    """Inside a write tenant_tx; again is fine."""
    if off:
        ReminderChoice.objects.get_or_create(email_index=index)
    else:
        ReminderChoice.objects.filter(email_index=index).delete()


jobs.recurring("renewals.remind", every=timedelta(hours=1))
