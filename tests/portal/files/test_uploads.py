"""Receiving: in memory, counted, never on a disk."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadhandler import StopUpload
from django.http.multipartparser import MultiPartParser
from django.test import RequestFactory
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from portal.files import errors, gate, uploads
from portal.files.kinds import MIB
from tests.portal.files import papers
from tests.portal.files.papers import upload


def received(**sent: Any) -> Any:
    request = RequestFactory().post("/", sent)
    return request.POST, request.FILES


def test_an_upload_is_held_in_memory_and_nowhere_else() -> None:
    _post, files = received(paper=upload("大.pdf", b"%PDF-" + b"x" * 5 * MIB))
    held = files["paper"]
    assert isinstance(held, uploads.BufferedUpload)
    assert (held.name, held.size) == ("大.pdf", 5 * MIB + 5)
    assert "memfd:" in str(Path(f"/proc/self/fd/{held.fileno()}").readlink())
    assert not hasattr(held, "temporary_file_path")
    assert b"".join(held.chunks())[:6] == b"%PDF-x"


def test_too_large_a_file_is_counted_but_not_kept_and_the_rest_arrives() -> None:
    post, files = received(big=upload("a.jpg", bytes(21 * MIB)), small=upload("b.png", papers.png()), handler="测试员")
    assert post["handler"] == "测试员"
    assert files["big"].size == 21 * MIB
    assert len(files["big"].read()) == 20 * MIB + 1
    with pytest.raises(errors.TooLarge):
        gate.accept(files["big"])
    with gate.accept(files["small"]) as accepted:
        assert accepted.kind == "png"


def test_more_than_was_kept_is_never_taken_for_the_whole() -> None:
    """A caller with a higher limit than the handler's doesn't get the front part of a file."""
    from portal.files.kinds import Limits

    _post, files = received(big=upload("a.jpg", papers.jpeg() + bytes(21 * MIB)))
    with pytest.raises(errors.TooLarge):
        gate.accept(files["big"], limits=Limits(size=50 * MIB))


def test_a_request_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "REQUEST_LIMIT", MIB)
    handler = uploads.MemoryUploadHandler()
    body = encode_multipart(BOUNDARY, {"paper": upload("a.jpg", bytes(2 * MIB))})
    meta = {"CONTENT_TYPE": MULTIPART_CONTENT, "CONTENT_LENGTH": str(len(body))}
    _post, files = MultiPartParser(meta, io.BytesIO(body), [handler]).parse()
    assert not files
    assert handler.buffer is None
    handler.new_file("paper", "a.jpg", "image/jpeg", None)
    with pytest.raises(StopUpload):
        handler.receive_data_chunk(bytes(10), 0)
