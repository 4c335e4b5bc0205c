"""The subject that a new certificate must have: the old one's, byte for byte, or with the holder's new name (P11).

One more certificate of a holder (新增) has its sibling's subject with a number of its own.
"""

from typing import Final

from portal.gm import der
from renewals.issuing.requests import parse
from renewals.models import Certificate, OrderItem

ENROLMENT: Final = "enrolment"  # OrderItem.effect

_ORGANISATION, _COMMON_NAME = "2.5.4.10", "2.5.4.3"
_UTF8: Final = 0x0C
_ENCODINGS: Final = {_UTF8: "utf-8", 0x13: "ascii", 0x16: "ascii", 0x14: "latin-1", 0x1E: "utf-16-be"}


def model_of(item: OrderItem) -> Certificate:
    """The certificate that the next one is made after: of a remake the one that was made before (P18, P23)."""
    return item.issued or item.certificate


def replaced_by(item: OrderItem) -> Certificate | None:
    """The certificate whose place the next one takes; None where there will be one more (新增)."""
    return None if item.effect == ENROLMENT and item.issued is None else model_of(item)


def expected_subject(item: OrderItem) -> bytes:
    """A Name in DER: what the new key's request must carry, exactly, and what the CA is asked for."""
    model = model_of(item)
    subject = parse(bytes(model.signing_der)).subject_der
    if item.issued is None and item.new_number and model.number:
        subject = _common_name(subject, model.number, item.new_number)
    return renamed(subject, item.new_name) if item.new_name else subject


def renamed(subject: bytes, name: str) -> bytes:
    """The Name with ``name`` as its organisation; a common name that holds the old organisation's follows.

    Everything else stays as it is, to the byte. MalformedDer for what isn't a Name.
    """
    before = next((_text(attribute) for attribute in _attributes(subject) if _oid(attribute) == _ORGANISATION), "")
    return _changed(subject, {_ORGANISATION, _COMMON_NAME}, before, name) if before else subject


def _common_name(subject: bytes, before: str, after: str) -> bytes:
    return _changed(subject, {_COMMON_NAME}, before, after)


def _changed(subject: bytes, which: set[str], before: str, after: str) -> bytes:
    parts, reader = [], der.read_one(subject)
    while reader.peek() is not None:
        inner, attributes = reader.sequence(der.SET), []
        while inner.peek() is not None:
            attributes.append(_replaced(inner.next(der.SEQUENCE), which, before, after))
        parts.append(der.set_of(attributes))
    return der.sequence(*parts)


def _attributes(subject: bytes) -> list[der.Element]:
    found, reader = [], der.read_one(subject)
    while reader.peek() is not None:
        inner = reader.sequence(der.SET)
        while inner.peek() is not None:
            found.append(inner.next(der.SEQUENCE))
    return found


def _replaced(attribute: der.Element, which: set[str], before: str, after: str) -> bytes:
    text = _text(attribute)
    if _oid(attribute) not in which or before not in text:
        return attribute.raw
    return der.sequence(der.oid(_oid(attribute)), der.encode(_UTF8, text.replace(before, after).encode()))


def _oid(attribute: der.Element) -> str:
    return der.Reader(attribute.value).oid()


def _text(attribute: der.Element) -> str:
    reader = der.Reader(attribute.value)
    reader.oid()
    value = reader.next()
    try:
        return value.value.decode(_ENCODINGS[value.tag])
    except (KeyError, UnicodeDecodeError):
        return ""
