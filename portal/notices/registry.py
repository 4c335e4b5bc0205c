"""The kinds of notices, with their default texts. Knows no tables."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal.accounts.models import User


class Channel(StrEnum):
    SMS = "sms"
    EMAIL = "email"
    IN_PAGE = "in_page"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom to tell. `user` gets the in-page notice, and the SMS at the account's own phone unless `phone` is given."""

    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    user: "User | None" = None

    def __post_init__(self) -> None:
        if not (self.phone or self.email or self.user):
            raise ValueError("a recipient needs a phone, an e-mail address or a user")


@dataclass(frozen=True, slots=True)
class Text:
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Kind:
    """`secret`: the message itself grants something (a code), so it is shown nowhere but to its recipient."""

    name: str
    texts: dict[Channel, Text]
    secret: bool


_kinds: dict[str, Kind] = {}


def register(
    kind: str,
    *,
    sms: str = "",
    email_subject: str = "",
    email_body: str = "",
    in_page: str = "",
    secret: bool = False,
) -> None:
    """Name a kind of notice and give its default texts (Django template syntax: variables, if, for).

    A channel without a text isn't used. Raises ValueError for a template that doesn't compile or uses more.
    """
    from portal.notices import rendering  # noqa: PLC0415 (Django's template engine waits for settings)

    if bool(email_subject) != bool(email_body):
        raise ValueError(f"notice {kind}: an e-mail needs a subject and a body")
    given = {
        Channel.SMS: Text("", sms),
        Channel.EMAIL: Text(email_subject, email_body),
        Channel.IN_PAGE: Text("", in_page),
    }
    texts = {channel: text for channel, text in given.items() if text.body}
    if not texts:
        raise ValueError(f"notice {kind}: no text at all")
    for text in texts.values():
        rendering.variables(text)
    _kinds[kind] = Kind(kind, texts, secret)


def find(kind: str) -> Kind:
    """Raises KeyError for a kind that nobody registered."""
    return _kinds[kind]


def all_kinds() -> tuple[Kind, ...]:
    return tuple(_kinds.values())


def forget(kind: str) -> None:
    """For tests."""
    _kinds.pop(kind, None)
