"""Tables of the renewals app, by room."""

from renewals.models.applications import ApplicationDraft, ApplicationVersion, ConsentRecord, IdentityCheck
from renewals.models.certificates import Certificate, CertificateContact, CertificateGrant
from renewals.models.issuances import BridgeChallenge, Issuance, RenewalCode
from renewals.models.orders import DualControl, Order, OrderAct, OrderItem, OrderSerial, ProgrammeVersion, StepRecord

__all__ = [
    "ApplicationDraft",
    "ApplicationVersion",
    "BridgeChallenge",
    "Certificate",
    "CertificateContact",
    "CertificateGrant",
    "ConsentRecord",
    "DualControl",
    "IdentityCheck",
    "Issuance",
    "Order",
    "OrderAct",
    "OrderItem",
    "OrderSerial",
    "ProgrammeVersion",
    "RenewalCode",
    "StepRecord",
]
