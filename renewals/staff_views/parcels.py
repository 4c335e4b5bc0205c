"""/staff/parcels/: the mail room's desk: scan; lists of what comes, lies, leaves, and went wrong (RULES P15, P23)."""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from portal.accounts.access import access
from portal.accounts.actor import actor_of
from portal.tenants import tenant_tx
from portal.ui.parts import Badge, Column, Link, Row, Tab, Table
from portal.ui.templatetags.ui import in_fours
from renewals.mail_room import intake
from renewals.mail_room.words import HANDS
from renewals.mail_room_forms import ArrivalForm
from renewals.models import ReceivedKey, Shipment
from renewals.parcels import carriers
from renewals.parcels.hands import Hand
from renewals.staff_selectors import parcels as desk
from renewals.staff_selectors.parcels import SHOWN, Counts
from renewals.staff_views.common import day, may, stamp, table, two_lines, unbroken
from renewals.steps.delivery import trouble_words
from renewals.words_of_acts import STATUSES

VIEW, HANDLE = "parcels.view", "parcels.handle"
LATE: Final = Badge(gettext_lazy("超期"), "danger")
_TABS: Final = ("in", "shelf", "pack", "sent", "pickup", "trouble")


@access(f"staff:{VIEW}")
@never_cache
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """A scan that names one thing leads straight to it."""
    scanned = request.GET.get("scan", "").strip()[:120]
    found = intake.look_up(scanned) if scanned else None
    if found is not None:
        url = _only(found)
        if url:
            return HttpResponseRedirect(url)
    tab = request.GET.get("tab", "in")
    tab = tab if tab in _TABS else "in"
    counts = desk.counts()
    context = {
        "scan": scanned,
        "found": found,
        "hits": _hits(found) if found else None,
        "tab": tab,
        "tabs": _tabs(counts, tab),
        "tables": _TABLES[tab](),
        "arrival": ArrivalForm(initial=_guessed(scanned) if found is not None and found.is_nothing else None),
        "may_handle": may(request, HANDLE),
        "capped": SHOWN,
    }
    return TemplateResponse(request, "renewals/staff/parcels.html", context)


@access(f"staff:{HANDLE}", transaction=False)
@never_cache
@require_POST
def arrive(request: HttpRequest) -> HttpResponse:
    """A parcel lies on the desk: open its page."""
    form = ArrivalForm(request.POST)
    if not form.is_valid():
        with tenant_tx(request.tenant):  # type: ignore[attr-defined]
            context = {
                "tab": "in",
                "tabs": _tabs(desk.counts(), "in"),
                "tables": _TABLES["in"](),
                "arrival": form,
                "may_handle": True,
                "capped": SHOWN,
            }
            return TemplateResponse(request, "renewals/staff/parcels.html", context, status=422).render()
    with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
        parcel = intake.arrive(
            carrier=form.cleaned_data["carrier"],
            tracking_number=form.cleaned_data["tracking_number"],
            by=actor_of(request),
        )
    messages.success(request, _("包裹已登记到件，请逐只清点。"))
    return HttpResponseRedirect(reverse("staff-parcel", args=[parcel.public_id]))


# -- what a scan found ------------------------------------------------------------------------------------------------


def _only(found: intake.Found) -> str:
    """The page of the one thing that was found; "" for none or several."""
    parcels = [p for p in found.parcels if p.state in {Shipment.State.ANNOUNCED, Shipment.State.ARRIVED}]
    if len(parcels) == 1 and not found.keys:
        return reverse("staff-parcel", args=[parcels[0].public_id])
    if len(found.keys) == 1 and not found.parcels:
        return reverse("staff-parcel-key", args=[found.keys[0].public_id])
    return ""


def _hits(found: intake.Found) -> Table:
    rows = [
        Row(
            [_("包裹"), Link(_number(parcel), reverse("staff-parcel", args=[parcel.public_id])), _state(parcel)],
            url=reverse("staff-parcel", args=[parcel.public_id]),
        )
        for parcel in found.parcels
    ]
    rows += [
        Row([_("Ekey"), Link(str(key), reverse("staff-parcel-key", args=[key.public_id])), HANDS[key.hand]])
        for key in found.keys
    ]
    if found.order is not None:
        waiting = len(intake.awaited(found.order))
        state = _("还有 %(n)d 只 Ekey 没有收到") % {"n": waiting} if waiting else STATUSES[found.order.status][0]
        url = reverse("staff-parcel-order", args=[found.order.public_id])
        rows.append(Row([_("订单"), Link(in_fours(found.order.number), url), state], url=url))
    rows += [
        Row([_("等待中的证书"), item.certificate.holder_name, in_fours(item.order.number)]) for item in found.items
    ]
    columns = [Column(_("找到")), Column(_("编号"), "code"), Column(_("情况"))]
    return table(_("查找结果"), columns, rows)


