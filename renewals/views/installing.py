"""Whose installation it is, and how far it has come: what pages and JSON API of the installation share.

The order's own customer, or whoever proved renewal code and key in this visit (RULES P6): for them the actor is of
kind "bridge", and nothing personal is told.
"""

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from portal.accounts.actor import Actor, actor_of
from portal.accounts.models import User
from renewals import projection
from renewals.bridge import challenges
from renewals.bridge.protocol import PASSWORD_DIGITS, install_action
from renewals.errors import OrderNotFound
from renewals.issuing.numbers import file_name
from renewals.issuing.requests import parse
from renewals.issuing.subjects import expected_subject, model_of
from renewals.lifecycle import Kind, Status, Step, StepState
from renewals.models import Issuance, Order, OrderItem, RenewalCode
from renewals.programmes.schema import RulePack
from renewals.publishing import pack_of
from renewals.steps.claims import orders_of, session_holds_key
from renewals.steps.file_download import window_ends

_INSTALLED = (Kind.ISSUANCE, Kind.FILE_DOWNLOAD)  # what the customer brings home, onto a key or into a file
RESUMING = "resuming"  # session: the item whose renewal code was right


@dataclass(frozen=True)
class Installation:
    """One item's issuance step, for somebody who may work on it. ``by``: the actor for `orders.act`."""

    order: Order
    item: OrderItem
    step: Step
    issuance: Issuance | None
    by: Actor

    @property
    def is_owner(self) -> bool:
        return self.by.kind == "customer"

    @property
    def config(self) -> Any:
        """The step's own part of the rule pack."""
        return pack_of(self.order.programme).step_config(self.order.path, self.step.name)

    @property
    def pack(self) -> RulePack:
        return pack_of(self.order.programme)

    @property
    def vouched_by(self) -> str:
        """ "old_key"; "approval": the old key has no part in it; "codes" of the password envelope (RULES B7)."""
        return str(getattr(self.config, "vouched_by", "codes"))

    @property
    def into_file(self) -> bool:
        """The certificate goes into a .pfx, not onto a key (RULES B5, B7)."""
        return self.step.kind is Kind.FILE_DOWNLOAD or self.config.into == "file"

    @property
    def fetch_until(self) -> datetime | None:
        """Until when a file's certificate may be fetched again; None: no limit, or there is none yet."""
        if self.step.kind is not Kind.FILE_DOWNLOAD or self.issuance is None:
            return None
        return window_ends(self.issuance, self.config.repeat_hours)

    @property
    def state(self) -> str:
        """ "open" (nothing asked yet), "requested", "issued", "verified", "over" (ended, refused) or "waiting"."""
        if self.step.state is StepState.DONE:
            return "verified"
        if Status(self.order.status).terminal:
            return "over"
        if self.step.state is StepState.OPEN:
            return "open"
        if self.issuance is not None and self.step.state is StepState.SUBMITTED:
            return "requested" if self.issuance.state == Issuance.State.REQUESTED else "issued"
        return "waiting"


def bridge_actor(request: HttpRequest) -> Actor:
    """Somebody without an account here who holds renewal code and key."""
    here = actor_of(request)
    return Actor("bridge", None, "凭更新码和 Ekey", ip=here.ip, session_hash=here.session_hash)


def find(request: HttpRequest, item_id: str) -> Installation:
    """OrderNotFound for everybody who may not. Inside a tenant_tx."""
    item = (
        OrderItem.objects.select_related("order__programme", "order__organisation", "certificate__gateway", "issued")
        .filter(public_id=item_id if item_id.isprintable() else "")
        .first()
    )
    if item is None:
        raise OrderNotFound()
    by = _actor(request, item)
    path = pack_of(item.order.programme).path_spec(item.order.path)
    names = {spec.name for kind in _INSTALLED for spec in path.of_kind(kind)}
    steps = [step for step in projection.load_steps(item.order) if step.name in names and step.item == item.public_id]
    if not steps:
        raise OrderNotFound()
    step = steps[0]
    live = Issuance.objects.filter(item=item).exclude(state__in=["refused", "withdrawn"]).first()
    return Installation(item.order, item, step, live, by)


def is_over(item_id: str) -> bool:
    """Whether the item's order has ended, or there is no such item. Inside a tenant_tx."""
    statuses = OrderItem.objects.filter(public_id=item_id).values_list("order__status", flat=True)
    return all(Status(status).terminal for status in statuses)


def _actor(request: HttpRequest, item: OrderItem) -> Actor:
    user = request.user
    if isinstance(user, User) and _owns(user, item.order):
        return actor_of(request)
    by = bridge_actor(request)
    if request.session.get(RESUMING) == item.public_id and session_holds_key(by, item):
        return by
    raise OrderNotFound()


def _owns(user: User, order: Order) -> bool:
    """Nothing from before the account was restricted (RULES P17), nor after an agent's time (RULES P16)."""
    if not user.is_customer or not orders_of(user).filter(pk=order.pk).exists():
        return False
    return user.restricted_since is None or order.opened_at >= user.restricted_since


def has_code(item: OrderItem) -> bool:
    return RenewalCode.objects.filter(item=item, ended_at__isnull=True).exists()


def state_of(installation: Installation) -> dict[str, Any]:
    """What the page's script needs to go on from where things stand; no personal data in it."""
    old = parse(bytes(model_of(installation.item).signing_der))
    found: dict[str, Any] = {
        "state": installation.state,
        "txn": challenges.transaction_of(installation.item),
        "algorithm": "RSA2048" if old.algorithm == "RSA" else old.algorithm,
        "old": old.fingerprint_sm3.hex(),
        "vouchedBy": installation.vouched_by,
        "code": has_code(installation.item),
    }
    subject = expected_subject(installation.item)
    if installation.into_file:
        found["file"] = {"name": file_name(installation.item), "digits": password_digits(installation)}
    if (
        subject != old.subject_der or installation.vouched_by == "codes"
    ):  # left out otherwise: a bridge that has begun holds on to its parameters
        found["subject"] = _text(subject)
    issuance = installation.issuance
    until = installation.fetch_until
    if until is not None and until <= timezone.now():
        found["over"] = "spent"  # RULES B7: fetched, and the hours for fetching it again have passed
    elif issuance is not None and issuance.signing_certificate:
        new = parse(bytes(issuance.signing_certificate))
        found["new"] = {
            "fingerprint": new.fingerprint_sm3.hex(),
            "action": install_action(new.serial),
            "signing": _text(issuance.signing_certificate),
            "encryption": _text(issuance.encryption_certificate),
            "enveloped": _text(issuance.enveloped_key),
        }
    return found


def password_digits(installation: Installation) -> int:
    """Of the file's 保护口令; checked in the page and in the bridge, never here (RULES B6)."""
    return int(getattr(installation.config, "password_digits", PASSWORD_DIGITS))


def _text(der: bytes | memoryview | None) -> str | None:
    return base64.b64encode(bytes(der)).decode() if der else None
