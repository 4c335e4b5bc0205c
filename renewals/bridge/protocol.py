"""What portal and local bridge say to each other, as data and pure functions (docs/bridge.md).

The proof of possession is a signature over

    tbs = "UKEYPOP1\\0" ‖ SM3(origin) ‖ SM3(challenge) ‖ SM3(txn ‖ "|" ‖ action)

The bridge takes the origin from the request's Origin header, the portal from its own settings;
a tbs is never sent. A signature made for another site, another order or another step therefore
doesn't verify here, and no signature made elsewhere can begin with our prefix by accident.
"""

import base64
import re
import secrets
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from portal.gm.sm3 import hmac_sm3, sm3

PROTOCOL_VERSION: Final = 3  # the newest; a page asks for the oldest that has what it needs
OLDEST_PROTOCOL: Final = 1
MIN_BRIDGE_VERSION: Final = "4.7.6"  # the oldest that the pages work with (RULES E); older ones are told to update
TBS_PREFIX: Final = b"UKEYPOP1\0"
CHALLENGE_BYTES: Final = 32
CHALLENGE_SECONDS: Final = 120
PIN_TRIES: Final = 6  # RULES A11
PASSWORD_DIGITS: Final = 6  # of a file certificate's 保护口令, where the page asks for no other number (RULES B6)
FILE_STORE: Final = "file"  # `store` of a request that is about certificate files and no key (RULES B2)
MESSAGE_LIMIT: Final = 256 * 1024  # bytes of one WebSocket message, either way

TXN_PATTERN: Final = r"^[a-z0-9][a-z0-9-]{0,62}/[A-Za-z0-9_-]{1,64}$"
ACTION_PATTERN: Final = r"^[a-z][a-z-]{0,31}(:[0-9a-f]{1,128})?$"
CHALLENGE_PATTERN: Final = r"^[A-Za-z0-9_-]{43}$"

CLAIM: Final = "claim"
RESUME: Final = "resume"
PROGRESS: Final = "progress"
UNBLOCK: Final = "unblock"  # the key signs with its new PIN (RULES P1)


class Method(StrEnum):
    """Requests of the page. Those in MUTATING change the key and name its serial."""

    HELLO = "hello"
    ENV_CHECK = "env.check"
    CERT_LIST = "cert.list"
    AUTH_SIGN = "auth.sign"
    KEY_GEN_CSR = "key.genCsr"
    CSR_PROVE = "csr.prove"
    CERT_IMPORT_SIGN = "cert.importSign"
    CERT_IMPORT_ENC = "cert.importEnc"
    CERT_IMPORT_HISTORY = "cert.importHistory"
    INSTALL_VERIFY = "install.verify"
    PIN_INFO = "pin.info"
    PIN_VERIFY = "pin.verify"
    PIN_CHANGE = "pin.change"
    PIN_UNLOCK = "pin.unlock"
    PIN_ISSUE = "pin.issue"
    FILE_SAVE = "file.save"
    SEAL_READ = "seal.read"
    SEAL_WRITE = "seal.write"
    SEAL_VERIFY = "seal.verify"
    OP_CANCEL = "op.cancel"


class Event(StrEnum):
    """Notifications of the bridge."""

    PROGRESS = "progress"
    KEY_INSERTED = "key.inserted"
    KEY_REMOVED = "key.removed"
    PIN_CHANGED = "pin.changed"


class Stage(StrEnum):
    """Where an operation stands, as `progress` reports it."""

    CHECK = "check"  # the one key in is the one meant
    PIN = "pin"  # waiting for the PIN in the bridge's own window
    GENERATE = "generate"
    OPEN = "open"  # the enveloped encryption key is being opened
    STORE = "store"
    VERIFY = "verify"
    SIGN = "sign"
    COMMIT = "commit"  # the new container takes the old one's place


