"""What the customer's rooms share: whose order it is, doing something to it, idempotency keys, stages."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest

from portal.accounts.actor import actor_of
from portal.accounts.models import User
from portal.tenants import tenant_tx
from portal.ui.parts import Stage
from renewals import orders, selectors
from renewals.errors import OrderNotFound
from renewals.lifecycle import Kind
from renewals.models import Order, OrderItem
from renewals.selectors import OrderView, Task


def customer_of(request: HttpRequest) -> User:
    """The signed-in customer; ``@access("customer")`` has seen to it that there is one."""
    user = request.user
    if not isinstance(user, User):  # SimpleLazyObject passes isinstance
        raise TypeError("a customer's view without a customer")
    return user


def own_order(request: HttpRequest, public_id: str) -> Order:
    """The customer's order. OrderNotFound for everybody else's, and for old ones while P17 restricts the account."""
    user = customer_of(request)
    if not public_id.isprintable():  # PostgreSQL takes no NUL
        raise OrderNotFound()
    order = selectors.order_of(user, public_id)
    if user.restricted_since is not None and order.opened_at < user.restricted_since:
        raise OrderNotFound()
    return order


def perform(
    request: HttpRequest,
    order: Order,
    action: str,
    *,
    key: str,
    step: str = "",
    item: OrderItem | None = None,
    data: Mapping[str, Any] | None = None,
    seen_version: int | None = None,
) -> orders.ActResult:
    """``orders.act`` in a write transaction of its own."""
    with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
        return orders.act(
            order.public_id,
            action,
            step=step,
            item=item.public_id if item else None,
            by=actor_of(request),
            data=data,
            key=key,
            seen_version=seen_version,
        )


def new_key() -> str:
    """An idempotency key for a form: sent back by it, so that a second click is the same act."""
    return secrets.token_urlsafe(16)


def posted_key(request: HttpRequest) -> str:
    """The form's key, kept within what the table takes; a new one where a client sent none."""
    given = request.POST.get("key", "")
    return given if 8 <= len(given) <= 64 and given.isascii() and given.isprintable() else new_key()


def posted_version(request: HttpRequest) -> int | None:
    """What the page was built from; None for a form that doesn't say."""
    given = request.POST.get("seen_version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


def step_of(view: OrderView, kind: Kind) -> Task:
    """The order's task of this kind. OrderNotFound where the path has none: the address means nothing then."""
    task = view.task(kind)
    if task is None:
        raise OrderNotFound()
    return task


def stages_of(view: OrderView) -> Sequence[Stage]:
    """The pack's stages (RULES C4): done when their steps are settled, the first of the others is the current one."""
    settled = {task.step.name for task in view.tasks if task.step.settled}
    found, current = [], False
    for stage in view.pack.path(view.order.path).stages:
        done = not current and all(name in settled for name in stage.steps)
        found.append(Stage(stage.title, "done" if done else "todo" if current else "current"))
        current = current or not done
    return found
