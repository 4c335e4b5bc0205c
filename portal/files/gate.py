"""The upload gate: what comes in is either refused with a reason, or ours: encoded anew, without anything that acts.

    accepted = gate.accept(request.FILES["licence"], kinds=("pdf", "jpeg", "png"))
    file = files.put(tenant, accepted, …)

Call it outside any transaction: it starts a process that takes up to ``limits.wall`` seconds.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, BinaryIO, Protocol, cast

from django.conf import settings

from portal.files import sandbox
from portal.files.accepted import Accepted, sm3_of
from portal.files.buffers import new_buffer, size_of
from portal.files.errors import EmptyFile, Infected, NoFile, TooLarge, WrongType
from portal.files.kinds import (
    CONTENT_TYPES,
    DEFAULT_LIMITS,
    EXTENSIONS,
    KINDS,
    MIB,
    Kind,
    Limits,
    allowed_text,
    clean_name,
    extension_of,
)
from portal.files.scanning import Scanner, scanner_for


class Upload(Protocol):
    """Django's UploadedFile fits. ``size``: bytes."""

    name: str | None
    size: int | None

    def chunks(self, chunk_size: int | None = None) -> Iterable[bytes]: ...


def accept(
    upload: Upload | None,
    *,
    kinds: tuple[Kind, ...] = KINDS,
    limits: Limits = DEFAULT_LIMITS,
    scanner: Scanner | None = None,
) -> Accepted:
    """Extension, signature, libmagic and a real parser have to agree; then the content is made anew.

    Raises FileRefused (its kinds name what is wrong), GateUnavailable.
    """
    if upload is None or not upload.name:
        raise NoFile
    extension = extension_of(upload.name)
    kind = EXTENSIONS.get(extension)
    if kind is None or kind not in kinds:
        raise WrongType(allowed=allowed_text(kinds))
    with new_buffer() as raw:
        _take(upload, raw, limits)
        if (scanner or scanner_for(settings.CERTHALL.clamd)).scan(raw):
            raise Infected
        request = {"op": "accept", "kind": kind, "extension": extension, "kinds": list(kinds)}
        return _made_anew(raw, upload.name, kind, request, limits)


def _made_anew(raw: BinaryIO, name: str, kind: Kind, request: dict[str, Any], limits: Limits) -> Accepted:
    content = new_buffer()
    try:
        made: dict[str, Any] = sandbox.run(request, source=raw, target=content, limits=limits)
        digest = sm3_of(content)
    except BaseException:
        content.close()
        raise
    stored: Kind = made.get("kind", kind)
    return Accepted(
        kind=stored,
        content_type=CONTENT_TYPES[stored],
        name=clean_name(name, stored),
        size=size_of(content),
        pages=made["pages"],
        width=made["width"],
        height=made["height"],
        digest=digest,
        content=content,
    )


def _take(upload: Upload, raw: BinaryIO, limits: Limits) -> None:
    """Copy the upload, counting: what a client says of its size proves nothing."""
    too_large = TooLarge(limit=limits.size // MIB)
    if upload.size is not None and upload.size > limits.size:
        raise too_large
    with suppress(AttributeError):
        cast("Any", upload).seek(0)
    taken = 0
    for chunk in upload.chunks():
        taken += len(chunk)
        if taken > limits.size:
            raise too_large
        raw.write(chunk)
    if taken == 0:
        raise EmptyFile
    if upload.size is not None and taken != upload.size:
        raise too_large  # the handler kept no more of it
    raw.flush()
