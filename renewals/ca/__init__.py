"""The ways to a CA. `base` is the contract; `dev` is the built-in development CA."""

from __future__ import annotations

from renewals.ca.base import (
    Algorithm,
    Answer,
    CaConflict,
    CaConnector,
    CaError,
    CaUnavailable,
    CertificateStatus,
    Issued,
    Pending,
    Rejected,
    RekeyRequest,
    RestoredKey,
    UnknownCertificate,
    UnknownMedium,
)
from renewals.ca.dev import DevCa, DevCaInProduction
from renewals.ca.registry import CaConfig, connector_for, register

__all__ = [
    "Algorithm",
    "Answer",
    "CaConfig",
    "CaConflict",
    "CaConnector",
    "CaError",
    "CaUnavailable",
    "CertificateStatus",
    "DevCa",
    "DevCaInProduction",
    "Issued",
    "Pending",
    "Rejected",
    "RekeyRequest",
    "RestoredKey",
    "UnknownCertificate",
    "UnknownMedium",
    "connector_for",
    "register",
]
