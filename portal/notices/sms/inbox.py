"""Development: messages go to the page /dev/inbox/."""

from typing import TYPE_CHECKING

from portal.notices import inbox
from portal.notices.registry import Channel
from portal.notices.sms.base import Sms
from portal.vault.masks import HIDDEN

if TYPE_CHECKING:
    from portal.tenants.models import Tenant


class InboxSms:
    """Raises InboxRefusesProduction when made in production."""

    def __init__(self) -> None:
        inbox.refuse_production()

    def send(self, tenant: "Tenant", sms: Sms) -> None:
        body = f"【{sms.signature}】{sms.body}"
        for value in sms.hidden:  # a first PIN is in no inbox, not even this one
            body = body.replace(value, HIDDEN)
        inbox.put(tenant, Channel.SMS, kind=sms.kind, to=sms.phone, subject="", body=body, request_id=sms.request_id)
