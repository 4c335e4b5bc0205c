"""What this app adds to the frame of every page: the customer's navigation, and who may see which charge."""

from django.utils.translation import gettext_lazy as _

from payments.access import register_guard
from portal.accounts.actor import Actor
from portal.ui import navigation
from renewals.models import Order


def register() -> None:
    for position, (label, view, icon) in enumerate(
        (
            (_("我的证书"), "home", "certificate"),
            (_("我的订单"), "orders", "list"),
            (_("凭更新码安装"), "install-by-code", "key"),
            (_("帮助"), "help", "help"),
        ),
        start=1,
    ):
        navigation.register("customer", navigation.NavItem(label, view=view, icon=icon, position=10 * position))
    register_guard(may_pay)


def may_pay(actor: Actor, reference: str) -> bool:
    """References are ``<order public id>.<application version>``: the order's own customer."""
    if actor.kind != "customer":
        return False
    return Order.objects.filter(public_id=reference.rpartition(".")[0], customer_id=actor.user_id).exists()
