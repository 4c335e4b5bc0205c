"""The only door through which an order changes: open_order and act. DESIGN §3; ORDER-PATH.md walks through it.

One transaction: lock the order, check tenant, permission, version and guard, let the step's module change its
own tables, recompute the path, write the projection, put messages and jobs in the outbox, append the audit rows
last. Refused → nothing has changed. Nothing outside is called in here.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils import timezone
from pydantic import BaseModel, ValidationError

from portal import audit, vault
from portal.accounts import policy
from portal.accounts.actor import Actor
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.errors import IdempotencyConflict, InvalidInput, StaleVersion
from portal.tenants import current_tenant, tenant_tx
from renewals import lifecycle, projection
from renewals.errors import ActionUnknown, NotTogether, NotYourOrder, OrderNotFound
from renewals.lifecycle import StepState
from renewals.models import Certificate, Order, OrderAct, OrderItem, ProgrammeVersion
from renewals.numbers import next_order_number
from renewals.programmes.facts import Facts
from renewals.programmes.schema import RulePack
from renewals.publishing import pack_of
from renewals.steps import KINDS, ORDER_ACTIONS
from renewals.steps.base import CUSTOMER, HANDS, KEY_HOLDER, SYSTEM, ActContext, Action
from renewals.steps.claims import may_work_with, one_after_the_other, orders_of, session_holds_key
from renewals.steps.needing import is_needed
from renewals.steps.wrong_input import say_wrong_input

KEY_LENGTH: Final = 80  # characters, as OrderAct keeps it
HOOK_ROUNDS: Final = 20  # no path is that long; a pack whose hooks chase each other is a fault of the pack


@dataclass(frozen=True)
class ActResult:
    """``answer`` is what a repeat with the same key gets too; ``once`` is for the first caller alone."""

    order: Order
    answer: Mapping[str, Any]
    once: Mapping[str, Any] = field(default_factory=dict)
    repeated: bool = False


def open_order(
    *,
    programme: ProgrammeVersion,
    certificates: Sequence[Certificate],
    by: Actor,
    key: str,
    claim: str = "",
    business: str = Order.Business.RENEWAL,
    path: str = "",
) -> Order:
    """A draft for these certificates, on a path that the pack opens to all of them today. It reserves nothing.

    ``path``: the customer's choice among the open ones, "" for the first (A18). ``key`` makes a repeat give the same
    order; with another certificate it is an IdempotencyConflict. ``claim``: an Order.Claim for somebody who can't prove
    the certificate; the caller has checked what was typed (claiming.named).
    Errors: NotYourOrder, NotRenewable, NotTogether, FinishTheOtherFirst (RULES C3).
    """
    with tenant_tx(current_tenant(), write=True):
        customer = _customer(by)
        if claim not in Order.Claim.values or not (claim or all(may_work_with(customer, c) for c in certificates)):
            raise NotYourOrder()
        _check_key(key)
        asked = {"programme": programme.public_id, "business": business, "path": path}
        digest = _digest("open", "", None, asked | {"certificates": [c.public_id for c in certificates]})
        known = (
            OrderAct.objects.filter(order__customer=customer, key=key, action="open").select_related("order").first()
        )
        if known is not None:
            if known.request_digest != digest:
                raise IdempotencyConflict()
            return known.order
        pack = pack_of(programme)
        facts, path_name = _choose(pack, certificates, business, path)
        if claim and not pack.path(path_name).takes_papers:  # without papers nobody would look at the claim (P2)
            raise NotYourOrder()
        one_after_the_other(pack, customer, business=business, certificates=certificates)
        order = Order.objects.create(
            tenant=current_tenant(),
            number=next_order_number(pack.order_kind),
            programme=programme,
            organisation=certificates[0].organisation,
            customer=customer,
            claim=claim,
            business=business,
            path=path_name,
            facts=facts.as_record(),
        )
        items = [_item(order, certificate) for certificate in certificates]
        spec = pack.path_spec(path_name)
        context = ActContext(
            order=order,
            pack=pack,
            path=spec,
            steps=lifecycle.start(spec, [item.public_id for item in items]),
            flags=lifecycle.RUNNING,
            step="",
            item=None,
            by=by,
            key=key,
            now=timezone.now(),
            door=act,
        )
        _run_hooks(context, before={})
        _store(context, "open", digest=digest, detail={"serial": ", ".join(c.serial for c in certificates)})
        return order


def act(
    order: str,
    action: str,
    *,
    by: Actor,
    key: str,
    step: str = "",
    item: str | None = None,
    data: Mapping[str, Any] | None = None,
    seen_version: int | None = None,
) -> ActResult:
    """Do ``action`` to a step of the order with this public id (or, step "", to the order itself).

    ``item``: the item's public id for item-scoped steps. ``key``: idempotency key; same key and request → same
    answer, same key and another request → IdempotencyConflict. ``seen_version``: what the page was built from.
    Errors: OrderNotFound, ActionUnknown, NotYourOrder, StaleVersion, InvalidInput, and the step's own refusals.
    """
    with tenant_tx(current_tenant(), write=True):
        _check_key(key)
        locked = _lock(order)
        digest = _digest(action, step, item, data or {})
        known = OrderAct.objects.filter(order=locked, key=key).first()
        if known is not None:
            if (known.actor_kind, known.actor_user_id) != (by.kind, by.user_id):
                raise NotYourOrder()  # what somebody was answered is theirs
            if known.request_digest != digest:
                raise IdempotencyConflict()
            return ActResult(locked, known.answer, repeated=True)
        context, spec = _prepare(locked, action, step=step, item=item, by=by, key=key)
        if seen_version is not None and seen_version != locked.version:
            raise StaleVersion()
        if context.flags.ending is not None and not spec.closed_too:
            raise lifecycle.OrderEnded(status=context.flags.ending.status)
        before = _open_steps(context)
        payload = _validated(spec.schema, data or {})
        spec.run(context, payload)
        _run_hooks(context, before)
        detail = {name: getattr(payload, name) for name in spec.audit} | context.audit_detail
        _store(context, action, digest=digest, detail=detail)
        return ActResult(locked, context.answer, context.once)


# -- before -----------------------------------------------------------------------------------------------------------


def _customer(by: Actor) -> User:
    """Locked, so that one customer's orders are opened one after another."""
    if by.kind != "customer" or by.user_id is None:
        raise NotYourOrder()
    return User.objects.select_for_update().get(pk=by.user_id)


