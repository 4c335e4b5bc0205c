"""证书号 of one more certificate (新增): the next free one behind the holder's own number (RULES A13, B3)."""

import itertools
import re
from typing import Final

from portal.accounts.models import Organisation
from renewals.issuing.subjects import ENROLMENT
from renewals.models import Certificate, OrderItem

FILE_SUFFIX: Final = "#0"  # RULES B3: numbers of file certificates end so, those of hardware never do


def allot(item: OrderItem, *, storage: str) -> None:
    """Give the item's certificate its number, once; it stays the item's whatever happens. In a write tenant_tx.

    Nothing for what takes another certificate's place, nor where the CA prints no numbers of its own.
    """
    sibling = item.certificate
    if item.effect != ENROLMENT or item.new_number or not sibling.number:
        return
    Organisation.objects.select_for_update().get(pk=sibling.organisation_id)  # one after another
    base = re.split(r"[@#]", sibling.number)[0]
    taken = set(Certificate.objects.filter(number__startswith=base).values_list("number", flat=True))
    taken |= set(OrderItem.objects.filter(new_number__startswith=base).values_list("new_number", flat=True))
    suffix = FILE_SUFFIX if storage == "file" else ""
    numbers = (f"{base}@{n}{suffix}" for n in itertools.count(1))
    item.new_number = next(number for number in numbers if number not in taken)
    item.save(update_fields=["new_number"])


def file_name(item: OrderItem) -> str:
    """The name suggested for the item's .pfx: its own number, or 网关号#0; no Chinese (RULES B6)."""
    certificate = item.certificate
    number = item.new_number or certificate.number
    if not number and certificate.gateway is not None:
        number = certificate.gateway.code + FILE_SUFFIX
    plain = re.sub(r"[^A-Za-z0-9#@_-]", "", number or certificate.serial)
    return f"{plain[:80]}.pfx"
