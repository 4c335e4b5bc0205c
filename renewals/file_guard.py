"""Which files of an order its customer may open: the request form, and what they handed in themselves."""

from portal.accounts.actor import Actor
from portal.files.models import StoredFile
from renewals.models import Order
from renewals.steps import papers, request_form

OWNER = "order:"


def customers_own(actor: Actor, file: StoredFile) -> bool:
    """Other files of the order (photographs of an ID card, say) have guards of their own."""
    if actor.kind != "customer" or actor.user_id is None or not file.owner.startswith(OWNER):
        return False
    if file.purpose != request_form.PURPOSE and not file.purpose.startswith(papers.PURPOSE):
        return False
    return Order.objects.filter(public_id=file.owner.removeprefix(OWNER), customer_id=actor.user_id).exists()
