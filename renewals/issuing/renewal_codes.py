"""更新码: shown once, kept as a keyed hash bound to item, certificate and key (RULES A8, P6)."""

import hmac
from datetime import datetime, timedelta

from django.utils import timezone

from portal import vault
from portal.tenants import current_tenant
from renewals.lifecycle import Kind
from renewals.models import Order, OrderItem, RenewalCode
from renewals.publishing import pack_of
from renewals.validation.problems import InvalidValue
from renewals.validation.renewal_code import canonical_renewal_code, new_renewal_code


def issue(item: OrderItem, *, now: datetime) -> str:
    """A new code for this item, as it is shown; the one before is worth nothing from now on."""
    RenewalCode.objects.filter(item=item, ended_at__isnull=True).update(ended_at=now)
    code = new_renewal_code()
    RenewalCode.objects.create(
        item=item,
        certificate=item.certificate,
        medium_number=item.certificate.medium_number,
        code_hash=_hash(item, canonical_renewal_code(code)),
    )
    return code


def matches(item: OrderItem, typed: str) -> bool:
    """Whether this is the item's live code. Callers reserve a try first (portal.audit.attempts)."""
    try:
        normal = canonical_renewal_code(typed)
    except InvalidValue:
        return False
    oldest = timezone.now() - timedelta(days=_days(item))
    live = RenewalCode.objects.filter(
        item=item, ended_at__isnull=True, made_at__gt=oldest, certificate=item.certificate
    ).first()
    return live is not None and hmac.compare_digest(bytes(live.code_hash), _hash(item, normal))


def _days(item: OrderItem) -> int:
    """How long the pack lets a code resume an installation."""
    pack, path = pack_of(item.order.programme), item.order.path
    (step,) = pack.path_spec(path).of_kind(Kind.ISSUANCE)
    return int(pack.step_config(path, step.name).renewal_code_days)  # type: ignore[union-attr]  # of that kind


def item_of(order_number: str, typed: str) -> OrderItem | None:
    """The item of that order whose live code this is; None without telling which of the two was wrong."""
    order = Order.objects.filter(number=order_number, closed_at__isnull=True).first()
    items = OrderItem.objects.filter(order=order).select_related("order", "certificate") if order else ()
    return next((item for item in items if matches(item, typed)), None)


def _hash(item: OrderItem, normal: str) -> bytes:
    bound = f"{normal}|{item.public_id}|{item.certificate.serial}|{item.certificate.medium_number}"
    return vault.blind_index(current_tenant(), "renewal_code", bound)
