"""What this member of staff may do to this order now, and what waits for a colleague (RULES P19, P20, A9, P4).

An offer is shown only where the permission is held and the rules of the path would let it through; the one door
checks both again.
"""

from collections.abc import Callable, Sequence
from typing import Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.accounts.actor import actor_of
from renewals import lifecycle, projection
from renewals.lifecycle import Duty, Kind, LifecycleRefused, Phase, StepState
from renewals.models import DualControl, Issuance, OrderItem
from renewals.selectors import Task
from renewals.staff_forms import CancelForm, CounterForm, ReasonForm, RefundForm
from renewals.staff_selectors.order import StaffOrderView
from renewals.staff_views import unblock_offers
from renewals.staff_views.common import CANCEL, CODES, CONFIRM_IDENTITY, REFUND, REVOKE, may, when
from renewals.staff_views.offer import Offer, pending, waits
from renewals.words_of_acts import cancelling_words


def offers(request: HttpRequest, found: StaffOrderView) -> list[Offer]:
    """In the order in which the buttons stand."""
    return [offer for make in _MAKERS for offer in make(request, found)]


def _url(found: StaffOrderView, view: str) -> str:
    return reverse(view, args=[found.order.public_id])


def _confirm_identity(request: HttpRequest, found: StaffOrderView) -> list[Offer]:
    """RULES P4: after the tries, at the customer's wish, while the service is silent, or unasked at the counter."""
    task = _identity_task(found)
    if task is None or not may(request, CONFIRM_IDENTITY):
        return []
    awaited = task.step.phase is Phase.COUNTER
    note = _("请经办人出示身份证原件，核对姓名、证件号码与申请一致、人证一致后再确认。确认后订单继续办理，不能撤回。")
    if not awaited:
        note = _("线上核验还没有结果。") + note
    confirm = Offer(
        "confirm-identity",
        "confirm_at_counter",
        _("当面或视频核验通过…"),
        _("确认当面或视频核验通过"),
        note,
        _("确认核验通过"),
        _url(found, "staff-order-confirm-identity"),
        wanted=awaited,
        step=task.step.name,
        form_class=CounterForm,
    )
    if not awaited:
        return [confirm]
    deny = Offer(
        "identity-not-confirmed",
        "not_confirmed",
        _("未能确认身份…"),
        _("未能确认身份"),
        _("没有带证件、人证不符或与申请不一致时选择。订单退回客户更正，会发短信通知经办人；填过的内容都保留。"),
        _("退回客户"),
        _url(found, "staff-order-identity-not-confirmed"),
        danger=True,
        step=task.step.name,
        form_class=CounterForm,
    )
    return [confirm, deny]


def _identity_task(found: StaffOrderView) -> Task | None:
    """The identity step that staff may settle now."""
    path = found.view.pack.path_spec(found.order.path)
    steps, flags = projection.load_steps(found.order), projection.load_flags(found.order)
    for task in found.view.tasks_of(Kind.IDENTITY):
        if task.step.state in {StepState.SUBMITTED, StepState.OPEN, StepState.RETURNED}:
            try:
                lifecycle.complete(path, steps, task.step.name, flags=flags)
            except LifecycleRefused:
                continue
            return task
    return None


def _reissue(request: HttpRequest, found: StaffOrderView) -> list[Offer]:
    """RULES A9: a lost renewal code, after checking who asks for it; two administrators."""
    if not may(request, CODES) or found.view.derived.status.terminal:
        return []
    return [
        _reissue_for(request, found, task.step.name, task.item)
        for task in found.view.tasks
        if task.step.kind is Kind.ISSUANCE
        and task.item is not None
        and not task.step.settled
        and _live(found, task.item)
    ]


def _live(found: StaffOrderView, item: OrderItem) -> bool:
    over = {Issuance.State.REFUSED, Issuance.State.WITHDRAWN, Issuance.State.VERIFIED}
    return any(row.item_id == item.pk and row.state not in over for row in found.issuances)


def _reissue_for(request: HttpRequest, found: StaffOrderView, step: str, item: OrderItem) -> Offer:
    asked = pending(found, DualControl.Operation.REISSUE_CODE, item.pk)
    second = asked is not None
    note = _(
        "请先核对来人或来电者的身份。须两位证书管理员办理：您提出后，由另一位确认；确认的人会看到新的更新码，只显示一次。原来的更新码随即作废。"
    )
    if asked is not None:
        note = _("%(who)s 已于 %(at)s 提出。确认后生成新的更新码，只在下一页显示一次，原来的随即作废。") % {
            "who": asked.asked_by.username,
            "at": when(asked.asked_at),
        }
    return Offer(
        "reissue-code",
        "reissue_code",
        _("确认补发更新码…") if second else _("补发更新码…"),
        _("确认补发更新码") if second else _("提出补发更新码"),
        note,
        _("确认补发") if second else _("提出补发"),
        _url(found, "staff-order-reissue-code"),
        wanted=second,
        waits=waits(actor_of(request).user_id, asked),
        step=step,
        item=item.public_id,
        form_class=ReasonForm,
    )


