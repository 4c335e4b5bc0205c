"""Days and times as banks write them. Year first always: 03/04/2026 is nobody's guess to make."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import ClassVar

from payments.statements.model import BANK_ZONE

_DAY = (
    r"(?P<year>(?:19|20)[0-9]{2})(?:(?P<month>[0-9]{2})(?P<day>[0-9]{2})"
    r"|(?P<mark>[-/.年])(?P<month1>[0-9]{1,2})(?:(?P=mark)|月)(?P<day1>[0-9]{1,2})日?)"
)
_TIME = (
    r"(?P<hour>[0-9]{2})(?P<colon>[:.时]?)(?P<minute>[0-9]{2})"
    r"(?:(?:(?P=colon)|分)(?P<second>[0-9]{2})秒?(?:\.[0-9]{1,6})?)?"
)
_DAY_ALONE = re.compile(_DAY)
_TIME_ALONE = re.compile(_TIME)
_MOMENT = re.compile(_DAY + r"[ T]?" + _TIME)
_CLOCK = " [0-9]{2}:[0-9]{2}:[0-9]{2}\n"
_MOMENTS = re.compile(rf"(?:[0-9]{{8}}{_CLOCK})*+|(?:[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{_CLOCK})*+")
_ZONE = "+08:00"


class NotADay(ValueError):
    """``args[0]``: what stood there."""


def _date(found: re.Match[str]) -> date:
    month, day = found["month"] or found["month1"], found["day"] or found["day1"]
    return date(int(found["year"]), int(month), int(day))


def _time(found: re.Match[str]) -> time:
    return time(int(found["hour"]), int(found["minute"]), int(found["second"] or "0"))


def parse_day(text: str) -> date:
    """The day of "20261121", "2026-11-21", "2026/1/2", "2026年1月2日", also with a time behind. Raises NotADay."""
    plain = unicodedata.normalize("NFKC", text).strip()
    try:
        if found := _DAY_ALONE.fullmatch(plain):
            return _date(found)
        return parse_moment(text).date()
    except ValueError as error:
        raise NotADay(text) from error


def parse_moment(text: str) -> datetime:
    """Day and time to the second, in the bank's zone. Raises NotADay."""
    found = _MOMENT.fullmatch(" ".join(unicodedata.normalize("NFKC", text).split()))
    try:
        if found is None:
            raise NotADay(text)
        return datetime.combine(_date(found), _time(found), BANK_ZONE)
    except ValueError as error:
        raise NotADay(text) from error


def parse_time(text: str) -> time:
    """ "17:07:09", "170709", "17:07". Raises NotADay."""
    found = _TIME_ALONE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    try:
        if found is None:
            raise NotADay(text)
        return _time(found)
    except ValueError as error:
        raise NotADay(text) from error


def parse_moments(cells: Sequence[str]) -> list[datetime] | None:
    """A whole column at once; None where a cell is written in another way or can't be."""
    if not cells or _MOMENTS.fullmatch("\n".join(cells) + "\n") is None:
        return None
    try:
        return [datetime.fromisoformat(cell + _ZONE) for cell in cells]
    except ValueError:
        return None


class Days(dict[str, date | None]):
    """Text → day, each text read once: a month has thirty. None for what isn't a day."""

    limit: ClassVar[int] = 10_000

    def __missing__(self, text: str) -> date | None:
        try:
            found: date | None = parse_day(text)
        except NotADay:
            found = None
        if len(self) < self.limit:
            self[text] = found
        return found
