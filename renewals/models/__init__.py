"""Tables of the renewals app, by room."""

from renewals.models.applications import ApplicationDraft, ApplicationVersion, ConsentRecord
from renewals.models.certificates import Certificate, CertificateContact, CertificateGrant
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
from renewals.models.reviews import ReviewDecision, ReviewDraft, ReviewTurn, StatusCheck

__all__ = [
    "ApplicationDraft",
    "ApplicationVersion",
    "BridgeChallenge",
    "Certificate",
    "CertificateContact",
    "CertificateGrant",
    "ConsentRecord",
    "Document",
    "DualControl",
    "FormPrint",
    "IdentityCheck",
    "IdentityPhoto",
    "Issuance",
    "LivenessCheck",
    "Order",
    "OrderAct",
    "OrderItem",
    "OrderSerial",
    "PersonalCheck",
    "PhoneSession",
    "ProgrammeVersion",
    "RenewalCode",
    "ReviewDecision",
    "ReviewDraft",
    "ReviewTurn",
    "StatusCheck",
    "StepRecord",
]
