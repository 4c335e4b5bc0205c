"""What the CA is asked for one item, made of committed rows alone, so that every attempt asks for the same."""

from typing import Final
from zoneinfo import ZoneInfo

from portal import gm
from renewals import pricing
from renewals.ca.base import RekeyRequest, RequestKind
from renewals.issuing import history
from renewals.issuing.subjects import model_of, replaced_by
from renewals.lifecycle import Kind, StepState
from renewals.models import ApplicationVersion, Issuance, Order, OrderItem, StepRecord
from renewals.programmes import ValidityStart, new_validity
from renewals.publishing import pack_of

_REVOKED_FOR_IT: Final = (StepState.SUBMITTED, StepState.DONE)


def wish_of(issuance: Issuance) -> RekeyRequest:
    """ValueError when the end that the new certificate was to keep has passed. In a tenant_tx."""
    item, order = issuance.item, issuance.item.order
    model, pack = model_of(item), pack_of(order.programme)
    path, kind = pack.path(order.path), kind_of(item)
    remade = item.issued is not None
    validity = new_validity(
        ValidityStart.KEEP_END if remade else path.validity_start,  # a remake is no longer than what it replaces
        months=12 * pricing.term_years(order, pack, _chosen_term(order)),
        old_not_after=model.not_after,
        issued_at=issuance.requested_at or issuance.begun_at,  # set together with the state that the job asks for
        tz=ZoneInfo(order.tenant.timezone),
    )
    return RekeyRequest(
        request_id=issuance.request_id,
        old_serial=model.serial,
        csr_der=bytes(issuance.csr or b""),
        subject_der=gm.CertificateRequest.from_der(bytes(issuance.csr or b"")).subject_der,  # checked when it came
        not_before=validity.not_before,
        not_after=validity.not_after,
        want_encryption=model.encryption_der is not None,
        encryption_key="keep" if keeps_key(item) else "rotate",
        kind=kind,
        restore_history=history.is_restored(item),
    )


def keeps_key(item: OrderItem) -> bool:
    """Whether the encryption key goes on as it is (RULES P8): where the pack says so, and always of a remake."""
    if replaced_by(item) is None:
        return False
    return item.issued is not None or pack_of(item.order.programme).path(item.order.path).encryption_key == "keep"


def kind_of(item: OrderItem) -> RequestKind:
    """How the CA is asked: anew beside a sibling, in the place of one that we had revoked for it, or as a renewal."""
    if replaced_by(item) is None:
        return "enrol"
    if item.issued is not None:  # a remake: the one before was revoked first (RULES P18, P23)
        return "replace"
    revoked = StepRecord.objects.filter(item=item, kind=Kind.REVOCATION, state__in=_REVOKED_FOR_IT).exists()
    return "replace" if revoked else "rekey"


def _chosen_term(order: Order) -> str:
    application = ApplicationVersion.objects.filter(order=order).order_by("-version").first()
    return application.term if application else ""
