"""What the staff pages share: badges, times, links between pages of a list, keys of forms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts import policy
from portal.accounts.actor import actor_of
from portal.accounts.roles import Role
from portal.ui.parts import Badge, Column, Row, Table, Text, Tone
from renewals.models import DualControl
from renewals.models.certificates import CaStatus
from renewals.words_of_acts import ACTORS, STATUSES

VIEW, EXPORT, CANCEL = "orders.view", "orders.export", "orders.cancel"
CERTIFICATES, AUDIT, REVEAL = "certificates.view", "audit.view", "personal.reveal"
CONFIRM_IDENTITY, CODES, REVOKE, REFUND = (
    "identity.confirm",
    "certificates.codes",
    "certificates.revoke",
    "payments.refund",
)
UNBLOCK = "certificates.unblock"
CONFIRM_TRANSFER = "payments.confirm"
JOBS = "jobs.manage"

OPERATIONS: Final[dict[str, Text]] = {
    DualControl.Operation.REVOKE_NEW: gettext_lazy("撤销新证书"),
    DualControl.Operation.REISSUE_CODE: gettext_lazy("补发更新码"),
    DualControl.Operation.REMAKE: gettext_lazy("重做介质"),
    DualControl.Operation.RELEASE_UNBLOCK: gettext_lazy("授权解锁 Ekey"),
}


def may(request: HttpRequest, permission: str) -> bool:
    return policy.allows(actor_of(request), permission)


def when(moment: datetime | None) -> str:
    """2026-11-21 09:20 in the hall's zone, "—" for never."""
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M") if moment else "—"


def stamp(moment: datetime | None) -> str:
    """The same for a table's cell, on one line."""
    return unbroken(when(moment))


def unbroken(text: object) -> str:
    return format_html('<span class="nowrap">{}</span>', text)


def two_lines(first: object, second: object) -> str:
    """A cell with a second, fainter line."""
    if not second:
        return format_html("{}", first)
    return format_html(
        '<span class="two-lines"><span>{}</span><span class="two-lines__more">{}</span></span>', first, second
    )


def day(value: date | None) -> str:
    return value.isoformat() if value else "—"


def day_of(moment: datetime | None) -> str:
    return timezone.localtime(moment).date().isoformat() if moment else "—"


def status_badge(status: str) -> Badge:
    words, tone = STATUSES[status]
    return Badge(words, tone)


def actor_words(actor: str) -> Text:
    return ACTORS[actor]


_CA_TONES: Final[dict[str, Tone]] = {
    CaStatus.VALID: "success",
    CaStatus.FROZEN: "warning",
    CaStatus.REVOKED: "danger",
    CaStatus.REPLACED: "neutral",
    CaStatus.UNKNOWN: "neutral",
}


def certificate_badge(ca_status: str, not_after: datetime) -> Badge:
    """The CA's word first; expiry only matters where the CA says valid (RULES A6)."""
    if ca_status == CaStatus.VALID and not_after < timezone.now():
        return Badge(gettext_lazy("已过期"), "neutral")
    return Badge(CaStatus(ca_status).label, _CA_TONES[ca_status])


_JOB_BADGES: Final[dict[str, tuple[Text, Tone]]] = {
    "pending": (gettext_lazy("等待"), "info"),
    "leased": (gettext_lazy("进行中"), "info"),
    "done": (gettext_lazy("完成"), "success"),
    "dead": (gettext_lazy("已停止"), "danger"),
}


def job_badge(state: str) -> Badge:
    words, tone = _JOB_BADGES[state]
    return Badge(words, tone)


_KINDS: Final[dict[str, Text]] = {
    "customer": gettext_lazy("客户"),
    "staff": gettext_lazy("工作人员"),
    "system": gettext_lazy("系统"),
    "bridge": gettext_lazy("凭更新码"),
    "ca": gettext_lazy("CA"),
    "anonymous": gettext_lazy("未登录"),
}


def who(kind: str, label: str, roles: Any = ()) -> str:
    """客户 199****0001; reviewer（审核员）; 系统 payments."""
    if kind == "staff":
        held = "、".join(str(Role(role).label) for role in roles if role in set(Role))
        return f"{label}（{held}）" if held else label
    return f"{_KINDS.get(kind, kind)} {label}".strip() if label != str(_KINDS.get(kind)) else label


def table(caption: str, columns: Sequence[Column], rows: Sequence[Row]) -> Table:
    """With its caption for screen readers alone: a heading stands above."""
    return Table(columns, rows, caption=caption, hide_caption=True)


@dataclass(frozen=True, slots=True)
class Turning:
    """Links between the pages of a list; "" where there is none. Position by position what staff.js expects."""

    first: str
    newer: str
    older: str
    count: str

    @property
    def links(self) -> list[tuple[str, str]]:
        return [(_("首页"), self.first), (_("上一页"), self.newer), (_("下一页"), self.older)]

    @property
    def is_needed(self) -> bool:
        return bool(self.first or self.newer or self.older)


def turning(request: HttpRequest, *, newer: str, older: str, count: object) -> Turning:
    """The filters stay in the address."""
    paged = bool(request.GET.get("after") or request.GET.get("before"))
    return Turning(
        first=address(request) if paged else "",
        newer=address(request, before=newer) if newer else "",
        older=address(request, after=older) if older else "",
        count=str(count),
    )


def address(request: HttpRequest, view: str = "", **changes: str) -> str:
    """This list's address (or another view's) with the same filters and these changes; from its beginning."""
    query = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    for name, value in list(query.items()):
        if not value:
            query.pop(name)
    for name, value in changes.items():
        query[name] = value
    path = reverse(view) if view else request.path
    return f"{path}?{query.urlencode()}" if query else path
