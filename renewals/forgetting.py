"""Personal data of applications that came to nothing: erased thirty days after the order ended (RULES Across 6).

Nothing was paid and nothing issued, so no law asks for it to be kept. The order itself stays, with its number,
its certificate and its history; what a person had typed, agreed to from and uploaded can't be read any more.

Photographs of ID cards go earlier than the rest: also where money was paid and went back, and where nobody has gone
on for thirty days, as long as no certificate was asked for. Of faces nothing is ever here.
"""

from datetime import timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from payments.models import Charge
from portal import jobs, vault
from portal.accounts.actor import Actor
from renewals.lifecycle import NextActor, Status
from renewals.models import IdentityPhoto, Issuance, Order, PhoneSession
from renewals.steps.identity import photos

KEPT_FOR: Final = timedelta(days=30)
AT_ONCE: Final = 50
ENDED: Final = (Status.EXPIRED, Status.CANCELLED, Status.REJECTED, Status.STOPPED)
BY = Actor.system("forgetting")


@jobs.handler("renewals.forget_abandoned", kind="local")
def forget_abandoned(job: jobs.JobContext) -> None:
    """A portion of what is due; the next one is a job of its own."""
    due = list(abandoned().order_by("pk")[:AT_ONCE])
    for order in due:
        vault.destroy(order.tenant_id, order.vault_scope(), by=BY, reason="未办成的申请，结束满三十天")
        order.forgotten_at = timezone.now()
        IdentityPhoto.objects.filter(order=order, dropped_at=None).update(dropped_at=order.forgotten_at)
        PhoneSession.objects.filter(order=order).update(masked_name="", masked_mobile="")
        order.save(update_fields=["forgotten_at"])
    if len(due) == AT_ONCE:
        slot, last = job.payload.get("slot", 0), due[-1].pk
        jobs.enqueue("renewals.forget_abandoned", {"slot": slot}, key=f"forget_abandoned:{slot}:{last}")


def abandoned() -> QuerySet[Order]:
    """Ended thirty days ago or more, without money and without a request to the CA, and not forgotten yet."""
    paid = Charge.objects.filter(public_id=OuterRef("charge"), credited_fen__gt=0)
    asked = Issuance.objects.filter(item__order=OuterRef("pk")).exclude(state=Issuance.State.PREPARED)
    return Order.objects.filter(
        ~Exists(paid),
        ~Exists(asked),
        Q(status=Status.EXPIRED) | Q(status=Status.CANCELLED),
        closed_at__lte=timezone.now() - KEPT_FOR,
        forgotten_at__isnull=True,
    )


@jobs.handler("renewals.forget_id_photos", kind="local")
def forget_id_photos(job: jobs.JobContext) -> None:
    """A portion of the photographs that are due; the next one is a job of its own."""
    due = list(idle_photos().select_related("file", "order").order_by("pk")[:AT_ONCE])
    photos.drop(due, by=BY, reason="证件照片，未办成满三十天", now=timezone.now())
    PhoneSession.objects.filter(order__in={photo.order for photo in due}).update(masked_name="", masked_mobile="")
    if len(due) == AT_ONCE:
        slot, last = job.payload.get("slot", 0), due[-1].pk
        jobs.enqueue("renewals.forget_id_photos", {"slot": slot}, key=f"forget_id_photos:{slot}:{last}")


def idle_photos() -> QuerySet[IdentityPhoto]:
    """Of orders that ended, or were last touched, thirty days ago or more, and never got as far as the CA.

    An order whose handler is settled and that waits for staff isn't abandoned: its photographs stay.
    """
    before = timezone.now() - KEPT_FOR
    asked = Issuance.objects.filter(item__order=OuterRef("order")).exclude(state=Issuance.State.PREPARED)
    ended = Q(order__status__in=ENDED, order__closed_at__lte=before)
    left = Q(order__closed_at=None, order__next_actor=NextActor.CUSTOMER, order__changed_at__lte=before)
    return IdentityPhoto.objects.filter(~Exists(asked), ended | left, dropped_at=None)


jobs.recurring("renewals.forget_abandoned", every=timedelta(hours=6))
jobs.recurring("renewals.forget_id_photos", every=timedelta(hours=6))
