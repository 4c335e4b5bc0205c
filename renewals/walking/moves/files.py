"""Certificates in files: renewed by the old file's word, or fetched with both codes (RULES B5-B7).

The customer's bridge makes key and .pfx; the hall sees a request and no password.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from portal import vault
from portal.accounts.roles import Role
from portal.tenants import tenant_tx
from portal.tenants.links import origin
from renewals.bridge import challenges
from renewals.bridge.protocol import FILE_STORE, install_action, rekey_action
from renewals.bridge.simulator import InProcessBridge
from renewals.demo import pfx
from renewals.issuing.numbers import file_name
from renewals.issuing.requests import parse
from renewals.issuing.subjects import expected_subject, model_of
from renewals.models import DownloadCodes, OrderItem
from renewals.walking import bridge_calls
from renewals.walking.turns import Turn
from renewals.walking.walk import Walk
from renewals.walking.walker import WalkFailed, text

MAKER = "production"  # the demo's colleague who makes media


def codes_of(item: str) -> str:
    """Where in ``walk.made`` the envelope's "reference|authorization" lies, once production has printed it."""
    return f"codes-{item}"


def print_envelope(walk: Walk, turn: Turn) -> None:
    """The production staff's part: codes made and printed; only the walk keeps what stands on the paper (RULES B7)."""
    by = walk.staff(MAKER, Role.PRODUCTION)
    walk.do(turn, "make_codes", by=by)
    item = walk.item(turn)
    with tenant_tx(walk.tenant, write=True):
        codes = DownloadCodes.objects.get(item=item, ended_at__isnull=True)
        walk.made[codes_of(item.public_id)] = vault.reveal(codes, "codes", by=by, reason="打印密码信封").encode()
    walk.do(turn, "envelope_printed", by=by)


def renew(walk: Walk, turn: Turn) -> None:
    """The old .pfx signs for the new key (RULES B5)."""
    item = walk.item(turn)
    old = parse(bytes(item.certificate.signing_der))
    with _bridge(walk) as (bridge, store):
        held = bridge.call("cert.list", store=FILE_STORE)["certificates"]
        if old.fingerprint_sm3.hex() not in {one["fingerprint"] for one in held}:
            raise WalkFailed("这台电脑上没有导入旧的 .pfx 文件")
        walk.do(turn, "begin")
        started = time.perf_counter()
        with tenant_tx(walk.tenant, write=True):
            subject = expected_subject(item)
            question = challenges.issue("rekey", by=walk.by, item=item)
        csr = bridge_calls.gen_csr(bridge, key=store, txn=question["txn"], replaces=old, subject=subject)
        signature = bridge_calls.sign(bridge, key=store, question=question, action=rekey_action(csr), signer=old)
        walk.told("bridge", "new key and request", started)
        challenges.reserve(walk.tenant, question["challenge"], by=walk.by)
        walk.do(
            turn,
            "request",
            {"csr": text(csr), "challenge": question["challenge"], "signature": text(signature)},
        )
        _save(walk, turn, item, bridge, store)


def download(walk: Walk, turn: Turn) -> None:
    """Both codes from the envelope vouch for the request (RULES B7)."""
    item = walk.item(turn)
    printed = walk.made.pop(codes_of(item.public_id), None)
    if printed is None:
        raise WalkFailed("还没有打印密码信封，没有参考码和授权码")
    reference, authorization = printed.decode().split("|")
    codes = {"reference_number": reference, "authorization_code": authorization}
    with _bridge(walk) as (bridge, store):
        walk.do(turn, "codes", codes)
        started, item = time.perf_counter(), walk.item(turn)
        with tenant_tx(walk.tenant):
            subject, txn = expected_subject(item), challenges.transaction_of(item)
            algorithm = parse(bytes(model_of(item).signing_der)).algorithm
        wanted = {"algorithm": "RSA2048" if algorithm == "RSA" else algorithm, "subject": text(subject)}
        made = bridge.call("key.genCsr", keySerial=store, txn=txn, **wanted)
        walk.told("bridge", "new key and request", started)
        walk.do(turn, "request", codes | {"csr": made["csr"]})
        _save(walk, turn, item, bridge, store)


def _save(walk: Walk, turn: Turn, item: OrderItem, bridge: InProcessBridge, store: str) -> None:
    """From the CA's answer to the new file, whose key then answers for itself."""
    started = time.perf_counter()
    issuance = walk._until(lambda: walk._issued(item), "CA 没有签发证书")
    walk.told("ca", "issued", started)
    started = time.perf_counter()
    signing = bytes(issuance.signing_certificate or b"")
    with tenant_tx(walk.tenant, write=True):
        question = challenges.issue("install", by=walk.by, item=item)
        name = file_name(item)
    bridge.call("cert.importSign", keySerial=store, txn=question["txn"], certificate=text(signing))
    bridge.call("file.save", keySerial=store, txn=question["txn"], fileName=name)
    walk.made[name] = (walk.desk.files.saved / name).read_bytes()
    action = install_action(parse(signing).serial)
    signature = bridge_calls.verify(bridge, key=store, question=question, action=action, encryption=False)
    walk.told("bridge", "file saved and verified", started)
    challenges.reserve(walk.tenant, question["challenge"], by=walk.by)
    walk.do(turn, "verify", {"challenge": question["challenge"], "signature": text(signature)})


@contextmanager
def _bridge(walk: Walk) -> Iterator[tuple[InProcessBridge, str]]:
    """The customer's bridge, and the name of its file store. Old and new file have the demo's password."""
    bridge = InProcessBridge(walk.desk, origin=origin(walk.tenant), pin=pfx.PASSWORD)
    try:
        yield bridge, str(bridge.call("cert.list", store=FILE_STORE)["key"]["keySerial"])
    finally:
        bridge.close()
