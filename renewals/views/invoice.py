"""/orders/<id>/invoice/: the order's invoices, red ones too, and another buyer without refund (RULES P5)."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from payments.invoicing.reading import InvoiceRow, InvoicesView, invoices_of
from portal.accounts.access import access
from portal.errors import InvalidInput, PortalError
from portal.tenants import tenant_tx
from portal.ui.forms import RadioCards
from portal.ui.parts import Column, Link, Row, Table
from portal.ui.templatetags.ui import money
from portal.ui.words import say
from renewals import selectors
from renewals.lifecycle import Kind
from renewals.programmes.schema import RulePack
from renewals.steps.invoices import charge_of_order
from renewals.views.customer import new_key, own_order, perform, posted_key, step_of
from renewals.views.progress import local_day

_KIND = gettext_lazy("请选择发票类型。")


class BuyerForm(forms.Form):
    """Checked where the application's answers are (steps.invoices)."""

    use_required_attribute = False

    kind = forms.ChoiceField(
        label=gettext_lazy("发票类型"), widget=RadioCards, error_messages={"required": _KIND, "invalid_choice": _KIND}
    )
    title = forms.CharField(
        label=gettext_lazy("发票抬头"),
        max_length=200,
        error_messages={"required": gettext_lazy("请填写发票抬头，一般是单位全称。")},
    )
    tax_number = forms.CharField(
        label=gettext_lazy("纳税人识别号"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "input--20"}),
    )

    def __init__(self, *args: object, pack: RulePack, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["kind"].choices = [(kind.name, kind.title) for kind in pack.invoice_kinds]  # type: ignore[attr-defined]


@access("customer", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invoice(request: HttpRequest, public_id: str) -> HttpResponse:
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        order = own_order(request, public_id)
        view = selectors.order_view(order)
        charge = charge_of_order(order)
        if charge is None:
            return HttpResponseRedirect(reverse("order", args=[public_id]))
        found = invoices_of(charge)
        table = invoice_table(found.rows)
        step = step_of(view, Kind.PAYMENT).step.name
    form = BuyerForm(
        request.POST if request.method == "POST" else None, pack=view.pack, initial=_initial(found), auto_id="id_%s"
    )
    if form.is_bound and form.is_valid():
        try:
            perform(request, order, "reissue_invoice", step=step, data=form.cleaned_data, key=posted_key(request))
        except InvalidInput as refusal:
            for name, sentences in refusal.fields.items():
                form.add_error(name if name in form.fields else None, sentences)
        except PortalError as refusal:
            form.add_error(None, say(refusal))
        else:
            messages.success(request, _("已提交。原发票红冲后开具新发票，链接会发到经办人的手机和邮箱。"))
            return HttpResponseRedirect(reverse("order-invoice", args=[public_id]))
    context = {
        "order": order,
        "found": found,
        "table": table,
        "form": form if found.may_reissue and found.reissues_left else None,
        "errors_of": form,
        "opened": form.is_bound,
        "key": new_key(),
    }
    return TemplateResponse(request, "renewals/invoice.html", context, status=422 if form.errors else 200)


def _initial(found: InvoicesView) -> dict[str, str]:
    if found.current is None:
        return {}
    return {"kind": found.current.kind, "title": found.current.title, "tax_number": found.current.tax_number}


def invoice_table(rows: tuple[InvoiceRow, ...]) -> Table:
    return Table(
        [
            Column(_("发票")),
            Column(_("抬头")),
            Column(_("金额"), "money"),
            Column(_("状态")),
            Column(_("开票日期")),
        ],
        [
            Row(
                [
                    Link(row.number, row.url) if row.url else f"{row.colour_label}（{row.kind_label}）",
                    row.title if not row.is_red else _("红字，冲销 %(number)s") % {"number": row.against},
                    money(row.amount_fen),
                    row.state_label,
                    local_day(row.issued_at).isoformat() if row.issued_at else "—",
                ]
            )
            for row in rows
        ],
        caption=_("本订单的发票"),
        hide_caption=True,
    )
