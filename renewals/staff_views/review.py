"""/staff/review/: the queue, and who works on what: claim, keep, release, take over (RULES C10)."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from portal.accounts.access import access
from portal.accounts.actor import actor_of
from portal.errors import GuardRefused
from portal.tenants import tenant_tx
from portal.ui.parts import Badge, Column, Link, Row, Tab, Table
from portal.ui.templatetags.ui import in_fours
from portal.ui.words import say
from renewals.models import ReviewTurn
from renewals.review_forms import QueueFilterForm
from renewals.reviewing import leases
from renewals.reviewing.errors import NothingFree, ReviewHeldByOther, ReviewNotOpen
from renewals.staff_selectors import review as queue
from renewals.staff_selectors.orders import Programmes, programmes
from renewals.staff_selectors.review import QueueFilter, QueueRow
from renewals.staff_views.common import address, day, may, stamp, turning, two_lines, unbroken

REVIEW, DECIDE = "review.view", "review.decide"
TRIES = 20  # colleagues who take the same order at the same moment
_COLUMNS = (
    Column(gettext_lazy("订单编号"), "code"),
    Column(gettext_lazy("单位、介质号")),
    Column(gettext_lazy("业务、路径")),
    Column(gettext_lazy("期限")),
    Column(gettext_lazy("情况")),
    Column(gettext_lazy("办理人")),
    Column(gettext_lazy("进入审核")),
)


@access(f"staff:{REVIEW}")
@never_cache
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    packs, me = programmes(), actor_of(request).user_id
    form = QueueFilterForm(request.GET, packs)
    wanted = form.wanted(me)
    page = queue.page_of(wanted, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    table = Table(_COLUMNS, [_row(row, packs, me) for row in page.rows], caption=_("审核队列"), hide_caption=True)
    count = queue.count(wanted)
    context = {
        "form": form,
        "table": table,
        "turning": turning(request, newer=page.newer, older=page.older, count=count),
        "tabs": _tabs(request),
        "next_url": address(request, "staff-review-next"),
        "may_decide": may(request, DECIDE),
    }
    return TemplateResponse(request, "renewals/staff/review_queue.html", context)


def _row(row: QueueRow, packs: Programmes, me: int | None) -> Row:
    url = reverse("staff-review-order", args=[row.public_id])
    return Row(
        [
            Link(unbroken(in_fours(row.number)), url),
            two_lines(row.organisation, row.medium),
            two_lines(packs.title(row.programme_id), packs.path_title(row.programme_id, row.path)),
            _due(row),
            _remarks(row),
            _holder(row, me),
            stamp(row.opened_at),
        ],
        url=url,
    )


_LATE = Badge(gettext_lazy("超期"), "danger")
_RETURNED = Badge(gettext_lazy("退回过"), "warning")
_CLAIMED = Badge(gettext_lazy("凭授权书"), "info")
_MINE = Badge(gettext_lazy("我"), "success")


def _due(row: QueueRow) -> object:
    return format_html("{} {}", unbroken(day(row.due_on)), _LATE) if row.late else unbroken(day(row.due_on))


def _remarks(row: QueueRow) -> object:
    found = [badge for badge, on in ((_RETURNED, row.returned_before), (_CLAIMED, bool(row.claim))) if on]
    return format_html("{} {}", *found) if len(found) == 2 else found[0] if found else "—"


def _holder(row: QueueRow, me: int | None) -> object:
    if not row.holder_id or row.held_until is None:
        return "—"
    until = _("到 %(time)s") % {"time": timezone.localtime(row.held_until).strftime("%H:%M")}
    return two_lines(_MINE if row.holder_id == me else row.holder, until)


def _tabs(request: HttpRequest) -> list[Tab]:
    page = reverse("staff-review")
    shown = {name: value for name, value in request.GET.items() if value and name not in {"after", "before"}}
    found = []
    for label, query in (
        (_("全部"), {}),
        (_("无人办理"), {"whose": "free"}),
        (_("我领取的"), {"whose": "mine"}),
        (_("超期"), {"overdue": "on"}),
        (_("退回过"), {"returned": "on"}),
    ):
        found.append(Tab(label, f"{page}?{urlencode(query)}" if query else page, current=shown == query))
    return found


# -- leases -----------------------------------------------------------------------------------------------------------


@access(f"staff:{DECIDE}")
@never_cache
@require_POST
def take_next(request: HttpRequest) -> HttpResponse:
    """The first that nobody works on, by the queue's filters; a colleague who was faster gets it, and on."""
    with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
        wanted = QueueFilterForm(request.GET, programmes()).wanted(actor_of(request).user_id)
        taken = _first_free(request, wanted)
    if taken is None:
        messages.info(request, say(NothingFree()))
        return HttpResponseRedirect(address(request, "staff-review"))
    return HttpResponseRedirect(reverse("staff-review-order", args=[taken]))


def _first_free(request: HttpRequest, wanted: QueueFilter) -> str | None:
    free = QueueFilter("free", wanted.overdue, wanted.returned, wanted.programme)
    lost: set[int] = set()
    for _try in range(TRIES):
        turn = queue.next_free(free, but=lost)
        if turn is None:
            return None
        try:
            leases.claim(turn, by=actor_of(request))
        except (ReviewHeldByOther, ReviewNotOpen):
            lost.add(turn.pk)
            continue
        return turn.order.public_id
    return None


@access(f"staff:{DECIDE}")
@never_cache
@require_POST
def claim(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take this one, or take it over once its lease has lapsed."""
    try:
        with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
            leases.claim(_turn(public_id), by=actor_of(request))
    except GuardRefused as refusal:
        messages.error(request, say(refusal))
    return HttpResponseRedirect(reverse("staff-review-order", args=[public_id]))


@access(f"staff:{DECIDE}")
@never_cache
@require_POST
def release(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give it back; what was marked stays for whoever goes on."""
    with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
        turn = queue.turn_of_order(public_id)
        if turn is not None:
            leases.release(turn, by=actor_of(request))
    messages.info(request, _("已放下这张订单，标记都已保存，其他审核人员可以领取。"))
    return HttpResponseRedirect(reverse("staff-review"))


@access(f"staff:{DECIDE}", background=True)
@never_cache
@require_POST
def heartbeat(request: HttpRequest, public_id: str) -> HttpResponse:
    """From the script of the open page, while somebody works on it: {"until": "10:40"}, or 409 {"message": …}."""
    try:
        with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
            until = leases.renew(_turn(public_id), by=actor_of(request))
    except GuardRefused as refusal:
        return JsonResponse({"message": say(refusal)}, status=refusal.status)
    return JsonResponse({"until": timezone.localtime(until).strftime("%H:%M")})


def _turn(public_id: str) -> ReviewTurn:
    """ReviewNotOpen."""
    turn = queue.turn_of_order(public_id)
    if turn is None:
        raise ReviewNotOpen()
    return turn
