"""Who may open vouchers and 代付说明: the payer, and page images of them finance and the reviewer."""

from payments.access import may_pay
from payments.models import Suspense, TransferClaim
from payments.transfers import EXPLANATION, VOUCHER
from portal.accounts import policy
from portal.accounts.actor import Actor
from portal.files.models import StoredFile

PERMISSION = "payments.vouchers"


def may_open(actor: Actor, file: StoredFile) -> bool:
    """A guard of ``portal.files.access``."""
    if actor.is_staff and Suspense.objects.filter(explanation=file).exists():  # also handed in among other papers
        return policy.allows(actor, PERMISSION)
    if file.purpose not in (VOUCHER, EXPLANATION):
        return False
    if actor.is_staff:
        return policy.allows(actor, PERMISSION)
    claimed = TransferClaim.objects.filter(voucher=file).values_list("charge__reference", flat=True)
    explained = Suspense.objects.filter(explanation=file).values_list("charge__reference", flat=True)
    return any(may_pay(actor, reference) for reference in {*claimed, *explained})
