"""Payment: the quote is frozen as a charge when the step opens; money arrives from the ledger (RULES C5, C9, C11)."""

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ConfigDict, Field

from payments import ledger, suspense, transfers
from payments.matching import NameKind
from payments.models import ChannelName
from payments.money import yuan
from portal import notices, tenants
from portal.accounts.actor import Actor
from portal.errors import InvalidInput
from portal.files import store
from portal.tenants import current_tenant
from renewals import lifecycle, pricing
from renewals.errors import TransferUnderWay
from renewals.lifecycle import Kind, Phase, StepState
from renewals.steps import invoices, quote
from renewals.steps.application import answers_of, handler_of, latest
from renewals.steps.base import SYSTEM, ActContext, Action, StepKind


class PayData(BaseModel):
    """``channel``: one of the pack's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: str


class ClaimTransferData(BaseModel):
    """One transfer as its payer tells it. ``amount_fen`` > 0; ``corrects``: the refused claim that it replaces."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    payer_name: str = Field(min_length=1, max_length=128)
    payer_account: str = Field(min_length=1, max_length=40)
    amount_fen: int = Field(gt=0)
    paid_on: date
    remittance: str = Field("", max_length=140)
    corrects: str = ""


class ClaimRef(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    claim: str


class ExplainData(BaseModel):
    """``file``: the 代付说明's public id; "" asks for the money back."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    suspense: str
    file: str = ""


class TransferNews(BaseModel):
    """What ``payments.transfers.report`` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    charge: str
    claim: str
    outcome: str
    amount_fen: int
    missing_fen: int
    reason: str


class SettledData(BaseModel):
    """What the ledger says once the charge is fully paid; ``total_fen`` in fen."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    charge: str
    total_fen: int
    channel: str


def _freeze_quote(act: ActContext) -> None:
    """On opening: today's tariff becomes a charge. Nothing to pay → skipped.

    When the step opens again at the same price (the handler changed), the quote stays as it was frozen: a change of a
    price field has dropped it.
    """
    if act.order.charge:
        return
    application = latest(act.order)
    answers = answers_of(application, by=Actor.system("payment"), reason="计算费用")
    today = act.now.astimezone(ZoneInfo(current_tenant().timezone)).date()
    lines = pricing.lines_for(act.order, answers, on=today)
    if sum(line.subtotal_fen for line in lines) == 0:
        quote.carry(act, None)
        act.skip("nothing_to_pay")
        return
    charge = ledger.open_charge(
        reference=f"{act.order.public_id}.{application.version}",
        description=f"{act.pack.service} {act.order.number}",
        payer_name=act.order.organisation.name,
        number=act.order.number,
        holder_kind=NameKind.ORGANISATION,
        lines=lines,
        by=act.by,
        return_to=reverse("order", args=[act.order.public_id]),
    )
    act.order.charge = charge.public_id
    quote.carry(act, charge)


def _pay(act: ActContext, data: PayData) -> None:
    """The customer picks an online channel; picking again while unpaid changes it. The only way to choose one.

    TransferUnderWay while finance looks for a transfer: paying now would be paying twice (RULES P9).
    """
    if data.channel not in act.config.channels or data.channel == ChannelName.BANK_TRANSFER:
        raise InvalidInput({"channel": [str(_("请选择页面上列出的付款方式。"))]})
    step = act.find()
    if step.phase is Phase.TRANSFER and step.state is StepState.SUBMITTED:
        raise TransferUnderWay()
    if step.state is not StepState.SUBMITTED:
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
    invoices.ask_when_due(act)
    notices.send(
        "order.paid",
        to=handler_of(act.order),
        context={
            "number": act.order.number,
            "amount": yuan(data.total_fen),
            "next": _next(act),
            "link": tenants.url(current_tenant(), "order", act.order.public_id),
        },
        key=f"order.paid:{act.order.public_id}",
    )


def _next(act: ActContext) -> str:
    """What the customer may expect now that it is paid."""
    kinds = {step.kind for step in act.steps if step.state not in {StepState.DONE, StepState.SKIPPED}}
    if Kind.REVIEW in kinds:
        return str(_("接下来由工作人员审核，结果会短信通知您。"))
    if Kind.PRODUCTION in kinds:
        return str(_("接下来由我们制作，做好会短信通知您。"))
    return str(_("请登录网上营业厅，插入 Ekey 安装新证书。"))


def _claim_transfer(act: ActContext, data: ClaimTransferData) -> None:
    """RULES C9, E4: the customer says what was transferred; finance is next."""
    if ChannelName.BANK_TRANSFER not in act.config.channels:
        raise InvalidInput({"__all__": [str(_("这项业务不能用银行转账付款。请选择其他付款方式。"))]})
    if act.find().state is StepState.WAITING:
        raise lifecycle.GateClosed(step=act.step, item=None, first=())
    told = transfers.ClaimData(**data.model_dump(exclude={"corrects"}))
    made = transfers.claim(act.order.charge, told, by=act.by, corrects=data.corrects)
    act.answer["claim"] = made.public_id
    _follow_transfers(act)


def _withdraw_transfer(act: ActContext, data: ClaimRef) -> None:
    transfers.withdraw(act.order.charge, data.claim, by=act.by)
    _follow_transfers(act)


def _explain_payer(act: ActContext, data: ExplainData) -> None:
    """RULES P10: a sealed 代付说明 (its file is stored already), or the money shall go back to its source."""
    if data.file:
        suspense.explain(act.order.charge, data.suspense, store.get(data.file), by=act.by)
    else:
        suspense.ask_back(act.order.charge, data.suspense, by=act.by)
    _follow_transfers(act)


def _transfer_news(act: ActContext, data: TransferNews) -> None:
    """What finance has decided on a transfer; the customer hears of it, with what to do next."""
    act.audit_detail |= {"outcome": data.outcome, "amount_fen": data.amount_fen}
    if data.charge == act.order.charge:
        _follow_transfers(act)
    notice = _TRANSFER_NOTICES.get(data.outcome)
    if notice is None:
        return
    notices.send(
        notice,
        to=handler_of(act.order),
        context={
            "number": act.order.number,
            "amount": yuan(data.amount_fen),
            "missing": yuan(data.missing_fen),
            "reason": data.reason,
            "link": tenants.url(current_tenant(), "order-transfer", act.order.public_id),
        },
        key=f"{notice}:{act.order.public_id}:{act.key}",
    )


#: of outcomes that ask something of the customer; a full payment is told by "settled"
_TRANSFER_NOTICES = {"partly": "transfer.partly", "held": "transfer.held", "refused": "transfer.refused"}


def follow_transfers(act: ActContext) -> None:
    """From another step's act: what it said of a transfer may make finance, or the customer, next (RULES P10)."""
    paying = replace(act, step=act.path.of_kind(Kind.PAYMENT)[0].name, item=None)
    _follow_transfers(paying)
    act.steps = paying.steps


def _follow_transfers(act: ActContext) -> None:
    """Phase transfer exactly while finance has something to look for; else the customer is next."""
    step = act.find()
    if step.settled or step.state is StepState.WAITING:
        return
    waits = step.phase is Phase.TRANSFER
    wanted = transfers.finance_is_next(act.order.charge)
    if waits == wanted:
        return
    if step.state is StepState.SUBMITTED:
        act.withdraw()
    if wanted:
        act.submit(phase=Phase.TRANSFER)


KIND = StepKind(
    actions={
        "pay": Action(_pay, PayData, audit=("channel",)),
        "claim_transfer": Action(_claim_transfer, ClaimTransferData, audit=("amount_fen", "corrects")),
        "withdraw_transfer": Action(_withdraw_transfer, ClaimRef, audit=("claim",)),
        "explain_payer": Action(_explain_payer, ExplainData, audit=("suspense",)),
        "transfer_news": Action(_transfer_news, TransferNews, who=SYSTEM, audit=("charge", "claim")),
        "reissue_invoice": Action(invoices.reissue, invoices.ReissueData, closed_too=True, audit=("kind",)),
        "settled": Action(_settled, SettledData, who=SYSTEM, audit=("charge", "channel")),
    },
    on_open=_freeze_quote,
)
