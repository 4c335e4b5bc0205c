"""The staff pages in the frame of the site: who may open them, and where they stand in the navigation."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.accounts import policy
from portal.accounts.roles import Role
from portal.files import register_guard
from portal.tenants import tenant_tx
from portal.ui.navigation import NavItem
from portal.ui.navigation import register as register_page
from renewals.staff_files import mail_room, reviewers, seal_writers


def _reviews(request: HttpRequest) -> int:
    """How many orders wait for a reviewer."""
    from renewals.staff_selectors.review import QueueFilter, count  # noqa: PLC0415  (models wait for the apps)

    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        return count(QueueFilter()).number


def _parcels(request: HttpRequest) -> int:
    """How many orders wait to be packed."""
    from renewals.staff_selectors.parcels import to_pack_count  # noqa: PLC0415

    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        return to_pack_count()


def register() -> None:
    """Called once, when the app is ready. RULES P20: the service desk reads masks and decides nothing."""
    policy.register("orders.export", Role.TENANT_ADMINISTRATOR, Role.FINANCE)
    policy.register(
        "certificates.view",
        Role.REVIEWER,
        Role.CERTIFICATE_ADMINISTRATOR,
        Role.SERVICE_DESK,
        Role.TENANT_ADMINISTRATOR,
    )
    policy.register("personal.reveal", Role.REVIEWER, Role.CERTIFICATE_ADMINISTRATOR)
    policy.register("parcels.handle", Role.MAIL_ROOM)
    policy.register(
        "parcels.view",
        Role.MAIL_ROOM,
        Role.PRODUCTION,
        Role.CERTIFICATE_ADMINISTRATOR,
        Role.SERVICE_DESK,
        Role.TENANT_ADMINISTRATOR,
    )
    policy.register("seals.write", Role.PRODUCTION, Role.CERTIFICATE_ADMINISTRATOR)
    policy.register("audit.view", Role.TENANT_ADMINISTRATOR)
    policy.register("notices.resend", Role.SERVICE_DESK, Role.CERTIFICATE_ADMINISTRATOR, Role.TENANT_ADMINISTRATOR)
    register_guard(reviewers)
    register_guard(mail_room)
    register_guard(seal_writers)
    for item in (
        NavItem(_("待办"), "staff-home", icon="home", position=10),
        NavItem(_("订单"), "staff-orders", icon="list", permission="orders.view", position=100, section=_("业务")),
        NavItem(
            _("审核"),
            "staff-review",
            icon="check-circle",
            permission="review.view",
            position=50,
            section=_("业务"),
            count=_reviews,
        ),
        NavItem(
            _("收发"),
            "staff-parcels",
            icon="inbox",
            permission="parcels.view",
            position=60,
            section=_("业务"),
            count=_parcels,
        ),
        NavItem(
            _("证书"),
            "staff-certificates",
            icon="certificate",
            permission="certificates.view",
            position=110,
            section=_("业务"),
        ),
        NavItem(_("电子签章"), "staff-seals", icon="file", permission="seals.write", position=75, section=_("业务")),
        NavItem(_("审计记录"), "staff-audit", icon="shield", permission="audit.view", position=920, section=_("管理")),
    ):
        register_page("staff", item)
