"""Reading the audit chain for pages."""

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from portal.audit.models import AuditRow


@dataclass(frozen=True, slots=True)
class Entry:
    """One act as it was recorded. ``label`` is masked."""

    seq: int
    at: dt.datetime
    action: str
    subject: str
    kind: str
    label: str
    detail: dict[str, Any]


def history(subject: str, *, limit: int = 200) -> list[Entry]:
    """The latest acts on ``subject`` ("order:<public_id>"), newest first, in the open tenant_tx."""
    rows = AuditRow.objects.filter(subject=subject).order_by("-seq").values_list("seq", "recorded_at", "body")[:limit]
    return [_entry(seq, at, bytes(body)) for seq, at, body in rows]


def _entry(seq: int, at: dt.datetime, body: bytes) -> Entry:
    content = json.loads(body)
    by = content["by"]
    return Entry(seq, at, content["action"], content["subject"], by["kind"], by["label"], content["detail"])
