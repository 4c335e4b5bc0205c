"""Signed heads: where each chain stood, to be kept where the database's administrator can't reach.

One JSON object per line: {"at", "hash", "key", "seq", "signature", "tenant"}; ``signature`` is
SM2-with-SM3 (DER, hex) over ``certhall audit head`` NUL and the canonical JSON of at, hash, seq, tenant.
"""

import json
from collections.abc import Iterable

from django.conf import settings
from django.utils import timezone

from portal.audit.canonical import canonical, plain
from portal.audit.verify import Head
from portal.errors import PortalError
from portal.gm.errors import GmError
from portal.gm.sm2 import N, SM2PrivateKey
from portal.gm.sm3 import hkdf_sm3


class HeadNotOurs(PortalError):
    """A line of the file isn't a head that this installation signed."""

    code = "audit.head_not_ours"
    status = 422


def export(head: Head) -> str:
    """One line, without its line end."""
    key = _key()
    content = {"tenant": head.tenant, "seq": head.seq, "hash": head.hash.hex(), "at": plain(timezone.now())}
    signature = key.sign(_signed_bytes(content))
    return canonical({**content, "signature": signature.hex(), "key": key.public_key.point.hex()}).decode()


def read(lines: Iterable[str]) -> dict[str, list[Head]]:
    """tenant slug → its heads in the file. Raises HeadNotOurs(line) for a line that another key signed."""
    key = _key().public_key
    found: dict[str, list[Head]] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            content = json.loads(line)
            signature = bytes.fromhex(content.pop("signature"))
            content.pop("key")
            key.verify(signature, _signed_bytes(content))
            head = Head(content["tenant"], int(content["seq"]), bytes.fromhex(content["hash"]))
        except (ValueError, KeyError, TypeError, AttributeError, GmError) as error:
            raise HeadNotOurs(line=number) from error
        found.setdefault(head.tenant, []).append(head)
    return found


def _signed_bytes(content: dict[str, object]) -> bytes:
    return b"certhall audit head\0" + canonical(content)


def _key() -> SM2PrivateKey:
    wide = int.from_bytes(hkdf_sm3(settings.CERTHALL.audit_key, b"audit head key", 48), "big")
    return SM2PrivateKey((wide % (N - 2) + 1).to_bytes(32, "big"))
