"""Tables for people's spreadsheets, piece by piece: CSV and XLSX. Pure.

A text that a spreadsheet would take for a formula (= + - @, tab, line end first) gets an apostrophe before it: names
and remarks come from strangers. Amounts and counts are numbers and stay so. XLSX is written here because the one
library for it that is pinned only reads: a sheet of texts and numbers needs five small parts.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from payments.money import yuan

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same rows are the same bytes
_CONTROL = dict.fromkeys([*range(9), 11, 12, *range(14, 32)])


@dataclass(frozen=True, slots=True)
class Fen:
    """An amount: 22100 is the number 221.00."""

    fen: int


Cell = str | int | Fen
Rows = Iterable[Sequence[Cell]]


def plain(text: str) -> str:
    """The text as a spreadsheet takes it for a text."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_pieces(rows: Rows, *, encoding: str = "utf-8-sig") -> Iterator[bytes]:
    """``encoding``: utf-8-sig (with a BOM, so that Excel knows) or gb18030, which has every character."""
    bom = encoding == "utf-8-sig"
    if bom:
        yield b"\xef\xbb\xbf"
    line = io.StringIO(newline="")
    writer = csv.writer(line, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_csv_cell(cell) for cell in row])
        yield line.getvalue().encode("utf-8" if bom else encoding)
        line.seek(0)
        line.truncate()


def _csv_cell(cell: Cell) -> str:
    match cell:
        case Fen(fen):
            return yuan(fen)
        case int():
            return str(cell)
    return plain(cell)


class _Sink(io.RawIOBase):
    """Takes what the archive writes; never goes back."""

    def __init__(self) -> None:
        super().__init__()
        self._held: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._held.append(piece)
        return len(piece)

    def taken(self) -> bytes:
        piece = b"".join(self._held)
        self._held.clear()
        return piece


def xlsx_pieces(rows: Rows, *, sheet: str = "Sheet1") -> Iterator[bytes]:
    """One sheet; its first row stays on top."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _PARTS.items():
            archive.writestr(_info(name), content.replace("{sheet}", escape(sheet)))
        with archive.open(_info("xl/worksheets/sheet1.xml"), "w") as part:
            part.write(_HEAD.encode())
            for number, row in enumerate(rows, start=1):
                cells = "".join(_xlsx_cell(cell) for cell in row)
                part.write(f'<row r="{number}">{cells}</row>'.encode())
                if piece := sink.taken():
                    yield piece
            part.write(b"</sheetData></worksheet>")
    yield sink.taken()


def _xlsx_cell(cell: Cell) -> str:
    match cell:
        case Fen(fen):
            return f'<c s="1"><v>{yuan(fen)}</v></c>'
        case int():
            return f"<c><v>{cell}</v></c>"
    text = escape(plain(cell).translate(_CONTROL))
    return f'<c t="inlineStr" s="2"><is><t xml:space="preserve">{text}</t></is></c>'


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, date_time=_EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = (
    f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
)
_PARTS = {
    "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="{sheet}" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'{_XML}<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/>'
    '</fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3">'
    '<xf/><xf numFmtId="4" applyNumberFormat="1"/><xf numFmtId="49" applyNumberFormat="1"/></cellXfs></styleSheet>',
}
