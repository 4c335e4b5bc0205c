"""/orders/<id>/key/: the certificate's key answers, item by item, before anything is asked or paid (RULES D2, E3)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.accounts.access import access
from portal.ui.parts import Badge
from renewals import selectors
from renewals.bridge.words import page_words
from renewals.errors import OrderNotFound
from renewals.lifecycle import Kind, NextActor
from renewals.selectors import Task
from renewals.views.bridge_step import oldest_bridge
from renewals.views.customer import own_order, stages_of
from renewals.views.progress import local_day


@access("customer")
@never_cache
@require_safe
def key_proof(request: HttpRequest, public_id: str) -> HttpResponse:
    """Before its turn, and once every key has answered, back to the order. api/proof.py does the rest."""
    order = own_order(request, public_id)
    view = selectors.order_view(order)
    tasks = view.tasks_of(Kind.KEY_PROOF)
    if not tasks:
        raise OrderNotFound()
    if not any(task.acting is NextActor.CUSTOMER for task in tasks):
        return HttpResponseRedirect(reverse("order", args=[public_id]))
    config = {
        "bridge": settings.CERTHALL.bridge_url,
        "bridgeVersion": oldest_bridge(view.pack, order.path),
        "csrf": get_token(request),
        "done": reverse("order", args=[public_id]),
    }
    context = {
        "order": order,
        "title": tasks[0].title,
        "help": tasks[0].help,
        "items": [_row(task) for task in tasks if task.item],
        "config": config,
        "words": _words(),
        "stages": stages_of(view),
    }
    return TemplateResponse(request, "renewals/key_proof.html", context)


def _row(task: Task) -> dict[str, object]:
    assert task.item is not None  # noqa: S101  (item-scoped)
    certificate = task.item.certificate
    proven = task.step.settled
    return {
        "certificate": certificate,
        "until": local_day(certificate.not_after),
        "proven": proven,
        "badge": Badge(_("已验证"), "success") if proven else Badge(_("待验证"), "info"),
        "challenge": reverse("api-proof-challenge", args=[task.item.public_id]),
        "prove": reverse("api-proof-prove", args=[task.item.public_id]),
    }


def _words() -> dict[str, object]:
    return {
        "bridge": page_words(),
        "reading": _("正在读取 Ekey…"),
        "pin": _("请在证书助手弹出的窗口里输入证书密码（PIN 码）"),
        "proven": _("已验证"),
        "wrongKey": _("插入的 Ekey 里没有这张证书。"),
        "wrongKeyCure": _("请只插上这张证书所在的 Ekey，再点击验证；确认无误仍出现的，请重启浏览器后再试。"),
        "lost": _("网络连接中断。"),
        "lostCure": _("请检查网络后再试一次。"),
        "refused": _("没有验证成功。"),
    }
