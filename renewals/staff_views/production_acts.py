"""What is done at the production desk without the bridge: back to the queue, envelopes, two persons' decisions."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from portal import vault
from portal.accounts.access import access
from portal.errors import PortalError
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from portal.ui.words import say
from renewals.issuing.download_codes import SEPARATOR
from renewals.models import DownloadCodes, FirstPin
from renewals.producing import first_pins, mailers
from renewals.producing.errors import CodesGone, PinGone
from renewals.producing.mailers import Envelope
from renewals.staff_views import making
from renewals.staff_views.common import day_of
from renewals.staff_views.making import Making

MAKE, RESET_PIN, REVOKE = "production.make", "production.reset_pin", "certificates.revoke"


@access(f"staff:{MAKE}", transaction=False)
@never_cache
@require_POST
def put_back(request: HttpRequest, public_id: str) -> HttpResponse:
    return _post(request, public_id, "put_back", said=lambda _answer: _("已退回队列。"))


@access(f"staff:{MAKE}", transaction=False)
@never_cache
@require_POST
def make_codes(request: HttpRequest, public_id: str) -> HttpResponse:
    return _post(request, public_id, "make_codes", said=lambda _answer: _("参考码和授权码已生成，请打印密码信封。"))


@access(f"staff:{RESET_PIN}", transaction=False)
@never_cache
@require_POST
def release_reset(request: HttpRequest, public_id: str) -> HttpResponse:
    """The second person (P14)."""
    data = {"reason": request.POST.get("reason", "")}
    return _post(request, public_id, "release_reset", data, said=lambda _answer: _("已批准，正在向 CA 取得授权。"))


@access(f"staff:{REVOKE}", transaction=False)
@never_cache
@require_POST
def remake(request: HttpRequest, public_id: str) -> HttpResponse:
    """The first of two asks, the second confirms (P18, P20, P23)."""

    def said(answer: dict[str, Any]) -> str:
        if answer.get("confirmed"):
            return _("已确认重做：先向 CA 吊销原证书，再回到制证队列最前面。")
        return _("已记录您的申请，请另一位证书管理员确认后生效。")

    return _post(request, public_id, "remake", {"reason": request.POST.get("reason", "")}, said=said)


@access(f"staff:{MAKE}", transaction=False)
@never_cache
@require_POST
@sensitive_variables("codes", "envelope", "pdf")
def print_codes(request: HttpRequest, public_id: str) -> HttpResponse:
    """The password envelope of a file certificate, once (B6, B7)."""
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    try:
        with tenant_tx(tenant, write=True):
            found = making.find(request, public_id)
            codes = DownloadCodes.objects.filter(item=found.task.item, ended_at__isnull=True).first()
            if codes is None or codes.codes is None:
                raise CodesGone()
            text = vault.reveal(codes, "codes", by=found.by, reason="打印密码信封")
            envelope = _codes_envelope(tenant, found, codes, text)
        return _printed(request, public_id, envelope, "envelope_printed", {})
    except PortalError as refusal:
        return _refused(request, public_id, refusal)


@access(f"staff:{MAKE}", transaction=False)
@never_cache
@require_POST
@sensitive_variables("text", "envelope", "pdf")
def print_pin(request: HttpRequest, public_id: str) -> HttpResponse:
    """The mailer of a first PIN, once (D9)."""
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    try:
        with tenant_tx(tenant):
            found = making.find(request, public_id)
            pin = found.pin
            if pin is None or (pin.way, pin.state) != (FirstPin.Way.MAILER, FirstPin.State.SET):
                raise PinGone()
            text = first_pins.opened(pin)
            envelope = _pin_envelope(tenant, found, text)
        return _printed(request, public_id, envelope, "mailer_printed", {"pin": pin.public_id})
    except PortalError as refusal:
        return _refused(request, public_id, refusal)


def _printed(
    request: HttpRequest, public_id: str, envelope: Envelope, action: str, data: dict[str, Any]
) -> HttpResponse:
    """Drawn outside a transaction; given out only if this request was the one that wiped what stands on it."""
    pdf = mailers.envelope_pdf(envelope)
    with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
        result = making.act(making.find(request, public_id), action, data)
    if result.repeated:
        raise CodesGone()
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = 'attachment; filename="envelope.pdf"'
    answer["Cache-Control"] = "no-store"
    return answer


def _codes_envelope(tenant: Tenant, found: Making, codes: DownloadCodes, text: str) -> Envelope:
    reference, authorization = text.split(SEPARATOR)
    return Envelope(
        hall=tenant.name,
        hotline=tenant.hotline,
        title=_("密码信封"),
        organisation=found.task.order.organisation.name,
        order_number=found.task.order.number,
        made_on=timezone.localdate(),
        about=[
            (_("证书号"), found.task.item.new_number or found.task.item.certificate.display_number),
            (_("有效期至"), day_of(codes.expires_at)),
        ],
        secrets=[(_("参考码"), reference), (_("授权码"), authorization)],
        notes=[
            _("请在有效期内登录网上营业厅，打开订单，用这两个码下载证书。逾期作废，须重新申请。"),
            _("下载时自设 6 位数字的保护口令，以后不能修改；忘记的只能办理补办。"),
            _("首次下载成功后 24 小时内可以重复下载，之后两个码作废。请勿转交他人。"),
        ],
    )


def _pin_envelope(tenant: Tenant, found: Making, pin: str) -> Envelope:
    return Envelope(
        hall=tenant.name,
        hotline=tenant.hotline,
        title=_("密码信封"),
        organisation=found.task.order.organisation.name,
        order_number=found.task.order.number,
        made_on=timezone.localdate(),
        about=[(_("介质编号"), found.task.medium_number)],
        secrets=[(_("初始 PIN 码"), pin)],
        notes=[
            _("拿到介质后，请先用证书助手修改 PIN 码。连续输错六次，介质会被锁定。"),
            _("PIN 码只打印这一次，我们不保存。遗失的请在网上营业厅办理解锁。"),
        ],
    )


def _post(
    request: HttpRequest,
    public_id: str,
    action: str,
    data: dict[str, Any] | None = None,
    *,
    said: Callable[[dict[str, Any]], str],
) -> HttpResponse:
    try:
        with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
            result = making.act(making.find(request, public_id), action, data)
        messages.success(request, said(dict(result.answer)))
    except PortalError as refusal:
        messages.error(request, say(refusal))
    return _back(public_id)


def _refused(request: HttpRequest, public_id: str, refusal: PortalError) -> HttpResponse:
    messages.error(request, say(refusal))
    return _back(public_id)


def _back(public_id: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("staff-production-task", args=[public_id]))
