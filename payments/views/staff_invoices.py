"""/staff/payments/invoices/: invoices, the failed ones to be asked for again; another buyer on behalf of a customer."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from payments import buyers, invoicing
from payments.bundle_shares import told_reference
from payments.errors import ChargeNotFound
from payments.invoicing import requests
from payments.invoicing.reading import invoices_of
from payments.models import Charge, Invoice, InvoiceColour, InvoiceKind, InvoiceState
from payments.views.tables import money_tabs, when
from portal.accounts.access import access, tenant_of
from portal.accounts.actor import actor_of
from portal.errors import InvalidInput, PortalError
from portal.tenants.transaction import tenant_tx
from portal.ui.parts import Badge, Column, Link, Row, Table, Tone
from portal.ui.templatetags.ui import money
from portal.ui.words import say

INVOICE = "payments.invoice"
TONES: dict[str, Tone] = {
    "waiting": "info",
    "requested": "info",
    "issued": "success",
    "failed": "danger",
    "reversed": "neutral",
    "withdrawn": "neutral",
}


class StaffBuyerForm(forms.Form):
    use_required_attribute = False

    kind = forms.ChoiceField(label=gettext_lazy("发票类型"), choices=InvoiceKind.choices)
    title = forms.CharField(label=gettext_lazy("发票抬头"), max_length=200)
    tax_number = forms.CharField(label=gettext_lazy("纳税人识别号"), max_length=40, required=False)


@access(f"staff:{INVOICE}")
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    state = request.GET.get("state", "")
    found = Invoice.objects.select_related("charge").order_by("-id")
    if state in InvoiceState.values:
        found = found.filter(state=state)
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    rows = [
        Row(
            [
                Link(
                    invoice.charge.description,
                    url := reverse("payments:staff-invoice", args=[invoice.charge.public_id]),
                ),
                invoice.title,
                invoice.get_colour_display(),
                money(-invoice.amount_fen if invoice.colour == InvoiceColour.RED else invoice.amount_fen),
                invoice.number or "—",
                Badge(invoice.get_state_display(), TONES[invoice.state]),
                when(invoice.created_at),
            ],
            url=url,
        )
        for invoice in page
    ]
    columns = [
        Column(_("事项")),
        Column(_("抬头")),
        Column(_("种类")),
        Column(_("金额"), "money"),
        Column(_("发票号码"), "code"),
        Column(_("状态")),
        Column(_("申请时间")),
    ]
    context = {
        "title": _("发票"),
        "table": Table(columns, rows, _("发票"), hide_caption=True),
        "page": page,
        "filters": [("", _("全部")), *InvoiceState.choices],
        "chosen": state,
        "searchable": False,
        "sought": "",
        "tabs": money_tabs(request, "invoices"),
    }
    return TemplateResponse(request, "payments/staff_list.html", context)


@access(f"staff:{INVOICE}")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, charge: str) -> HttpResponse:
    """A charge's invoices; POST ``do``: again (after a failure) or reissue (another buyer, RULES P5)."""
    form = StaffBuyerForm(request.POST if request.POST.get("do") == "reissue" else None)
    refusal = ""
    if request.method == "POST" and (not form.is_bound or form.is_valid()):
        try:
            _acted(request, charge, form)
        except InvalidInput as error:
            for name, sentences in error.fields.items():
                form.add_error(name if name in form.fields else None, sentences)
        except PortalError as error:
            refusal = say(error)
        else:
            messages.success(request, _("已提交，开具后链接会发给客户。"))
            return HttpResponseRedirect(reverse("payments:staff-invoice", args=[charge]))
    with tenant_tx(tenant_of(request)):
        row = _charge(charge)
        found = invoices_of(row)
        if not form.is_bound and found.current is not None:
            form = StaffBuyerForm(
                initial={
                    "kind": found.current.kind,
                    "title": found.current.title,
                    "tax_number": found.current.tax_number,
                }
            )
        table = [
            Row(
                [
                    Link(each.number, each.url) if each.url else f"{each.colour_label}（{each.kind_label}）",
                    each.title,
                    money(each.amount_fen),
                    each.cause_label,
                    Badge(each.state_label, TONES[each.state]),
                    each.failure or "—",
                    when(each.issued_at) if each.issued_at else "—",
                ]
            )
            for each in found.rows
        ]
        columns = [
            Column(_("发票")),
            Column(_("抬头")),
            Column(_("金额"), "money"),
            Column(_("缘由")),
            Column(_("状态")),
            Column(_("失败代码")),
            Column(_("开具时间")),
        ]
        context = {
            "charge": row,
            "found": found,
            "table": Table(columns, table, _("发票"), hide_caption=True),
            "form": form,
            "refusal": refusal,
        }
        status = 409 if refusal else 422 if form.errors else 200
        return TemplateResponse(request, "payments/staff_invoice.html", context, status=status).render()


def _acted(request: HttpRequest, public_id: str, form: StaffBuyerForm) -> None:
    by = actor_of(request)
    with tenant_tx(tenant_of(request), write=True):
        row = _charge(public_id)
        if not form.is_bound:
            requests.again(row, by=by)
            return
        data = form.cleaned_data
        buyer = buyers.checked(
            told_reference(row), kind=data["kind"], title=data["title"], tax_number=data["tax_number"]
        )
        invoicing.request_invoice(
            row, kind=buyer.kind, title=buyer.title, tax_number=buyer.tax_number, email="", phone="", by=by
        )


def _charge(public_id: str) -> Charge:
    found: Charge | None = Charge.objects.filter(public_id=public_id).first()
    if found is None:
        raise ChargeNotFound
    return found
