"""Releasing the unlocking of a key, or not: what a certificate administrator is offered (RULES P1, P20)."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.accounts.actor import actor_of
from renewals.lifecycle import Kind, StepState
from renewals.models import DualControl, PinUnblock
from renewals.selectors import Task
from renewals.staff_forms import ReasonForm, UnblockForm
from renewals.staff_selectors.order import StaffOrderView
from renewals.staff_views.common import UNBLOCK, may, when
from renewals.staff_views.offer import Offer, pending, waits


def offers(request: HttpRequest, found: StaffOrderView) -> list[Offer]:
    """While somebody has asked and nobody has answered."""
    if not may(request, UNBLOCK) or found.view.derived.status.terminal:
        return []
    return [
        offer
        for task in found.view.tasks_of(Kind.PIN_UNBLOCK)
        if task.item is not None and task.step.state is StepState.SUBMITTED
        for row in PinUnblock.objects.filter(item=task.item, state=PinUnblock.State.ASKED)
        for offer in (_release(request, found, task, row), _refuse(found, task))
    ]


def _release(request: HttpRequest, found: StaffOrderView, task: Task, row: PinUnblock) -> Offer:
    assert task.item is not None  # noqa: S101  (asked for by the caller)
    asked = pending(found, DualControl.Operation.RELEASE_UNBLOCK, task.item.pk)
    facts = _("介质编号 %(medium)s，Ekey 序列号 %(serial)s，%(at)s 申请。") % {
        "medium": task.item.certificate.medium_number or "—",
        "serial": row.key_serial,
        "at": when(row.asked_at),
    }
    note = facts + _(
        "请先核实申请人：按登记的电话回拨，或当面、视频核对身份证原件。须两位证书管理员办理：您提出后，由另一位确认，"
        "系统再请 CA 授权。授权只对这一个 Ekey 有效，只能用一次。"
    )
    if asked is not None:
        note = facts + _("%(who)s 已于 %(at)s 核实并提出。确认后系统请 CA 授权，并短信通知客户回来设置新 PIN。") % {
            "who": asked.asked_by.username,
            "at": when(asked.asked_at),
        }
    return Offer(
        "release-unblock",
        "release",
        _("确认授权解锁…") if asked else _("授权解锁…"),
        _("确认授权解锁") if asked else _("提出授权解锁"),
        note,
        _("确认授权") if asked else _("提出授权"),
        reverse("staff-order-release-unblock", args=[found.order.public_id]),
        wanted=True,
        waits=waits(actor_of(request).user_id, asked),
        step=task.step.name,
        item=task.item.public_id,
        form_class=UnblockForm,
    )


def _refuse(found: StaffOrderView, task: Task) -> Offer:
    assert task.item is not None  # noqa: S101  (asked for by the caller)
    return Offer(
        "refuse-unblock",
        "refuse",
        _("不予授权…"),
        _("不予授权解锁"),
        _("没有能核实申请人时选择，一人即可。订单退回客户，会发短信通知；核实后客户可以再次申请。"),
        _("退回客户"),
        reverse("staff-order-refuse-unblock", args=[found.order.public_id]),
        danger=True,
        step=task.step.name,
        item=task.item.public_id,
        form_class=ReasonForm,
    )