def _guessed(scanned: str) -> dict[str, str]:
    """A number that nobody announced: the carrier that it looks like."""
    likely = carriers.guess(scanned)
    return {"carrier": likely[0].code if likely else "", "tracking_number": carriers.normal(scanned)[:30]}


# -- the lists --------------------------------------------------------------------------------------------------------


def _tabs(counts: Counts, current: str) -> list[Tab]:
    page = reverse("staff-parcels")
    labels = (
        ("in", _("寄来的包裹"), counts.inbound),
        ("shelf", _("无主与待退"), counts.shelf),
        ("pack", _("待打包"), counts.to_pack),
        ("sent", _("已寄出"), counts.on_the_way),
        ("pickup", _("待自取"), counts.at_counter),
        ("trouble", _("要追查"), counts.trouble),
    )
    return [Tab(label, f"{page}?tab={name}", current=name == current, count=number) for name, label, number in labels]


def _inbound() -> list[Table]:
    columns = [
        Column(_("快递")),
        Column(_("寄出")),
        Column(_("寄件单位")),
        Column(_("登记"), "number"),
        Column(_("已收"), "number"),
        Column(_("情况")),
    ]
    return [table(_("寄来的包裹"), columns, [_inbound_row(parcel) for parcel in desk.inbound()[:SHOWN]])]


def _inbound_row(parcel: Shipment) -> Row:
    url = reverse("staff-parcel", args=[parcel.public_id])
    return Row(
        [
            Link(_number(parcel), url),
            _sent_on(parcel),
            getattr(parcel, "holder", "") or _("未登记"),
            getattr(parcel, "wanted", ""),
            getattr(parcel, "taken_in", ""),
            _state(parcel),
        ],
        url=url,
    )


def _shelf() -> list[Table]:
    columns = [Column(_("介质号"), "code"), Column(_("货架")), Column(_("收到")), Column(_("为什么在这里"))]
    rows = []
    for key in desk.shelf()[:SHOWN]:
        url = reverse("staff-parcel-key", args=[key.public_id])
        rows.append(
            Row([Link(key.medium_number or _("看不清"), url), key.shelf, stamp(key.received_at), _why(key)], url=url)
        )
    return [table(_("无主与待退"), columns, rows)]


def _why(key: ReceivedKey) -> object:
    if key.mismatch:
        number = key.item.order.number if key.item else ""
        return two_lines(Badge(key.get_mismatch_display(), "danger"), number)
    if key.item is None:
        return Badge(_("无主"), "warning")
    words = Badge(_("订单已结束"), "neutral")
    where = "" if key.hand == Hand.MAIL_ROOM else HANDS[key.hand]
    return two_lines(words, " · ".join(str(part) for part in (key.item.order.number, where) if part))


def _to_pack() -> list[Table]:
    columns = [
        Column(_("订单编号"), "code"),
        Column(_("单位")),
        Column(_("件数"), "number"),
        Column(_("期限")),
        Column(_("情况")),
    ]
    rows = []
    for row in desk.to_pack():
        url = reverse("staff-parcel-order", args=[row.order.public_id])
        late = row.due_on is not None and row.due_on < desk.today()
        back = Badge(_("退回 %(n)d 件") % {"n": row.back}, "danger") if row.back else ""
        rows.append(
            Row(
                [
                    Link(unbroken(in_fours(row.order.number)), url),
                    row.order.organisation.name,
                    row.items,
                    two_lines(unbroken(day(row.due_on)), LATE if late else ""),
                    back or "—",
                ],
                url=url,
            )
        )
    return [table(_("待打包"), columns, rows)]


def _sent() -> list[Table]:
    columns = [Column(_("快递")), Column(_("寄出")), Column(_("收件单位")), Column(_("件数"), "number")]
    return [table(_("已寄出"), columns, [_sent_row(parcel) for parcel in desk.on_the_way()[:SHOWN]])]


