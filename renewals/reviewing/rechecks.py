"""The CA is asked again before anybody approves (RULES P13): when the review opens, and whenever a reviewer asks.

What it says is a finding in a side table; only the reviewer's decision goes through the one door.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal import jobs
from portal.tenants import tenant_tx
from renewals.ca.base import CertificateStatus, UnknownCertificate
from renewals.ca_of_tenant import ca_of
from renewals.models import Order, OrderItem, StatusCheck
from renewals.reviewing.errors import NotRenewableAnyMore, StatusNotFresh

FRESH_FOR: Final = timedelta(hours=24)
GIVEN_UP_AFTER: Final = timedelta(minutes=10)  # then somebody may ask anew
RENEWABLE: Final = frozenset({"valid", "expired"})
REPLACED: Final = "replaced"

STATE_WORDS: Final[dict[str, Promise]] = {
    "valid": _("有效"),
    "expired": _("已过期，可以续期"),
    "frozen": _("已被冻结"),
    "revoked": _("已被吊销"),
    REPLACED: _("已经更新过"),
    "unknown": _("查不到"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """The CA's last word on one certificate. ``state`` "" while it was never answered; ``asking``: an answer is due."""

    serial: str
    state: str
    at: datetime | None
    asking: bool

    @property
    def is_fresh(self) -> bool:
        return self.at is not None and timezone.now() - self.at <= FRESH_FOR

    @property
    def is_renewable(self) -> bool:
        return self.state in RENEWABLE

    @property
    def words(self) -> Promise | str:
        return STATE_WORDS.get(self.state, self.state)


def ask(order: Order) -> None:
    """Have the CA asked about every certificate of the order. In a write tenant_tx; an open question stays one."""
    now = timezone.now()
    for item in OrderItem.objects.filter(order=order):
        if StatusCheck.objects.filter(item=item, answered_at=None, asked_at__gt=now - GIVEN_UP_AFTER).exists():
            continue
        check = StatusCheck.objects.create(item=item, asked_at=now)
        jobs.enqueue("renewals.recheck_status", {"check": check.public_id}, key=f"recheck_status:{check.public_id}")


def standings(order: Order) -> Sequence[Standing]:
    """Item by item. One query."""
    found: dict[int, Standing] = {}
    rows = StatusCheck.objects.filter(item__order=order).select_related("item__certificate").order_by("item_id", "id")
    for row in rows:
        before = found.get(row.item_id)
        if row.answered_at is None:
            old = before or Standing(row.item.certificate.serial, "", None, asking=True)
            found[row.item_id] = Standing(old.serial, old.state, old.at, asking=True)
        else:
            found[row.item_id] = Standing(row.item.certificate.serial, row.state, row.answered_at, asking=False)
    return list(found.values())


def require_renewable(order: Order) -> Sequence[Standing]:
    """Approving needs a fresh answer for every certificate, and that it can be renewed (P13).

    StatusNotFresh, NotRenewableAnyMore.
    """
    found = standings(order)
    refused = next((one for one in found if one.at is not None and not one.is_renewable), None)
    if refused is not None:
        raise NotRenewableAnyMore(state=refused.words)
    if not found or not all(one.is_fresh for one in found):
        raise StatusNotFresh()
    return found


def refused_by_ca(order: Order) -> Standing | None:
    """The certificate that the CA won't renew, by a fresh answer."""
    return next((one for one in standings(order) if one.is_fresh and not one.is_renewable), None)


@jobs.handler("renewals.recheck_status", kind="outside", max_attempts=12)
def recheck_status(job: jobs.JobContext) -> jobs.Finish | None:
    """Ask the CA. A certificate that it renewed elsewhere is as good as replaced."""
    with tenant_tx(job.tenant):
        check = StatusCheck.objects.select_related("item__certificate").filter(public_id=job.payload["check"]).first()
    if check is None or check.answered_at is not None:
        return None
    try:
        said = ca_of(job.tenant).status(check.item.certificate.serial)
    except UnknownCertificate:
        said = CertificateStatus("unknown")
    renewed = said.state in RENEWABLE and said.successor_serial is not None
    state = REPLACED if renewed else said.state

    def finish() -> None:
        StatusCheck.objects.filter(pk=check.pk, answered_at=None).update(
            state=state, successor=said.successor_serial or "", answered_at=timezone.now()
        )

    return jobs.Finish(finish)