def _choose(pack: RulePack, certificates: Sequence[Certificate], business: str, wish: str) -> tuple[Facts, str]:
    """The path for all of them, and the first one's facts. NotTogether when they don't fit in one order."""
    if not certificates:
        raise ValueError("an order has one or more certificates")
    chosen = [projection.choose_path(pack, certificate, business, wish) for certificate in certificates]
    facts, name = chosen[0]
    together = len({c.organisation_id for c in certificates}) == 1 and len({path for _, path in chosen}) == 1
    if not together or len(certificates) > (pack.path(name).max_items or 1):
        raise NotTogether(most=pack.path(name).max_items or 1)
    return facts, name


def _item(order: Order, certificate: Certificate) -> OrderItem:
    return OrderItem.objects.create(
        tenant=order.tenant,
        order=order,
        certificate=certificate,
        business_type=order.business,
        effect=_EFFECTS.get(order.business, "renewal"),
    )


#: what an order does to its certificate, where it doesn't put another in its place
_EFFECTS: dict[str, str] = {Order.Business.PIN_UNBLOCK: "pin_unblock", Order.Business.ENROLMENT: "enrolment"}


def _check_key(key: str) -> None:
    if not 0 < len(key) <= KEY_LENGTH:
        raise ValueError(f"an idempotency key has 1 to {KEY_LENGTH} characters")


def _lock(public_id: str) -> Order:
    try:
        return Order.objects.select_for_update().get(public_id=public_id)
    except Order.DoesNotExist:
        raise OrderNotFound() from None


def _prepare(
    order: Order, action: str, *, step: str, item: str | None, by: Actor, key: str
) -> tuple[ActContext, Action[Any]]:
    pack = pack_of(order.programme)
    path = pack.path_spec(order.path)
    chosen = OrderItem.objects.select_related("certificate").filter(order=order, public_id=item).first()
    if item is not None and chosen is None:
        raise lifecycle.UnknownStep(step=step, item=item)
    context = ActContext(
        order=order,
        pack=pack,
        path=path,
        steps=projection.load_steps(order),
        flags=projection.load_flags(order),
        step=step,
        item=chosen,
        by=by,
        key=key,
        now=timezone.now(),
        door=act,
    )
    actions = KINDS[lifecycle.find(context.steps, step, item).kind].actions if step else ORDER_ACTIONS
    spec = actions.get(action)
    if spec is None:
        raise ActionUnknown(action=action, step=step)
    _permit(spec, context)
    return context, spec


