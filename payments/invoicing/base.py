"""What Certhall asks of an invoice issuer. Amounts are integer fen including tax.

IssuerError
├── IssuerUnavailable  no answer: what happened is unknown; the same request number asks again safely
├── IssuerRefused      the issuer's "no", with its code
└── IssuerNotGenuine   an answer that isn't signed with our common key
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from portal.errors import OutsideUnavailable, PortalError


class IssuerUnavailable(OutsideUnavailable):
    code = "payments.issuer_unavailable"


class IssuerRefused(PortalError):
    code = "payments.issuer_refused"
    status = 409

    def __init__(self, issuer_code: str) -> None:
        super().__init__(issuer_code=issuer_code)
        self.issuer_code = issuer_code


class IssuerNotGenuine(PortalError):
    code = "payments.issuer_not_genuine"
    status = 502


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    name: str
    quantity: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class IssueRequest:
    """``request_number`` was committed before the first call; ``kind``: ordinary or special;
    ``tax_number`` "" for a natural person.
    """

    request_number: str
    kind: str
    title: str
    tax_number: str
    amount_fen: int
    lines: tuple[InvoiceLine, ...]


@dataclass(frozen=True, slots=True)
class RedRequest:
    """Takes ``amount_fen`` (positive) of the invoice ``number`` back."""

    request_number: str
    number: str
    amount_fen: int
    reason: str


@dataclass(frozen=True, slots=True)
class Issued:
    """``number``: 20 digits; ``url``: where its PDF is shown."""

    request_number: str
    number: str
    url: str
    issued_at: datetime


class IssuerClient(Protocol):
    """Both are idempotent by request number. Raise the errors above."""

    def issue(self, request: IssueRequest) -> Issued: ...

    def issue_red(self, request: RedRequest) -> Issued: ...

    def disconnect(self) -> None: ...
