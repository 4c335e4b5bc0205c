"""/renew/ and /certificates/claim/: find a certificate by its serial, start its renewal, prove its key."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.access import access
from portal.accounts.actor import actor_of
from portal.accounts.models import User
from portal.errors import PortalError
from portal.tenants import tenant_tx
from portal.ui.words import say
from renewals import orders, selectors
from renewals.bridge.protocol import MIN_BRIDGE_VERSION
from renewals.bridge.words import page_words
from renewals.choosing import choose_path
from renewals.errors import CertificateNotYours, FinishTheOtherFirst
from renewals.forms.lookup import SerialForm
from renewals.models import Certificate, CertificateGrant, Order
from renewals.programmes.schema import RulePack
from renewals.publishing import current
from renewals.views.application_desk import papers_of_path, review_days_of
from renewals.views.apply_words import way_in
from renewals.views.customer import customer_of, new_key, posted_key
from renewals.views.introduction import introduction
from renewals.views.progress import days_words, local_day


@access("customer", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def renew(request: HttpRequest) -> HttpResponse:
    """Without a serial the question for one; with one, what the renewal is; POST starts it."""
    user = customer_of(request)
    sent = request.POST if request.method == "POST" else request.GET
    form = SerialForm(sent if "serial" in sent else None)
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        if not form.is_bound or not form.is_valid():
            return _page(request, form, status=422 if form.is_bound else 200)
        try:
            certificate = _visible(user, form.cleaned_data["serial"])
            pack = selectors.check_renewable(certificate)
        except PortalError as refusal:
            form.add_error("serial", say(refusal))
            return _page(request, form, status=refusal.status, claim=isinstance(refusal, CertificateNotYours))
        elsewhere = _elsewhere(user, certificate, pack)
        if elsewhere and (request.method != "POST" or "/orders/" in elsewhere):
            return HttpResponseRedirect(elsewhere)
        context = {
            "certificate": certificate,
            "expires": local_day(certificate.not_after),
            "days": days_words(selectors.days_left_of(certificate)),
            "pack": pack,
            "way": _way(pack, certificate),
            "key": new_key(),
        }
    if request.method != "POST":
        return TemplateResponse(request, "renewals/renew.html", context)
    try:
        order = _open(request, certificate)
    except PortalError as refusal:
        other = refusal.params.get("number") if isinstance(refusal, FinishTheOtherFirst) else None
        with tenant_tx(request.tenant):  # type: ignore[attr-defined]
            context["refusal"], context["other"] = say(refusal), _by_number(user, other)
        return TemplateResponse(request, "renewals/renew.html", context, status=refusal.status)
    return HttpResponseRedirect(reverse("order", args=[order.public_id]))


def _elsewhere(user: User, certificate: Certificate, pack: RulePack) -> str:
    """The order that the customer has begun, or the page of a path that this one doesn't introduce; "" for neither."""
    running = _own_open_order(user, certificate)
    if running is not None:
        return reverse("order", args=[running.public_id])
    way = way_in(certificate, pack.path(choose_path(pack, certificate)[1]))
    return "" if way.startswith(reverse("renew")) else way


def _way(pack: RulePack, certificate: Certificate) -> dict[str, object]:
    """What the page tells of the path that the certificate takes today."""
    _facts, name = choose_path(pack, certificate)
    path = pack.path(name)
    return {
        "papers": "、".join(papers_of_path(path)),
        "days": review_days_of(path),
        "introduction": introduction(path),
    }


def _page(request: HttpRequest, form: SerialForm, *, status: int, claim: bool = False) -> HttpResponse:
    return TemplateResponse(request, "renewals/renew_lookup.html", {"form": form, "claim": claim}, status=status)


def _visible(user: User, serial: str) -> Certificate:
    """RULES P17: while the account is restricted only what was proved since."""
    certificate = selectors.certificate_of(user, serial)
    if user.restricted_since is not None:
        proved = CertificateGrant.objects.filter(
            user=user, certificate=certificate, granted_at__gte=user.restricted_since, withdrawn_at__isnull=True
        )
        if not proved.exists():
            raise CertificateNotYours()
    return certificate


def _own_open_order(user: User, certificate: Certificate) -> Order | None:
    return (
        Order.objects.filter(customer=user, items__certificate=certificate, closed_at__isnull=True)
        .order_by("-items__reserves", "-opened_at")
        .first()
    )


def _open(request: HttpRequest, certificate: Certificate) -> Order:
    with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
        programme = current(certificate.programme_slug)
        return orders.open_order(
            programme=programme, certificates=[certificate], by=actor_of(request), key=posted_key(request)
        )


def _by_number(user: User, number: object) -> Order | None:
    return Order.objects.filter(customer=user, number=number).first() if number else None


@access("customer")
@never_cache
@require_safe
def claim(request: HttpRequest) -> HttpResponse:
    """The page that talks to the bridge; api/claim.py does the rest."""
    config = {
        "bridge": settings.CERTHALL.bridge_url,
        "bridgeVersion": MIN_BRIDGE_VERSION,
        "csrf": get_token(request),
        "look": reverse("api-claim-look"),
        "challenge": reverse("api-claim-challenge"),
        "prove": reverse("api-claim-prove"),
        "renew": reverse("renew"),
    }
    words = {
        "bridge": page_words(),
        "reading": _("正在读取…"),
        "pin": _("请在证书助手弹出的窗口里输入 Ekey 密码（PIN 码）"),
        "serial": _("序列号"),
        "until": _("有效期至"),
        "unknown": _("网厅没有登记这张证书，不能认领"),
        "none": _("Ekey 里没有可以认领的证书。"),
        "noneCure": _("请换一个 Ekey；确认无误的，请拨打服务热线核实证书是否已登记。"),
        "lost": _("网络连接中断。"),
        "lostCure": _("请检查网络后再试一次。"),
        "refused": _("没有认领成功。"),
    }
    context = {"config": config, "words": words, "restricted": customer_of(request).is_restricted}
    return TemplateResponse(request, "renewals/claim.html", context)
