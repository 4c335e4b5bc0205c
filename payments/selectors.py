"""Reads: what pages and other rooms may know of charges. Frozen records; everything inside a tenant_tx."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q

from payments import accounts
from payments.bundle_shares import invoiced_as, live_bundle
from payments.channels import unionpay
from payments.errors import ChargeNotFound
from payments.fees import QuoteLine
from payments.models import (
    ChannelAccount,
    ChannelName,
    ChannelOrder,
    ChannelOrderState,
    Charge,
    ChargeState,
    ClaimState,
    CustomerBalance,
    Invoice,
    InvoiceColour,
    InvoiceState,
    Payment,
    Refund,
    Suspense,
    SuspenseState,
    TransferClaim,
)
from payments.models.channels import LIVE
from payments.payers import same_payer
from portal.tenants import current_tenant


@dataclass(frozen=True, slots=True)
class PaymentView:
    """One payment towards a charge; amounts in fen."""

    channel: str
    transaction_id: str
    amount_fen: int
    refunded_fen: int
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class RefundView:
    refund_number: str
    amount_fen: int
    state: str
    state_label: str
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class InvoiceView:
    number: str
    colour: str
    title: str
    amount_fen: int
    state: str
    state_label: str
    url: str

    @property
    def colour_label(self) -> str:
        return str(InvoiceColour(self.colour).label)


@dataclass(frozen=True, slots=True)
class ChargeView:
    """A charge with all that happened to it; ``state``: open, settled or closed."""

    public_id: str
    reference: str
    description: str
    payer_name: str
    lines: tuple[QuoteLine, ...]
    total_fen: int
    credited_fen: int
    refunding_fen: int
    refunded_fen: int
    state: str
    state_label: str
    return_to: str
    settled_at: datetime | None
    payments: tuple[PaymentView, ...]
    refunds: tuple[RefundView, ...]
    invoices: tuple[InvoiceView, ...]


@dataclass(frozen=True, slots=True)
class PayView:
    """What the pay page shows. ``version`` changes whenever the page would look different."""

    charge: str
    reference: str
    description: str
    lines: tuple[QuoteLine, ...]
    total_fen: int
    open_fen: int
    is_settled: bool
    is_open: bool
    return_to: str
    channels: tuple[str, ...]
    order: str
    channel: str
    order_state: str
    code_url: str
    pay_url: str
    pay_form: tuple[tuple[str, str], ...]
    expires_at: datetime | None

    @property
    def is_live(self) -> bool:
        return self.order_state in LIVE

    @property
    def version(self) -> str:
        return (
            f"{self.order}-{self.order_state}-{'s' if self.is_settled else 'o' if self.is_open else 'c'}{self.open_fen}"
        )


def charge_view(public_id: str) -> ChargeView:
    """Raises ChargeNotFound."""
    return _charge_view(_charge(public_id))


def charge_of_reference(reference: str) -> ChargeView | None:
    charge: Charge | None = Charge.objects.filter(reference=reference).first()
    return None if charge is None else _charge_view(charge)


def payments_for(reference: str) -> tuple[PaymentView, ...]:
    """Payments that reached the charge of that reference, oldest first."""
    return tuple(_payment(row) for row in _payments_of(Charge.objects.filter(reference=reference).first()))


def balance_of(charge_public_id: str) -> int:
    """账户余额 of the charge's payer, in fen; 0 where there is none (RULES E4)."""
    charge = _charge(charge_public_id)
    held = CustomerBalance.objects.filter(holder=charge.payer_name or charge.reference)
    return int(held.values_list("amount_fen", flat=True).first() or 0)


def payment_view(charge_public_id: str) -> PayView:
    """The latest order of the charge, and what it waits for. Raises ChargeNotFound."""
    charge = _charge(charge_public_id)
    order: ChannelOrder | None = ChannelOrder.objects.filter(charge=charge).order_by("-id").first()
    live = order is not None and order.state in LIVE
    return PayView(
        charge=charge.public_id,
        reference=charge.reference,
        description=charge.description,
        lines=charge.quote,
        total_fen=charge.total_fen,
        open_fen=charge.open_fen,
        is_settled=charge.state == ChargeState.SETTLED,
        is_open=charge.state == ChargeState.OPEN,
        return_to=charge.return_to,
        channels=tuple(accounts.offered()),
        order=order.public_id if order else "",
        channel=order.channel if order else "",
        order_state=order.state if order else "",
        code_url=order.code_url if order and live else "",
        pay_url=order.pay_url if order and live else "",
        pay_form=tuple(order.pay_form.items()) if order and live else (),
        expires_at=order.expires_at if order and live else None,
    )


def form_targets() -> tuple[str, ...]:
    """Where a pay page's form may lead to: UnionPay's gateway, when the tenant has an account there."""
    base_url = (
        ChannelAccount.objects.filter(channel=ChannelName.UNIONPAY, is_active=True)
        .values_list("base_url", flat=True)
        .first()
    )
    return unionpay.form_targets(base_url) if base_url else ()


def code_of(charge_public_id: str, order_public_id: str) -> tuple[str, str]:
    """(reference, code_url) for the QR picture. Raises ChargeNotFound, also when there is no code to show."""
    found: tuple[str, str] | None = (
        ChannelOrder.objects.filter(
            public_id=order_public_id, charge__public_id=charge_public_id, state=ChannelOrderState.OPEN
        )
        .exclude(code_url="")
        .values_list("charge__reference", "code_url")
        .first()
    )
    if found is None:
        raise ChargeNotFound
    return found


def _charge(public_id: str) -> Charge:
    charge: Charge | None = Charge.objects.filter(public_id=public_id).first()
    if charge is None:
        raise ChargeNotFound
    return charge


