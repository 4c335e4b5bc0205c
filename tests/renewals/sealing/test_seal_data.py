"""Electronic seals (RULES P7): GB/T 38540's data, made and verified, SM2 and RSA."""

import struct
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal.gm import Certificate, x509
from renewals.ca.dev import DevCa
from renewals.ca.dev_authority import new_key
from renewals.sealing import Picture, SealInvalid, SealKind, SealOrder, read, verify
from renewals.sealing.dev_maker import DevSealMaker, DevSealMakerInProduction
from renewals.sealing.seal_data import PICTURE_LIMIT

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
KEY = b"0123456789abcdef"


def png(width: int = 4, height: int = 4) -> bytes:
    """The smallest of pictures."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\x00" + b"\xd0\x20\x20" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.fixture
def ca(tmp_path: Path) -> DevCa:
    return DevCa(tmp_path / "ca", KEY, production=False)


@pytest.fixture
def maker(tmp_path: Path, ca: DevCa) -> DevSealMaker:
    return DevSealMaker(tmp_path / "ca", KEY, ca, production=False)


@pytest.fixture(params=["SM2", "RSA"])
def order(request: pytest.FixtureRequest, ca: DevCa) -> SealOrder:
    issued = ca.issue_initial(
        f"holder-{request.param}",
        subject_der=x509.build_name([("C", "CN"), ("CN", "深圳市测试精密制造有限公司")]),
        public_key=x509.public_key_of(new_key(request.param)),
        not_before=NOW - timedelta(days=1),
        not_after=NOW + timedelta(days=180),
        want_encryption=False,
    )
    return SealOrder(
        request_id="seal-1",
        name="深圳市测试精密制造有限公司",
        kind=SealKind.ORGANISATION,
        certificate_der=issued.signing_certificate_der,
        algorithm=request.param,
        picture=Picture(png(), 40, 40),
        valid_from=NOW,
        valid_until=NOW + timedelta(days=180),
    )


def check(maker: DevSealMaker, order: SealOrder, der: bytes, *, at: datetime = NOW, certificate: bytes = b"") -> None:
    chain = [Certificate.from_der(one) for one in maker.trust(order.algorithm)]
    verify(der, certificate=certificate or order.certificate_der, at=at, roots=chain[-1:], chain=chain[:-1])


def test_a_seal_says_whose_it_is_and_verifies(maker: DevSealMaker, order: SealOrder) -> None:
    der = maker.make(order)
    check(maker, order, der)
    seal = read(der)
    assert (seal.name, seal.kind, seal.certificates) == (order.name, SealKind.ORGANISATION, (order.certificate_der,))
    assert (seal.valid_from, seal.valid_until, seal.picture) == (NOW, NOW + timedelta(days=180), order.picture)
    assert seal.maker is not None
    assert seal.maker.algorithm == order.algorithm


def test_the_same_wish_is_the_same_seal(maker: DevSealMaker, order: SealOrder) -> None:
    assert read(maker.make(order)) == read(maker.make(order))
    assert read(maker.make(order)).es_id != read(maker.make(replace(order, request_id="seal-2"))).es_id


def test_the_maker_keeps_its_key(maker: DevSealMaker, order: SealOrder, tmp_path: Path, ca: DevCa) -> None:
    again = DevSealMaker(tmp_path / "ca", KEY, ca, production=False)
    assert read(again.make(order)).maker == read(maker.make(order)).maker


def test_no_development_maker_in_production(tmp_path: Path, ca: DevCa) -> None:
    with pytest.raises(DevSealMakerInProduction):
        DevSealMaker(tmp_path / "ca", KEY, ca, production=True)


def test_a_seal_of_another_certificate_does_not_verify(maker: DevSealMaker, order: SealOrder) -> None:
    """RULES P7: bound to its certificate; after a renewal it has to be bound again."""
    with pytest.raises(SealInvalid) as refused:
        check(maker, order, maker.make(order), certificate=maker.trust(order.algorithm)[0])
    assert refused.value.problem == "certificate_not_named"


@pytest.mark.parametrize("at", [NOW - timedelta(seconds=1), NOW + timedelta(days=180, seconds=1)])
def test_a_seal_holds_within_its_dates(maker: DevSealMaker, order: SealOrder, at: datetime) -> None:
    with pytest.raises(SealInvalid) as refused:
        check(maker, order, maker.make(order), at=at)
    assert refused.value.problem == "out_of_date"


def test_every_byte_counts(maker: DevSealMaker, order: SealOrder) -> None:
    """No changed byte gets through, wherever it stands."""
    der = maker.make(order)
    for place in range(0, len(der), 17):
        changed = der[:place] + bytes([der[place] ^ 1]) + der[place + 1 :]
        with pytest.raises(SealInvalid):
            check(maker, order, changed)


@pytest.mark.parametrize("wrong", [b"", b"\x30\x00", b"not a seal", b"\x30\x82\xff\xff"])
def test_anything_else_is_malformed(wrong: bytes) -> None:
    with pytest.raises(SealInvalid) as refused:
        read(wrong)
    assert refused.value.problem == "malformed"


def test_more_bytes_behind_it_are_malformed(maker: DevSealMaker, order: SealOrder) -> None:
    with pytest.raises(SealInvalid):
        read(maker.make(order) + b"\x00")


def test_a_maker_of_another_authority_is_not_trusted(maker: DevSealMaker, order: SealOrder, tmp_path: Path) -> None:
    other = DevCa(tmp_path / "other", KEY, production=False)
    stranger = DevSealMaker(tmp_path / "other", KEY, other, production=False)
    with pytest.raises(SealInvalid) as refused:
        check(maker, order, stranger.make(order))
    assert refused.value.problem == "maker_untrusted"


@pytest.mark.parametrize(
    "picture",
    [
        Picture(b"GIF89a", 40, 40),
        Picture(png() + b"0" * PICTURE_LIMIT, 40, 40),
        Picture(png(), 0, 40),
        Picture(png(), 40, 201),
    ],
)
def test_an_impression_is_a_small_png_of_a_seals_size(maker: DevSealMaker, order: SealOrder, picture: Picture) -> None:
    with pytest.raises(ValueError, match="impression"):
        maker.make(replace(order, picture=picture))