STAGES: Final[dict[Method, tuple[Stage, ...]]] = {
    Method.AUTH_SIGN: (Stage.CHECK, Stage.PIN, Stage.SIGN),
    Method.KEY_GEN_CSR: (Stage.CHECK, Stage.PIN, Stage.GENERATE, Stage.STORE),
    Method.CSR_PROVE: (Stage.CHECK, Stage.PIN, Stage.SIGN),
    Method.CERT_IMPORT_SIGN: (Stage.CHECK, Stage.PIN, Stage.STORE),
    Method.CERT_IMPORT_ENC: (Stage.CHECK, Stage.PIN, Stage.OPEN, Stage.STORE),
    Method.CERT_IMPORT_HISTORY: (Stage.CHECK, Stage.PIN, Stage.OPEN, Stage.STORE),
    Method.INSTALL_VERIFY: (Stage.CHECK, Stage.PIN, Stage.VERIFY, Stage.SIGN, Stage.COMMIT),
    Method.PIN_VERIFY: (Stage.CHECK, Stage.PIN),
    Method.PIN_CHANGE: (Stage.CHECK, Stage.PIN, Stage.STORE),
    Method.PIN_UNLOCK: (Stage.CHECK, Stage.VERIFY, Stage.PIN, Stage.STORE),
    Method.PIN_ISSUE: (Stage.CHECK, Stage.PIN, Stage.GENERATE, Stage.STORE),
    Method.FILE_SAVE: (Stage.CHECK, Stage.PIN, Stage.STORE),
    Method.SEAL_WRITE: (Stage.CHECK, Stage.VERIFY, Stage.STORE),
    Method.SEAL_VERIFY: (Stage.CHECK, Stage.PIN, Stage.SIGN),
}
"""The operations that take time, and their stages in order."""

SINCE: Final[dict[Method, int]] = {
    Method.CSR_PROVE: 2,
    Method.CERT_IMPORT_HISTORY: 3,
    Method.PIN_ISSUE: 3,
    Method.FILE_SAVE: 3,
    Method.SEAL_READ: 3,
    Method.SEAL_WRITE: 3,
    Method.SEAL_VERIFY: 3,
}
"""The protocol that brought a method, where it wasn't there from the beginning."""

STORE_PROTOCOL: Final = 3  # what brought `store` to `env.check`, `cert.list` and the operations on files

MUTATING: Final = frozenset(
    {
        Method.KEY_GEN_CSR,
        Method.CERT_IMPORT_SIGN,
        Method.CERT_IMPORT_ENC,
        Method.CERT_IMPORT_HISTORY,
        Method.INSTALL_VERIFY,
        Method.PIN_CHANGE,
        Method.PIN_UNLOCK,
        Method.PIN_ISSUE,
        Method.SEAL_WRITE,
    }
)


class ErrorCode(StrEnum):
    """Everything that can go wrong; words.py says what happened and what to do."""

    BRIDGE_TOO_OLD = "BRIDGE_TOO_OLD"
    ORIGIN_DENIED = "ORIGIN_DENIED"
    USER_DENIED = "USER_DENIED"
    DRIVER_MISSING = "DRIVER_MISSING"
    DRIVER_TOO_OLD = "DRIVER_TOO_OLD"
    COMPONENT_VERSION = "COMPONENT_VERSION"
    NO_KEY = "NO_KEY"
    MULTIPLE_KEYS = "MULTIPLE_KEYS"
    KEY_REMOVED = "KEY_REMOVED"
    KEY_CHANGED = "KEY_CHANGED"
    CERT_NOT_FOUND = "CERT_NOT_FOUND"
    PIN_INCORRECT = "PIN_INCORRECT"
    PIN_LOCKED = "PIN_LOCKED"
    KEYGEN_FAILED = "KEYGEN_FAILED"
    CONTAINER_FULL = "CONTAINER_FULL"
    CERT_KEY_MISMATCH = "CERT_KEY_MISMATCH"
    ENVELOPE_INVALID = "ENVELOPE_INVALID"
    VERIFY_FAILED = "VERIFY_FAILED"
    BUSY = "BUSY"
    TIMEOUT = "TIMEOUT"
    CANCELLED = "CANCELLED"
    UNSUPPORTED = "UNSUPPORTED"
    BAD_REQUEST = "BAD_REQUEST"
    INTERNAL = "INTERNAL"
    PFX_FAILED = "PFX_FAILED"
    FILE_SAVE_FAILED = "FILE_SAVE_FAILED"
    PASSWORD_INCORRECT = "PASSWORD_INCORRECT"  # noqa: S105  (of a file, which can't lock itself: nothing is counted)
    # said by the page's own client only, when no bridge could answer
    BRIDGE_UNREACHABLE = "BRIDGE_UNREACHABLE"
    LNA_DENIED = "LNA_DENIED"


PAGE_SIDE: Final = frozenset({ErrorCode.BRIDGE_UNREACHABLE, ErrorCode.LNA_DENIED})

