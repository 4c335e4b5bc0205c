"""/certificates/: the customer's certificates as a list (RULES A4, A6), what is due (A3), what nobody wants (P24)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.access import access, tenant_of
from portal.accounts.actor import actor_of
from portal.accounts.models import User
from portal.errors import NotFound, PortalError
from portal.tenants import tenant_tx
from portal.ui.parts import Badge, Column, Link, Row, Table
from portal.ui.words import say
from renewals import certificate_selectors as certificates
from renewals import unwanted
from renewals.errors import CertificateNotYours
from renewals.forms.certificate_list import CertificateListForm, UnwantedForm
from renewals.models import Certificate, UnwantedReason
from renewals.selectors import CertificateRow, rows_of
from renewals.staff_views.common import certificate_badge, two_lines, unbroken
from renewals.views.customer import customer_of
from renewals.views.home import card_of
from renewals.views.progress import local_day

PER_PAGE: Final = 20
_COLUMNS: Final = (
    Column(gettext_lazy("序号"), "number"),
    Column(gettext_lazy("证书主题")),
    Column(gettext_lazy("网关号")),
    Column(gettext_lazy("机构名称")),
    Column(gettext_lazy("生效时间")),
    Column(gettext_lazy("失效时间")),
    Column(gettext_lazy("所属系统")),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("操作"), "actions"),
)


@access("customer")
@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    user = customer_of(request)
    form = CertificateListForm(request.GET, certificates.gateway_types(user))
    try:
        page: Page[Certificate] = Paginator(certificates.listed(user, form.wanted()), PER_PAGE).get_page(
            request.GET.get("page")
        )
    except ValueError:
        raise NotFound from None
    rows = rows_of(page.object_list, user)  # type: ignore[arg-type]  # a slice of the query
    table = _table(rows, user, first=page.start_index())
    return TemplateResponse(request, "renewals/certificates/list.html", {"form": form, "page": page, "table": table})


@access("customer")
@never_cache
@require_safe
def expiring(request: HttpRequest) -> HttpResponse:
    """Where the bell leads: what is expired or has fewer than 90 days left (RULES A3)."""
    user = customer_of(request)
    cards = [card_of(row, user) for row in rows_of(certificates.expiring(user), user)]
    return TemplateResponse(request, "renewals/certificates/expiring.html", {"cards": cards})


def _table(rows: Sequence[CertificateRow], user: User, *, first: int) -> Table:
    made = [_row(row, user, number) for number, row in enumerate(rows, start=first)]
    return Table(_COLUMNS, made, caption=_("证书"), hide_caption=True)


def _row(row: CertificateRow, user: User, number: int) -> Row:
    certificate, gateway = row.certificate, row.certificate.gateway
    return Row(
        [
            number,
            two_lines(certificate.subject, _("证书号 %(number)s") % {"number": certificate.display_number}),
            unbroken(gateway.code if gateway else "—"),
            certificate.holder_name,
            _moment(certificate.not_before),
            _moment(certificate.not_after),
            (gateway.system or gateway.type) if gateway else "—",
            _state(certificate),
            _actions(row, user),
        ]
    )


def _moment(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return two_lines(unbroken(local.date().isoformat()), local.strftime("%H:%M:%S"))


def _state(certificate: Certificate) -> Badge:
    if certificate.is_unwanted:
        return Badge(_("不再使用"))
    return certificate_badge(certificate.ca_status, certificate.not_after)


def _actions(row: CertificateRow, user: User) -> SafeString:
    certificate = row.certificate
    if certificate.is_unwanted:
        back = Link(
            _("恢复使用"), reverse("certificate-unwanted", args=[certificate.public_id]), certificate.display_number
        )
        return back.__str__()
    card = card_of(row, user)
    parts = [Link(card.action, card.url, certificate.display_number).__str__()] if card.url else []
    if row.window_opens is not None:
        parts.append(format_html('<span class="muted">{}</span>', card.note))
    if row.open_order is None:
        parts.append(Link(_("不再使用"), _unwanted_url(certificate), certificate.display_number).__str__())
    return format_html('<span class="list-actions">{}</span>', SafeString(" ".join(parts)))


def _unwanted_url(certificate: Certificate) -> str:
    return reverse("certificate-unwanted", args=[certificate.public_id])


# -- 不再使用 ---------------------------------------------------------------------------------------------------------


@access("customer", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unwanted_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """Why nobody wants it any more; of one that is so marked, the way back."""
    user = customer_of(request)
    with tenant_tx(tenant_of(request)):
        certificate = _own(user, public_id)
        expires = local_day(certificate.not_after)
    form = UnwantedForm(request.POST if request.method == "POST" else None)
    refusal, status = "", 200
    if request.method == "POST" and not form.is_valid():
        status = 422
    elif request.method == "POST":
        try:
            with tenant_tx(tenant_of(request), write=True):
                unwanted.mark(certificate, reason=UnwantedReason(form.cleaned_data["reason"]), by=actor_of(request))
        except PortalError as error:
            refusal, status = say(error), error.status
        else:
            messages.success(request, _("已标明不再使用，以后不再提醒。随时可以在证书列表中恢复。"))
            return HttpResponseRedirect(reverse("certificates"))
    context = {"certificate": certificate, "form": form, "refusal": refusal, "expires": expires}
    return TemplateResponse(request, "renewals/certificates/unwanted.html", context, status=status)


@access("customer", transaction=False)
@require_POST
def wanted_again(request: HttpRequest, public_id: str) -> HttpResponse:
    user = customer_of(request)
    with tenant_tx(tenant_of(request), write=True):
        unwanted.take_back(_own(user, public_id), by=actor_of(request))
    messages.success(request, _("已恢复使用，到期前会照常提醒。"))
    return HttpResponseRedirect(reverse("certificates"))


def _own(user: User, public_id: str) -> Certificate:
    """CertificateNotYours, said alike of unknown and foreign."""
    found = certificates.visible_to(user).filter(public_id=public_id).first() if public_id.isprintable() else None
    if found is None:
        raise CertificateNotYours()
    return found
