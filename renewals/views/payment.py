"""/orders/<id>/pay/: choose how to pay; the ledger's own page shows the code and waits for the money."""

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from payments import transfers
from payments.errors import TransfersNotOffered
from payments.models import ChannelName, Charge
from portal.accounts.access import access
from portal.errors import PortalError
from portal.tenants import tenant_tx
from portal.ui.forms import RadioCards
from portal.ui.words import say
from renewals import selectors
from renewals.lifecycle import Kind, NextActor, Phase, StepState
from renewals.selectors import OrderView, Task
from renewals.views.customer import new_key, own_order, perform, posted_key, stages_of, step_of
from renewals.views.pay_states import business_facts, payment_table
from renewals.views.progress import quote_table
from renewals.views.progress_words import after_paying


class ChannelForm(forms.Form):
    """``channels``: the names that the pack offers."""

    channel = forms.ChoiceField(
        label=_("支付方式"),
        widget=RadioCards,
        error_messages={"required": _("请选择支付方式。"), "invalid_choice": _("请选择支付方式。")},
    )
    use_required_attribute = False

    def __init__(self, *args: object, channels: tuple[str, ...], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        names = dict(ChannelName.choices)
        hints = {ChannelName.BANK_TRANSFER.value: _("从申请单位的对公账户转账，1 至 2 个工作日核对到账。")}
        self.fields["channel"].widget = RadioCards(hints=hints)  # type: ignore[arg-type]
        self.fields["channel"].choices = [(name, names[name]) for name in channels]  # type: ignore[attr-defined]


def channels_of(view: OrderView, task: Task) -> tuple[str, ...]:
    """What the pack offers; bank transfer only where the tenant has named its account."""
    offered: tuple[str, ...] = view.pack.step_config(view.order.path, task.step.name).channels  # type: ignore[union-attr]
    try:
        transfers.payee()
    except TransfersNotOffered:
        return tuple(name for name in offered if name != ChannelName.BANK_TRANSFER)
    return offered


@access("customer", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, public_id: str) -> HttpResponse:
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        order = own_order(request, public_id)
        view = selectors.order_view(order)
        task = step_of(view, Kind.PAYMENT)
        if order.charge and task.step.phase is Phase.TRANSFER and task.step.state is StepState.SUBMITTED:
            return HttpResponseRedirect(reverse("order-transfer", args=[public_id]))
        if task.acting is not NextActor.CUSTOMER or not order.charge:
            return HttpResponseRedirect(reverse("order", args=[public_id]))
        charge = Charge.objects.get(public_id=order.charge)
        channels = channels_of(view, task)
        stages = stages_of(view)
        states = {"business": business_facts(order, charge), "tries": payment_table(charge)}
    codes = reverse("payments:pay", args=[charge.public_id])
    by_bank = request.POST.get("channel") == ChannelName.BANK_TRANSFER and ChannelName.BANK_TRANSFER in channels
    if request.method == "POST" and by_bank:  # chosen by claiming one: until then nothing has changed
        return HttpResponseRedirect(reverse("order-transfer", args=[public_id]))
    if request.method != "POST" and task.step.state is StepState.SUBMITTED:
        return HttpResponseRedirect(codes)
    form = ChannelForm(
        request.POST if request.method == "POST" else None, channels=channels, initial={"channel": channels[0]}
    )
    if form.is_bound and form.is_valid():
        try:
            perform(request, order, "pay", step=task.step.name, data=form.cleaned_data, key=posted_key(request))
        except PortalError as refusal:
            form.add_error(None, say(refusal))
        else:
            return HttpResponseRedirect(codes)
    context = {
        "order": order,
        "charge": charge,
        "quote": quote_table(charge.quote),
        "form": form,
        "stages": stages,
        "after": after_paying(view),
        "key": new_key(),
        "here": request.build_absolute_uri(request.path),
        **states,
    }
    return TemplateResponse(request, "renewals/pay.html", context, status=422 if form.is_bound else 200)
