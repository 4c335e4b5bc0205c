"""Tables of the renewals app, by room."""

from renewals.models.applications import ApplicationDraft, ApplicationVersion, ConsentRecord
from renewals.models.bridging import EnvironmentReport, PinUnblock
from renewals.models.certificates import (
    CaStatus,
    Certificate,
    CertificateContact,
    CertificateGrant,
    CertificateKind,
    UnwantedReason,
)
from renewals.models.documents import Document, FormPrint
from renewals.models.identities import (
    IdentityCheck,
    IdentityPhoto,
    LivenessCheck,
    PersonalCheck,
    PhoneSession,
)
from renewals.models.issuances import BridgeChallenge, Issuance, RenewalCode
from renewals.models.orders import DualControl, Order, OrderAct, OrderItem, OrderSerial, ProgrammeVersion, StepRecord
from renewals.models.parcels import CustodyEntry, HandOver, ReceivedKey, Shipment, ShipmentItem
from renewals.models.production import DownloadCodes, FirstPin, PinReset, ProductionBatch, ProductionTask
from renewals.models.registry import (
    Gateway,
    GatewayState,
    ImportRow,
    ImportRun,
    ImportSource,
    ImportState,
    RegistryClient,
    Reminder,
    ReminderChoice,
    RowOutcome,
)
from renewals.models.reviews import ReviewDecision, ReviewDraft, ReviewTurn, StatusCheck
from renewals.models.seals import SealRecord

__all__ = [
    "ApplicationDraft",
    "ApplicationVersion",
    "BridgeChallenge",
    "CaStatus",
    "Certificate",
    "CertificateContact",
    "CertificateGrant",
    "CertificateKind",
    "ConsentRecord",
    "CustodyEntry",
    "Document",
    "DownloadCodes",
    "DualControl",
    "EnvironmentReport",
    "FirstPin",
    "FormPrint",
    "Gateway",
    "GatewayState",
    "HandOver",
    "IdentityCheck",
    "IdentityPhoto",
    "ImportRow",
    "ImportRun",
    "ImportSource",
    "ImportState",
    "Issuance",
    "LivenessCheck",
    "Order",
    "OrderAct",
    "OrderItem",
    "OrderSerial",
    "PersonalCheck",
    "PhoneSession",
    "PinReset",
    "PinUnblock",
    "ProductionBatch",
    "ProductionTask",
    "ProgrammeVersion",
    "ReceivedKey",
    "RegistryClient",
    "Reminder",
    "ReminderChoice",
    "RenewalCode",
    "ReviewDecision",
    "ReviewDraft",
    "ReviewTurn",
    "RowOutcome",
    "SealRecord",
    "Shipment",
    "ShipmentItem",
    "StatusCheck",
    "StepRecord",
    "UnwantedReason",
]
