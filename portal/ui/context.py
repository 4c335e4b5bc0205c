"""Context processor: ``{{ site }}`` in every template; nothing is read from the database until a template asks."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils.translation import gettext_lazy as _

from portal.ui import accent, navigation
from portal.ui.parts import Text
from portal.ui.script_words import SCRIPT_WORDS


@dataclass(frozen=True, slots=True)
class Bell:
    """The bell in the header (RULES A3): how many things wait, and where they stand."""

    count: int
    url: str
    label: Text


BellSource = Callable[[HttpRequest], Bell | None]
_bell_source: list[BellSource] = []
_alert_source: list[BellSource] = []


def register_bell(source: BellSource) -> None:
    """The one source of the bell; called for signed-in customers only, inside their tenant_tx."""
    _bell_source[:] = [source]


def register_alert(source: BellSource) -> None:
    """The one source of the yellow badge beside the bell, under the same rules; None or a count of 0 shows nothing."""
    _alert_source[:] = [source]


class Site:
    """What the frame of a page shows."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._tenant: Any = getattr(request, "tenant", None)

    @property
    def name(self) -> Text:
        return (self._tenant and self._tenant.name) or _("证书网厅")

    @cached_property
    def short_name(self) -> Text:
        if self._tenant is None:
            return _("证书网厅")
        return self._tenant.branding.get("logo_text") or self._tenant.short_name or self._tenant.name

    @property
    def has_tenant(self) -> bool:
        return self._tenant is not None

    @property
    def hotline(self) -> str:
        return self._tenant.hotline if self._tenant else ""

    @property
    def hotline_url(self) -> str:
        return "tel:" + "".join(sign for sign in self.hotline if sign.isdigit() or sign == "+")

    @property
    def service_hours(self) -> str:
        return self._tenant.service_hours if self._tenant else ""

    @property
    def front_url(self) -> str:
        return get_script_prefix()

    @property
    def accent_url(self) -> str:
        """With the colour in the address, so that browsers may keep it and still see a new one."""
        return f"{reverse('ui-accent')}?c={tenant_accent(self._request).lstrip('#')}"

    @cached_property
    def viewer(self) -> Any:
        """The signed-in user, or None."""
        user = getattr(self._request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @cached_property
    def is_staff(self) -> bool:
        return bool(self.viewer and self.viewer.is_staff)

    @cached_property
    def bell(self) -> Bell | None:
        return _bell_source[0](self._request) if _bell_source and self.viewer and not self.is_staff else None

    @cached_property
    def alert(self) -> Bell | None:
        return _alert_source[0](self._request) if _alert_source and self.viewer and not self.is_staff else None

    @cached_property
    def navigation(self) -> list[navigation.NavLink]:
        if self.viewer is None:
            return []
        if self.is_staff:
            return navigation.links("staff", self._request, self._may)
        return navigation.links("customer", self._request)

    def _may(self, permission: str) -> bool:
        from portal.accounts import policy  # noqa: PLC0415  (accounts import portal.ui)
        from portal.accounts.actor import actor_of  # noqa: PLC0415

        return policy.allows(actor_of(self._request), permission)

    @property
    def script_words(self) -> dict[str, str]:
        return {key: str(words) for key, words in SCRIPT_WORDS.items()}

    def _address(self, view: str) -> str:
        try:
            return reverse(view)
        except NoReverseMatch:
            return ""

    @property
    def sign_in_url(self) -> str:
        return self._address("sign-in")

    @property
    def sign_out_url(self) -> str:
        return self._address("sign-out")


def tenant_accent(request: HttpRequest) -> str:
    """The tenant's own colour, or the platform's where none, or a broken one, is set."""
    tenant: Any = getattr(request, "tenant", None)
    wanted = str((tenant and tenant.branding.get("accent")) or accent.DEFAULT)
    try:
        accent.parse(wanted)
    except ValueError:
        return accent.DEFAULT
    return wanted


def page(request: HttpRequest) -> dict[str, Site]:
    return {"site": Site(request)}
