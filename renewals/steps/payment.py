"""Payment: the quote is frozen as a charge when the step opens; money arrives from the ledger (RULES C5, C11)."""

from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ConfigDict

from payments import invoicing, ledger
from payments.money import yuan
from portal import notices, tenants
from portal.accounts.actor import Actor
from portal.errors import InvalidInput
from portal.tenants import current_tenant
from renewals import lifecycle
from renewals.lifecycle import Phase, StepState
from renewals.models import ApplicationVersion
from renewals.steps import quote
from renewals.steps.application import answers_of, latest
from renewals.steps.base import SYSTEM, ActContext, Action, StepKind


class PayData(BaseModel):
    """``channel``: one of the pack's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: str


class SettledData(BaseModel):
    """What the ledger says once the charge is fully paid; ``total_fen`` in fen."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    charge: str
    total_fen: int
    channel: str


def _freeze_quote(act: ActContext) -> None:
    """On opening: today's tariff becomes a charge. Nothing to pay → skipped.

    When the step opens again for the same term (the handler changed), the quote stays as it was frozen.
    """
    application = latest(act.order)
    if act.order.charge and quote.quoted_term(act.order) == application.term:
        return
    today = act.now.astimezone(ZoneInfo(current_tenant().timezone)).date()
    lines = act.pack.quote(int(application.term), today)
    quote.drop(act)
    if sum(line.subtotal_fen for line in lines) == 0:
        act.skip("nothing_to_pay")
        return
    charge = ledger.open_charge(
        reference=f"{act.order.public_id}.{application.version}",
        description=f"{act.pack.service} {act.order.number}",
        payer_name=act.order.organisation.name,
        lines=lines,
        by=act.by,
        return_to=reverse("order", args=[act.order.public_id]),
    )
    act.order.charge = charge.public_id


def _pay(act: ActContext, data: PayData) -> None:
    """The customer picks a channel; picking again while unpaid changes it."""
    if data.channel not in act.config.channels:
        raise InvalidInput({"channel": [str(_("请选择页面上列出的付款方式。"))]})
    if act.find().state is not StepState.SUBMITTED:
        act.submit(phase=Phase.ONLINE)
    placed = ledger.start_payment(act.order.charge, data.channel, by=act.by, key=f"{act.order.pk}:{act.key}")
    act.answer["channel_order"] = placed.public_id


def _settled(act: ActContext, data: SettledData) -> None:
    """The money is there: the gates behind open, the invoice is asked for, the customer hears of it.

    StepNotOpen for the money of a quote that was replaced: whoever brings it sends it back.
    """
    if data.charge != act.order.charge:
        raise lifecycle.StepNotOpen(step=act.step, item=None, state="another_quote")
    act.settle()
    act.audit_detail["total_fen"] = data.total_fen
    application = latest(act.order)
    if act.pack.invoice_at == "payment":
        _request_invoice(act, application)
    answers = answers_of(application, by=Actor.system("notices"), reason="通知付款成功")
    notices.send(
        "order.paid",
        to=notices.Recipient(phone=answers["representative_mobile"], email=answers.get("representative_email", "")),
        context={
            "number": act.order.number,
            "amount": yuan(data.total_fen),
            "link": tenants.url(current_tenant(), "order", act.order.public_id),
        },
        key=f"order.paid:{act.order.public_id}",
    )


def _request_invoice(act: ActContext, application: ApplicationVersion) -> None:
    answers = answers_of(application, by=Actor.system("invoicing"), reason="开具发票")
    invoicing.request_invoice(
        quote.charge_of(act.order),
        kind=answers.get("invoice_kind", "ordinary"),
        title=answers["invoice_title"],
        tax_number=answers.get("invoice_tax_number", ""),
        email=answers.get("representative_email", ""),
        phone=answers["representative_mobile"],
        by=act.by,
    )


KIND = StepKind(
    actions={
        "pay": Action(_pay, PayData, audit=("channel",)),
        "settled": Action(_settled, SettledData, who=SYSTEM, audit=("charge", "channel")),
    },
    on_open=_freeze_quote,
)
