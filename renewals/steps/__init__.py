"""The kinds of steps, by name. A new kind is a module here and a line in KINDS; no programme has code of its own."""

from renewals.lifecycle import Kind
from renewals.steps import (
    application,
    consent,
    documents,
    ending,
    handing_over,
    identity,
    issuance,
    key_proof,
    payment,
    request_form,
    review,
)
from renewals.steps.base import StepKind

KINDS: dict[Kind, StepKind] = {
    Kind.CONSENT: consent.KIND,
    Kind.KEY_PROOF: key_proof.KIND,
    Kind.APPLICATION: application.KIND,
    Kind.REQUEST_FORM: request_form.KIND,
    Kind.DOCUMENTS: documents.KIND,
    Kind.IDENTITY: identity.KIND,
    Kind.PAYMENT: payment.KIND,
    Kind.REVIEW: review.KIND,
    Kind.ISSUANCE: issuance.KIND,
}

ORDER_ACTIONS = ending.ACTIONS | handing_over.ACTIONS

__all__ = ["KINDS", "ORDER_ACTIONS"]
