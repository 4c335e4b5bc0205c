"""/progress/: 查询进度 with the key alone: no order number, no sign-in, expired certificates too (RULES E7)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.accounts.access import access
from renewals.bridge.protocol import MIN_BRIDGE_VERSION
from renewals.bridge.words import page_words


@access("public")
@never_cache
@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """The page that talks to the bridge; api/progress.py does the rest."""
    if request.session.session_key is None:
        request.session.create()  # the question is bound to this visit
    config = {
        "bridge": settings.CERTHALL.bridge_url,
        "bridgeVersion": MIN_BRIDGE_VERSION,
        "csrf": get_token(request),
        "challenge": reverse("api-progress-challenge"),
        "prove": reverse("api-progress-prove"),
    }
    words = {
        "bridge": page_words(),
        "reading": _("正在读取 Ekey…"),
        "pin": _("请在证书助手弹出的窗口里输入 Ekey 密码（PIN 码）"),
        "none": _("Ekey 里没有可以查询的证书。"),
        "noneCure": _("请插上要查询的 Ekey 再试；确认无误的，请拨打服务热线。"),
        "found": _("查到以下业务"),
        "nothing": _("这张证书没有办理过业务。"),
        "until": _("证书有效期至"),
        "number": _("业务单号"),
        "status": _("业务状态"),
        "next": _("下一步"),
        "opened": _("申请日期"),
        "lost": _("网络连接中断。"),
        "lostCure": _("请检查网络后再试一次。"),
        "refused": _("没有查询成功。"),
    }
    return TemplateResponse(request, "renewals/progress_query.html", {"config": config, "words": words})
