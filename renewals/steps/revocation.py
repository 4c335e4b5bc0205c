"""Revocation: the old certificate is revoked before the new one is made (RULES D7, 补办). Asked of the CA by a job.

    open (the system starts it at once) ──► submitted ──revoked──► done

The step opens when the pack says so, "on submit": all of the customer's steps are done and the money is in. From here
on the order can't be cancelled. What has lapsed or was revoked already needs no revoking.
"""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from portal import jobs
from renewals.models.certificates import CaStatus
from renewals.steps.base import SYSTEM, ActContext, Action, StepKind
from renewals.steps.issuing import RefusedData, give_up

# The pack's word → CRLReason of RFC 5280, as the CA connectors take it.
CRL_REASONS: Final = {
    "superseded": "superseded",
    "key_compromise": "keyCompromise",
    "cessation_of_operation": "cessationOfOperation",
}


class RevokedData(BaseModel):
    """``outcome``: "expired" when there was nothing left to revoke."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcome: Literal["revoked", "expired"]


def _begin(act: ActContext) -> None:
    """The intent: from this commit on the CA will be asked, as often as it takes."""
    act.submit()
    jobs.enqueue(
        "renewals.revoke_before",
        {"order": act.order.public_id, "item": act.the_item.public_id, "step": act.step},
        group=f"order:{act.order.public_id}",
        key=f"revoke_before:{act.the_item.public_id}",
    )


def _revoked(act: ActContext, data: RevokedData) -> None:
    certificate = act.the_item.certificate
    if data.outcome == "revoked":
        certificate.ca_status, certificate.ca_status_at = CaStatus.REVOKED, act.now
        certificate.save(update_fields=["ca_status", "ca_status_at"])
    act.complete()


KIND = StepKind(
    actions={
        "revoked": Action(_revoked, RevokedData, who=SYSTEM, audit=("outcome",)),
        "refused": Action(give_up, RefusedData, who=SYSTEM, audit=("reason",)),
    },
    on_open=_begin,
)
