"""Receiving uploads: into memory, never onto a disk, and no more of them than will be looked at."""

from typing import TYPE_CHECKING, Any, BinaryIO

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload

from portal.files.buffers import new_buffer
from portal.files.kinds import DEFAULT_LIMITS, MIB

REQUEST_LIMIT = 128 * MIB


if TYPE_CHECKING:
    _Uploaded = UploadedFile[bytes]  # generic in the stubs only
else:
    _Uploaded = UploadedFile


class BufferedUpload(_Uploaded):
    """Holds at most one byte more than a file may have; ``size`` is what was sent."""


class MemoryUploadHandler(FileUploadHandler):
    """An oversized file is counted to its end and not kept, so that the rest of the form arrives: the gate refuses it.

    A request of more than 128 MiB is cut off.
    """

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.total = 0
        self.kept = 0
        self.buffer: BinaryIO | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.buffer, self.kept = new_buffer("upload"), 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002
        self.total += len(raw_data)
        if self.total > REQUEST_LIMIT:
            self.upload_interrupted()
            raise StopUpload(connection_reset=True)
        room = DEFAULT_LIMITS.size + 1 - self.kept
        if room > 0 and self.buffer is not None:
            self.kept += self.buffer.write(raw_data[:room])

    def file_complete(self, file_size: int) -> BufferedUpload | None:
        if self.buffer is None:
            return None
        self.buffer.flush()
        self.buffer.seek(0)
        held, self.buffer = self.buffer, None
        return BufferedUpload(
            file=held,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )

    def upload_interrupted(self) -> None:
        if self.buffer is not None:
            self.buffer.close()
            self.buffer = None
