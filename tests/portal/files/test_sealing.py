"""The stored form: everything that somebody with the disk in hand could try (DESIGN §5)."""

import io
import os
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.files import sealing
from portal.files.errors import FileBroken
from portal.files.sealing import CHUNK_SIZE, HEADER_SIZE

KEY = bytes(range(16))
PLACE = sealing.place(7, "A" * 22)
SEALED_CHUNK = CHUNK_SIZE + 16
SIZES = [0, 1, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 3 * CHUNK_SIZE, 3 * CHUNK_SIZE + 5]


def sealed(content: bytes, key: bytes = KEY, place: bytes = PLACE) -> bytes:
    held = io.BytesIO()
    assert sealing.seal(io.BytesIO(content), held, key=key, place=place) == len(content)
    return held.getvalue()


def opened(stored: bytes, key: bytes = KEY, place: bytes = PLACE) -> bytes:
    return b"".join(sealing.unseal(io.BytesIO(stored), key=key, place=place))


def chunks_of(stored: bytes) -> tuple[bytes, list[bytes]]:
    body = stored[HEADER_SIZE:]
    return stored[:HEADER_SIZE], [body[at : at + SEALED_CHUNK] for at in range(0, len(body), SEALED_CHUNK)]


@pytest.mark.parametrize("size", SIZES)
def test_what_goes_in_comes_out(size: int) -> None:
    content = os.urandom(size)
    stored = sealed(content)
    assert opened(stored) == content
    assert len(stored) == sealing.sealed_size(size)


@given(content=st.binary(max_size=300))
def test_any_content(content: bytes) -> None:
    assert opened(sealed(content)) == content


def test_the_form_is_as_documented() -> None:
    stored = sealed(b"abc")
    assert stored[:14] == b"CHSEALED\x01\x01\x00\x01\x00\x00"
    assert stored[14:22] == sealing.key_id(KEY)
    assert len(stored) == 38 + 3 + 16


def test_twice_the_same_is_never_the_same() -> None:
    """The salt: no nonce is used twice, whatever is written again under the same key."""
    first, second = sealed(bytes(100)), sealed(bytes(100))
    assert first[HEADER_SIZE:] != second[HEADER_SIZE:]
    mixed = first[:HEADER_SIZE] + second[HEADER_SIZE:]
    with pytest.raises(FileBroken):
        opened(mixed)


@pytest.mark.parametrize("size", [0, 5, CHUNK_SIZE + 5])
def test_every_flipped_bit_is_seen(size: int) -> None:
    stored = sealed(bytes(size))
    places = {*range(HEADER_SIZE + 20), len(stored) - 1, len(stored) - 17, len(stored) // 2}
    for at in (place for place in places if place < len(stored)):
        for bit in (1, 0x80):
            forged = bytearray(stored)
            forged[at] ^= bit
            with pytest.raises(FileBroken):
                opened(bytes(forged))


@pytest.mark.parametrize("size", [5, CHUNK_SIZE, 3 * CHUNK_SIZE, 3 * CHUNK_SIZE + 5])
def test_every_cut_is_seen(size: int) -> None:
    stored = sealed(os.urandom(size))
    _header, chunks = chunks_of(stored)
    ends = {0, 1, HEADER_SIZE - 1, HEADER_SIZE, HEADER_SIZE + 1, len(stored) - 1, len(stored) - 16}
    ends |= {HEADER_SIZE + number * SEALED_CHUNK for number in range(len(chunks))}
    for end in ends:
        with pytest.raises(FileBroken):
            opened(stored[:end])


def test_what_is_hung_on_is_seen() -> None:
    stored = sealed(os.urandom(CHUNK_SIZE))
    _header, chunks = chunks_of(stored)
    for more in (b"\0", chunks[0], bytes(16), stored):
        with pytest.raises(FileBroken):
            opened(stored + more)


def test_chunks_keep_their_order_and_number() -> None:
    header, chunks = chunks_of(sealed(os.urandom(3 * CHUNK_SIZE + 5)))
    a, b, c, last = chunks
    for forged in ([b, a, c, last], [a, b, c, c, last], [a, c, last], [a, b, c], [last], [a, last], [a, b, last, c]):
        with pytest.raises(FileBroken):
            opened(header + b"".join(forged))


def test_a_file_opens_only_in_its_place_and_with_its_key() -> None:
    stored = sealed(b"content")
    for place in (sealing.place(8, "A" * 22), sealing.place(7, "B" * 22)):
        with pytest.raises(FileBroken):
            opened(stored, place=place)
    with pytest.raises(FileBroken):
        opened(stored, key=bytes(16))


def test_chunks_are_not_taken_from_another_file_of_the_same_key() -> None:
    header, mine = chunks_of(sealed(os.urandom(2 * CHUNK_SIZE)))
    _other, theirs = chunks_of(sealed(os.urandom(2 * CHUNK_SIZE), place=sealing.place(7, "B" * 22)))
    with pytest.raises(FileBroken):
        opened(header + mine[0] + theirs[1])


def test_nothing_is_given_out_before_it_is_proven() -> None:
    header, chunks = chunks_of(sealed(bytes(3 * CHUNK_SIZE)))
    forged = header + chunks[0] + bytes(SEALED_CHUNK) + chunks[2]
    pieces = sealing.unseal(io.BytesIO(forged), key=KEY, place=PLACE)
    assert next(pieces) == bytes(CHUNK_SIZE)
    with pytest.raises(FileBroken):
        next(pieces)


class Trickle(io.RawIOBase):
    """A pipe: gives a few bytes at a time. Makes its content as it goes."""

    def __init__(self, size: int, at_once: int = 40_000) -> None:
        self.left, self.at_once = size, at_once

    def read(self, size: int = -1) -> bytes:
        given = min(size, self.left, self.at_once)
        self.left -= given
        return bytes(given)


def test_a_source_may_give_less_than_asked() -> None:
    held = io.BytesIO()
    assert sealing.seal(Trickle(3 * CHUNK_SIZE + 7, 999), held, key=KEY, place=PLACE) == 3 * CHUNK_SIZE + 7  # type: ignore[arg-type]
    assert opened(held.getvalue()) == bytes(3 * CHUNK_SIZE + 7)


def test_memory_is_constant() -> None:
    """40 MiB in and out: never more than a few chunks at a time."""
    size, path = 40 * 1024 * 1024, "/dev/null"
    with open(path, "wb") as nowhere:  # noqa: PTH123
        tracemalloc.start()
        sealing.seal(Trickle(size), nowhere, key=KEY, place=PLACE)  # type: ignore[arg-type]
        assert tracemalloc.get_traced_memory()[1] < 1_500_000
        tracemalloc.stop()


def test_memory_is_constant_while_reading(tmp_path: object) -> None:
    path = tmp_path / "sealed"  # type: ignore[operator]
    size = 20 * 1024 * 1024
    with path.open("wb") as target:
        sealing.seal(Trickle(size), target, key=KEY, place=PLACE)  # type: ignore[arg-type]
    with path.open("rb") as source:
        tracemalloc.start()
        total = sum(len(piece) for piece in sealing.unseal(source, key=KEY, place=PLACE))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert total == size
    assert peak < 1_500_000