def _payments_of(charge: Charge | None) -> list[Payment]:
    if charge is None:
        return []
    return list(Payment.objects.filter(allocations__charge=charge).distinct().order_by("paid_at", "id"))


def _payment(row: Payment) -> PaymentView:
    return PaymentView(row.channel, row.transaction_id, row.amount_fen, row.refunded_fen, row.paid_at)


def _charge_view(charge: Charge) -> ChargeView:
    return ChargeView(
        public_id=charge.public_id,
        reference=charge.reference,
        description=charge.description,
        payer_name=charge.payer_name,
        lines=charge.quote,
        total_fen=charge.total_fen,
        credited_fen=charge.credited_fen,
        refunding_fen=charge.refunding_fen,
        refunded_fen=charge.refunded_fen,
        state=charge.state,
        state_label=charge.get_state_display(),
        return_to=charge.return_to,
        settled_at=charge.settled_at,
        payments=tuple(_payment(row) for row in _payments_of(charge)),
        refunds=tuple(
            RefundView(row.refund_number, row.amount_fen, row.state, row.get_state_display(), row.finished_at)
            for row in Refund.objects.filter(charge=charge).order_by("id")
        ),
        invoices=tuple(
            InvoiceView(row.number, row.colour, row.title, row.amount_fen, row.state, row.get_state_display(), row.url)
            for row in Invoice.objects.filter(charge=invoiced_as(charge).charge)
            .exclude(state=InvoiceState.WITHDRAWN)
            .order_by("id")
        ),
    )


# -- transfers --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claimed transfer. ``account``: masked. ``voucher``: public id of its file, "" without one."""

    public_id: str
    payer_name: str
    account: str
    amount_fen: int
    paid_on: date | None
    remittance: str
    voucher: str
    state: str
    state_label: str
    reason: str
    claimed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReceivedView:
    """Money that the bank has brought for a charge.

    ``payer_is_holder``: the bank's name is the one that owes. ``suspense``: public id, "" for money that was credited
    at once; ``held``: it isn't credited (yet). ``wish``: what the customer wants of held money ("", explained, refund);
    ``explanation``: public id of the 代付说明's file.
    """

    payment: str
    payer_name: str
    payer_is_holder: bool
    amount_fen: int
    paid_on: date
    suspense: str
    suspense_state: str
    suspense_label: str
    held: bool
    wish: str
    explanation: str


@dataclass(frozen=True, slots=True)
class TransfersView:
    """For the customer, finance and the reviewer (RULES P10). Oldest first."""

    claims: tuple[ClaimView, ...]
    received: tuple[ReceivedView, ...]
    draft_voucher: str

    @property
    def has_third_party(self) -> bool:
        return any(not row.payer_is_holder for row in self.received)


def transfers_of(charge_public_id: str) -> TransfersView:
    """Every claim and every bank payment of a charge. Raises ChargeNotFound."""
    charge = _charge(charge_public_id)
    claims = list(TransferClaim.objects.select_related("voucher", "charge").filter(charge=charge).order_by("id"))
    held = {row.payment_id: row for row in Suspense.objects.select_related("explanation").filter(charge=charge)}
    found = Payment.objects.filter(channel=ChannelName.BANK_TRANSFER).filter(
        Q(allocations__charge=charge) | Q(suspense__charge=charge) | Q(claims__charge=charge)
    )
    return TransfersView(
        claims=tuple(_claim(row) for row in claims if row.state != ClaimState.DRAFT),
        received=tuple(_received(row, held.get(row.pk), charge) for row in found.distinct().order_by("paid_at", "id")),
        draft_voucher=next(
            (row.voucher.public_id for row in claims if row.state == ClaimState.DRAFT and row.voucher), ""
        ),
    )


def has_money_or_claims(charge_public_id: str) -> bool:
    """RULES P9: a part was paid, a transfer is claimed, or somebody else's money lies in suspense."""
    charge = _charge(charge_public_id)
    bundle = live_bundle(charge)
    if bundle is not None and has_money_or_claims(bundle.carrier.public_id):
        return True
    return bool(
        charge.credited_fen
        or TransferClaim.objects.filter(charge=charge, state=ClaimState.WAITING).exists()
        or Suspense.objects.filter(charge=charge, state__in=[SuspenseState.HELD, SuspenseState.RETURNING]).exists()
    )


def _claim(row: TransferClaim) -> ClaimView:
    return ClaimView(
        public_id=row.public_id,
        payer_name=row.payer_name,
        account=str(row.payer_account or ""),
        amount_fen=row.amount_fen,
        paid_on=row.paid_on,
        remittance=row.remittance,
        voucher=row.voucher.public_id if row.voucher else "",
        state=row.state,
        state_label=row.get_state_display(),
        reason=row.reason or (row.get_reason_code_display() if row.reason_code else ""),
        claimed_at=row.claimed_at,
    )


def _received(row: Payment, held: Suspense | None, charge: Charge) -> ReceivedView:
    return ReceivedView(
        payment=row.public_id,
        payer_name=row.payer_name,
        payer_is_holder=same_payer(row.payer_name, charge.payer_name),
        amount_fen=row.amount_fen,
        paid_on=row.paid_at.astimezone(ZoneInfo(current_tenant().timezone)).date(),
        suspense=held.public_id if held else "",
        suspense_state=held.state if held else "",
        suspense_label=held.get_state_display() if held else "",
        held=held is not None and held.state in (SuspenseState.HELD, SuspenseState.RETURNING),
        wish=held.wish if held else "",
        explanation=held.explanation.public_id if held and held.explanation else "",
    )
