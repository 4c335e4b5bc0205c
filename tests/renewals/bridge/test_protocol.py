"""What is signed, byte for byte, and the contract's tables. Vectors of docs/bridge.md."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renewals.bridge import schema
from renewals.bridge.protocol import (
    MUTATING,
    PAGE_SIDE,
    RPC_NUMBERS,
    STAGES,
    ErrorCode,
    Event,
    Method,
    Stage,
    build_tbs,
    canonical_origin,
    decode_challenge,
    encode_challenge,
    install_action,
    rekey_action,
    unlock_authorization,
)

CHALLENGE = bytes(range(32))
TXN = "szca/Qm9pbGVyX3BsYXRlXzAx"

# made with openssl dgst -sm3 over the parts
VECTOR_CLAIM = bytes.fromhex(
    "554b4559504f503100b39f7e026384d82e3bc7aff3ee134f12fa88aa283d6708897516d0d6882ed7bcfa34635f1d3ac2"
    "729ac5987eb59e01928457f325b4b51ca85a177813c5c5ddf7dcc4df413003fe78d20a254931b1275b845227013e97e0"
    "b5df5836c6e88925d9"
)
VECTOR_INSTALL = bytes.fromhex(
    "554b4559504f5031002062a7935b60fc0fa390a8cb4019f54e65c0bbed5010cb2e664816299d1111ddfa34635f1d3ac2"
    "729ac5987eb59e01928457f325b4b51ca85a177813c5c5ddf78ff689fc480423eb843fae64ab584ac6085fd7c5213f44"
    "e5d1bc39d4a191d1bd"
)
VECTOR_UNLOCK = "ed23365c20c5d26929fab766ecd7d0130bf8f62d4ded7b021cbecda8cd6a9826"


def test_tbs_vectors() -> None:
    tbs = build_tbs("https://szca.example", CHALLENGE, TXN, "claim")
    assert tbs == VECTOR_CLAIM
    assert len(tbs) == 9 + 3 * 32
    assert build_tbs("http://127.0.0.1:8000", CHALLENGE, TXN, "install:1001") == VECTOR_INSTALL
    assert (
        rekey_action(b"abc") == "rekey:66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    )  # GB/T 32905 A.1
    assert install_action(0x00AB12) == "install:ab12"
    assert encode_challenge(CHALLENGE) == "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    assert unlock_authorization(bytes(32), "SIM01", bytes(16)).hex() == VECTOR_UNLOCK


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://szca.example", "https://szca.example"),
        ("https://SZCA.example:443/", "https://szca.example"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://localhost:80", "http://localhost"),
    ],
)
def test_origin_has_one_spelling(written: str, origin: str) -> None:
    assert canonical_origin(written) == origin


@pytest.mark.parametrize(
    "text",
    [
        *("", "null", "szca.example", "ftp://szca.example", "https://", "https://a@szca.example"),
        *("https://szca.example/x", "https://szca.example?x", "https://szca.example?", "https://szca.example#"),
        *("https://szca.example:99999", "https://szca.example\n", "https://例.example", "https://a\\b"),
    ],
)
def test_what_is_no_origin(text: str) -> None:
    with pytest.raises(ValueError, match=r"origin|Port|path"):
        canonical_origin(text)


@given(st.text())
def test_an_origin_is_refused_or_stays_as_it_is(text: str) -> None:
    try:
        origin = canonical_origin(text)
    except ValueError:
        return
    assert canonical_origin(origin) == origin


@given(st.binary(min_size=32, max_size=32))
def test_challenge_round_trip(challenge: bytes) -> None:
    assert decode_challenge(encode_challenge(challenge)) == challenge


@pytest.mark.parametrize(
    "text", ["", "A" * 42, "A" * 44, "A" * 42 + "=", "A" * 42 + "B", "A" * 42 + "+", "A" * 43 + "\n"]
)
def test_challenge_has_one_spelling(text: str) -> None:
    with pytest.raises(ValueError, match=r"base64url"):
        decode_challenge(text)


@pytest.mark.parametrize(
    ("origin", "challenge", "txn", "action"),
    [
        ("https://szca.example/", CHALLENGE, TXN, "claim"),
        ("https://szca.example", CHALLENGE[:31], TXN, "claim"),
        ("https://szca.example", CHALLENGE, "szca", "claim"),
        ("https://szca.example", CHALLENGE, "szca/a|claim", "claim"),
        ("https://szca.example", CHALLENGE, TXN + "\n", "claim"),
        ("https://szca.example", CHALLENGE, TXN, "claim|"),
        ("https://szca.example", CHALLENGE, TXN, "install:AB"),
        ("https://szca.example", CHALLENGE, TXN, ""),
    ],
)
def test_malformed_parts_are_never_signed(origin: str, challenge: bytes, txn: str, action: str) -> None:
    with pytest.raises(ValueError, match=r"origin|challenge|txn|action"):
        build_tbs(origin, challenge, txn, action)


def test_every_part_changes_the_tbs() -> None:
    site = "https://szca.example"
    made = {
        build_tbs(site, CHALLENGE, TXN, "claim"),
        build_tbs("https://netca.example", CHALLENGE, TXN, "claim"),
        build_tbs(site, bytes(32), TXN, "claim"),
        build_tbs(site, CHALLENGE, "netca/Qm9pbGVyX3BsYXRlXzAx", "claim"),
        build_tbs(site, CHALLENGE, TXN, "resume"),
    }
    assert len(made) == 5


def test_every_method_event_and_error_has_its_schema() -> None:
    files = {file.name for file in schema.FOLDER.glob("*.json")}
    assert files == {
        *(f"{method}.json" for method in Method),
        *(f"event-{event}.json" for event in Event),
        "common.json",
        "error.json",
        "hello-http.json",
    }
    common = json.loads((schema.FOLDER / "common.json").read_text("utf-8"))["$defs"]
    assert set(common["errorCode"]["enum"]) == set(ErrorCode) - PAGE_SIDE
    assert set(common["stage"]["enum"]) == set(Stage)


def test_schemas_are_schemas() -> None:
    for file in schema.FOLDER.glob("*.json"):
        schema._Validator.check_schema(json.loads(file.read_text("utf-8")))


def test_pattern_ends_where_the_text_ends() -> None:
    message = {"jsonrpc": "2.0", "id": "a\n", "method": "pin.info", "params": {"keySerial": "SIM1"}}
    assert schema.request_problem(Method.PIN_INFO, message) is not None
    assert schema.request_problem(Method.PIN_INFO, {**message, "id": "a"}) is None


def test_tables_agree() -> None:
    assert set(STAGES) > MUTATING
    assert set(RPC_NUMBERS) == set(ErrorCode) - PAGE_SIDE
    assert len(set(RPC_NUMBERS.values())) == len(RPC_NUMBERS)
