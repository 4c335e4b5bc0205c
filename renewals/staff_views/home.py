"""/staff/: what waits for me, by role; what is late; what the calendar says."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from portal.accounts.access import access
from portal.accounts.actor import actor_of
from portal.accounts.roles import Role
from portal.ui.parts import Badge, Column, Link, Row, Table, Text, Tone
from portal.ui.templatetags.ui import in_fours
from renewals.lifecycle import NextActor
from renewals.models import DualControl
from renewals.staff_selectors import home as counts
from renewals.staff_selectors import parcels, production, seals
from renewals.staff_selectors import review as queue
from renewals.staff_selectors.keyset import capped_count
from renewals.staff_selectors.orders import ENDED, today
from renewals.staff_selectors.review import QueueFilter
from renewals.staff_views.common import (
    CERTIFICATES,
    CODES,
    CONFIRM_IDENTITY,
    CONFIRM_TRANSFER,
    JOBS,
    OPERATIONS,
    REFUND,
    REVOKE,
    may,
    stamp,
    status_badge,
)
from renewals.staff_views.review import REVIEW

MAKE, RESET_PIN = "production.make", "production.reset_pin"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A number that leads to its list; ``tone`` only where something is there."""

    label: Text
    count: str
    url: str
    hint: Text
    tone: Tone = "neutral"

    @property
    def is_empty(self) -> bool:
        return self.count == "0"


@access("staff")
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    day = today()
    context = {
        "today": day,
        "mine": _mine(request),
        "controls": _controls(request),
        "statuses": _statuses(day) if may(request, "orders.view") else None,
        "late_url": _orders(overdue="on", sort="due"),
        "expiring": _expiring() if may(request, CERTIFICATES) else None,
        "calendar": counts.calendar_news(day),
    }
    return TemplateResponse(request, "renewals/staff/home.html", context)


def _orders(**query: str) -> str:
    return f"{reverse('staff-orders')}?{urlencode(query)}"


def _mine(request: HttpRequest) -> list[Waiting]:
    """Role by role; whoever stands in for a colleague sees theirs too (RULES P20, P21)."""
    rooms = (_reviewing, _administering, _producing, _mailing, _serving, _finance, _operating)
    return [wait for room in rooms for wait in room(request)]


def _reviewing(request: HttpRequest) -> list[Waiting]:
    found = []
    if may(request, REVIEW):
        reviews = reverse("staff-review")
        late = queue.count(QueueFilter(overdue=True))
        found.append(
            Waiting(_("待审核"), str(queue.count(QueueFilter())), reviews, _("材料交齐、等审核结论的订单"), "warning")
        )
        if late.number:
            found.append(
                Waiting(_("审核超期"), str(late), f"{reviews}?overdue=on", _("过了期限还没有结论，请先办"), "danger")
            )
    if may(request, CONFIRM_IDENTITY):
        found.append(
            Waiting(
                _("待当面或视频核验"),
                str(counts.identities_to_confirm()),
                _orders(in_person="on"),
                _("要由工作人员核验经办人身份的订单"),
                "warning",
            )
        )
    return found


def _administering(request: HttpRequest) -> list[Waiting]:
    """What waits for certificate administrators; what one of them asked for stands in the table of two (P20)."""
    found = []
    if may(request, REVOKE):
        actor = NextActor.CERTIFICATE_ADMINISTRATOR
        unblocks = counts.unblocks_to_release()
        hint = _("授权解锁 Ekey，或撤销签发后取消的新证书，须两人办理")
        if unblocks.number:
            hint = _("其中 %(count)s 件是授权解锁 Ekey：请先回拨核实申请人") % {"count": unblocks}
        found.append(
            Waiting(_("待证书管理员办理"), str(counts.waiting_for(actor)), _orders(actor=actor.value), hint, "warning")
        )
    if may(request, RESET_PIN):
        resets = counts.resets_to_release(actor_of(request).user_id)
        found.append(
            Waiting(
                _("待批准重置 PIN 码"),
                str(resets),
                reverse("staff-production"),
                _("客户寄来的介质，同事已申请重置，等另一人批准"),
                "warning",
            )
        )
    return found


def _producing(request: HttpRequest) -> list[Waiting]:
    found = []
    if may(request, MAKE):
        desk, day = reverse("staff-production"), today()
        tasks = production.open_tasks()
        late = capped_count(tasks.filter(due_on__lt=day))
        first = capped_count(tasks.filter(first_in_line=True))
        found.append(Waiting(_("待制作"), str(capped_count(tasks)), desk, _("新介质、寄来的介质和密码信封"), "warning"))
        if late.number:
            found.append(Waiting(_("制作超期"), str(late), f"{desk}?overdue=on", _("过了应完成日期，请先做"), "danger"))
        if first.number:
            found.append(Waiting(_("待重做"), str(first), desk, _("到手即坏或遗失的，排在最前面"), "danger"))
    if may(request, "seals.write"):
        written = str(len(seals.waiting_seals()))
        found.append(
            Waiting(_("待写入签章"), written, reverse("staff-seals"), _("由大厅写入介质的电子签章"), "warning")
        )
    return found


