"""An electronic seal as it lies on a key: SESeal of GB/T 38540-2020 §6, read, made and verified (RULES P7).

    SESeal ::= SEQUENCE { eSealInfo, cert OCTET STRING, signAlgID OID, signedValue BIT STRING }

``signedValue`` is the seal maker's signature over the DER of ``eSealInfo``. Beside SM2 with SM3, which the standard
wants, RSA with SHA-256 is taken: media of RSA programmes carry such seals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, Final, Literal

from asn1crypto import core

from portal.gm import Certificate, GmError, InvalidSignature, PrivateKey, PublicKey, SM2PublicKey, validate_chain
from portal.gm.certificate import (
    OID_RSA_WITH_SHA256,
    OID_SM2_WITH_SM3,
    algorithm_of,
    public_key_of,
    sign_message,
    verify_with_algorithm,
)
from renewals.sealing.errors import SealInvalid

VERSION: Final = 4  # of the standard's data format
VENDOR: Final = "CERTHALL"
SIDE_MM: Final = (1, 200)  # how large an impression may be shown
PICTURE_LIMIT: Final = 32 * 1024  # bytes: keys are small
PNG: Final = b"\x89PNG\r\n\x1a\n"
SIGNS: Final = frozenset({"digitalSignature", "nonRepudiation"})


class SealKind(IntEnum):
    """印章类型: whose seal it is."""

    ORGANISATION = 1
    PERSON = 2


@dataclass(frozen=True, slots=True)
class Picture:
    """The impression: PNG bytes, and how large it is shown, in whole millimetres."""

    data: bytes
    width_mm: int
    height_mm: int


@dataclass(frozen=True, slots=True)
class Seal:
    """What a seal says. ``certificates``: DER of those that may seal with it; times aware, UTC, whole seconds."""

    es_id: str
    kind: SealKind
    name: str
    certificates: tuple[bytes, ...]
    created_at: datetime
    valid_from: datetime
    valid_until: datetime
    picture: Picture
    maker: Certificate | None = None  # None: not signed yet


# -- ASN.1 ------------------------------------------------------------------------------------------------------------


class _Header(core.Sequence):
    _fields = [("id", core.IA5String), ("version", core.Integer), ("vid", core.IA5String)]


class _Certificates(core.SequenceOf):
    _child_spec = core.OctetString


class _Property(core.Sequence):
    _fields = [
        ("type", core.Integer),
        ("name", core.UTF8String),
        ("cert_list_type", core.Integer),  # 1: whole certificates
        ("cert_list", _Certificates),
        ("create_date", core.GeneralizedTime),
        ("valid_start", core.GeneralizedTime),
        ("valid_end", core.GeneralizedTime),
    ]


class _Picture(core.Sequence):
    _fields = [
        ("type", core.IA5String),
        ("data", core.OctetString),
        ("width", core.Integer),
        ("height", core.Integer),
    ]


class _Extension(core.Sequence):
    _fields = [
        ("id", core.ObjectIdentifier),
        ("critical", core.Boolean, {"default": False}),
        ("value", core.OctetString),
    ]


class _Extensions(core.SequenceOf):
    _child_spec = _Extension


class _SealInfo(core.Sequence):
    _fields = [
        ("header", _Header),
        ("es_id", core.IA5String),
        ("property", _Property),
        ("picture", _Picture),
        ("extensions", _Extensions, {"explicit": 0, "optional": True}),
    ]


class _SESeal(core.Sequence):
    _fields = [
        ("info", _SealInfo),
        ("cert", core.OctetString),
        ("algorithm", core.ObjectIdentifier),
        ("signature", core.OctetBitString),
    ]


# -- making -----------------------------------------------------------------------------------------------------------


def make(seal: Seal, *, key: PrivateKey, maker: Certificate) -> bytes:
    """The seal's DER, signed by the maker. ValueError for what no key would take."""
    _makeable(seal)
    if algorithm_of(key) != maker.algorithm:
        raise ValueError("the maker's key is of another algorithm than its certificate")
    info = _SealInfo(
        {
            "header": {"id": "ES", "version": VERSION, "vid": VENDOR},
            "es_id": seal.es_id,
            "property": {
                "type": int(seal.kind),
                "name": seal.name,
                "cert_list_type": 1,
                "cert_list": list(seal.certificates),
                "create_date": _whole(seal.created_at),
                "valid_start": _whole(seal.valid_from),
                "valid_end": _whole(seal.valid_until),
            },
            "picture": {
                "type": "PNG",
                "data": seal.picture.data,
                "width": seal.picture.width_mm,
                "height": seal.picture.height_mm,
            },
        }
    )
    signature = sign_message(key, info.dump())
    oid = OID_SM2_WITH_SM3 if isinstance(public_key_of(key), SM2PublicKey) else OID_RSA_WITH_SHA256
    made: bytes = _SESeal({"info": info, "cert": maker.der, "algorithm": oid, "signature": signature}).dump()
    return made


