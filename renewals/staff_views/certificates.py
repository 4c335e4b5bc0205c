"""/staff/certificates/: the registry, and one certificate with its orders and people (masked)."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from portal import audit, vault
from portal.accounts.access import access
from portal.accounts.actor import actor_of
from portal.errors import NotFound
from portal.tenants import tenant_tx
from portal.ui.parts import Badge, Column, Crumb, Link, Pair, Row, Table
from portal.ui.templatetags.ui import in_fours
from renewals import unwanted
from renewals.forms.certificate_list import UnwantedForm
from renewals.models import CertificateContact, Gateway, UnwantedReason
from renewals.staff_forms import CertificateFilterForm, RevealForm
from renewals.staff_selectors.certificates import CertificateRow, CertificateView, certificate_view, matching, page_of
from renewals.staff_selectors.keyset import capped_count
from renewals.staff_selectors.orders import Programmes, programmes
from renewals.staff_views.common import (
    CERTIFICATES,
    REVEAL,
    VIEW,
    certificate_badge,
    day_of,
    may,
    stamp,
    status_badge,
    turning,
    two_lines,
    unbroken,
    when,
)
from renewals.staff_views.order_parts import code, fingerprints, registered

SET_ASIDE = "certificates.set_aside"
_COLUMNS = (
    Column(gettext_lazy("序列号、证书号"), "code"),
    Column(gettext_lazy("单位")),
    Column(gettext_lazy("介质号"), "code"),
    Column(gettext_lazy("业务")),
    Column(gettext_lazy("算法")),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("生效")),
    Column(gettext_lazy("到期")),
)


@access(f"staff:{CERTIFICATES}")
@never_cache
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    packs = programmes()
    form = CertificateFilterForm(request.GET, packs)
    wanted = form.wanted()
    page = page_of(wanted, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    context = {
        "form": form,
        "may_import": may(request, "certificates.import"),
        "table": Table(_COLUMNS, [_row(row, packs) for row in page.rows], caption=_("证书"), hide_caption=True),
        "turning": turning(request, newer=page.newer, older=page.older, count=capped_count(matching(wanted))),
    }
    return TemplateResponse(request, "renewals/staff/certificates.html", context)


def _row(row: CertificateRow, packs: Programmes) -> Row:
    url = reverse("staff-certificate", args=[row.public_id])
    pack = packs.newest.get(row.programme)
    return Row(
        [
            two_lines(Link(row.serial, url), row.number),
            row.holder,
            unbroken(row.medium or "—"),
            pack.title if pack else row.programme,
            row.algorithm.upper(),
            certificate_badge(row.ca_status, row.not_after),
            unbroken(day_of(row.not_before)),
            unbroken(day_of(row.not_after)),
        ],
        url=url,
    )


@access(f"staff:{CERTIFICATES}")
@never_cache
@require_GET
def detail(request: HttpRequest, public_id: str) -> HttpResponse:
    return _page(request, public_id)


@access(f"staff:{REVEAL}")
@never_cache
@require_POST
@sensitive_variables("revealed")
def reveal(request: HttpRequest, public_id: str, contact: str) -> HttpResponse:
    """Name and mobile of one contact, for a reason: whoever asks for a code is called back there (RULES A9)."""
    dialog = f"reveal-{contact}"
    form = RevealForm(request.POST, dialog=dialog)
    if not form.is_valid():
        return _rendered(request, public_id, status=422, failed=(dialog, form))
    by, reason = actor_of(request), form.cleaned_data["reason"]
    with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
        row = CertificateContact.objects.filter(certificate__public_id=public_id, public_id=contact).first()
        if row is None:
            raise NotFound
        revealed = vault.reveal_fields(row, ["name", "phone"], by=by, reason=reason)
        audit.record(
            "certificate.revealed",
            by=by,
            subject=f"certificate:{public_id}",
            detail={"contact": contact, "fields": ["name", "phone"], "reason": reason},
        )
    return _rendered(request, public_id, revealed={contact: revealed})


@access(f"staff:{SET_ASIDE}")
@require_POST
def mark_unwanted(request: HttpRequest, public_id: str) -> HttpResponse:
    """The holder has told: nobody wants it any more (RULES P24)."""
    form = UnwantedForm(request.POST)
    if not form.is_valid():
        with tenant_tx(request.tenant):  # type: ignore[attr-defined]
            return _page(request, public_id, status=422, failed_unwanted=form).render()
    with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
        reason = UnwantedReason(form.cleaned_data["reason"])
        unwanted.mark(certificate_view(public_id).certificate, reason=reason, by=actor_of(request))
    return HttpResponseRedirect(reverse("staff-certificate", args=[public_id]))


@access(f"staff:{SET_ASIDE}")
@require_POST
def wanted_again(request: HttpRequest, public_id: str) -> HttpResponse:
    with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
        unwanted.take_back(certificate_view(public_id).certificate, by=actor_of(request))
    return HttpResponseRedirect(reverse("staff-certificate", args=[public_id]))


def _rendered(
    request: HttpRequest,
    public_id: str,
    *,
    status: int = 200,
    failed: tuple[str, RevealForm] | None = None,
    revealed: dict[str, dict[str, str]] | None = None,
) -> HttpResponse:
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        return _page(request, public_id, status=status, failed=failed, revealed=revealed).render()


def _page(
    request: HttpRequest,
    public_id: str,
    *,
    status: int = 200,
    failed: tuple[str, RevealForm] | None = None,
    revealed: dict[str, dict[str, str]] | None = None,
    failed_unwanted: UnwantedForm | None = None,
) -> TemplateResponse:
    found = certificate_view(public_id)
    certificate = found.certificate
    context = {
        "certificate": certificate,
        "badge": certificate_badge(certificate.ca_status, certificate.not_after),
        "crumbs": [Crumb(_("证书"), reverse("staff-certificates")), Crumb(certificate.serial)],
        "facts": _facts(found),
        "gateway": _gateway(certificate.gateway),
        "reminders": _reminders(found),
        "unwanted": _unwanted(found),
        "may_set_aside": may(request, SET_ASIDE),
        "unwanted_form": failed_unwanted or UnwantedForm(),
        "may_import": may(request, "certificates.import"),
        "encryption": fingerprints(bytes(certificate.encryption_der)) if certificate.encryption_der else [],
        "chain": _chain(found),
        "orders": _orders(found, link=may(request, VIEW)),
        "contacts": [_contact(row, (revealed or {}).get(row.public_id)) for row in found.contacts],
        "grants": _grants(found),
        "may_reveal": may(request, REVEAL),
        "failed": failed[0] if failed else "",
        "failed_form": failed[1] if failed else None,
    }
    return TemplateResponse(request, "renewals/staff/certificate.html", context, status=status)


def _contact(row: CertificateContact, revealed: dict[str, str] | None) -> dict[str, object]:
    shown = revealed or {"name": str(row.name), "phone": str(row.phone)}
    dialog = f"reveal-{row.public_id}"
    more = {"public_id": row.public_id, "dialog": dialog, "form": RevealForm(dialog=dialog)}
    return {**shown, **more, "revealed": revealed is not None}


def _facts(found: CertificateView) -> list[Pair]:
    certificate = found.certificate
    asked = when(certificate.ca_status_at)
    return [
        Pair(_("持有人"), certificate.holder_name),
        *([Pair(_("证书号"), code(certificate.number))] if certificate.number else []),
        *([Pair(_("证书类型"), certificate.get_kind_display())] if certificate.kind else []),
        Pair(_("电子签章"), _("有") if certificate.has_seal else _("无")),
        Pair(_("统一社会信用代码"), code(certificate.holder_code)),
        *registered(certificate, link=False),
        Pair(_("CA 状态"), f"{certificate.get_ca_status_display()}（{asked}）"),
    ]


def _gateway(gateway: Gateway | None) -> list[Pair]:
    if gateway is None:
        return []
    return [
        Pair(_("网关编码"), code(gateway.code)),
        Pair(_("网关类型"), gateway.type),
        Pair(_("所属系统"), gateway.system),
        Pair(_("网关状态"), gateway.get_state_display()),
    ]


def _unwanted(found: CertificateView) -> str:
    certificate = found.certificate
    if not certificate.is_unwanted:
        return ""
    told = {"who": certificate.unwanted_by, "reason": certificate.get_unwanted_reason_display()}
    return f"{when(certificate.unwanted_at)} " + _("%(who)s 标明不再使用：%(reason)s") % told


def _reminders(found: CertificateView) -> list[Pair]:
    return [
        Pair(_threshold(row.threshold), f"{when(row.made_at)} {row.get_outcome_display()}") for row in found.reminders
    ]


def _threshold(days: int) -> str:
    return _("到期前 %(days)s 天") % {"days": days} if days >= 0 else _("过期后 %(days)s 天") % {"days": -days}


def _chain(found: CertificateView) -> list[Pair]:
    rows = []
    for label, other in ((_("由它更新而来"), found.predecessor), (_("已更新为"), found.successor)):
        if other is not None:
            link: SafeString = Link(other.serial, reverse("staff-certificate", args=[other.public_id])).__str__()
            rows.append(Pair(label, code(link)))
    return rows


def _orders(found: CertificateView, *, link: bool) -> Table:
    columns = [
        Column(gettext_lazy("订单编号"), "code"),
        Column(gettext_lazy("这张证书是")),
        Column(gettext_lazy("状态")),
        Column(gettext_lazy("创建时间")),
    ]
    rows = []
    for item in found.items:
        order = item.order
        number, url = in_fours(order.number), reverse("staff-order", args=[order.public_id])
        role = _("原证书") if item.certificate_id == found.certificate.pk else _("新证书")
        cells = [Link(number, url) if link else number, role, status_badge(order.status), stamp(order.opened_at)]
        rows.append(Row(cells, url=url if link else ""))
    return Table(columns, rows, caption=_("订单"), hide_caption=True)


def _grants(found: CertificateView) -> Table:
    columns = [
        Column(gettext_lazy("客户账号")),
        Column(gettext_lazy("依据")),
        Column(gettext_lazy("授予时间")),
        Column(gettext_lazy("状态")),
    ]
    rows = [
        Row(
            [
                row.user.masked_label,
                row.get_via_display(),
                stamp(row.granted_at),
                Badge(_("有效"), "success") if row.withdrawn_at is None else Badge(_("已解除")),
            ]
        )
        for row in found.grants
    ]
    return Table(columns, rows, caption=_("可办理的客户"), hide_caption=True)