def _mailing(request: HttpRequest) -> list[Waiting]:
    if not may(request, "parcels.handle"):
        return []
    room, waiting = reverse("staff-parcels"), parcels.counts()
    found = [
        Waiting(_("客户寄来的包裹"), str(waiting.inbound), room, _("登记收到，逐件核对"), "warning"),
        Waiting(_("待寄出或待领取"), str(waiting.to_pack), room, _("装袋、填单号，或通知领取"), "warning"),
    ]
    if waiting.trouble:
        found.append(Waiting(_("寄送异常"), str(waiting.trouble), room, _("超期、拒收、遗失或无人领取"), "danger"))
    return found


def _serving(request: HttpRequest) -> list[Waiting]:
    """The service desk decides nothing: what customers will call about (RULES P20)."""
    if Role.SERVICE_DESK not in actor_of(request).roles:
        return []
    return [
        Waiting(
            _("超期的订单"),
            str(counts.late_orders(today())),
            _orders(overdue="on", sort="due"),
            _("客户可能来电：看进度和轮到谁办"),
            "warning",
        ),
    ]


def _finance(request: HttpRequest) -> list[Waiting]:
    found: list[Waiting] = []
    if may(request, CONFIRM_TRANSFER):
        found += [
            Waiting(
                _("待核对的转账"),
                str(counts.transfers_to_find()),
                reverse("payments:staff-transfers"),
                _("客户已登记，请在银行流水里查找"),
                "warning",
            ),
            Waiting(
                _("付款人不符"),
                str(counts.held_with_an_answer()),
                reverse("payments:staff-held"),
                _("客户已答复：已交代付说明，或要求退回"),
                "warning",
            ),
        ]
    if may(request, REFUND):
        refunds = reverse("payments:staff-refunds")
        confirm, failed = counts.refunds_to_confirm(), counts.refunds_failed()
        found += [
            Waiting(
                _("待财务退款的订单"),
                str(counts.refunds_of_ended_orders()),
                _orders(actor=NextActor.FINANCE.value, status=ENDED),
                _("已结束的订单：请决定退款，或在网银退回转账款"),
                "warning",
            ),
            Waiting(
                _("待网银退款"),
                str(counts.bank_refunds_to_make()),
                f"{refunds}?state=approved",
                _("转账收到的款项，在网银退回后登记结果"),
                "warning",
            ),
            Waiting(
                _("待第二人确认的退款"),
                str(confirm),
                f"{refunds}?state=requested",
                _("超过限额，须另一位财务确认"),
                "warning",
            ),
            Waiting(_("退款失败"), str(failed), f"{refunds}?state=failed", _("渠道没有退成，要另想办法"), "danger"),
        ]
    return found


def _operating(request: HttpRequest) -> list[Waiting]:
    found: list[Waiting] = []
    if may(request, JOBS):
        dead = counts.dead_jobs()
        found.append(
            Waiting(_("已停止的后台任务"), str(dead), reverse("staff-jobs"), _("多次重试仍不成功，要有人看"), "danger")
        )
    return found


def _controls(request: HttpRequest) -> Table | None:
    """What one administrator asked for and another has to confirm; one's own show that they wait for somebody else."""
    if not (may(request, CODES) or may(request, REVOKE)):
        return None
    me = actor_of(request).user_id
    rows = [
        Row(
            [
                Link(in_fours(pending.number), reverse("staff-order", args=[pending.order])),
                pending.organisation,
                OPERATIONS[DualControl.Operation(pending.operation)],
                pending.asked_by or "—",
                stamp(pending.asked_at),
                Badge(_("等另一位管理员"), "neutral") if pending.asked_by_id == me else Badge(_("待您确认"), "warning"),
            ],
            url=reverse("staff-order", args=[pending.order]),
        )
        for pending in counts.pending_controls()
    ]
    columns = [
        Column(_("订单编号"), "code"),
        Column(_("单位")),
        Column(_("操作")),
        Column(_("提出人")),
        Column(_("提出时间")),
        Column(_("状态")),
    ]
    return Table(columns, rows, caption=_("待两人办理的操作"), hide_caption=True)


def _statuses(day: object) -> Table:
    rows = [
        Row(
            [
                Link(str(status_badge(row.status)), _orders(status=row.status)),
                row.number,
                Link(row.late, _orders(status=row.status, overdue="on", sort="due")) if row.late else "0",  # type: ignore[arg-type]
            ]
        )
        for row in counts.unfinished_by_status(day)  # type: ignore[arg-type]
    ]
    columns = [Column(_("状态")), Column(_("订单"), "number"), Column(_("其中超期"), "number")]
    return Table(columns, rows, caption=_("未办结的订单"), hide_caption=True)


def _expiring() -> list[tuple[int, int, str]]:
    page = reverse("staff-certificates")
    return [
        (days, number, f"{page}?{urlencode({'status': 'current', 'within': days})}")
        for days, number in counts.expiring().items()
    ]
