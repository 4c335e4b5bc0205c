"""Electronic seals in the hall's hands, the most urgent first."""

from dataclasses import dataclass
from datetime import date

from renewals.lifecycle import Kind, Phase, StepState
from renewals.models import StepRecord
from renewals.publishing import pack_of

MOST = 200  # on one page; the hall writes a handful a day


@dataclass(frozen=True, slots=True)
class WaitingSeal:
    """``state``: open, returned, requested or made (renewals/views/sealing.py)."""

    item: str
    number: str
    holder: str
    medium: str
    state: str
    due_on: date | None


def waiting_seals() -> list[WaitingSeal]:
    """Steps that somebody at the hall has in hand; a customer's own seal isn't among them."""
    rows = (
        StepRecord.objects.filter(kind=Kind.SEAL, order__closed_at__isnull=True)
        .filter(state__in=[StepState.OPEN, StepState.RETURNED, StepState.SUBMITTED])
        .select_related("order__programme", "item__issued", "item__certificate")
        .order_by("order__due_on", "order_id", "id")[:MOST]
    )
    return [_waiting(row) for row in rows if _at_the_hall(row)]


def _at_the_hall(row: StepRecord) -> bool:
    return pack_of(row.order.programme).path_spec(row.order.path).spec(row.name).hands is not None


def _waiting(row: StepRecord) -> WaitingSeal:
    if row.item is None:
        raise AssertionError("a seal's step without an item")
    state = str(row.state)
    if state == StepState.SUBMITTED:
        state = "made" if row.phase == Phase.ISSUED else "requested"
    certificate = row.item.issued or row.item.certificate
    return WaitingSeal(
        row.item.public_id,
        row.order.number,
        row.item.new_name or certificate.holder_name,
        certificate.medium_number,
        state,
        row.order.due_on,
    )
