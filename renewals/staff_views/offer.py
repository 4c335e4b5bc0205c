"""One thing that a member of staff may do to an order now, and what waits for a colleague (RULES P20)."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from portal.ui.parts import Text
from renewals.models import DualControl
from renewals.staff_forms import ActForm, ReasonForm
from renewals.staff_selectors.order import StaffOrderView
from renewals.staff_views.common import when


@dataclass(frozen=True, slots=True)
class Offer:
    """``note``: what the dialog says first. ``waits``: why there is no button, when there is none."""

    name: str
    action: str  # the one door's
    label: Text
    title: Text
    note: Text
    submit: Text
    url: str
    wanted: bool = False  # the order, or a colleague, waits for just this
    danger: bool = False
    waits: Text = ""
    step: str = ""
    item: str = ""
    form_class: type[ActForm] = ReasonForm
    form_options: dict[str, Any] = field(default_factory=dict)

    @property
    def dialog(self) -> str:
        return f"do-{self.name}"

    def form(self, data: Any = None) -> ActForm:
        """Empty for the page, or bound to what was posted."""
        return self.form_class(data, dialog=self.dialog, **self.form_options)


def pending(found: StaffOrderView, operation: str, item: int | None) -> DualControl | None:
    """What one administrator has asked for and another has yet to confirm."""
    return next(
        (
            row
            for row in found.controls
            if row.operation == operation and row.confirmed_at is None and (item is None or row.item_id == item)
        ),
        None,
    )


def waits(user_id: int | None, asked: DualControl | None) -> str:
    """The one who asked can't confirm (RULES P20)."""
    if asked is None or asked.asked_by_id != user_id:
        return ""
    return _("您已于 %(at)s 提出，请另一位证书管理员确认。") % {"at": when(asked.asked_at)}
