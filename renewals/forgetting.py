"""Personal data of applications that came to nothing: erased thirty days after the order ended (RULES Across 6).

Nothing was paid and nothing issued, so no law asks for it to be kept. The order itself stays, with its number,
its certificate and its history; what a person had typed, agreed to from and uploaded can't be read any more.
"""

from datetime import timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from payments.models import Charge
from portal import jobs, vault
from portal.accounts.actor import Actor
from renewals.lifecycle import Status
from renewals.models import Issuance, Order

KEPT_FOR: Final = timedelta(days=30)
AT_ONCE: Final = 50
BY = Actor.system("forgetting")


@jobs.handler("renewals.forget_abandoned", kind="local")
def forget_abandoned(job: jobs.JobContext) -> None:
    """A portion of what is due; the next one is a job of its own."""
    due = list(abandoned().order_by("pk")[:AT_ONCE])
    for order in due:
        vault.destroy(order.tenant_id, order.vault_scope(), by=BY, reason="未办成的申请，结束满三十天")
        order.forgotten_at = timezone.now()
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


jobs.recurring("renewals.forget_abandoned", every=timedelta(hours=6))
