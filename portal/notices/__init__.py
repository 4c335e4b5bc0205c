"""Notices: SMS, e-mail and in-page messages, worded per tenant, sent through the outbox.

    from portal import notices

    notices.register("order.paid", sms="您的订单{{ order_number }}已支付。", email_subject="…", email_body="…")

    with tenant_tx(tenant, write=True):
        notices.send("order.paid", to=notices.Recipient(phone=phone), context={"order_number": "…"}, key="paid:…")

Every text may also use ``tenant_name``, ``tenant_short_name``, ``hotline`` and ``service_hours``. SMS is
at-least-once: a worker that dies between the service's "accepted" and its own commit sends again, unless the
adapter can ask first (docs/sandboxes.md). `key` keeps one business event to one message.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from portal.notices.registry import Recipient, register

if TYPE_CHECKING:
    from portal.notices.sending import send, send_once

__all__ = ["Recipient", "register", "send", "send_once"]


def __getattr__(name: str) -> Any:
    if name in {"send", "send_once"}:  # touch tables, and this package is imported before Django's apps are ready
        return getattr(import_module("portal.notices.sending"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
