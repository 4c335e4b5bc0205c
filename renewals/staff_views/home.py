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
from portal.ui.parts import Badge, Column, Link, Row, Table, Text, Tone
from portal.ui.templatetags.ui import in_fours
from renewals.lifecycle import NextActor
from renewals.models import DualControl
from renewals.staff_selectors import home as counts
from renewals.staff_selectors import review as queue
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
    found: list[Waiting] = []
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
    if may(request, REVOKE):
        found.append(
            _waiting(
                _("待证书管理员办理"),
                NextActor.CERTIFICATE_ADMINISTRATOR,
                _("授权解锁 Ekey，或撤销签发后取消的新证书，须两人办理"),
            )
        )
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
    if may(request, JOBS):
        dead = counts.dead_jobs()
        found.append(
            Waiting(_("已停止的后台任务"), str(dead), reverse("staff-jobs"), _("多次重试仍不成功，要有人看"), "danger")
        )
    return found


def _waiting(label: Text, actor: NextActor, hint: Text) -> Waiting:
    count = counts.waiting_for(actor)
    return Waiting(label, str(count), _orders(actor=actor.value), hint, "warning")


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
