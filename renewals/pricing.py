"""What an order costs and for how long its new certificates run: the tables' facts put to the pack's pure rules."""

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from django.utils import timezone

from payments.fees import QuoteLine
from portal.tenants import current_tenant
from renewals.choosing import facts_of
from renewals.models import Order
from renewals.programmes.schema import Asked, RulePack
from renewals.publishing import pack_of


def lines_for(order: Order, answers: Mapping[str, str], *, on: date | None = None) -> tuple[QuoteLine, ...]:
    """The lines in fen on that day (today by default), not frozen yet. ``answers``: the application's, or a part."""
    pack = pack_of(order.programme)
    day = on or timezone.now().astimezone(ZoneInfo(current_tenant().timezone)).date()
    return pack.quote(asked_of(order, pack, answers), day)


def asked_of(order: Order, pack: RulePack, answers: Mapping[str, str]) -> tuple[Asked, ...]:
    """What each certificate of the order asks of the tariff."""
    years = term_years(order, pack, answers.get("term_years", ""))
    certificates = [item.certificate for item in order.items.select_related("certificate").order_by("id")]
    return tuple(
        Asked(
            business=order.business,
            holder_kind=certificate.holder_kind,
            term_years=years,
            remaining_days=max(0, facts_of(certificate).days_left),
            answers=answers,
        )
        for certificate in certificates
    )


def term_years(order: Order, pack: RulePack, chosen: str) -> int:
    """The path's fixed term, else the chosen one; 0 where nothing new begins (keep_end)."""
    fixed = pack.path(order.path).term_years
    return fixed if fixed is not None else int(chosen or 0)
