"""Canaries: personal values planted through the doors, then looked for where they must not be.

    from tests.canaries import CANARIES, found_in
    plant CANARIES["phone"] … through a form, a model, a job
    assert found_in(log_text.encode(), database_files(), *more) == []

Every value is invented; numbers are of kinds that are given to nobody.
"""

import base64
import json
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from django.db import connection

CANARIES: dict[str, str] = {
    "phone": "19900007531",
    "id_number": "110101190001017597",
    "name": "欧阳金丝雀",
    "email": "canary.bird@example.com",
    "address": "深圳市测试区金丝雀巷 75 号 31 房",
    "secret": "Kanarienvogel-7531-x9Q",
}


def forms(value: str) -> dict[str, bytes]:
    """What the value may look like in bytes: name of the form → bytes to look for."""
    plain = value.encode()
    found = {
        "UTF-8": plain,
        "UTF-16-LE": value.encode("utf-16-le"),
        "UTF-16-BE": value.encode("utf-16-be"),
        "GB18030": value.encode("gb18030"),
        "hex": plain.hex().encode(),
        "HEX": plain.hex().upper().encode(),
        "reversed": plain[::-1],
        "JSON": json.dumps(value)[1:-1].encode(),
        "URL": urllib.parse.quote(value).encode(),
    }
    for shift in range(3):  # base64 looks different at each of three offsets; the outer digits mix with neighbours
        encoded = base64.b64encode(bytes(shift) + plain)
        inner = encoded[(0, 2, 3)[shift] : len(encoded) - 4]
        found[f"base64+{shift}"] = inner
        found[f"base64url+{shift}"] = inner.translate(bytes.maketrans(b"+/", b"-_"))
    return found


def found_in(
    *places: bytes | str | Path | Mapping[str, bytes] | Iterable[Path], canaries: Mapping[str, str] = CANARIES
) -> list[str]:
    """Where a canary sits, as "phone as base64+1 in certhall.sqlite3-wal"; [] when nowhere."""
    wanted = [(name, form, needle) for name, value in canaries.items() for form, needle in forms(value).items()]
    return [
        f"{name} as {form} in {label}"
        for label, content in _contents(places)
        for name, form, needle in wanted
        if needle in content
    ]


def _contents(places: Iterable[object]) -> Iterator[tuple[str, bytes]]:
    for number, place in enumerate(places):
        if isinstance(place, bytes):
            yield f"bytes {number}", place
        elif isinstance(place, str):
            yield f"text {number}", place.encode()
        elif isinstance(place, Path):
            files = sorted(place.rglob("*")) if place.is_dir() else [place]
            yield from ((file.name, file.read_bytes()) for file in files if file.is_file())
        elif isinstance(place, Mapping):
            yield from place.items()
        elif isinstance(place, Iterable):
            yield from _contents(place)
        else:
            raise TypeError(f"can't look into {type(place).__name__}")


def database() -> dict[str, bytes]:
    """Everything that the test's database holds: SQLite's files with the write-ahead log, or every table's rows.

    On SQLite use a transactional test: what isn't committed isn't in the files.
    """
    if connection.vendor == "sqlite":
        name = Path(str(connection.settings_dict["NAME"]))
        files = {file.name: file.read_bytes() for file in name.parent.glob(f"{name.name}*")}
        if name.name not in files:
            raise FileNotFoundError(f"{name}: an in-memory database can't be looked into")
        return files
    return dict(_tables())


def _tables() -> Iterator[tuple[str, bytes]]:
    """As PostgreSQL's owner, past the policies: row_security off would raise, so they are lifted for a moment."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            name = connection.ops.quote_name(table)
            cursor.execute(f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY")
            try:
                cursor.execute(f"SELECT * FROM {name}")  # noqa: S608
                rows = cursor.fetchall()
            finally:
                cursor.execute("SELECT relrowsecurity FROM pg_class WHERE oid = %s::regclass", [name])
                if cursor.fetchone()[0]:
                    cursor.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
            yield table, b"\n".join(_cell(cell) for row in rows for cell in row)


def _cell(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
