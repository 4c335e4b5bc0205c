"""The folder that soft keys live in. A kill at any moment leaves the old file or the new one."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from renewals.bridge.simulator.soft_key import SoftKey


class KeyStore:
    """`keys/<serial>.json`, one a key, and `slots.json`: which of them are plugged in.

    Nothing is cached, so that demo data can be loaded beside a running simulator; `locked()`
    keeps threads and processes apart.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._keys = folder / "keys"
        self._keys.mkdir(parents=True, exist_ok=True, mode=0o700)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Not re-entrant."""
        with (self.folder / ".lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def serials(self) -> list[str]:
        return sorted(file.stem for file in self._keys.glob("*.json"))

    def read(self, serial: str) -> SoftKey | None:
        try:
            text = self._file(serial).read_text("utf-8")
        except FileNotFoundError:
            return None
        return SoftKey.from_json(json.loads(text))

    def write(self, key: SoftKey) -> None:
        _replace(self._file(key.serial), key.to_json())

    def delete(self, serial: str) -> None:
        self._file(serial).unlink(missing_ok=True)

    def read_slots(self) -> dict[str, int]:
        """Serial → number of this insertion, in the order of plugging in."""
        try:
            slots: dict[str, int] = json.loads((self.folder / "slots.json").read_text("utf-8"))
        except FileNotFoundError:
            return {}
        return slots

    def write_slots(self, slots: dict[str, int]) -> None:
        _replace(self.folder / "slots.json", slots)

    def _file(self, serial: str) -> Path:
        return self._keys / f"{serial}.json"


def _replace(file: Path, content: dict[str, Any]) -> None:
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(content, out, ensure_ascii=False, indent=1)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
