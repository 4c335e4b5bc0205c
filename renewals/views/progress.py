"""An order's progress in words: who acts next, the task list, the timeline, the facts (RULES Across 4, C12)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.fees import QuoteLine
from payments.models import ChannelName, Charge
from payments.selectors import payments_for
from portal.tenants import current_tenant
from portal.ui.parts import Badge, Column, Event, NextStep, Pair, Row, Table
from portal.ui.parts import Task as TaskRow
from portal.ui.templatetags.ui import in_fours, money, plain_money
from renewals.issuing.requests import parse
from renewals.lifecycle import Kind, NextActor, Phase, Status, StepState
from renewals.models import IdentityCheck, Issuance
from renewals.selectors import OrderView, Task
from renewals.views.progress_words import (
    Money,
    customers_words,
    method_of,
    others_words,
    reason_words,
    rejection_words,
    task_hint,
)
from renewals.words_of_acts import ACTORS, DUTIES, STATUSES, STOP_REASONS, act_title

__all__ = [
    "Money",
    "days_words",
    "events",
    "facts",
    "is_moving",
    "latest_check",
    "local_day",
    "money_of",
    "next_step",
    "quote_table",
    "reason_words",
    "status_badge",
    "task_rows",
    "today",
]

MOVING = frozenset({NextActor.SYSTEM, NextActor.CA})
PAGES = {
    Kind.CONSENT: "order-consent",
    Kind.NOTICE: "order-notice",
    Kind.KEY_PROOF: "order-key-proof",
    Kind.APPLICATION: "order-application",
    Kind.IDENTITY: "order-identity",  # of the three factors there is no page
    Kind.REQUEST_FORM: "order-request-form",
    Kind.DOCUMENTS: "order-documents",
    Kind.PAYMENT: "order-pay",
    Kind.ISSUANCE: "order-install",  # into a file: it leads on to order-file
    Kind.FILE_DOWNLOAD: "order-file",
    Kind.SEAL: "order-seal",
    Kind.MAIL_IN: "order-parcel",
    Kind.DELIVERY: "order-delivery",
    Kind.ENVIRONMENT: "order-environment",
    Kind.PIN_UNBLOCK: "order-unblock",
}


def money_of(view: OrderView) -> Money:
    """One query, two once there is a charge. Paid in several ways → all of them are named (RULES C12)."""
    if not view.order.charge:
        return Money(None, "")
    charge = Charge.objects.get(public_id=view.order.charge)
    channels = dict.fromkeys(payment.channel for payment in payments_for(charge.reference))
    return Money(charge, "、".join(str(ChannelName(channel).label) for channel in channels))


def local_day(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(current_tenant().timezone)).date()


def is_moving(view: OrderView, money_: Money) -> bool:
    """Whether the page may change without its reader: then it asks every two seconds."""
    if view.derived.status.terminal:
        return False
    payment = view.task(Kind.PAYMENT)
    awaited = payment is not None and payment.step.state is StepState.SUBMITTED
    if awaited and money_.is_paid:  # finance has confirmed, the order knows in a moment
        return True
    scanning = awaited and payment is not None and payment.step.phase is Phase.ONLINE
    return view.derived.next_actor in MOVING or scanning


def status_badge(status: str) -> Badge:
    words, tone = STATUSES[status]
    return Badge(words, tone)


# -- who acts next ----------------------------------------------------------------------------------------------------


def next_step(view: OrderView, money_: Money, check: IdentityCheck | None) -> NextStep:
    """The one thing that an order page says first."""
    status = view.derived.status
    if status is Status.COMPLETED:
        return _completed(view)
    if status.terminal:
        return _ended(view, money_)
    task = view.current
    if task is None:  # nobody's task is the order's: can't be, but a page must say something
        return NextStep("them", ACTORS[view.derived.next_actor], _("正在办理"))
    if task.step.kind is Kind.PAYMENT and money_.is_paid:
        return NextStep(
            "them", ACTORS[NextActor.SYSTEM], _("已收到付款，正在更新订单"), _("通常几秒钟，本页会自动更新。")
        )
    if view.derived.next_actor is NextActor.CUSTOMER:
        title, hint, action = customers_words(view, task, money_)
        page = page_of(view, task)
        url = reverse(page, args=[view.order.public_id]) if page else ""
        return NextStep("you", _("轮到您办理"), title, hint, _by(view), url, action if url else "")
    title, hint = others_words(view, task, check)
    who = _("由%(who)s办理") % {"who": ACTORS[view.derived.next_actor]}
    return NextStep("them", who, title, hint, _by(view, ours=False))


def page_of(view: OrderView, task: Task) -> str:
    """The name of the task's page; "" where it has none for the customer."""
    if task.step.kind is Kind.IDENTITY and method_of(view, task) != "liveness":
        return ""
    return PAGES.get(task.step.kind, "")


