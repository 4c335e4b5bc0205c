"""Whether an order needs a step at all: the pack's ``only_if``, asked when the step opens."""

import json

from portal import vault
from portal.accounts.actor import Actor
from renewals.choosing import facts_of
from renewals.models import ApplicationVersion, Order
from renewals.programmes import all_hold
from renewals.programmes.schema_steps import Answer
from renewals.steps.base import ActContext


def is_needed(act: ActContext) -> bool:
    """An item's step looks at its own certificate, an order's step at all of them: one that needs it is enough."""
    only = act.config.only_if
    if only is None:
        return True
    if only.businesses and act.order.business not in only.businesses:
        return False
    if only.answers and not _said(act.order, only.answers):
        return False
    items = [act.item] if act.item else list(act.order.items.select_related("certificate"))
    return not only.facts or any(all_hold(only.facts, facts_of(item.certificate)) for item in items)


def _said(order: Order, wanted: tuple[Answer, ...]) -> bool:
    application = ApplicationVersion.objects.filter(order=order).order_by("-version").first()
    if application is None:
        return False
    data = vault.reveal(application, "data", by=Actor.system("orders"), reason="判断是否需要这一步")
    answers: dict[str, str] = json.loads(data)
    return all(answers.get(each.field) == each.value for each in wanted)
