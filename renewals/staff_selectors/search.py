"""What somebody types into a search box: which orders or certificates it names, by its shape.

One predicate for one shape, so that the database has an index for each: an order number, a mobile (by blind index,
so that no phone is read), a certificate's serial or medium number, else a part of the organisation's name.
"""

import functools
import operator
import re
import unicodedata
from typing import Any, Final

from django.db.models import Q, QuerySet

from portal import vault
from portal.accounts.models import Organisation
from portal.tenants import current_tenant
from renewals.models import Certificate, CertificateContact, Order, OrderItem

_ORDER_NUMBER: Final = re.compile(r"\d{17}")
_MOBILE: Final = re.compile(r"1\d{10}")
_PART_OF_A_NUMBER: Final = re.compile(r"[0-9A-Za-z#@]{4,64}")
_NUMBER_LENGTH: Final = 17
MAX_LENGTH: Final = 64
FEW: Final = 200


def _tidy(text: str) -> tuple[str, str]:
    """(as typed, without signs between digits)."""
    plain = unicodedata.normalize("NFKC", text).strip()[:MAX_LENGTH]
    return plain, re.sub(r"[\s:\-]", "", plain)


def orders_named(text: str) -> Q:
    """Orders that this names; everything for an empty text. Up to four small queries find their ids first."""
    plain, compact = _tidy(text)
    if not compact:
        return Q()
    if _ORDER_NUMBER.fullmatch(compact):
        return Q(number=compact)
    orders = Order.objects.order_by()
    if _MOBILE.fullmatch(compact):  # the customer's own account, or a contact whom the CA named
        return _either(
            orders.filter(customer__phone_index=_index(compact)).values_list("pk", flat=True),
            _orders_of(Certificate.objects.filter(pk__in=_contacts(compact))),
        )
    parts: list[QuerySet[Any, int]] = []
    is_number = _PART_OF_A_NUMBER.fullmatch(compact) is not None
    if not (is_number and compact.isdigit()):  # no organisation is called by four digits and more
        organisations = Organisation.objects.filter(name__contains=plain).values("pk")
        parts.append(orders.filter(organisation__in=organisations).values_list("pk", flat=True))
    if is_number:
        parts.append(_orders_of(Certificate.objects.filter(_numbered(compact))))
        if compact.isdigit() and len(compact) < _NUMBER_LENGTH:
            rest = _NUMBER_LENGTH - len(compact)
            between = (compact + "0" * rest, compact + "9" * rest)  # a LIKE would pass the index by
            parts.append(orders.filter(number__range=between).values_list("pk", flat=True))
    return _either(*parts)


def _either(*parts: "QuerySet[Any, int]") -> Q:
    """Few ids are named one by one, so that the list goes straight to them; where there are many, walking the list
    in its own order finds the next fifty soon enough.
    """
    found: set[int] = set()
    for part in parts:
        ids = list(part[: FEW + 1])
        if len(ids) > FEW:
            return functools.reduce(operator.or_, (Q(pk__in=part) for part in parts))
        found.update(ids)
    return Q(pk__in=sorted(found))


def _orders_of(certificates: "QuerySet[Certificate]") -> "QuerySet[Any, int]":
    ids = certificates.order_by().values("pk")
    items = OrderItem.objects.filter(Q(certificate__in=ids) | Q(issued__in=ids))
    return items.order_by().values_list("order_id", flat=True)


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
    return Q(serial__in=[serial, f"0{serial}"]) | Q(medium_number__startswith=compact) | Q(number=compact)


def _contacts(mobile: str) -> Any:
    return CertificateContact.objects.filter(phone_index=_index(mobile)).values("certificate_id")


def _index(mobile: str) -> bytes:
    return vault.blind_index(current_tenant(), "user.phone", mobile)
