"""What stands in an application's form so far: a side table, saved while the customer types (DESIGN §3)."""

import json

from portal import vault
from portal.accounts.actor import Actor
from renewals.models import ApplicationDraft, Order

LONGEST = 200  # characters kept of one field
LONGER = {"contacts": 6000, "remark": 1000}


def save(order: Order, answers: dict[str, str]) -> None:
    """Keep it, sealed; what was kept before is gone. Inside a write tenant_tx."""
    kept = {name: value[: LONGER.get(name, LONGEST)] for name, value in answers.items() if value}
    text = json.dumps(kept, ensure_ascii=False, sort_keys=True)
    draft = ApplicationDraft.objects.filter(order=order).first() or ApplicationDraft(order=order)
    draft.data = text
    draft.save()


def load(order: Order, *, by: Actor) -> dict[str, str] | None:
    """Field → what stands there; None when nothing was kept. Opening it leaves an audit row."""
    draft = ApplicationDraft.objects.filter(order=order).select_related("order").first()
    if draft is None:
        return None
    answers: dict[str, str] = json.loads(vault.reveal(draft, "data", by=by, reason="继续填写申请"))
    return answers
