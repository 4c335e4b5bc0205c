"""Order numbers: the day's next serial, counted under a lock (RULES Across 1)."""

from zoneinfo import ZoneInfo

from django.db.models import F
from django.utils import timezone

from portal.tenants import current_tenant
from renewals.models import OrderSerial
from renewals.validation.order_number import make_order_number


def next_order_number(kind: str) -> str:
    """17 digits for an order of this two-digit kind, on the tenant's own day. Call inside the order's transaction."""
    tenant = current_tenant()
    today = timezone.now().astimezone(ZoneInfo(tenant.timezone)).date()
    OrderSerial.objects.get_or_create(tenant=tenant, kind=kind, day=today)
    OrderSerial.objects.filter(kind=kind, day=today).update(last=F("last") + 1)  # locks the row until commit
    serial = OrderSerial.objects.values_list("last", flat=True).get(kind=kind, day=today)
    return make_order_number(kind, today, serial)
