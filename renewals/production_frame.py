"""Production in the frame of the site: its jobs, words, notices and permissions; the desk stands in the navigation."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.accounts import policy
from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from portal.ui import words as ui_words
from portal.ui.navigation import NavItem
from portal.ui.navigation import register as register_page
from renewals.producing import texts, words


def _waiting(request: HttpRequest) -> int:
    """How many media wait to be made."""
    from renewals.staff_selectors.production import count_open  # noqa: PLC0415  (models wait for the apps)

    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        return count_open()


def register() -> None:
    """Called once, when the app is ready. RULES P20: production makes; resets and remakes take two persons."""
    from renewals import production_tasks  # noqa: F401, PLC0415  (registers its jobs)

    policy.register("production.view", Role.PRODUCTION, Role.CERTIFICATE_ADMINISTRATOR, Role.TENANT_ADMINISTRATOR)
    policy.register("production.make", Role.PRODUCTION)
    policy.register("production.reset_pin", Role.PRODUCTION, Role.CERTIFICATE_ADMINISTRATOR)
    ui_words.register(words.WORDS)
    texts.register()
    register_page(
        "staff",
        NavItem(
            _("制证"),
            "staff-production",
            icon="certificate",
            permission="production.view",
            position=70,
            section=_("业务"),
            count=_waiting,
        ),
    )
