"""Several papers in one request: each good one is stored, each bad one is worded, the rest stays (issue 3)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from portal.audit import attempts
from portal.errors import RateLimited
from portal.files import gate, store
from portal.files.accepted import Accepted
from portal.files.errors import FileRefused, GateUnavailable
from portal.files.kinds import DEFAULT_LIMITS, KINDS, Kind, Limits
from portal.files.models import StoredFile
from portal.tenants import tenant_tx
from portal.ui.words import say

if TYPE_CHECKING:
    from portal.accounts.actor import Actor
    from portal.tenants.models import Tenant


UPLOADS: Final = 120  # of one owner: every one starts a process and is kept, at least for a while
UPLOADS_IN: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Slot:
    """One paper that is asked for. name: of the form field; purpose: what ``StoredFile.purpose`` says."""

    name: str
    purpose: str
    kinds: tuple[Kind, ...] = KINDS
    limits: Limits = DEFAULT_LIMITS


@dataclass(slots=True)
class Received:
    """By the slot's name: what was stored, and the sentence for what wasn't."""

    stored: dict[str, StoredFile] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def receive(
    tenant: "Tenant",
    uploads: Mapping[str, gate.Upload],
    slots: Sequence[Slot],
    *,
    owner: str,
    by: "Actor",
    attach: Callable[[Slot, StoredFile], object],
    check: Callable[[Slot, Accepted], object] = lambda _slot, _accepted: None,
) -> Received:
    """Take ``request.FILES`` slot by slot; slots without an upload are left alone. Outside any transaction.

    ``attach(slot, file)`` writes the row that names the file, in the write tenant_tx that commits it. What it
    raises ends the whole (files taken before stay attached; this one is swept). ``check(slot, accepted)`` may
    raise a FileRefused for what the gate doesn't know of, before anything is stored. ``owner`` has UPLOADS tries in
    UPLOADS_IN.
    """
    received = Received()
    for slot in slots:
        upload = uploads.get(slot.name)
        if upload is None:
            continue
        try:
            attempts.reserve(tenant, "files.upload", owner, limit=UPLOADS, window=UPLOADS_IN)
            accepted = gate.accept(upload, kinds=slot.kinds, limits=slot.limits)
        except (FileRefused, GateUnavailable, RateLimited) as refusal:
            received.refused[slot.name] = say(refusal)
            continue
        with accepted:
            try:
                check(slot, accepted)
            except FileRefused as refusal:
                received.refused[slot.name] = say(refusal)
                continue
            file = store.put(tenant, accepted, owner=owner, purpose=slot.purpose)
        with tenant_tx(tenant, write=True):
            store.commit(file, by=by)
            attach(slot, file)
        received.stored[slot.name] = file
    return received
