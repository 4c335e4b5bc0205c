"""The installation page: explains, shows the renewal code, drives the bridge (static/js/install.js), shows the end."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from portal.accounts.access import access
from portal.ui.parts import RunStage
from renewals import selectors
from renewals.bridge.catalogue import faults_of
from renewals.bridge.protocol import OLDEST_PROTOCOL, SINCE, Method
from renewals.bridge.words import PAGE_WORDS, page_words
from renewals.issuing.requests import parse
from renewals.lifecycle import Kind, StepState
from renewals.models import EnvironmentReport, Issuance, OrderItem
from renewals.views import installing
from renewals.views.bridge_step import oldest_bridge
from renewals.views.customer import own_order, stages_of, step_of
from renewals.views.installing import Installation
from renewals.views.progress import local_day

JUST_NOW = timedelta(minutes=30)


@access("customer")
@never_cache
@require_GET
def install(request: HttpRequest, public_id: str) -> HttpResponse:
    """For the order's customer: before its turn back to the order, while it runs the page, afterwards the result."""
    order = own_order(request, public_id)
    view = selectors.order_view(order)
    task = step_of(view, Kind.ISSUANCE)
    if task.item is None or task.step.state in {StepState.WAITING, StepState.SKIPPED}:
        return HttpResponseRedirect(reverse("order", args=[public_id]))
    installation = installing.find(request, task.item.public_id)
    if installation.into_file:
        return HttpResponseRedirect(reverse("order-file", args=[public_id]))
    back = reverse("order", args=[public_id])
    if installation.state == "over":
        return HttpResponseRedirect(back)
    context = page_context(request, installation, done=reverse("order-install", args=[public_id]), back=back)
    context |= {"order": order, "stages": stages_of(view), "holder": order.organisation.name}
    template = "renewals/installed.html" if installation.state == "verified" else "renewals/install.html"
    return TemplateResponse(request, template, context)


def page_context(request: HttpRequest, installation: Installation, *, done: str, back: str) -> dict[str, Any]:
    """``done``: where the page goes once the new key has proved itself. Nothing personal in here (RULES P6)."""
    item = installation.item
    return {
        "installation": installation,
        "certificate": item.certificate,
        "serial_masked": mask_serial(item.certificate.serial),
        "old_end": local_day(item.certificate.not_after),
        "new_end": _new_end(item),
        "checks": _checks(),
        "run": _run(installation),
        "approved": installation.vouched_by == "approval",
        "back": back,
        "words": {
            "bridge": page_words(installation.pack.key, item.certificate.storage),
            **_page_words(installation),
        },
        "config": {
            "bridge": settings.CERTHALL.bridge_url,
            "bridgeVersion": oldest_bridge(installation.pack, installation.order.path),
            "protocol": SINCE[Method.CSR_PROVE] if installation.vouched_by == "approval" else OLDEST_PROTOCOL,
            "checked": installation.is_owner and _just_checked(item),
            "csrf": get_token(request),
            "state": reverse("api-install-state", args=[item.public_id]),
            "code": reverse("api-install-code", args=[item.public_id]) if installation.is_owner else "",
            "challenge": reverse("api-install-challenge", args=[item.public_id]),
            "request": reverse("api-install-request", args=[item.public_id]),
            "verify": reverse("api-install-verify", args=[item.public_id]),
            "medium": item.certificate.medium_number[-4:],
            "done": done,
        },
        "has_code": installing.has_code(item),
    }


def _just_checked(item: OrderItem) -> bool:
    """Whether this computer was found ready a moment ago: then the page looks again by itself, unasked."""
    since = timezone.now() - JUST_NOW
    return EnvironmentReport.objects.filter(item=item, passed=True, reported_at__gt=since).exists()


def mask_serial(serial: str) -> str:
    """First and last four digits: enough to see that it is the right key, useless elsewhere."""
    return f"{serial[:4]}…{serial[-4:]}"


def _new_end(item: OrderItem) -> Any:
    """The last day of the new certificate, once there is one."""
    made = Issuance.objects.filter(item=item, state__in=["issued", "verified"]).first()
    return local_day(parse(bytes(made.signing_certificate or b"")).not_after) if made else None


def _checks() -> list[RunStage]:
    titles = (
        ("bridge", _("证书助手")),
        ("driver", _("Ekey 驱动程序")),
        ("key", _("插入了一个 Ekey")),
        ("certificate", _("Ekey 里有要续期的证书")),
    )
    return [RunStage(name, title, "waiting") for name, title in titles]


def _run(installation: Installation) -> list[RunStage]:
    approved = installation.vouched_by == "approval"
    titles = (
        ("generate", _("在 Ekey 里生成新密钥")),
        ("vouch", _("用新密钥签名确认") if approved else _("用原证书签名确认")),
        ("issue", _("CA 签发新证书")),
        ("signing", _("写入签名证书")),
        ("encryption", _("写入加密证书")),
        ("verify", _("用新证书验证")),
    )
    return [RunStage(name, title, "waiting") for name, title in titles]


def _page_words(installation: Installation) -> dict[str, str]:
    """What install.js says by itself; sentences stand on the server, so that they can be translated."""
    approved = installation.vouched_by == "approval"
    wrong_key = faults_of(installation.pack.key, "hardware")["CERT_NOT_FOUND"]  # RULES A10
    return {
        "checking": _("正在检测…"),
        "again": _("重新检测"),
        "passed": _("通过"),
        "failed": _("未通过"),
        "ready": _("检测通过，可以开始更新。"),
        "wrongKey": f"{wrong_key.says}。",
        "wrongKeyCure": _(
            "请确认插入的是要续期的那个 Ekey（介质编号末四位 %(medium)s），里面的过期证书没有删除；"
            "Ekey 已损坏、遗失，或证书已从 Ekey 删除的，不能续期，请拨打服务热线办理补办。"
        )
        if approved
        else _(
            "请确认插入的是要续期的那个 Ekey（介质编号末四位 %(medium)s）；"
            "确认无误仍出现时，请重启浏览器或清除浏览器缓存后再试。"
        ),
        "pin": _("请在证书助手弹出的窗口里输入 Ekey 密码（PIN 码）"),
        "generate": _("正在 Ekey 里生成新密钥"),
        "vouch": _("正在用新密钥签名确认") if approved else _("正在用原证书签名确认"),
        "issue": _("CA 正在签发新证书"),
        "signing": _("正在写入签名证书"),
        "encryption": _("正在写入加密证书"),
        "verify": _("正在用新证书验证"),
        "running": _("正在更新证书"),
        "paused": _("更新暂停了"),
        "ended": _("更新已停止"),
        "finished": _("新证书已装好"),
        "lost": str(PAGE_WORDS["LOST"].happened),
        "lostCure": str(PAGE_WORDS["LOST"].cure),
        "slow": str(PAGE_WORDS["CA_SLOW"].happened),
        "slowCure": str(PAGE_WORDS["CA_SLOW"].cure),
        "refused": str(PAGE_WORDS["NOT_NOW"].happened),
        "over": _("订单已经结束，不能再安装。请返回订单查看原因。"),
        "inserted": _("检测到 Ekey 已插入，可以点击“继续”。"),
        "removed": _("Ekey 已拔出。"),
        "reload": _("登录已失效，请刷新页面重新登录；安装会从断开的地方继续。"),
        "codeShown": _("更新码已显示，请记下来。"),
    }
