"""What an SMS service must do."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from portal.tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Sms:
    """One message to one phone.

    `body` is the filled text; services that only send approved templates take `template` and `params`.
    `request_id` is the same at every try. `attempt` counts from 1. `hidden`: values of `params` that may lie nowhere
    once they are sent; an adapter that keeps messages keeps them without these.
    """

    kind: str
    phone: str = field(repr=False)
    body: str = field(repr=False)
    signature: str
    template: str
    params: dict[str, str] = field(repr=False)
    request_id: str
    attempt: int = 1
    hidden: tuple[str, ...] = field(default=(), repr=False)


class SmsSender(Protocol):
    def send(self, tenant: "Tenant", sms: Sms) -> None:
        """Hand the message over. Called without a transaction.

        Raises SmsUnavailable (try again), SmsRejected or SmsTemplateMissing (no use).
        """
        ...
