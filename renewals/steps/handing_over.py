"""An order's customer changes: the handler has left, somebody else has proved the key (RULES P2, P3). No step's."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from portal import notices
from portal.accounts.models import User
from renewals import lifecycle
from renewals.models import ApplicationDraft, ApplicationVersion, BridgeChallenge, Order, RenewalCode
from renewals.steps.base import SYSTEM, ActContext, Action, NoData
from renewals.steps.ending import end

PERSON = frozenset(
    {
        "representative_name",
        "representative_id_kind",
        "representative_id_number",
        "representative_mobile",
        "representative_email",
        "representative_address",
        "contacts",
        "collection_address",
        "recipient_name",
        "recipient_mobile",
        "recipient_address",
        "remark",
    }
)
"""The application's fields that stand for the handler; the others are the organisation's."""
RETURNED_AS = "handed_over"


class HandOverData(BaseModel):
    """``to``: public id of the customer who goes on with it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: str


def _hand_over(act: ActContext, data: HandOverData) -> None:
    """Payments stay; what the handler before had typed is theirs, and so is the renewal code."""
    before, after = act.order.customer, User.objects.get(public_id=data.to)
    versions = ApplicationVersion.objects.filter(order=act.order)
    latest = versions.order_by("-version").values_list("version", flat=True).first() or 0
    act.steps = lifecycle.hand_over(
        act.path, act.steps, PERSON, form_version=latest + 1, reason=RETURNED_AS, flags=act.flags
    )
    act.order.customer = after
    act.order.claim = Order.Claim.PROVEN
    act.order.handed_over_at = act.now
    ApplicationDraft.objects.filter(order=act.order).delete()
    RenewalCode.objects.filter(item__order=act.order, ended_at__isnull=True).update(ended_at=act.now)
    resumed = BridgeChallenge.objects.filter(purpose="resume", item__order=act.order, proved_at__isnull=False)
    resumed.update(proved_at=None)  # whoever went on by the old code doesn't any more
    act.audit_detail |= {"from": before.public_id, "to": after.public_id}
    notices.send(
        "order.handed_over",
        to=notices.Recipient(user=before),
        context={"number": act.order.number},
        key=f"order.handed_over:{act.order.public_id}:{act.order.version}",
    )


def _prove_claim(act: ActContext, data: NoData) -> None:
    """The customer of a claim by sealed authorisation has proved the key after all: no letter is needed (P2)."""
    del data
    act.order.claim = Order.Claim.PROVEN


def _unbind(act: ActContext, data: NoData) -> None:
    """Its customer has lost the right to the certificate, and another order renews it: this one ends."""
    del data
    ending = lifecycle.cancel(act.path, act.steps, act.flags, reason="handler_unbound")
    end(act, ending, notice="order.unbound")


ACTIONS: dict[str, Action[Any]] = {
    "hand_over": Action(_hand_over, HandOverData, who=SYSTEM),
    "prove_claim": Action(_prove_claim, NoData, who=SYSTEM),
    "unbind": Action(_unbind, NoData, who=SYSTEM),
}
