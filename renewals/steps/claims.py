"""Whose certificate it is: who may work with it, who holds its key just now, which order has taken it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from portal.accounts.actor import Actor
from portal.accounts.memberships import memberships_of
from portal.accounts.models import Membership, MembershipRole, User
from renewals.errors import CertificateNotYours, CertificateReserved, FinishTheOtherFirst
from renewals.models import BridgeChallenge, Certificate, CertificateContact, CertificateGrant, Order, OrderItem
from renewals.programmes.schema import RulePack
from renewals.steps.base import ActContext

RESUME_LASTS: Final = timedelta(hours=2)  # after code and key were proved at another desk (RULES P6)


def of_user(user: User) -> Q:
    """The certificates a customer may work with: granted, named as its contact by the CA's import, or an agent's."""
    acting = memberships_of(user).filter(role=MembershipRole.AGENT)  # 代办, while it is in force (RULES P16)
    return _own(user) | Q(organisation_id__in=acting.values("organisation_id"))


def _own(user: User) -> Q:
    """Those that are theirs without anybody's authorisation."""
    granted = CertificateGrant.objects.filter(user=user, withdrawn_at__isnull=True)
    mine = Q(pk__in=granted.values("certificate_id"))
    if user.phone_index:
        named = CertificateContact.objects.filter(phone_index=user.phone_index, withdrawn_at__isnull=True)
        mine |= Q(pk__in=named.values("certificate_id"))
    return mine


def orders_of(user: User) -> QuerySet[Order]:
    """The customer's orders. What an agent opened isn't theirs any more once the authorisation is over (RULES P16)."""
    mine = Order.objects.filter(customer=user)
    held = Membership.objects.filter(user=user, role=MembershipRole.AGENT)
    acting = memberships_of(user).filter(role=MembershipRole.AGENT)
    over = set(held.values_list("organisation_id", flat=True)) - set(acting.values_list("organisation_id", flat=True))
    if not over:
        return mine
    own = OrderItem.objects.filter(
        order=OuterRef("pk"), certificate__in=Certificate.objects.filter(_own(user)).values("pk")
    )
    return mine.exclude(Q(organisation_id__in=over, claim=Order.Claim.PROVEN) & ~Exists(own))


def is_unproven(order: Order) -> bool:
    """Opened by a sealed authorisation that nobody has reviewed yet (RULES P2): its pages show only what was typed."""
    if order.claim != Order.Claim.SEALED_AUTHORISATION:
        return False
    if order.customer.is_restricted:  # an old right of a number that may be somebody else's now shows nothing (P17)
        return True
    certificates = [item.certificate for item in order.items.select_related("certificate")]
    return not all(may_work_with(order.customer, certificate) for certificate in certificates)


def may_work_with(user: User, certificate: Certificate) -> bool:
    return Certificate.objects.filter(of_user(user), pk=certificate.pk).exists()


def session_holds_key(by: Actor, item: OrderItem) -> bool:
    """Whether this visit proved renewal code and key for the item within the last two hours."""
    return (
        by.kind == "bridge"
        and bool(by.session_hash)
        and BridgeChallenge.objects.filter(
            purpose="resume",
            item=item,
            session_hash=by.session_hash,
            proved_at__gt=timezone.now() - RESUME_LASTS,
        ).exists()
    )


def check_turn(act: ActContext) -> None:
    """Whether the customer may go on with this certificate now: still theirs (P2), and no other before it (C3).

    CertificateNotYours when their right to it ended since the order was opened; FinishTheOtherFirst.
    """
    items = [item for item in act.order.items.select_related("certificate") if not item.reserves]
    if not items:
        return
    customer = User.objects.select_for_update().get(pk=act.order.customer_id)
    unproven = act.order.claim == Order.Claim.SEALED_AUTHORISATION
    if not unproven and not all(may_work_with(customer, item.certificate) for item in items):
        raise CertificateNotYours()
    certificates = [item.certificate for item in items]
    one_after_the_other(act.pack, customer, but=act.order, business=act.order.business, certificates=certificates)


def take_certificates(act: ActContext) -> None:
    """Reserve the order's certificates (Across 2), in their turn. CertificateReserved, and what check_turn raises."""
    check_turn(act)
    for item in act.order.items.select_related("certificate"):
        reserve(item)


def reserve(item: OrderItem) -> None:
    """Take the certificate for this item (RULES Across 2). CertificateReserved when another order has it."""
    if item.reserves or item.effect == "enrolment":  # a new one beside it takes nothing away
        return
    item.reserves = True
    try:
        with transaction.atomic():
            item.save(update_fields=["reserves"])
    except IntegrityError:
        item.reserves = False
        raise CertificateReserved(serial=item.certificate.serial) from None


def one_after_the_other(
    pack: RulePack,
    customer: User,
    *,
    but: Order | None = None,
    business: str = "renewal",
    certificates: Sequence[Certificate] = (),
) -> None:
    """FinishTheOtherFirst while another order of this programme has taken a certificate (RULES C3).

    An unblocking runs beside them; what a replacement of these certificates ends doesn't stand in its way (Across 2).
    Lock the customer first: two orders that are confirmed at once must see each other.
    """
    if not pack.one_after_the_other or business == "pin_unblock":
        return
    running = Order.objects.filter(
        customer=customer,
        programme__slug=pack.slug,
        items__reserves=True,
        items__effect="renewal",
        closed_at__isnull=True,
    )
    if business == "replacement":
        running = running.exclude(items__certificate__in=certificates)
    other = (running.exclude(pk=but.pk) if but else running).first()
    if other is not None:
        raise FinishTheOtherFirst(number=other.number, reason=pack.next_certificate.otherwise)
