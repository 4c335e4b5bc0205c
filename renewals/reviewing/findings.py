"""What the machine had found when a review was decided: codes, times and ids, kept with the decision."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from portal.tenants import current_tenant
from renewals.lifecycle import Kind, Steps
from renewals.models import Document, Order
from renewals.reviewing import rechecks


def findings_of(order: Order, steps: Steps) -> dict[str, Any]:
    """JSON: the CA's word on each certificate, what each scan's QR code says, identity and payment as they stand."""
    papers = Document.objects.filter(order=order, state__in=Document.LIVE)
    return {
        "version": order.version,
        "claim": order.claim,
        "certificates": [
            {"serial": one.serial, "state": one.state, "at": one.at.isoformat() if one.at else None}
            for one in rechecks.standings(order)
        ],
        "scans": dict(papers.exclude(binding="").values_list("paper", "binding")),
        "steps": {
            step.name: f"{step.state}:{step.phase}" if step.phase else str(step.state)
            for step in steps
            if step.kind in {Kind.IDENTITY, Kind.PAYMENT}
        },
    }


def local_day(moment: datetime) -> date:
    """The tenant's day."""
    return moment.astimezone(ZoneInfo(current_tenant().timezone)).date()
