"""The kinds of steps, by name. A new kind is a module here and a line in KINDS; no programme has code of its own."""

from renewals.lifecycle import Kind
from renewals.steps import (
    application,
    consent,
    delivery,
    documents,
    ending,
    environment,
    file_download,
    handing_over,
    identity,
    issuance,
    key_proof,
    mail_in,
    notice,
    old_keys,
    payment,
    pin_unblock,
    production,
    request_form,
    returning,
    review,
    revocation,
    seal,
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
    Kind.NOTICE: notice.KIND,
    Kind.ENVIRONMENT: environment.KIND,
    Kind.MAIL_IN: mail_in.KIND,
    Kind.REVOCATION: revocation.KIND,
    Kind.PRODUCTION: production.KIND,
    Kind.DELIVERY: delivery.KIND,
    Kind.SEAL: seal.KIND,
    Kind.FILE_DOWNLOAD: file_download.KIND,
    Kind.PIN_UNBLOCK: pin_unblock.KIND,
}

ORDER_ACTIONS = ending.ACTIONS | handing_over.ACTIONS | returning.ACTIONS | old_keys.ACTIONS

__all__ = ["KINDS", "ORDER_ACTIONS"]
