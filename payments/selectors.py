"""Reads: what pages and other rooms may know of charges. Frozen records; everything inside a tenant_tx."""

from dataclasses import dataclass
from datetime import datetime

from payments import accounts
from payments.errors import ChargeNotFound
from payments.fees import QuoteLine
from payments.models import ChannelOrder, ChannelOrderState, Charge, ChargeState, Invoice, Payment, Refund
from payments.models.channels import LIVE


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
        expires_at=order.expires_at if order and live else None,
    )


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
            for row in Invoice.objects.filter(charge=charge).order_by("id")
        ),
    )
