"""/install/: go on with an installation at any computer, by order number, renewal code and key (RULES P6)."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from portal import audit
from portal.accounts.access import access
from portal.accounts.actor import actor_of
from portal.audit import attempts
from portal.errors import PortalError, RateLimited
from portal.tenants import tenant_tx
from portal.ui.words import say
from renewals.bridge.protocol import MIN_BRIDGE_VERSION
from renewals.bridge.words import page_words
from renewals.errors import CodeTriesSpent, OrderNotFound, RenewalCodeWrong
from renewals.forms.lookup import ResumeForm
from renewals.issuing import renewal_codes
from renewals.views import install, installing
from renewals.views.installing import RESUMING

PER_NUMBER, NUMBER_WINDOW = 5, timedelta(minutes=30)
PER_ADDRESS, ADDRESS_WINDOW = 20, timedelta(hours=1)


@access("public", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def resume(request: HttpRequest) -> HttpResponse:
    """Ask for number and code. A try is used up before the code is looked at, whatever becomes of it."""
    form = ResumeForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                request.session[RESUMING] = _item(request, form.cleaned_data["number"], form.cleaned_data["code"])
            except PortalError as refusal:
                form.add_error("code", say(refusal))
                status = refusal.status
            else:
                request.session.cycle_key()  # a visit that nobody has prepared, before the key is asked
                return HttpResponseRedirect(reverse("install-key"))
    return TemplateResponse(request, "renewals/resume.html", {"form": form}, status=status)


def _item(request: HttpRequest, number: str, code: str) -> str:
    """The item's public id. RenewalCodeWrong, alike for unknown orders; CodeTriesSpent."""
    tenant = request.tenant  # type: ignore[attr-defined]
    by = actor_of(request)
    try:
        attempts.reserve(tenant, "resume.address", by.ip or "unknown", limit=PER_ADDRESS, window=ADDRESS_WINDOW)
        attempts.reserve(tenant, "resume.order", number, limit=PER_NUMBER, window=NUMBER_WINDOW)
    except RateLimited as refusal:
        audit.security("resume.limited", tenant=tenant, by=by, detail={"number": number})
        raise CodeTriesSpent(refusal.retry_after) from None
    with tenant_tx(tenant):
        item = renewal_codes.item_of(number, code)
    if item is None:
        audit.security("resume.code_refused", tenant=tenant, by=by, detail={"number": number})
        raise RenewalCodeWrong()
    with tenant_tx(tenant, write=True):
        audit.record("resume.code_accepted", by=by, subject=f"order:{item.order.public_id}", detail={"number": number})
        attempts.forget(tenant, "resume.order", number)
    return item.public_id


@access("public")
@never_cache
@require_GET
def key(request: HttpRequest) -> HttpResponse:
    """Prove the key, then the installation itself; nothing personal is shown."""
    item_id = request.session.get(RESUMING)
    if not item_id:
        return HttpResponseRedirect(reverse("install-by-code"))
    try:
        installation = installing.find(request, item_id)
    except OrderNotFound:
        if installing.is_over(item_id):  # cancelled since the code was accepted: no key need be looked for
            del request.session[RESUMING]
            messages.info(request, _("这张订单已经结束，不能再安装。如有疑问，请拨打服务热线。"))
            return HttpResponseRedirect(reverse("install-by-code"))
        return TemplateResponse(request, "renewals/resume_key.html", {"config": _config(request), "words": _words()})
    if installation.state == "over":
        del request.session[RESUMING]
        return HttpResponseRedirect(reverse("install-by-code"))
    here = reverse("install-key")
    context = install.page_context(request, installation, done=here, back=reverse("install-by-code"))
    context["resumed"] = True
    template = "renewals/installed.html" if installation.state == "verified" else "renewals/install.html"
    return TemplateResponse(request, template, context)


def _config(request: HttpRequest) -> dict[str, str]:
    return {
        "bridge": settings.CERTHALL.bridge_url,
        "bridgeVersion": MIN_BRIDGE_VERSION,
        "csrf": get_token(request),
        "challenge": reverse("api-resume-challenge"),
        "prove": reverse("api-resume-prove"),
        "done": reverse("install-key"),
    }


def _words() -> dict[str, object]:
    return {
        "bridge": page_words(),
        "checking": _("正在检测…"),
        "proving": _("请在证书助手弹出的窗口里输入 Ekey 密码（PIN 码）"),
        "wrongKey": _("更新的证书与您当前 Ekey 的证书主题不符，无法更新证书。"),
        "wrongKeyCure": _(
            "请确认插入的是这张订单要续期的那个 Ekey；确认无误仍出现时，请重启浏览器或清除浏览器缓存后再试。"
        ),
        "refused": _("没有验证成功。"),
        "lost": _("网络连接中断。"),
        "lostCure": _("请检查网络后再试一次。"),
    }
