"""A strict reader and a small writer for DER (X.690), as far as keys and certificates need it.

Lenient ASN.1 readers are how two programs come to see two different certificates in the same
bytes, so this one knows one form only: single-byte tags, definite lengths in their shortest
form, integers in their shortest form, nothing left over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from portal.gm.errors import MalformedDer

INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
NULL = 0x05
OID = 0x06
SEQUENCE = 0x30
SET = 0x31


@dataclass(frozen=True, slots=True)
class Element:
    """One tag-length-value; `raw` is all three as they stood."""

    tag: int
    value: bytes
    raw: bytes


class Reader:
    """Reads the elements of `data` one after another. Raises MalformedDer."""

    __slots__ = ("_data", "_position")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def peek(self) -> int | None:
        """The next tag, or None at the end."""
        return self._data[self._position] if self._position < len(self._data) else None

    def next(self, tag: int | None = None) -> Element:
        start = self._position
        if len(self._data) - start < 2:
            raise MalformedDer("truncated")
        found = self._data[start]
        if tag is not None and found != tag:
            raise MalformedDer(f"tag {found:#04x} where {tag:#04x} was expected")
        if found & 0x1F == 0x1F:
            raise MalformedDer("multi-byte tag")
        length, header = self._length(start + 1)
        begin = start + 1 + header
        end = begin + length
        if end > len(self._data):
            raise MalformedDer("length runs past the end")
        self._position = end
        return Element(found, self._data[begin:end], self._data[start:end])

    def _length(self, at: int) -> tuple[int, int]:
        first = self._data[at]
        if first < 0x80:
            return first, 1
        count = first & 0x7F
        if not 1 <= count <= 4 or at + 1 + count > len(self._data):
            raise MalformedDer("length is indefinite, too long or truncated")
        length = int.from_bytes(self._data[at + 1 : at + 1 + count], "big")
        if length < 0x80 or length < 1 << (8 * (count - 1)):
            raise MalformedDer("length is not in its shortest form")
        return length, 1 + count

    def sequence(self, tag: int = SEQUENCE) -> Reader:
        return Reader(self.next(tag).value)

    def integer(self) -> int:
        return decode_integer(self.next(INTEGER).value)

    def oid(self) -> str:
        return decode_oid(self.next(OID).value)

    def bit_string(self) -> bytes:
        """A BIT STRING of whole bytes (no unused bits), as keys and signatures are."""
        value = self.next(BIT_STRING).value
        if not value or value[0] != 0:
            raise MalformedDer("BIT STRING with unused bits")
        return value[1:]

    def end(self) -> None:
        if self._position != len(self._data):
            raise MalformedDer("bytes left over")


def read_one(data: bytes, tag: int = SEQUENCE) -> Reader:
    """A reader for the inside of `data`, which must be exactly one element."""
    outer = Reader(data)
    inner = outer.sequence(tag)
    outer.end()
    return inner


def decode_integer(value: bytes) -> int:
    if not value:
        raise MalformedDer("empty INTEGER")
    if len(value) > 1 and (value[0], value[1] >> 7) in ((0x00, 0), (0xFF, 1)):
        raise MalformedDer("INTEGER is not in its shortest form")
    return int.from_bytes(value, "big", signed=True)


def decode_oid(value: bytes) -> str:
    if not value or value[-1] & 0x80:
        raise MalformedDer("truncated OBJECT IDENTIFIER")
    arcs: list[int] = []
    arc, fresh = 0, True
    for byte in value:
        if fresh and byte == 0x80:
            raise MalformedDer("OBJECT IDENTIFIER is not in its shortest form")
        arc = (arc << 7) | (byte & 0x7F)
        fresh = not byte & 0x80
        if fresh:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(str(number) for number in (first, arcs[0] - 40 * first, *arcs[1:]))


def encode(tag: int, value: bytes) -> bytes:
    length = len(value)
    if length < 0x80:
        return bytes((tag, length)) + value
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + length.to_bytes(size, "big") + value


def sequence(*parts: bytes) -> bytes:
    return encode(SEQUENCE, b"".join(parts))


def set_of(parts: Iterable[bytes]) -> bytes:
    """SET OF, its members sorted as DER wants."""
    return encode(SET, b"".join(sorted(parts)))


def integer(number: int) -> bytes:
    size = (number if number >= 0 else ~number).bit_length() // 8 + 1
    return encode(INTEGER, number.to_bytes(size, "big", signed=True))


def bit_string(value: bytes) -> bytes:
    return encode(BIT_STRING, b"\x00" + value)


def octet_string(value: bytes) -> bytes:
    return encode(OCTET_STRING, value)


def explicit(number: int, value: bytes) -> bytes:
    """[number] EXPLICIT value."""
    return encode(0xA0 | number, value)


def oid(dotted: str) -> bytes:
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    out = bytearray()
    for arc in (first * 40 + second, *rest):
        group = [arc & 0x7F]
        while arc := arc >> 7:
            group.append(0x80 | (arc & 0x7F))
        out += bytes(reversed(group))
    return encode(OID, bytes(out))


def null() -> bytes:
    return encode(NULL, b"")


def boolean_true() -> bytes:
    return encode(0x01, b"\xff")


def time(moment: datetime) -> bytes:
    """Time as RFC 5280 §4.1.2.5: UTCTime to 2049, GeneralizedTime beyond; whole seconds, aware."""
    if moment.tzinfo is None:
        raise ValueError("a certificate's time must be aware")
    utc = moment.astimezone(UTC)
    if 1950 <= utc.year < 2050:
        return encode(0x17, utc.strftime("%y%m%d%H%M%SZ").encode())
    return encode(0x18, utc.strftime("%Y%m%d%H%M%SZ").encode())
