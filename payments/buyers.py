"""Whom an invoice is made out to. The ledger can't check tax numbers: whoever opens charges says how (``register``)."""

from collections.abc import Callable
from dataclasses import dataclass

from payments.models.invoices import InvoiceKind


@dataclass(frozen=True, slots=True)
class Buyer:
    """``title`` and ``tax_number`` ("" where it may be left out) as checked; e-mail and mobile may be ""."""

    kind: InvoiceKind
    title: str
    tax_number: str = ""
    email: str = ""
    phone: str = ""


#: (charge's reference, kind, title, tax number) → the checked buyer; raises InvalidInput by field
Checker = Callable[[str, str, str, str], Buyer | None]
_checkers: list[Checker] = []


def register(checker: Checker) -> None:
    """``checker`` answers None for references that aren't its own."""
    if checker not in _checkers:
        _checkers.append(checker)


def checked(reference: str, *, kind: str, title: str, tax_number: str) -> Buyer:
    """Raises InvalidInput with sentences by field: kind, title, tax_number."""
    for checker in _checkers:
        buyer = checker(reference, kind, title, tax_number)
        if buyer is not None:
            return buyer
    return Buyer(InvoiceKind(kind), title.strip(), tax_number.strip())