_STANDARD_NUMBERS: Final = {
    ErrorCode.BAD_REQUEST: -32600,
    ErrorCode.UNSUPPORTED: -32601,
    ErrorCode.INTERNAL: -32603,
}
RPC_NUMBERS: Final[dict[ErrorCode, int]] = {
    code: _STANDARD_NUMBERS.get(code, 1001 + place)
    for place, code in enumerate(code for code in ErrorCode if code not in PAGE_SIDE)
}
"""JSON-RPC wants a number beside the name. Pages read the name (error.data.code)."""


class BridgeFault(Exception):
    """A refusal of the bridge. `detail` is for logs, in English, and names no person."""

    def __init__(self, code: ErrorCode, detail: str = "", *, retries_left: int | None = None) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.retries_left = retries_left

    def __str__(self) -> str:
        left = "" if self.retries_left is None else f" (tries left: {self.retries_left})"
        return f"{self.code}: {self.detail}{left}"


def canonical_origin(text: str) -> str:
    """`scheme://host[:port]` as browsers write it in an Origin header.

    Lower case, IDN as punycode, no default port, no path. Raises ValueError for anything that
    isn't an http(s) origin, the opaque ``null`` included.
    """
    if not text.isascii() or re.search(r"[\s\\@]", text):
        raise ValueError("not an origin")
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not an http(s) origin")
    if parts.path not in ("", "/") or parts.query or parts.fragment or text.endswith(("?", "#")):
        raise ValueError("an origin has no path")
    if not re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]+", parts.hostname):
        raise ValueError("not an origin: no such host name")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = {"http": 80, "https": 443}[parts.scheme]
    port = parts.port  # raises ValueError past 65535
    return f"{parts.scheme}://{host}" + ("" if port is None or port == default else f":{port}")


def new_challenge() -> str:
    """32 random bytes in base64url without padding."""
    return encode_challenge(secrets.token_bytes(CHALLENGE_BYTES))


def encode_challenge(challenge: bytes) -> str:
    return base64.urlsafe_b64encode(challenge).rstrip(b"=").decode("ascii")


def decode_challenge(text: str) -> bytes:
    """The 32 bytes. Raises ValueError unless `text` is the one spelling of 32 bytes."""
    if not re.fullmatch(CHALLENGE_PATTERN, text):
        raise ValueError("a challenge is 32 bytes in base64url")
    challenge = base64.urlsafe_b64decode(text + "=")
    if encode_challenge(challenge) != text:
        raise ValueError("not the canonical base64url")
    return challenge


def rekey_action(csr_der: bytes) -> str:
    """The old key vouches for this request and no other."""
    return "rekey:" + sm3(csr_der).hex()


def request_action(csr_der: bytes) -> str:
    """The new key answers for its own request, here and now; the approval vouches for it (RULES C10)."""
    return "request:" + sm3(csr_der).hex()


def install_action(serial: int) -> str:
    """The new key answers for the certificate with this serial number."""
    return f"install:{serial:x}"


def seal_action(seal_der: bytes) -> str:
    """The certificate's key answers for the seal that lies beside it (RULES P7)."""
    return "seal:" + sm3(seal_der).hex()


def build_tbs(origin: str, challenge: bytes, txn: str, action: str) -> bytes:
    """The 105 bytes that are signed. Raises ValueError for a malformed part.

    `challenge` is the 32 bytes, not their base64url. `txn` cannot hold a ``|``, so the last
    digest has one reading.
    """
    if canonical_origin(origin) != origin:
        raise ValueError("the origin is not in its canonical form")
    if len(challenge) != CHALLENGE_BYTES:
        raise ValueError("a challenge is 32 bytes")
    if not re.fullmatch(TXN_PATTERN, txn):
        raise ValueError("a txn is <tenant slug>/<public id>")
    if not re.fullmatch(ACTION_PATTERN, action):
        raise ValueError("an action is a name, or a name:hex")
    return TBS_PREFIX + sm3(origin.encode()) + sm3(challenge) + sm3(f"{txn}|{action}".encode())


def unlock_authorization(unlock_key: bytes, key_serial: str, nonce: bytes) -> bytes:
    """The 32 bytes that let a locked key take a new PIN once (RULES P1).

    `nonce` comes from `pin.info` and changes with every unlocking, so an authorisation is used
    up by its use. `unlock_key` is the key's administrator secret, held by the CA.
    """
    return hmac_sm3(unlock_key, b"UKEYUNLK1\0" + sm3(key_serial.encode()) + sm3(nonce))