def _by(view: OrderView, *, ours: bool = True) -> str:
    due = view.order.due_on
    waits_at_counter = any(task.step.phase is Phase.READY for task in view.tasks_of(Kind.DELIVERY))
    if due is None or (ours and waits_at_counter):  # the date is the mail room's; the customer has weeks (RULES P23)
        return ""
    day = f"{due.month} 月 {due.day} 日"
    by = _("请在 %(day)s前办理") % {"day": day} if ours else _("预计 %(day)s前完成") % {"day": day}
    # RULES P21: counted Monday to Friday until that year's holidays are published
    return by if view.due_certain else _("%(by)s（明年节假日安排公布后可能顺延）") % {"by": by}


def _completed(view: OrderView) -> NextStep:
    if view.task(Kind.PIN_UNBLOCK) is not None:
        return NextStep("done", _("已办结"), _("Ekey 已解锁，新的 PIN 码已生效"), _("证书没有改动，可以照常使用。"))
    made = next((i for i in view.issuances if i.state == Issuance.State.VERIFIED), None)
    hint = ""
    if made is not None:
        until = local_day(parse(bytes(made.signing_certificate or b"")).not_after)
        hint = _("新证书有效期至 %(day)s，Ekey 密码（PIN 码）不变。") % {"day": until.isoformat()}
        if view.tasks_of(Kind.PRODUCTION):  # a new medium, or one whose PIN was set anew (RULES D9, P14)
            hint = _("新证书有效期至 %(day)s。首次使用时，请先修改短信告知的初始 PIN 码。") % {"day": until.isoformat()}
            return NextStep("done", _("已办结"), _("新 Ekey 已交付"), hint)
    return NextStep("done", _("已办结"), _("新证书已安装并验证"), hint)


def _ended(view: OrderView, money_: Money) -> NextStep:
    words, _tone = STATUSES[view.derived.status]
    ending = view.order.ending or {}
    owed = [str(DUTIES[duty]) for duty in ending.get("duties", ()) if duty in DUTIES]
    why = STOP_REASONS.get(ending.get("reason", ""), "")
    if view.derived.status is Status.REJECTED:
        why = rejection_words(view, ending.get("reason", ""))
    if view.derived.status is Status.STOPPED and not why:
        why = _("CA 核对后，这张证书现在不能办理。")
    back = money_.charge.refunded_fen if money_.charge else 0
    refunded = _("%(amount)s 已原路退回。") % {"amount": plain_money(back)} if back else ""
    hint = " ".join(str(part) for part in (why, "；".join(owed) + "。" if owed else "", refunded) if part)
    actor = _("由%(who)s办理") % {"who": ACTORS[view.derived.next_actor]} if owed else words
    title = _("订单已结束：%(status)s") % {"status": words}
    return NextStep("stopped", actor, title, hint or _("没有需要您办理的事项。如仍需办理，请从首页重新申请。"))


# -- tasks ------------------------------------------------------------------------------------------------------------

_BADGES = {
    "waiting": (gettext_lazy("未开始"), "neutral"),
    "done": (gettext_lazy("已完成"), "success"),
    "submitted": (gettext_lazy("处理中"), "info"),
    "returned": (gettext_lazy("请修改"), "danger"),
    "skipped": (gettext_lazy("不需要"), "neutral"),
    "current": (gettext_lazy("待办理"), "info"),
}


def task_rows(view: OrderView, money_: Money) -> list[TaskRow]:
    over = view.derived.status.terminal
    rows = []
    for task, title in _together(view.tasks):
        state = _state(task)
        if over and state in {"current", "returned", "submitted"}:
            state = "waiting"
        words, tone = _BADGES[state]
        badge = Badge(_("未办理") if over and state == "waiting" else words, tone)  # type: ignore[arg-type]
        hint = "" if over and state == "waiting" else task_hint(view, task, state, money_)
        rows.append(TaskRow(title, state, badge, _url(view, task, over=over), hint))  # type: ignore[arg-type]
    return rows


_NAMED = 3  # certificates of a line; more are counted


def _together(tasks: Iterable[Task]) -> list[tuple[Task, str]]:
    """A step of several certificates is one line for each state that they are in, naming which (A12)."""
    view_tasks, groups = list(tasks), dict[tuple[str, str], list[Task]]()
    for task in view_tasks:
        groups.setdefault((task.step.name, _state(task)), []).append(task)
    counts = Counter(task.step.name for task in view_tasks)
    return [
        (group[0], _of_items(group) if counts[group[0].step.name] > 1 else group[0].title) for group in groups.values()
    ]


