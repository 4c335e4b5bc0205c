"""What this app adds to the frame of every page: the customer's navigation, and who may see which charge."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from payments.access import Choosing, register_chooser, register_guard
from portal.accounts.actor import Actor
from portal.accounts.models import User
from portal.ui import navigation
from portal.ui.context import Bell, register_alert
from renewals import bundling
from renewals.certificate_selectors import expiring_count
from renewals.lifecycle import Kind
from renewals.models import Order
from renewals.publishing import pack_of


def register() -> None:
    for position, (label, view, icon) in enumerate(
        (
            (_("我的证书"), "home", "certificate"),
            (_("业务申请"), "apply", "plus"),
            (_("我的订单"), "orders", "list"),
            (_("凭更新码安装"), "install-by-code", "key"),
            (_("帮助"), "help", "help"),
        ),
        start=1,
    ):
        navigation.register("customer", navigation.NavItem(label, view=view, icon=icon, position=10 * position))
    register_alert(expiring_alert)
    register_guard(may_pay)
    register_guard(bundling.may_pay)
    register_chooser(choose_at)
    register_chooser(bundling.choose_at)


def expiring_alert(request: HttpRequest) -> Bell | None:
    """RULES A3: the yellow badge that counts what is expired or has fewer than 90 days left."""
    if not isinstance(request.user, User):
        return None
    return Bell(expiring_count(request.user), reverse("expiring"), _("张证书即将到期或已过期"))


def may_pay(actor: Actor, reference: str) -> bool:
    """References are ``<order public id>.<application version>``: the order's own customer."""
    if actor.kind != "customer":
        return False
    return Order.objects.filter(public_id=reference.rpartition(".")[0], customer_id=actor.user_id).exists()


def choose_at(reference: str) -> Choosing | None:
    """How an order is paid is chosen on the order's own page, by its act ``pay`` alone."""
    order = Order.objects.select_related("programme").filter(public_id=reference.rpartition(".")[0]).first()
    if order is None:
        return None
    pack = pack_of(order.programme)
    step = pack.path_spec(order.path).of_kind(Kind.PAYMENT)[0].name
    channels = pack.step_config(order.path, step).channels  # type: ignore[union-attr]
    return Choosing(reverse("order-pay", args=[order.public_id]), tuple(channels))
