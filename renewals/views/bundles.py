"""/bundles/: several orders paid with one number (RULES P16), for agents and whoever renews many certificates."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from payments import bundle_settling, bundles, ledger, transfers
from payments.errors import BundleNotFound, TransfersNotOffered
from payments.models import Bundle, BundleState, ChannelName, InvoiceKind
from portal.accounts.access import access
from portal.accounts.actor import actor_of
from portal.errors import InvalidInput, PortalError
from portal.tenants import tenant_tx
from portal.ui.forms import RadioCards
from portal.ui.parts import Badge, Column, Link, Row, Table, Tone
from portal.ui.templatetags.ui import in_fours, money
from portal.ui.words import say
from renewals import bundling
from renewals.agents import organisations_for
from renewals.views.customer import customer_of, new_key, posted_key
from renewals.views.payment import ChannelForm

_TONES: dict[str, Tone] = {"open": "warning", "paid": "success", "dissolved": "neutral"}


class BundleForm(forms.Form):
    use_required_attribute = False

    payer = forms.ChoiceField(
        label=gettext_lazy("付款单位"), help_text=gettext_lazy("转账的户名须与它一致；扫码付款不受限制。")
    )
    invoices = forms.ChoiceField(
        label=gettext_lazy("发票"),
        choices=[("each", gettext_lazy("每个订单分别开票")), ("one", gettext_lazy("合开一张"))],
        widget=RadioCards,
        initial="each",
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("发票类型（合开时）"),
        choices=InvoiceKind.choices,
        initial=InvoiceKind.ORDINARY,
        required=False,
    )
    title = forms.CharField(label=gettext_lazy("发票抬头（合开时）"), max_length=200, required=False)
    tax_number = forms.CharField(label=gettext_lazy("纳税人识别号（合开时）"), max_length=40, required=False)


@access("customer", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """What can be paid together, and the bundles there are."""
    user = customer_of(request)
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        payable = bundling.payable(user)
        payers = [(one.public_id, one.name) for one in organisations_for(user)]
        made = list(Bundle.objects.select_related("carrier").filter(made_by_id=user.pk).order_by("-id")[:20])
    form = BundleForm(request.POST if request.method == "POST" else None)
    form.fields["payer"].choices = payers  # type: ignore[attr-defined]
    refusal = ""
    if form.is_bound and form.is_valid():
        try:
            return HttpResponseRedirect(reverse("bundle", args=[_made(request, form).public_id]))
        except InvalidInput as error:
            for name, sentences in error.fields.items():
                form.add_error(name if name in form.fields else None, sentences)
        except PortalError as error:
            refusal = say(error)
    context = {
        "payable": payable,
        "ticked": set(request.POST.getlist("charge")),
        "form": form,
        "refusal": refusal,
        "made": _made_table(made) if made else None,
        "key": new_key(),
    }
    status = 409 if refusal else 422 if form.errors else 200
    return TemplateResponse(request, "renewals/bundles.html", context, status=status)


def _made(request: HttpRequest, form: BundleForm) -> Bundle:
    data, user = form.cleaned_data, customer_of(request)
    one = (data["kind"], data["title"], data["tax_number"]) if data["invoices"] == "one" else None
    with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
        return bundling.make(
            user,
            request.POST.getlist("charge")[: bundles.MOST + 1],
            payer=data["payer"],
            by=actor_of(request),
            key=f"{user.pk}:{posted_key(request)}",
            return_to=reverse("bundles"),
            buyer=one,
        )


@access("customer", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, public_id: str) -> HttpResponse:
    """The number, what it pays, where to transfer to; POST ``channel`` goes to the code."""
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        bundle = _own(request, public_id)
        channels = tuple(name for name in bundling.channels_of(bundle) if name != ChannelName.BANK_TRANSFER)
        by_bank = ChannelName.BANK_TRANSFER in bundling.channels_of(bundle)
        shares = _shares(bundle)
        payee = _payee() if by_bank else None
    form = ChannelForm(
        request.POST if request.method == "POST" else None,
        channels=channels,
        initial={"channel": channels[0] if channels else ""},
    )
    if form.is_bound and form.is_valid():
        try:
            with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
                key = f"bundle:{bundle.pk}:{posted_key(request)}"
                ledger.start_payment(
                    bundle.carrier.public_id, form.cleaned_data["channel"], by=actor_of(request), key=key
                )
        except PortalError as error:
            form.add_error(None, say(error))
        else:
            return HttpResponseRedirect(reverse("payments:pay", args=[bundle.carrier.public_id]))
    context = {
        "bundle": bundle,
        "charge": bundle.carrier,
        "badge": Badge(bundle.get_state_display(), _TONES[bundle.state]),
        "open": bundle.state == BundleState.OPEN,
        "shares": shares,
        "payee": payee,
        "form": form if channels else None,
        "errors_of": form,
        "key": new_key(),
    }
    return TemplateResponse(request, "renewals/bundle.html", context, status=422 if form.errors else 200)


@access("customer", transaction=False)
@require_POST
def dissolve(request: HttpRequest, public_id: str) -> HttpResponse:
    try:
        with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
            bundle_settling.dissolve(_own(request, public_id), by=actor_of(request), reason="customer")
    except PortalError as error:
        messages.error(request, say(error))
        return HttpResponseRedirect(reverse("bundle", args=[public_id]))
    messages.success(request, _("已解散，各订单可以单独付款。"))
    return HttpResponseRedirect(reverse("bundles"))


def _own(request: HttpRequest, public_id: str) -> Bundle:
    bundle = bundles.get(public_id[:64])
    if bundle.made_by_id != customer_of(request).pk:
        raise BundleNotFound
    return bundle


def _payee() -> transfers.Payee | None:
    try:
        return transfers.payee()
    except TransfersNotOffered:
        return None


def _shares(bundle: Bundle) -> Table:
    rows = [
        Row(
            [
                Link(in_fours(order.number), reverse("order", args=[order.public_id])) if order else "—",
                order.organisation.name if order else "",
                money(share.amount_fen),
                share.charge.get_state_display(),
            ]
        )
        for order, share in bundling.orders_of(bundle)
    ]
    columns = [Column(_("订单编号"), "code"), Column(_("单位")), Column(_("金额"), "money"), Column(_("状态"))]
    total = ["合计", "", money(bundle.carrier.total_fen), ""]
    return Table(columns, rows, caption=_("合并的订单"), hide_caption=True, footer=total)


def _made_table(made: list[Bundle]) -> Table:
    return Table(
        [Column(_("付款编号"), "code"), Column(_("付款单位")), Column(_("金额"), "money"), Column(_("状态"))],
        [
            Row(
                [
                    Link(in_fours(bundle.number), reverse("bundle", args=[bundle.public_id])),
                    bundle.carrier.payer_name,
                    money(bundle.carrier.total_fen),
                    Badge(bundle.get_state_display(), _TONES[bundle.state]),
                ]
            )
            for bundle in made
        ],
        caption=_("已建立的合并付款"),
        hide_caption=True,
    )