def _sent_row(parcel: Shipment) -> Row:
    url = _order_url(parcel)
    return Row(
        [
            Link(_number(parcel), url) if url else _number(parcel),
            _sent_on(parcel),
            parcel.order.organisation.name if parcel.order else _("退还寄件人"),
            getattr(parcel, "inside", ""),
        ],
        url=url,
    )


def _pickup() -> list[Table]:
    columns = [Column(_("介质号"), "code"), Column(_("单位")), Column(_("网点")), Column(_("到网点"))]
    rows = []
    for key in desk.at_counter()[:SHOWN]:
        url = reverse("staff-parcel-order", args=[key.item.order.public_id]) if key.item else ""
        rows.append(
            Row(
                [
                    Link(key.medium_number or key.get_thing_display(), url),
                    key.item.order.organisation.name if key.item else "",
                    str(key.service_point or ""),
                    two_lines(stamp(key.moved_at), LATE if desk.is_uncollected(key) else ""),
                ],
                url=url,
            )
        )
    return [table(_("待自取"), columns, rows)]


def _trouble() -> list[Table]:
    """Overdue, refused, lost, uncollected: four short lists, the empty ones left out (RULES P23)."""
    found = desk.troubles()
    made = []
    if found.came_back:
        columns = [Column(_("订单编号"), "code"), Column(_("单位")), Column(_("证书"), "code"), Column(_("原因"))]
        rows = [
            Row(
                [
                    Link(
                        unbroken(in_fours(step.order.number)),
                        reverse("staff-parcel-order", args=[step.order.public_id]),
                    ),
                    step.order.organisation.name,
                    step.item.certificate.serial if step.item else "",
                    trouble_words(step.reason),
                ],
                url=reverse("staff-parcel-order", args=[step.order.public_id]),
            )
            for step in found.came_back
        ]
        made.append(Table(columns, rows, caption=_("退回或遗失的")))
    if found.overdue_out:
        columns = [Column(_("快递")), Column(_("寄出")), Column(_("收件单位")), Column(_("件数"), "number")]
        made.append(Table(columns, [_sent_row(p) for p in found.overdue_out], caption=_("寄出超过 7 天没有签收的")))
    if found.overdue_in:
        columns = [Column(_("快递")), Column(_("寄出")), Column(_("寄件单位")), Column(_("登记")), Column(_("已收"))]
        rows = [Row([*row.cells[:5]], url=row.url) for row in map(_inbound_row, found.overdue_in)]
        made.append(Table(columns, rows, caption=_("客户寄出超过 7 天没有到的")))
    if found.uncollected:
        made.append(
            Table(
                [Column(_("介质号"), "code"), Column(_("单位")), Column(_("网点")), Column(_("到网点"))],
                [
                    Row(
                        [
                            Link(
                                key.medium_number or key.get_thing_display(),
                                reverse("staff-parcel-order", args=[key.item.order.public_id]),
                            ),
                            key.item.order.organisation.name,
                            str(key.service_point or ""),
                            stamp(key.moved_at),
                        ]
                    )
                    for key in found.uncollected
                    if key.item is not None
                ],
                caption=_("超过 30 天没有领取的"),
            )
        )
    return made


_TABLES = {"in": _inbound, "shelf": _shelf, "pack": _to_pack, "sent": _sent, "pickup": _pickup, "trouble": _trouble}


# -- cells ------------------------------------------------------------------------------------------------------------

_TONES = {
    Shipment.State.ANNOUNCED: "info",
    Shipment.State.ARRIVED: "warning",
    Shipment.State.CHECKED: "success",
    Shipment.State.PACKING: "warning",
    Shipment.State.SENT: "info",
    Shipment.State.DELIVERED: "success",
    Shipment.State.CAME_BACK: "danger",
    Shipment.State.LOST: "danger",
    Shipment.State.WITHDRAWN: "neutral",
}


def _state(parcel: Shipment) -> Badge:
    return Badge(parcel.get_state_display(), _TONES[Shipment.State(parcel.state)])  # type: ignore[arg-type]


def _number(parcel: Shipment) -> str:
    return unbroken(f"{carriers.title_of(parcel.carrier)} {parcel.tracking_number or '—'}")


def _sent_on(parcel: Shipment) -> object:
    return two_lines(unbroken(day(parcel.sent_on)), LATE if desk.is_overdue(parcel) else "")


def _order_url(parcel: Shipment) -> str:
    return reverse("staff-parcel-order", args=[parcel.order.public_id]) if parcel.order else ""


state_badge, number_words = _state, _number
