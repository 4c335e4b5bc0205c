"""What views hand to the component templates: small frozen records, no behaviour but drawing themselves.

Texts may be lazy translations. ``str()`` of a ``Badge`` or ``Link`` is its markup, escaped: ``{{ badge }}`` draws it,
in a table cell too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.ui.icons import icon

Text = str | Promise
Tone = Literal["neutral", "info", "success", "warning", "danger"]
TaskState = Literal["waiting", "current", "submitted", "done", "returned", "skipped"]

TONE_ICONS = {"info": "clock", "success": "check", "warning": "alert", "danger": "cross"}


@dataclass(frozen=True, slots=True)
class Badge:
    """A state in words; the colour and the sign only help."""

    text: Text
    tone: Tone = "neutral"

    def __str__(self) -> SafeString:
        sign = TONE_ICONS.get(self.tone)
        return format_html(
            '<span class="badge badge--{}">{}{}</span>', self.tone, icon(sign) if sign else "", self.text
        )

    __html__ = __str__


@dataclass(frozen=True, slots=True)
class Link:
    text: Text
    url: str
    accessible: Text = ""  # what "查看" alone doesn't say, for screen readers

    def __str__(self) -> SafeString:
        more = format_html('<span class="visually-hidden"> {}</span>', self.accessible) if self.accessible else ""
        return format_html('<a href="{}">{}{}</a>', self.url, self.text, more)

    __html__ = __str__


@dataclass(frozen=True, slots=True)
class Task:
    """A row of a task list; ``url`` only where there is something to do or read."""

    title: Text
    state: TaskState
    badge: Badge
    url: str = ""
    hint: Text = ""


@dataclass(frozen=True, slots=True)
class TaskGroup:
    title: Text
    tasks: Sequence[Task]


@dataclass(frozen=True, slots=True)
class Stage:
    title: Text
    state: Literal["done", "current", "todo"]


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a timeline; ``at`` is aware; ``by`` already masked."""

    title: Text
    at: datetime | None = None
    by: Text = ""
    detail: Text = ""
    tone: Tone = "neutral"


@dataclass(frozen=True, slots=True)
class NextStep:
    """Who acts next and by when: ``who`` is "you" for the reader, "them" for anybody else."""

    who: Literal["you", "them", "done", "stopped"]
    actor: Text
    title: Text
    hint: Text = ""
    by: Text = ""
    url: str = ""
    action: Text = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A row of a summary list or of key–value pairs; with ``change_url`` it gets 修改."""

    label: Text
    value: object
    change_url: str = ""
    change_text: Text = ""


@dataclass(frozen=True, slots=True)
class Column:
    label: Text
    kind: Literal["text", "number", "money", "code", "actions"] = "text"


@dataclass(frozen=True, slots=True)
class Row:
    """``cells`` in the order of the columns; the first one heads the row."""

    cells: Sequence[object]
    url: str = ""  # staff lists: Enter opens it


@dataclass(frozen=True, slots=True)
class Table:
    columns: Sequence[Column]
    rows: Sequence[Row]
    caption: Text = ""
    hide_caption: bool = False
    footer: Sequence[object] = field(default=())


@dataclass(frozen=True, slots=True)
class Tab:
    label: Text
    url: str
    current: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Crumb:
    label: Text
    url: str = ""


@dataclass(frozen=True, slots=True)
class RunStage:
    """A check or a stage of something that runs while one watches; ``name`` is what a script calls it."""

    name: str
    title: Text
    state: Literal["waiting", "current", "done", "failed"]
    result: Badge | str = ""
    hint: Text = ""
