"""Asking the CA for the authorisation that lets one locked key take a new PIN (RULES P1)."""

import base64

from portal import jobs
from portal.accounts.actor import Actor
from portal.tenants import tenant_tx
from renewals import orders
from renewals.ca.base import UnknownMedium
from renewals.ca_of_tenant import ca_of
from renewals.lifecycle import Kind, OrderEnded
from renewals.models import PinUnblock
from renewals.publishing import pack_of


@jobs.handler("renewals.authorise_unblock", kind="outside", max_attempts=40)
def authorise_unblock(job: jobs.JobContext) -> jobs.Finish:
    """Both administrators have agreed; the CA answers the same however often it is asked."""
    with tenant_tx(job.tenant):
        row = PinUnblock.objects.select_related("item__certificate", "item__order__programme").get(
            public_id=job.payload["unblock"]
        )
        item, order = row.item, row.item.order
        step = pack_of(order.programme).path_spec(order.path).of_kind(Kind.PIN_UNBLOCK)[0].name
    action, data = "released", {}
    try:
        made = ca_of(job.tenant).unlock_authorization(
            row.key_serial, bytes(row.nonce), medium_number=item.certificate.medium_number
        )
        data = {"authorization": base64.b64encode(made).decode()}
    except UnknownMedium:
        action = "not_released"

    def finish() -> None:
        try:
            orders.act(
                order.public_id,
                action,
                step=step,
                item=item.public_id,
                by=Actor.system("jobs"),
                data=data,
                key=f"authorise_unblock:{row.public_id}",
            )
        except OrderEnded:
            return

    return jobs.Finish(finish)