def _makeable(seal: Seal) -> None:
    if not seal.certificates or not seal.name or not seal.es_id.isascii() or not 1 <= len(seal.es_id) <= 64:
        raise ValueError("a seal has a number, a name and a certificate")
    if seal.valid_until <= seal.valid_from:
        raise ValueError("a seal's validity ends after it begins")
    _check_picture(seal.picture)


def _whole(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


# -- reading ----------------------------------------------------------------------------------------------------------


def read(der: bytes) -> Seal:
    """What the seal says, nothing verified. SealInvalid(malformed)."""
    return _seal(_load(der))


def verify(
    der: bytes, *, certificate: bytes, at: datetime, roots: Sequence[Certificate], chain: Sequence[Certificate] = ()
) -> Seal:
    """The seal, once everything about it is right for this certificate (GB/T 38540 §7.2). SealInvalid.

    ``roots``, ``chain``: the authorities that the maker's certificate must come from.
    """
    loaded = _load(der)
    seal = _seal(loaded)
    if seal.maker is None:
        raise SealInvalid("malformed")
    _check_signature(loaded, seal.maker.public_key)
    _check_maker(seal.maker, at, roots, chain)
    if certificate not in seal.certificates:
        raise SealInvalid("certificate_not_named")
    if not seal.valid_from <= at <= seal.valid_until:
        raise SealInvalid("out_of_date")
    try:
        _check_picture(seal.picture)
    except ValueError:
        raise SealInvalid("picture") from None
    return seal


def _load(der: bytes) -> Any:
    """Strict: all of it, and exactly as DER writes it. Else one seal would have several digests."""
    try:
        loaded = _SESeal.load(der, strict=True)
        again = _SESeal.load(der, strict=True)
        _ = loaded.native  # parses every field
        if again.dump(force=True) != der:
            raise SealInvalid("malformed")
    except (ValueError, TypeError, KeyError, OverflowError):
        raise SealInvalid("malformed") from None
    return loaded


def _seal(loaded: Any) -> Seal:
    info = loaded["info"]
    header, said, picture = info["header"].native, info["property"].native, info["picture"].native
    try:
        if (header["id"], header["version"], said["cert_list_type"], picture["type"].upper()) != (
            "ES",
            VERSION,
            1,
            "PNG",
        ):
            raise SealInvalid("malformed")
        return Seal(
            es_id=info["es_id"].native,
            kind=SealKind(said["type"]),
            name=said["name"],
            certificates=tuple(said["cert_list"]),
            created_at=_whole(said["create_date"]),
            valid_from=_whole(said["valid_start"]),
            valid_until=_whole(said["valid_end"]),
            picture=Picture(picture["data"], picture["width"], picture["height"]),
            maker=Certificate.from_der(loaded["cert"].native),
        )
    except (ValueError, TypeError, GmError):
        raise SealInvalid("malformed") from None


def _check_signature(loaded: Any, key: PublicKey) -> None:
    oid: Literal["1.2.156.10197.1.501", "1.2.840.113549.1.1.11"] = loaded["algorithm"].dotted
    if oid not in {OID_SM2_WITH_SM3, OID_RSA_WITH_SHA256}:
        raise SealInvalid("algorithm")
    try:
        verify_with_algorithm(key, oid, loaded["signature"].native, loaded["info"].dump())
    except InvalidSignature:
        raise SealInvalid("signature") from None


def _check_maker(maker: Certificate, at: datetime, roots: Sequence[Certificate], chain: Sequence[Certificate]) -> None:
    if maker.is_ca or not maker.key_usage & SIGNS:
        raise SealInvalid("maker_untrusted")
    if not maker.not_before <= at <= maker.not_after:
        raise SealInvalid("maker_out_of_date")
    try:
        validate_chain(maker, list(chain), list(roots), at)
    except GmError:
        raise SealInvalid("maker_untrusted") from None


def _check_picture(picture: Picture) -> None:
    shortest, longest = SIDE_MM
    if not picture.data.startswith(PNG) or len(picture.data) > PICTURE_LIMIT:
        raise ValueError("the impression is a PNG of at most 32 KiB")
    if not all(shortest <= side <= longest for side in (picture.width_mm, picture.height_mm)):
        raise ValueError("the impression is shown between 1 and 200 mm large")
