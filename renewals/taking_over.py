"""What becomes of the orders of a handler who has lost the right to a certificate (RULES P2, P3)."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from portal import jobs
from portal.accounts.actor import Actor
from portal.accounts.models import User
from renewals import orders
from renewals.lifecycle import NotCancellable, OrderEnded
from renewals.models import Certificate, Order, ReviewDecision
from renewals.steps.claims import may_work_with

BY = Actor.system("key proof")


def open_orders_of_others(certificate: Certificate, user: User) -> QuerySet[Order]:
    """Of everybody else who had the right to it; a claim that waits for its review is nobody's handler's."""
    approved = ReviewDecision.objects.filter(order=OuterRef("pk"), outcome=ReviewDecision.Outcome.APPROVED)
    return (
        Order.objects.filter(items__certificate=certificate, closed_at__isnull=True)
        .filter(Q(claim=Order.Claim.PROVEN) | Exists(approved))
        .exclude(customer=user)
        .order_by("pk")
    )


def move_orders(certificate: Certificate, to: User, *, by: Actor) -> int:
    """``to`` has proved the key and said that the others have left: their open orders go on with ``to``.

    Inside the write tenant_tx of that proof. How many orders were moved.
    """
    moving = list(open_orders_of_others(certificate, to).values_list("public_id", "version"))
    for public_id, version in moving:
        actor = Actor(BY.kind, BY.user_id, BY.label, ip=by.ip, session_hash=by.session_hash)
        key = f"hand_over:{to.public_id}:{version}"
        orders.act(public_id, "hand_over", by=actor, data={"to": to.public_id}, key=key)
    return len(moving)


def settle_claims(certificate: Certificate, user: User, *, by: Actor) -> None:
    """``user`` has proved the key: their own order by sealed authorisation needs no letter any more.

    Inside the write tenant_tx of that proof.
    """
    actor = Actor(BY.kind, BY.user_id, BY.label, ip=by.ip, session_hash=by.session_hash)
    own = Order.objects.filter(customer=user, items__certificate=certificate, closed_at__isnull=True)
    claims = own.filter(claim=Order.Claim.SEALED_AUTHORISATION).order_by("pk")
    for public_id in list(claims.values_list("public_id", flat=True)):
        orders.act(public_id, "prove_claim", by=actor, key="prove_claim")


@jobs.handler("renewals.unbind_orders", kind="local")
def unbind_orders(job: jobs.JobContext) -> None:
    """A review has given the certificate to somebody else: end the others' orders, one in each job."""
    certificate = Certificate.objects.get(public_id=job.payload["certificate"])
    user = User.objects.get(public_id=job.payload["user"])
    for order in open_orders_of_others(certificate, user).select_related("customer"):
        if not may_work_with(order.customer, certificate):
            jobs.enqueue(
                "renewals.unbind_order",
                {"order": order.public_id},
                group=f"order:{order.public_id}",
                key=f"unbind_order:{order.public_id}:{order.version}",
            )


@jobs.handler("renewals.unbind_order", kind="local")
def unbind_order(job: jobs.JobContext) -> None:
    public_id = job.payload["order"]
    try:
        orders.act(public_id, "unbind", by=Actor.system("claims"), key=f"unbind:{job.payload['order']}")
    except (OrderEnded, NotCancellable):  # ended meanwhile, or its certificate is on its way
        return
