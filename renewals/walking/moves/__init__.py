"""How a walk plays each kind of step, for any rule pack: one function a kind, ``play(walk, turn)``."""

from collections.abc import Callable

from renewals.lifecycle import Kind
from renewals.walking.moves import computer, customer, files, install, papers, parcels, production, proofs, seals, staff
from renewals.walking.turns import Turn
from renewals.walking.walk import Walk

Move = Callable[[Walk, Turn], None]

MOVES: dict[Kind, Move] = {
    Kind.CONSENT: customer.consent,
    Kind.NOTICE: proofs.acknowledge,
    Kind.KEY_PROOF: proofs.prove,
    Kind.APPLICATION: customer.apply,
    Kind.IDENTITY: customer.identify,
    Kind.PAYMENT: customer.pay,
    Kind.REQUEST_FORM: papers.print_form,
    Kind.DOCUMENTS: papers.hand_in,
    Kind.REVIEW: staff.approve,
    Kind.ENVIRONMENT: computer.check,
    Kind.ISSUANCE: install.install,
    Kind.FILE_DOWNLOAD: files.download,
    Kind.PIN_UNBLOCK: computer.unblock,
    Kind.MAIL_IN: parcels.mail_in,
    Kind.PRODUCTION: production.produce,
    Kind.SEAL: seals.seal,
    Kind.DELIVERY: parcels.deliver,
}

__all__ = ["MOVES", "Move"]
