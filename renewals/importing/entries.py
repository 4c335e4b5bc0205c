"""One row of a certificate file → an entry that can be registered, or everything that is wrong with it. Pure.

What the certificate itself says (serial, subject, dates, algorithm) is read from it; a cell that says otherwise is a
problem of the row, never silently right.
"""

import base64
import binascii
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from portal import gm
from renewals.importing.columns import CONTACTS, WANTED
from renewals.programmes.facts import HolderKind, Storage
from renewals.validation import InvalidValue, parse_holder_code, parse_mobile, parse_person_name

#: what stands in cells → what the registry keeps
CHOICES: Final[dict[str, dict[str, str]]] = {
    "holder_kind": {
        "机构": HolderKind.ORGANISATION,
        "单位": HolderKind.ORGANISATION,
        "机构个人": HolderKind.ORGANISATION_PERSONAL,
        "机构业务": HolderKind.ORGANISATION_BUSINESS,
        "个人": HolderKind.INDIVIDUAL,
    },
    "storage": {"硬件": Storage.HARDWARE, "ekey": Storage.HARDWARE, "文件": Storage.FILE, "pfx": Storage.FILE},
    "has_seal": {"是": "yes", "有": "yes", "1": "yes", "true": "yes", "否": "no", "无": "no", "0": "no", "false": "no"},
    "kind": {"网关": "gateway", "网关证书": "gateway", "终端": "terminal", "终端证书": "terminal"},
    "algorithm": {"sm2": "sm2", "rsa": "rsa", "rsa2048": "rsa", "国密": "sm2"},
    "ca_status": {
        "有效": "valid",
        "过期": "valid",  # its dates say so; the CA's own word is that it stands
        "冻结": "frozen",
        "已吊销": "revoked",
        "吊销": "revoked",
        "已更新": "replaced",
    },
    "gateway_state": {"开通": "open", "暂停": "suspended", "注销": "closed"},
}
LENGTHS: Final = {
    "holder_name": 200,
    "number": 64,
    "medium_number": 64,
    "key_model": 64,
    "gateway_code": 32,
    "gateway_type": 64,
    "gateway_system": 64,
}
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T].*)?")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,180}\.[^@\s]{2,}")
_PEM = re.compile(r"-----[^-]+-----")


@dataclass(frozen=True, slots=True)
class RowProblem:
    """``column``: a field of columns.HEADINGS. ``params`` fill the sentence; they quote nothing of a person."""

    column: str
    code: str
    params: dict[str, str] = field(default_factory=dict)


