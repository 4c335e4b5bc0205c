"""Which orders a customer may pay together (RULES P16): their own, open, of organisations that they act for."""

from collections.abc import Sequence

from django.urls import reverse

from payments import bundles
from payments.access import Choosing
from payments.buyers import Buyer
from payments.models import Bundle, BundleShare, Charge, ChargeState
from portal.accounts.actor import Actor
from portal.accounts.models import User
from portal.errors import InvalidInput
from renewals.agents import organisations_for
from renewals.lifecycle import Kind
from renewals.models import Order
from renewals.publishing import pack_of
from renewals.steps.invoices import checked_buyer


def payable(user: User) -> list[tuple[Order, Charge]]:
    """Open charges of the user's orders that are in no bundle, for organisations they may act for; oldest first."""
    mine = Order.objects.select_related("organisation", "programme").filter(
        customer=user, organisation__in=organisations_for(user)
    )
    orders = {order.charge: order for order in mine.exclude(charge="")}
    found = Charge.objects.filter(public_id__in=orders, state=ChargeState.OPEN, is_bundle=False)
    free = found.exclude(bundle_shares__is_live=True).order_by("id")
    return [(orders[charge.public_id], charge) for charge in free]


def make(
    user: User,
    chosen: Sequence[str],
    *,
    payer: str,
    by: Actor,
    key: str,
    return_to: str,
    buyer: tuple[str, str, str] | None,
) -> Bundle:
    """A bundle of these charges, paid by ``payer`` (public id of an organisation). In a write tenant_tx.

    ``buyer``: kind, title, tax number of one invoice for all. Raises InvalidInput, BundleUnfit.
    """
    mine = {charge.public_id: order for order, charge in payable(user)}
    known = Bundle.objects.filter(key=key).first()
    if known is not None:
        return known
    strangers = [one for one in chosen if one not in mine]
    organisation = organisations_for(user).filter(public_id=payer).first()
    if strangers or organisation is None:
        raise InvalidInput({"payer": ["请选择付款单位和要合并的款项，再提交一次。"]})
    checked: Buyer | None = None
    if buyer is not None and chosen:
        checked = checked_buyer(pack_of(mine[chosen[0]].programme), *buyer)
    return bundles.make(chosen, payer_name=organisation.name, by=by, key=key, buyer=checked, return_to=return_to)


def orders_of(bundle: Bundle) -> list[tuple[Order | None, BundleShare]]:
    """The shares with the orders that they pay."""
    shares = bundles.shares_of(bundle)
    orders = {order.charge: order for order in Order.objects.select_related("organisation").filter(
        charge__in=[share.charge.public_id for share in shares]
    )}  # fmt: skip
    return [(orders.get(share.charge.public_id), share) for share in shares]


def may_pay(actor: Actor, reference: str) -> bool:
    """A guard of ``payments.access``: whoever made the bundle."""
    bundle = bundles.of_reference(reference)
    return bundle is not None and actor.kind == "customer" and bundle.made_by_id == actor.user_id


def choose_at(reference: str) -> Choosing | None:
    """How a bundle is paid is chosen on its own page: the channels that all its orders' packs take."""
    bundle = bundles.of_reference(reference)
    if bundle is None:
        return None

    return Choosing(reverse("bundle", args=[bundle.public_id]), channels_of(bundle))


def channels_of(bundle: Bundle) -> tuple[str, ...]:
    offered: list[tuple[str, ...]] = []
    for order, _share in orders_of(bundle):
        if order is not None:
            pack = pack_of(order.programme)
            step = pack.path_spec(order.path).of_kind(Kind.PAYMENT)[0].name
            offered.append(tuple(pack.step_config(order.path, step).channels))  # type: ignore[union-attr]
    first = offered[0] if offered else ()
    return tuple(name for name in first if all(name in others for others in offered))
