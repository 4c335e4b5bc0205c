"""/: the hall's front page, or the customer's certificates by days left."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.accounts.access import access
from portal.accounts.models import User
from portal.tenants.models import ServicePoint
from renewals import selectors
from renewals.certificate_selectors import expiring
from renewals.models import CertificateGrant, ProgrammeVersion
from renewals.programmes.schema import Path
from renewals.publishing import pack_of
from renewals.selectors import CertificateRow
from renewals.views.application_desk import papers_of_path, review_days_of
from renewals.views.apply_words import title_of, way_in
from renewals.views.progress import days_words, local_day, status_badge

SOON_DAYS = 30
RECENT_ORDERS = 5
IN_POPUP = 8
_POSTED = frozenset({"mail_in", "production", "delivery"})
_TOLD = "expiring_told"  # of this visit


@dataclass(frozen=True)
class Card:
    """A certificate as the page shows it; ``tone`` "over", "soon" or ""."""

    row: CertificateRow
    expires: date
    days: str
    number: int
    tone: str
    badge: object
    url: str
    action: str
    note: str

    @property
    def certificate(self) -> object:
        return self.row.certificate

    @property
    def group(self) -> str:
        """The section that it stands in."""
        if self.tone or self.row.open_order:
            return "urgent"
        if self.row.can_renew:
            return "soon"
        if self.row.instead:
            return "other"
        return "later" if self.row.window_opens else "blocked"

    @property
    def is_primary(self) -> bool:
        return bool(self.tone)


@access("public")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    user = request.user
    if not isinstance(user, User) or not user.is_customer:
        return TemplateResponse(request, "renewals/front.html", _front())
    rows = _rows(user)
    shown = [row for row in rows if not row.certificate.is_unwanted]
    cards = [card_of(row, user) for row in shown]
    groups: dict[str, list[Card]] = {name: [] for name in ("urgent", "soon", "other", "blocked", "later")}
    for card in cards:
        groups[card.group].append(card)
    waiting = sum(1 for card in cards if card.url)
    lead = _("有 %(count)s 张证书可以办理。") % {"count": waiting}
    orders = selectors.my_orders(user)
    if user.restricted_since is not None:
        orders = orders.filter(opened_at__gte=user.restricted_since)
    context = {
        **groups,
        "lead": lead if waiting else "",
        "has_any": bool(cards),
        "restricted": user.is_restricted,
        "unwanted": len(rows) - len(shown),
        **_popup(request, user, cards),
        "orders": [
            (order, status_badge(order.status), pack_of(order.programme).service) for order in orders[:RECENT_ORDERS]
        ],
    }
    return TemplateResponse(request, "renewals/home.html", context)


def _popup(request: HttpRequest, user: User, cards: list[Card]) -> dict[str, object]:
    """RULES A3: once after signing in, what is expired or has fewer than 90 days left."""
    if request.method != "GET" or request.session.get(_TOLD):
        return {}
    request.session[_TOLD] = True
    due = set(expiring(user).values_list("pk", flat=True))
    found = [card for card in cards if card.row.certificate.pk in due]
    return {"popup": found[:IN_POPUP], "popup_total": len(found)}


def _front() -> dict[str, object]:
    newest = {}
    for version in ProgrammeVersion.objects.order_by("slug", "version"):
        newest[version.slug] = version
    return {
        "services": [pack_of(version) for version in newest.values()],
        "points": list(ServicePoint.objects.order_by("pk")[:6]),
    }


def _rows(user: User) -> list[CertificateRow]:
    """What the customer may see: nothing from before, while RULES P17 restricts the account."""
    rows = selectors.my_certificates(user)
    if user.restricted_since is None:
        return rows
    proved = CertificateGrant.objects.filter(
        user=user, granted_at__gte=user.restricted_since, withdrawn_at__isnull=True
    ).values_list("certificate_id", flat=True)
    seen = set(proved)
    return [row for row in rows if row.certificate.pk in seen]


def card_of(row: CertificateRow, user: User) -> Card:
    """The certificate with what can be done with it now."""
    tone = "over" if row.is_expired or row.days_left < 0 else "soon" if row.days_left <= SOON_DAYS else ""
    url = action = note = ""
    badge: object = ""
    if row.open_order is not None and row.open_order.customer_id != user.pk:
        note = _("另一位经办人正在办理这张证书的续期。他已不再办理的，请用 Ekey 验证后接手。")
        url, action = reverse("claim"), _("用 Ekey 接手")
    elif row.open_order is not None:
        badge = status_badge(row.open_order.status)
        url, action = reverse("order", args=[row.open_order.public_id]), _("继续办理")
    elif row.can_renew and row.path:
        url, action = way_in(row.certificate, row.path), action_words(row.path)
        note = what_it_takes(row.path)
    elif row.instead:
        start = reverse("apply-start", args=[row.certificate.programme_slug, row.instead])
        url, action = f"{start}?certificate={row.certificate.public_id}", title_of(row.instead)
    elif row.window_opens is not None:
        note = _("%(day)s 起可以续期") % {"day": row.window_opens.isoformat()}
    else:
        note = row.refusal
    return Card(
        row=row,
        expires=local_day(row.certificate.not_after),
        days=days_words(row.days_left),
        number=abs(row.days_left),
        tone=tone,
        badge=badge,
        url=url,
        action=action,
        note=note,
    )


def _by_post(path: Path) -> bool:
    return any(step.kind in _POSTED for step in path.steps)


def action_words(path: Path) -> str:
    """RULES A4: what goes by post is 线下更新; what the bridge does alone is 在线更新; where one applies, 续期."""
    if _by_post(path):
        return _("线下更新")
    return _("续期") if path.application else _("在线更新")


def what_it_takes(path: Path) -> str:
    """What a path with papers asks for; "" where the key alone does."""
    papers, days = papers_of_path(path), review_days_of(path)
    if not papers:
        return ""
    needs = _("办理时要准备%(papers)s") % {"papers": "、".join(papers)}
    return _("%(needs)s，审核约 %(days)s 个工作日。") % {"needs": needs, "days": days} if days else f"{needs}。"