class RowRefused(Exception):
    """Everything that is wrong with a row."""

    def __init__(self, problems: list[RowProblem]) -> None:
        super().__init__(", ".join(f"{one.column}: {one.code}" for one in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Person:
    """``phone``: eleven digits; ``email`` may be ""."""

    name: str = field(repr=False)
    phone: str = field(repr=False)
    email: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True)
class Entry:
    """What a row says. ``told``: the fields of the registry that the row names; the others stay as they are."""

    serial: str
    signing_der: bytes
    encryption_der: bytes | None
    subject: str
    not_before: datetime
    not_after: datetime
    algorithm: str
    told: dict[str, Any]
    gateway: dict[str, str]  # code, type, system, state; those that the row names
    people: tuple[Person, ...]


def read_entry(cells: Mapping[str, str], *, programmes: Mapping[str, str], zone: ZoneInfo) -> Entry:
    """``programmes``: title or slug → slug of those that the hall runs. RowRefused with all problems at once."""
    return _Reader(cells, programmes, zone).entry()


class _Reader:
    def __init__(self, cells: Mapping[str, str], programmes: Mapping[str, str], zone: ZoneInfo) -> None:
        self.cells, self.programmes, self.zone = cells, programmes, zone
        self.problems: list[RowProblem] = []

    def entry(self) -> Entry:
        for name in WANTED:
            if not self.cells.get(name):
                self.bad(name, "missing")
        for name, longest in LENGTHS.items():
            if len(self.cells.get(name, "")) > longest:
                self.bad(name, "too_long", limit=str(longest))
        certificate = self.certificate("certificate")
        told = self.told()
        people = self.people()
        gateway = self.gateway()
        if certificate is not None:
            self.agrees(certificate)
            self.fits(told)
        encryption = self.certificate("encryption_certificate")
        if certificate is None or self.problems:
            raise RowRefused(self.problems)
        return Entry(
            serial=certificate.serial_hex,
            signing_der=certificate.der,
            encryption_der=encryption.der if encryption else None,
            subject=certificate.subject[:500],
            not_before=certificate.not_before,
            not_after=certificate.not_after,
            algorithm=certificate.algorithm.lower(),
            told=told,
            gateway=gateway,
            people=people,
        )

    def bad(self, column: str, code: str, **params: str) -> None:
        self.problems.append(RowProblem(column, code, params))

    def checked(self, column: str, parse: Callable[[str], str]) -> str:
        try:
            return parse(self.cells[column])
        except InvalidValue as refusal:
            self.bad(column, refusal.problem.value)
            return ""

    def chosen(self, column: str) -> str:
        """The registry's word for a cell; also the word itself is taken."""
        known = CHOICES[column]
        text = self.cells[column].lower()
        if text in known.values():
            return text
        if text not in known:
            self.bad(column, "unknown_choice", choices="、".join(known))
        return str(known.get(text, ""))

    def certificate(self, column: str) -> gm.Certificate | None:
        """PEM, or DER in base64."""
        if not (text := self.cells.get(column)):
            return None
        try:
            return gm.Certificate.from_der(base64.b64decode("".join(_PEM.sub("", text).split()), validate=True))
        except (binascii.Error, ValueError, gm.GmError):
            self.bad(column, "not_a_certificate")
            return None

    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = {}
        if programme := self.cells.get("programme"):
            told["programme_slug"] = self.programmes.get(programme, "")
            if not told["programme_slug"]:
                self.bad("programme", "unknown_programme", known="、".join(sorted(set(self.programmes.values()))))
        if self.cells.get("holder_code"):
            told["holder_code"] = self.checked("holder_code", parse_holder_code)
        for name in ("holder_name", "number", "medium_number", "key_model"):
            if name in self.cells:
                told[name] = self.cells[name]
        for name in ("holder_kind", "storage", "kind", "ca_status"):
            if name in self.cells:
                told[name] = self.chosen(name)
        if "has_seal" in self.cells:
            told["has_seal"] = self.chosen("has_seal") == "yes"
        return told

    def agrees(self, certificate: gm.Certificate) -> None:
        """What the cells say of serial, dates and algorithm against what the certificate says."""
        if "serial" in self.cells and _serial(self.cells["serial"]) != _serial(certificate.serial_hex):
            self.bad("serial", "differs", found=certificate.serial_hex)
        if "algorithm" in self.cells and (said := self.chosen("algorithm")) and said != certificate.algorithm.lower():
            self.bad("algorithm", "differs", found=certificate.algorithm)
        for column, moment in (("not_before", certificate.not_before), ("not_after", certificate.not_after)):
            if column not in self.cells:
                continue
            day = day_of(self.cells[column])
            inside = moment.astimezone(self.zone).date()
            if day is None:
                self.bad(column, "not_a_day")
            elif day != inside:
                self.bad(column, "differs", found=inside.isoformat())

    def fits(self, told: Mapping[str, Any]) -> None:
        """RULES B3: a file certificate's number ends in #0, a hardware one's never does; a key has a number."""
        in_file = told.get("storage") == Storage.FILE
        number = self.cells.get("number", "")
        if in_file != number.endswith("#0") and ("storage" in told or number.endswith("#0")):
            self.bad("number", "number_of_file" if in_file else "number_of_hardware")
        if not in_file:
            for name in ("medium_number", "key_model"):
                if name not in self.cells:
                    self.bad(name, "missing")

    def gateway(self) -> dict[str, str]:
        found = {
            name: self.cells[f"gateway_{name}"]
            for name in ("code", "type", "system")
            if f"gateway_{name}" in self.cells
        }
        if "gateway_state" in self.cells:
            found["state"] = self.chosen("gateway_state")
        if found and "code" not in found:
            self.bad("gateway_code", "missing")
        return found

    def people(self) -> tuple[Person, ...]:
        found = []
        for n in range(1, CONTACTS + 1):
            name, phone, email = (f"contact_{part}_{n}" for part in ("name", "phone", "email"))
            if not any(column in self.cells for column in (name, phone, email)):
                continue
            for column in (name, phone):
                if column not in self.cells:
                    self.bad(column, "missing")
            if email in self.cells and not _EMAIL.fullmatch(self.cells[email]):
                self.bad(email, "not_an_address")
            if name in self.cells and phone in self.cells:
                person = Person(
                    self.checked(name, parse_person_name),
                    self.checked(phone, parse_mobile),
                    self.cells.get(email, ""),
                )
                found.append(person)
        if len({person.phone for person in found}) != len(found):
            self.bad("contact_phone_2", "same_phone_twice")
        return tuple(found)


def programmes_by_name(packs: Collection[Any]) -> dict[str, str]:
    """Title, service and slug → slug."""
    return {name: pack.slug for pack in packs for name in (pack.title, pack.slug)}


def _serial(text: str) -> str:
    return "".join(text.split()).replace(":", "").replace("-", "").upper().lstrip("0")


def day_of(text: str) -> date | None:
    """The day that a cell names, 2027-03-05 or like that; None where it names none."""
    match = _DAY.fullmatch(text.strip())
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
