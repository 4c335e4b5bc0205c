"""The tables of the ledger. Only ``ledger``, ``refunds`` and ``invoices`` write them; amounts are integer fen."""

from payments.models.accounts import ONLINE, ChannelAccount, ChannelName, IssuerAccount, PaymentSettings
from payments.models.bills import (
    BillState,
    ChannelBill,
    ChannelBillLine,
    DayClose,
    Difference,
    DifferenceKind,
    ReconciliationRun,
)
from payments.models.bundles import Bundle, BundleSerial, BundleShare, BundleState
from payments.models.channels import ChannelEvent, ChannelOrder, ChannelOrderState
from payments.models.charges import Charge, ChargeState, CustomerBalance
from payments.models.invoices import Invoice, InvoiceCause, InvoiceColour, InvoiceKind, InvoiceState
from payments.models.payments import Allocation, AllocationTarget, Payment
from payments.models.refund_files import RefundFile, RefundFileFormat, RefundFileLine
from payments.models.refunds import Refund, RefundSource, RefundState
from payments.models.statements import (
    WAITING_LINES,
    BankAccount,
    BankStatement,
    BankTransaction,
    FurtherNumber,
    LineState,
    MatchedBy,
    StatementUpload,
    UploadState,
)
from payments.models.transfers import ClaimState, RefusalReason, Suspense, SuspenseState, TransferClaim, Wish
from payments.models.workbench import SavedFilter

__all__ = [
    "ONLINE",
    "WAITING_LINES",
    "Allocation",
    "AllocationTarget",
    "BankAccount",
    "BankStatement",
    "BankTransaction",
    "BillState",
    "Bundle",
    "BundleSerial",
    "BundleShare",
    "BundleState",
    "ChannelAccount",
    "ChannelBill",
    "ChannelBillLine",
    "ChannelEvent",
    "ChannelName",
    "ChannelOrder",
    "ChannelOrderState",
    "Charge",
    "ChargeState",
    "ClaimState",
    "CustomerBalance",
    "DayClose",
    "Difference",
    "DifferenceKind",
    "FurtherNumber",
    "Invoice",
    "InvoiceCause",
    "InvoiceColour",
    "InvoiceKind",
    "InvoiceState",
    "IssuerAccount",
    "LineState",
    "MatchedBy",
    "Payment",
    "PaymentSettings",
    "ReconciliationRun",
    "Refund",
    "RefundFile",
    "RefundFileFormat",
    "RefundFileLine",
    "RefundSource",
    "RefundState",
    "RefusalReason",
    "SavedFilter",
    "StatementUpload",
    "Suspense",
    "SuspenseState",
    "TransferClaim",
    "UploadState",
    "Wish",
]
