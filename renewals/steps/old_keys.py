"""Earlier encryption keys stay on the key, or come back onto it, until the customer says that they may go (RULES P8).

Without a word they stay for good. What is confirmed is recorded; the portal deletes nothing from a key.
"""

from renewals import lifecycle
from renewals.issuing.requests import parse
from renewals.lifecycle import Status
from renewals.models import Issuance, Order
from renewals.steps.base import CUSTOMER, ActContext, Action, NoData


def kept_of(order: Order) -> list[Issuance]:
    """The installed ones of the order beside which an earlier encryption key lies on the same key."""
    installed = Issuance.objects.filter(item__order=order, item__effect="renewal", state=Issuance.State.VERIFIED)
    found = installed.select_related("item__certificate", "item__issued").order_by("item_id")
    return [each for each in found if _has_earlier(each)]


def _has_earlier(issuance: Issuance) -> bool:
    """Another key than the new one's (pack: encryption_key), on a medium: an old file is the customer's own to keep."""
    old, new = issuance.item.certificate.encryption_der, issuance.encryption_certificate
    made = issuance.item.issued
    if not old or made is None or made.storage != "hardware":
        return False
    return new is None or parse(bytes(old)).spki_der != parse(bytes(new)).spki_der


def _confirm(act: ActContext, data: NoData) -> None:
    """Old files have been opened with the new medium, or nobody needs them: the earlier keys may go."""
    del data
    waiting = [each for each in kept_of(act.order) if each.history_confirmed_at is None]
    if act.order.status != Status.COMPLETED or not waiting:
        raise lifecycle.StepNotOpen(step="confirm_old_keys", item=None, state=act.order.status)
    for issuance in waiting:
        issuance.history_confirmed_at = act.now
        issuance.save(update_fields=["history_confirmed_at"])
    act.audit_detail["serials"] = ", ".join(each.item.certificate.serial for each in waiting)


ACTIONS = {"confirm_old_keys": Action(_confirm, NoData, who=CUSTOMER)}
