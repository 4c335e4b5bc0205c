"""What somebody types into a search box: which orders or certificates it names, by its shape.

One predicate for one shape, so that the database has an index for each: an order number, a mobile (by blind index,
so that no phone is read), a certificate's serial or medium number, else a part of the organisation's name.
"""

import re
import unicodedata
from typing import Any, Final

from django.db.models import Q

from portal import vault
from portal.accounts.models import Organisation
from portal.tenants import current_tenant
from renewals.models import Certificate, CertificateContact, OrderItem

_ORDER_NUMBER: Final = re.compile(r"\d{17}")
_MOBILE: Final = re.compile(r"1\d{10}")
_PART_OF_A_NUMBER: Final = re.compile(r"[0-9A-Za-z#]{4,64}")
MAX_LENGTH: Final = 64


def _tidy(text: str) -> tuple[str, str]:
    """(as typed, without signs between digits)."""
    plain = unicodedata.normalize("NFKC", text).strip()[:MAX_LENGTH]
    return plain, re.sub(r"[\s:\-]", "", plain)


def orders_named(text: str) -> Q:
    """Orders that this names; everything for an empty text."""
    plain, compact = _tidy(text)
    if not compact:
        return Q()
    if _ORDER_NUMBER.fullmatch(compact):
        return Q(number=compact)
    if _MOBILE.fullmatch(compact):
        return _of_mobile(compact)
    named = Q(organisation__in=Organisation.objects.filter(name__contains=plain).values("pk"))
    if _PART_OF_A_NUMBER.fullmatch(compact):
        certificates = Certificate.objects.filter(_numbered(compact)).values("pk")
        items = OrderItem.objects.filter(Q(certificate__in=certificates) | Q(issued__in=certificates))
        named |= Q(pk__in=items.values("order_id"))
        if compact.isdigit():
            named |= Q(number__startswith=compact)
    return named


def certificates_named(text: str) -> Q:
    """Certificates that this names; everything for an empty text."""
    plain, compact = _tidy(text)
    if not compact:
        return Q()
    if _MOBILE.fullmatch(compact):
        return Q(pk__in=_contacts(compact))
    named = Q(holder_name__contains=plain)
    if _PART_OF_A_NUMBER.fullmatch(compact):
        named |= _numbered(compact) | Q(holder_code=compact.upper())
    return named


def _numbered(compact: str) -> Q:
    serial = compact.upper().lstrip("0")
    return Q(serial__in=[serial, f"0{serial}"]) | Q(medium_number__startswith=compact)


def _of_mobile(mobile: str) -> Q:
    """The customer's own account, or a contact whom the CA named for one of the certificates."""
    items = OrderItem.objects.filter(certificate__in=_contacts(mobile))
    return Q(customer__phone_index=_index(mobile)) | Q(pk__in=items.values("order_id"))


def _contacts(mobile: str) -> Any:
    return CertificateContact.objects.filter(phone_index=_index(mobile)).values("certificate_id")


def _index(mobile: str) -> bytes:
    return vault.blind_index(current_tenant(), "user.phone", mobile)
