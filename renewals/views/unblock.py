"""/orders/<id>/unblock/: a locked key takes a new PIN, once two administrators have released it (RULES P1)."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.accounts.access import access
from portal.ui.parts import RunStage
from renewals import selectors
from renewals.bridge.protocol import MIN_BRIDGE_VERSION, OLDEST_PROTOCOL
from renewals.bridge.words import page_words
from renewals.errors import OrderNotFound
from renewals.lifecycle import Kind, Phase, StepState
from renewals.models import PinUnblock
from renewals.selectors import Task
from renewals.views.bridge_step import BridgeStep, find
from renewals.views.customer import own_order, stages_of
from renewals.views.progress import reason_words


@access("customer")
@never_cache
@require_safe
def unblock(request: HttpRequest, public_id: str) -> HttpResponse:
    """``stand``: ask, wait, use, late, done or over. api/unblock.py does what the buttons ask for."""
    order = own_order(request, public_id)
    view = selectors.order_view(order)
    task = next((task for task in view.tasks_of(Kind.PIN_UNBLOCK) if task.step.state != "waiting"), None)
    if task is None or task.item is None:
        raise OrderNotFound()
    step = find(request, task.item.public_id, Kind.PIN_UNBLOCK)
    row = PinUnblock.objects.filter(item=task.item).order_by("-id").first()
    stand = "over" if view.derived.status.terminal and task.step.state != "done" else _stand(task, row)
    context = {
        "order": order,
        "title": task.title,
        "help": task.help,
        "certificate": step.certificate,
        "stand": stand,
        "why": reason_words(task, view) if task.step.state is StepState.RETURNED else "",
        "valid_until": row.valid_until if row else None,
        "run": _run(),
        "stages": stages_of(view),
        "config": _config(request, step),
        "words": _words(step),
    }
    return TemplateResponse(request, "renewals/unblock.html", context)


def _stand(task: Task, row: PinUnblock | None) -> str:
    if task.step.state is StepState.DONE:
        return "done"
    if task.step.state is not StepState.SUBMITTED or row is None:
        return "ask"
    if task.step.phase is not Phase.RELEASED:
        return "wait"
    return "late" if row.valid_until is None or row.valid_until <= timezone.now() else "use"


def _run() -> list[RunStage]:
    titles = (("key", _("找到这个 Ekey")), ("unlock", _("设置新的 PIN 码")), ("prove", _("用新的 PIN 码验证")))
    return [RunStage(name, title, "waiting") for name, title in titles]


def _config(request: HttpRequest, step: BridgeStep) -> dict[str, Any]:
    item = step.item.public_id
    return {
        "bridge": settings.CERTHALL.bridge_url,
        "bridgeVersion": MIN_BRIDGE_VERSION,
        "protocol": OLDEST_PROTOCOL,
        "csrf": get_token(request),
        "fingerprint": step.fingerprint,
        "ask": reverse("api-unblock-ask", args=[item]),
        "authorization": reverse("api-unblock-authorization", args=[item]),
        "challenge": reverse("api-unblock-challenge", args=[item]),
        "done": reverse("api-unblock-done", args=[item]),
        "again": reverse("api-unblock-again", args=[item]),
    }


def _words(step: BridgeStep) -> dict[str, Any]:
    return {
        "bridge": page_words(step.pack.key, step.certificate.storage),
        "reading": _("正在读取 Ekey…"),
        "locked": _("这个 Ekey 已锁定，可以申请解锁。"),
        "notLocked": _(
            "这个 Ekey 没有锁定，还可以再试 %(tries)s 次。还记得 PIN 码的，不用解锁；确实忘记了的，可以申请解锁。"
        ),
        "wrongKey": _("插入的 Ekey 里没有这张证书。"),
        "wrongKeyCure": _("请换上这张证书所在的 Ekey，一次只插一个，再点一次。"),
        "newPin": _("请在证书助手的窗口里输入新的 PIN 码，输入两遍"),
        "pin": _("请在证书助手的窗口里再输入一次新的 PIN 码，验证已经生效"),
        "passed": _("通过"),
        "failed": _("未通过"),
        "unusable": _("这份解锁授权用不了。"),
        "unusableCure": _("Ekey 可能已在别处解锁。请点“重新申请解锁”，工作人员核实后会再次授权。"),
        "lost": _("网络连接中断。"),
        "lostCure": _("请检查网络，然后再试一次；已设置的新 PIN 码有效。"),
        "refused": _("没有办成。"),
    }