def _permit(spec: Action[Any], context: ActContext) -> None:
    by, order = context.by, context.order
    owner = by.kind == "customer" and by.user_id == order.customer_id and _still_theirs(order)
    allowed = {
        CUSTOMER: owner,
        KEY_HOLDER: owner or (context.item is not None and session_holds_key(by, context.item)),
        SYSTEM: by.kind == "system",
        HANDS: _in_hands(by, context, owner=owner),
    }.get(spec.who)
    if allowed is None:
        allowed = policy.allows(by, spec.who)
    if not allowed:
        raise NotYourOrder()


def _still_theirs(order: Order) -> bool:
    """Not what an agent opened, once the authorisation is over (RULES P16)."""
    return orders_of(order.customer).filter(pk=order.pk).exists()


def _in_hands(by: Actor, context: ActContext, *, owner: bool) -> bool:
    """What the kind leaves to the customer is done by whom the pack names: a seal is written at the hall, say."""
    hands = context.path.spec(context.step).hands if context.step else None
    if hands is None:
        return owner or (context.item is not None and session_holds_key(by, context.item))
    return by.kind == "staff" and Role(hands.value) in by.roles


def _validated(schema: type[BaseModel], data: Mapping[str, Any]) -> Any:
    try:
        return schema.model_validate(dict(data))
    except ValidationError as error:
        fields: dict[str, list[str]] = {}
        for problem in error.errors(include_url=False, include_input=False):
            name = ".".join(str(part) for part in problem["loc"]) or "__all__"
            fields.setdefault(name, []).append(say_wrong_input(problem["type"], problem.get("ctx", {})))
        raise InvalidInput(fields) from None


def _digest(action: str, step: str, item: str | None, data: Mapping[str, Any]) -> str:
    """Keyed, because the request may hold an ID number that a plain digest would give away."""
    canonical = json.dumps([action, step, item, data], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return vault.blind_index(current_tenant(), "order_act.request", canonical).hex()


# -- after ------------------------------------------------------------------------------------------------------------


Openings = Mapping[tuple[str, str | None], int]


def _open_steps(context: ActContext) -> Openings:
    """The steps that are open, each with the form version that it rests on."""
    return {(s.name, s.item): s.since_version for s in context.steps if s.state is StepState.OPEN}


def _run_hooks(context: ActContext, before: Openings) -> None:
    """Let every step that has just opened do what it does on opening; what that opens in turn as well.

    An open step whose fields have changed opens anew: its quote was made for the old ones.
    """
    outer = (context.step, context.item)
    items = {item.public_id: item for item in context.order.items.select_related("certificate")}
    seen = before
    for _ in range(HOOK_ROUNDS):
        now = _open_steps(context)
        opened = {step for step, version in now.items() if seen.get(step) != version}
        fresh = [step for step in context.steps if (step.name, step.item) in opened]
        seen = now
        if not fresh:
            break
        for step in fresh:
            hook = KINDS[step.kind].on_open
            context.step, context.item = step.name, items[step.item] if step.item else None
            if not is_needed(context):
                context.skip("not_needed")
            elif hook is not None:
                hook(context)
    else:
        raise AssertionError(f"path {context.path.name}: steps keep opening each other")
    context.step, context.item = outer


def _store(context: ActContext, action: str, *, digest: str, detail: Mapping[str, Any]) -> None:
    order = context.order
    order.version += 1
    projection.write(context)
    OrderAct.objects.create(
        tenant=order.tenant,
        order=order,
        key=context.key,
        request_digest=digest,
        step=context.step,
        action=action,
        item=context.item,
        actor_kind=context.by.kind,
        actor_user_id=context.by.user_id,
        actor_label=context.by.label,
        answer=context.answer,
        order_version=order.version,
    )
    audit.record(
        f"order.{context.step + '.' if context.step else ''}{action}",
        by=context.by,
        subject=f"order:{order.public_id}",
        detail={**detail, "number": order.number, "status": order.status, "version": order.version},
    )
