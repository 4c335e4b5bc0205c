"""XLS and XLSX → rows of typed cells, after looking what they would unpack to.

The sheet itself is read by calamine (Rust). It lays a sheet out as a full rectangle, so one cell at XFD1048576 takes
a hundred gigabytes; that, zip bombs and entities are found here before it sees the file.
"""

import io
import re
import struct
import zipfile
import zlib

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from payments.statements.errors import FileEncrypted, FileTooLarge, FileUnreadable, FileUnsafe

OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
ZIP_MAGIC = b"PK\x03\x04"

_MIB = 1024 * 1024
#: unpacked, all members together
UNPACKED_LIMIT = 256 * _MIB
MEMBER_LIMIT = 2_000
COLUMN_LIMIT = 256
ROW_LIMIT = 500_000
#: XLS can't have more cells than this in its rectangle, but half a gigabyte is enough
CELL_LIMIT = 8_000_000
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_BEGIN_OF_BOOK = bytes.fromhex("0908100000060500")
_FILE_PASS = 0x002F
_REFERENCE = re.compile(rb'[\s"\'<](?:r|ref)\s*=\s*["\'](?:[A-Za-z]+[0-9]+:)?\$?([A-Za-z]*)\$?([0-9]+)["\']')
_ENTITIES = (b"<!DOCTYPE", b"<!ENTITY")

Cell = object


def rows_of_workbook(data: bytes) -> list[list[Cell]]:
    """Cells of the first sheet that holds any, from A1 on. Raises StatementRefused's kinds."""
    if data.startswith(ZIP_MAGIC):
        _check_archive(data)
    elif _ENCRYPTED_PACKAGE in data or _has_password(data):
        raise FileEncrypted
    try:
        return _rows(data)
    except PasswordError as error:
        raise FileEncrypted from error
    except (CalamineError, OSError, ValueError, IndexError, UnicodeError) as error:
        raise FileUnreadable from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # Rust's assertion over hostile bytes; no Exception in Python
            raise FileUnreadable from error
        raise


def _has_password(data: bytes) -> bool:
    """[MS-XLS] 2.4.117: FilePass stands among the first records of the workbook's stream."""
    at = data.find(_BEGIN_OF_BOOK)
    for _ in range(20):
        if at < 0 or at + 4 > len(data):
            return False
        kind, length = struct.unpack_from("<HH", data, at)
        if kind == _FILE_PASS:
            return True
        at += 4 + length
    return False


def _rows(data: bytes) -> list[list[Cell]]:
    with CalamineWorkbook.from_object(io.BytesIO(data)) as book:
        for number in range(len(book.sheet_names)):
            sheet = book.get_sheet_by_index(number)
            if sheet.total_height * sheet.total_width > CELL_LIMIT:
                raise FileTooLarge(limit=CELL_LIMIT // 1_000_000)
            if sheet.height:
                rows: list[list[Cell]] = [list(row) for row in sheet.to_python(skip_empty_area=False)]
                return rows
    return []


def _check_archive(data: bytes) -> None:
    """Nothing may unpack to more than it should: first by the directory, then in fact, for a directory can lie."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MEMBER_LIMIT or sum(member.file_size for member in members) > UNPACKED_LIMIT:
                raise FileUnsafe
            if any(member.flag_bits & 1 for member in members):
                raise FileEncrypted
            if len({member.filename for member in members}) != len(members):
                raise FileUnsafe
            for member in members:
                if member.filename.lower().endswith((".xml", ".rels")):
                    _check_xml(archive.read(member), sheet="worksheets/" in member.filename.lower())
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, RuntimeError) as error:
        raise FileUnreadable from error


def _check_xml(content: bytes, *, sheet: bool) -> None:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in content[:4]:
        raise FileUnsafe  # UTF-16 would hide what is looked for
    if any(mark in content for mark in _ENTITIES):
        raise FileUnsafe
    if not sheet:
        return
    for letters, digits in _REFERENCE.findall(content):
        if len(digits) > 7 or int(digits) > ROW_LIMIT or len(letters) > 2 or _column(letters) > COLUMN_LIMIT:
            raise FileUnsafe


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