def _of_items(group: list[Task]) -> str:
    numbers = [task.item.certificate.display_number for task in group if task.item]
    if len(numbers) > _NAMED:
        return _("%(title)s（%(count)s 张证书）") % {"title": group[0].title, "count": len(numbers)}
    return _("%(title)s（%(numbers)s）") % {"title": group[0].title, "numbers": "、".join(numbers)}


def _state(task: Task) -> str:
    if task.step.state is StepState.RETURNED:
        return "returned"
    if task.acting is NextActor.CUSTOMER:
        return "current"
    return {"open": "submitted"}.get(task.step.state, str(task.step.state))


def _url(view: OrderView, task: Task, *, over: bool) -> str:
    page = page_of(view, task)
    if not page or task.step.state in {StepState.WAITING, StepState.SKIPPED}:
        return ""
    if task.step.kind is Kind.APPLICATION and task.step.state is StepState.DONE:
        return reverse("order-answers", args=[view.order.public_id])
    if over and task.step.kind is not Kind.CONSENT and task.step.state is not StepState.DONE:
        return ""
    if task.step.kind is Kind.PAYMENT and task.step.state is StepState.DONE:
        return reverse("payments:receipt", args=[view.order.charge])
    return reverse(page, args=[view.order.public_id])


# -- beside -----------------------------------------------------------------------------------------------------------


def events(view: OrderView) -> list[Event]:
    """The timeline, newest first; staff are named by their room, never by name."""
    found = []
    for entry in view.timeline:
        who = entry.who if entry.actor_kind == "customer" else _ROOMS.get(entry.actor_kind, "")
        tone = "success" if entry.what in {"payment.settled", "issuance.verify"} else "neutral"
        found.append(Event(act_title(entry.what), entry.at, who, tone=tone))  # type: ignore[arg-type]
    return found


_ROOMS = {
    "system": gettext_lazy("系统"),
    "staff": gettext_lazy("工作人员"),
    "bridge": gettext_lazy("凭更新码办理"),
    "ca": gettext_lazy("CA 系统"),
}


def facts(view: OrderView, money_: Money) -> list[Pair]:
    """RULES C12: 订单编号 业务服务 业务描述 办理年限 证书费用 支付方式."""
    term = view.order.applications.order_by("-version").values_list("term", flat=True).first()
    fixed = view.pack.path(view.order.path).term_years
    titles = {str(each.years): each.title for each in view.pack.terms}
    years = _("%(n)d 年") % {"n": fixed} if fixed else titles.get(term or "", "")
    fee: object = money(money_.total_fen) if money_.total_fen is not None else ""
    paying = [Pair(_("证书费用"), fee), Pair(_("支付方式"), money_.channel if money_.is_paid else "")]
    return [
        Pair(_("订单编号"), in_fours(view.order.number)),
        Pair(_("业务服务"), view.pack.service),
        Pair(_("业务描述"), view.pack.description),
        *([Pair(_("办理年限"), years)] if fixed or view.pack.terms else []),
        *(paying if view.tasks_of(Kind.PAYMENT) else [Pair(_("证书费用"), _("不收费"))]),
        *(
            [Pair(_("已退款"), money(money_.charge.refunded_fen))]
            if money_.charge and money_.charge.refunded_fen
            else []
        ),
    ]


def quote_table(lines: Sequence[QuoteLine], *, caption: str = "") -> Table:
    """The lines of a quote; RULES E5: name, unit price, quantity, subtotal."""
    return Table(
        columns=[
            Column(gettext_lazy("收费项目")),
            Column(gettext_lazy("单价"), "money"),
            Column(gettext_lazy("数量"), "number"),
            Column(gettext_lazy("小计"), "money"),
        ],
        rows=[
            Row([line.name, f"{plain_money(line.unit_price_fen)} {line.unit}", line.quantity, money(line.subtotal_fen)])
            for line in lines
        ],
        caption=caption or _("费用明细"),
        footer=[_("合计"), "", "", money(sum(line.subtotal_fen for line in lines))],
    )


def latest_check(view: OrderView) -> IdentityCheck | None:
    """Only asked for while the check runs."""
    running = [t for t in view.tasks_of(Kind.IDENTITY) if method_of(view, t) == "three_factor"]
    if not any(task.step.state is StepState.SUBMITTED for task in running):
        return None
    return IdentityCheck.objects.filter(order=view.order).order_by("-id").first()


def days_words(days: int) -> str:
    """ "还剩 23 天", "今天到期", "已过期 12 天"."""
    if days < 0:
        return _("已过期 %(days)s 天") % {"days": -days}
    return _("还剩 %(days)s 天") % {"days": days} if days else _("今天到期")


def today() -> date:
    return timezone.now().astimezone(ZoneInfo(current_tenant().timezone)).date()
