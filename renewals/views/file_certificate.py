"""/orders/<id>/file/: a certificate in a file: renewed by the old one, or fetched with both codes (RULES B5–B7).

Key and .pfx are made by the bridge, or by static/js/pfx.js where the pack allows the page. The field of the 保护口令
has no name and stands in no form: nothing but the page's own script can read it, and that sends it nowhere.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
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
from renewals.bridge.protocol import MIN_BRIDGE_VERSION, STORE_PROTOCOL
from renewals.bridge.words import PAGE_WORDS, page_words
from renewals.errors import OrderNotFound
from renewals.issuing import download_codes
from renewals.issuing.numbers import file_name
from renewals.lifecycle import Kind, StepState
from renewals.models import DownloadCodes, Order
from renewals.selectors import OrderView, Task
from renewals.validation.download_codes import AUTHORIZATION_MOST, REFERENCE_MOST
from renewals.views import installing
from renewals.views.customer import own_order, stages_of
from renewals.views.installing import Installation
from renewals.views.progress import local_day

REPEAT_HOURS = 24  # of a renewal, which has no codes to say it (RULES B5)


@access("customer")
@never_cache
@require_safe
def file_certificate(request: HttpRequest, public_id: str) -> HttpResponse:
    """Before its turn back to the order; afterwards the result, with 再次保存 while that may be asked for."""
    order = own_order(request, public_id)
    view = selectors.order_view(order)
    task = _task(view)
    back = reverse("order", args=[public_id])
    if task.item is None or task.step.state in {StepState.WAITING, StepState.SKIPPED}:
        return HttpResponseRedirect(back)
    installation = installing.find(request, task.item.public_id)
    if not installation.into_file:
        raise OrderNotFound()
    if installation.state == "over":
        return HttpResponseRedirect(back)
    context = _context(request, order, installation) | {"stages": stages_of(view), "help": task.help, "back": back}
    template = "renewals/file_saved.html" if installation.state == "verified" else "renewals/file_certificate.html"
    return TemplateResponse(request, template, context)


def _task(view: OrderView) -> Task:
    for kind in (Kind.FILE_DOWNLOAD, Kind.ISSUANCE):
        task = view.task(kind)
        if task is not None:
            return task
    raise OrderNotFound()


def _context(request: HttpRequest, order: Order, installation: Installation) -> dict[str, Any]:
    item, by = installation.item, _by(installation)
    again = _again_until(installation)
    issued = item.issued
    return {
        "order": order,
        "installation": installation,
        "by_codes": installation.vouched_by == "codes",
        "certificate": item.certificate,
        "file_name": file_name(item),
        "old_end": local_day(item.certificate.not_after),
        "new_end": local_day(issued.not_after) if issued else None,
        "digits": installing.password_digits(installation),
        "reference_most": REFERENCE_MOST,
        "authorization_most": AUTHORIZATION_MOST,
        "by": by,
        "both_ways": len(by) > 1,
        "codes": _codes(installation),
        "spent": installation.fetch_until is not None and installation.fetch_until <= timezone.now(),
        "again_until": again if again and again > timezone.now() else None,
        "run": _run(installation),
        "words": _words(installation),
        "config": {
            "mode": installation.vouched_by,
            "by": by,
            "bridge": settings.CERTHALL.bridge_url,
            "bridgeVersion": MIN_BRIDGE_VERSION,
            "protocol": STORE_PROTOCOL,
            "csrf": get_token(request),
            "item": item.public_id,
            "digits": installing.password_digits(installation),
            "state": reverse("api-install-state", args=[item.public_id]),
            "challenge": reverse("api-install-challenge", args=[item.public_id]),
            "verify": reverse("api-install-verify", args=[item.public_id]),
            "vouched": reverse("api-install-request", args=[item.public_id]),
            "begin": reverse("api-file-begin", args=[item.public_id]),
            "codes": reverse("api-file-codes", args=[item.public_id]),
            "request": reverse("api-file-request", args=[item.public_id]),
            "saved": reverse("api-file-saved", args=[item.public_id]),
            "done": reverse("order-file", args=[order.public_id]),
        },
    }


def _by(installation: Installation) -> list[str]:
    """Who may make the file: an old .pfx can be asked by the bridge alone."""
    return list(getattr(installation.config, "by", ("bridge",)))


def _again_until(installation: Installation) -> datetime | None:
    """Until when the file may be saved again (RULES B5, B7)."""
    if installation.fetch_until is not None:
        return installation.fetch_until
    issued_at = installation.issuance.issued_at if installation.issuance else None
    return None if issued_at is None else issued_at + timedelta(hours=REPEAT_HOURS)


def _codes(installation: Installation) -> DownloadCodes | None:
    """The envelope that is being waited for; None for a renewal."""
    return download_codes.live(installation.item) if installation.vouched_by == "codes" else None


def _run(installation: Installation) -> list[RunStage]:
    codes = installation.vouched_by == "codes"
    titles = (
        ("vouch", _("核对参考码和授权码") if codes else _("查找旧的文件证书")),
        ("generate", _("在这台电脑上生成密钥")),
        ("issue", _("CA 签发新证书")),
        ("make", _("制作证书文件（.pfx）")),
        ("save", _("保存到这台电脑")),
    )
    return [RunStage(name, title, "waiting") for name, title in titles]


def _words(installation: Installation) -> dict[str, Any]:
    """What the script says by itself; sentences stand on the server, so that they can be translated."""
    digits = {"digits": installing.password_digits(installation)}
    return {
        "bridge": page_words(installation.pack.key, "file"),
        "vouch": _("正在核对参考码和授权码") if installation.vouched_by == "codes" else _("正在查找旧的文件证书"),
        "generate": _("正在这台电脑上生成密钥"),
        "issue": _("CA 正在签发新证书"),
        "make": _("正在制作证书文件"),
        "save": _("正在保存"),
        "pin": _("请在证书助手弹出的窗口里输入保护口令"),
        "running": _("正在办理"),
        "paused": _("办理暂停了"),
        "finished": _("证书文件已保存"),
        "failed": _("未完成"),
        "codesMissing": _("请填写参考码和授权码。"),
        "passwordWrong": _("保护口令必须是 %(digits)s 位数字。") % digits,
        "passwordDiffers": _("两次输入的保护口令不一致，请重新输入。"),
        "passwordOther": _("保护口令不正确。"),
        "passwordOtherCure": _("请输入刚才在这台电脑上设定的保护口令：设定后不能修改。忘记的，请申请补办。"),
        "keyElsewhere": _("这台电脑上没有这张证书的密钥。"),
        "keyElsewhereCure": _("请回到当时开始下载的那台电脑、那个浏览器继续；已经不能用的，请取消订单后申请补办。"),
        "keyWrong": _("CA 签发的证书与这台电脑上的密钥不一致，没有制作文件。"),
        "keyWrongCure": _("请联系客服并告知订单编号。"),
        "storeOff": _("浏览器不允许本网站保存数据，不能开始。"),
        "storeOffCure": _("请退出无痕（隐私）模式，或在浏览器设置里允许本网站保存数据，然后重试。"),
        "oldMissing": _("未识别到旧证书信息。"),
        "oldMissingCure": _("客户端未安装旧证书：请双击旧的 .pfx 文件，按提示导入“个人”，然后重试。"),
        "spent": _("已超过可以再次取得证书的时间，参考码和授权码已作废。"),
        "spentCure": _("文件没有保存好的，请取消订单后申请补办，或拨打服务热线。"),
        "over": _("订单已经结束，不能再下载。"),
        "overCure": _("请返回订单查看原因。"),
        "saveHere": _("请点击“保存证书文件”，确认文件已经出现在电脑上，再点击“已保存，完成”。"),
        "nothingKept": _("这台电脑、这个浏览器里没有保存过这个文件，或者已超过 24 小时。"),
        "nothingKeptCure": _("请到当时下载的电脑上再试；仍然没有的，请申请补办。"),
        "savedAgain": _("已再次保存。"),
        "lost": str(PAGE_WORDS["LOST"].happened),
        "lostCure": str(PAGE_WORDS["LOST"].cure),
        "slow": str(PAGE_WORDS["CA_SLOW"].happened),
        "slowCure": _("请稍后点击“继续”。可以离开本页，稍后在这台电脑上回来继续。"),
        "refused": _("现在不能继续。"),
        "reload": _("请刷新页面，登录已失效的请重新登录。"),
    }