def _revoke(request: HttpRequest, found: StaffOrderView) -> list[Offer]:
    """RULES P19: cancelled after the CA had issued; two administrators have the new certificate revoked."""
    if not may(request, REVOKE) or not owes(found, Duty.REVOKE_NEW):
        return []
    asked = pending(found, DualControl.Operation.REVOKE_NEW, None)
    done = any(
        row.operation == DualControl.Operation.REVOKE_NEW and row.confirmed_at is not None for row in found.controls
    )
    note = _(
        "订单取消时 CA 已签发新证书。须两位证书管理员办理：您提出后，由另一位确认，系统再请 CA 撤销。"
        "撤销后不能恢复；原证书不受影响。"
    )
    if asked is not None:
        note = _("%(who)s 已于 %(at)s 提出。确认后系统请 CA 撤销新证书，不能恢复；原证书不受影响。") % {
            "who": asked.asked_by.username,
            "at": when(asked.asked_at),
        }
    return [
        Offer(
            "revoke-new",
            "revoke_new",
            _("确认撤销新证书…") if asked else _("撤销新证书…"),
            _("确认撤销新证书") if asked else _("提出撤销新证书"),
            note,
            _("确认撤销") if asked else _("提出撤销"),
            _url(found, "staff-order-revoke-new"),
            wanted=True,
            danger=True,
            waits=_("两位管理员都已同意，正在等 CA 撤销。") if done else waits(actor_of(request).user_id, asked),
            form_class=ReasonForm,
        )
    ]


def _decide_refund(request: HttpRequest, found: StaffOrderView) -> list[Offer]:
    """RULES P19: finance decides after an issued certificate was cancelled."""
    if not may(request, REFUND) or not owes(found, Duty.DECIDE_REFUND) or not found.charges:
        return []
    charge = next((row for row in found.charges if row.public_id == found.order.charge), found.charges[-1])
    refundable = charge.credited_fen - charge.refunding_fen - charge.refunded_fen
    options = {"refundable_fen": refundable}
    return [
        Offer(
            "decide-refund",
            "decide_refund",
            _("决定退款…"),
            _("决定退款"),
            _("证书签发后取消的订单，由财务决定退多少。款项原路退回付款账户，超过限额的还要另一位财务确认。"),
            _("提交决定"),
            _url(found, "staff-order-decide-refund"),
            wanted=True,
            waits=_("请等证书管理员先撤销新证书，再决定退款。") if owes(found, Duty.REVOKE_NEW) else "",
            form_class=RefundForm,
            form_options=options,
        )
    ]


def _return_keys(request: HttpRequest, found: StaffOrderView) -> list[Offer]:
    """RULES P23: what the mail room owes is done at its own desk; here it is said."""
    del request
    if not owes(found, Duty.RETURN_KEYS):
        return []
    words = _("客户寄来的 Ekey 还在我们这里，请收发室在“收发 › 无主与待退”里退还。")
    return [Offer("return-keys", "key_given_back", "", _("待退还 Ekey"), "", "", "", waits=words)]


def _cancel(request: HttpRequest, found: StaffOrderView) -> list[Offer]:
    """RULES P19: for a customer who can't do it; what it means depends on how far the order is."""
    stage = found.view.cancel_stage
    if not may(request, CANCEL) or stage is None:
        return []
    what, then = cancelling_words(stage, found.order.business)
    return [
        Offer(
            "cancel",
            "cancel_for_customer",
            _("取消订单…"),
            _("代客户取消订单"),
            f"{what}{then}" + _("取消后不能恢复，请确认是客户本人的意思。"),
            _("取消订单"),
            _url(found, "staff-order-cancel"),
            danger=True,
            form_class=CancelForm,
        )
    ]


def owes(found: StaffOrderView, duty: Duty) -> bool:
    return found.order.ending is not None and duty.value in found.order.ending["duties"]


_MAKERS: Final[Sequence[Callable[[HttpRequest, StaffOrderView], list[Offer]]]] = (
    _confirm_identity,
    _reissue,
    _revoke,
    _decide_refund,
    _return_keys,
    unblock_offers.offers,
    _cancel,
)
