"""What an address of the opening pages says: filters, ticks, the path. All of it may be wrong; nothing is trusted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.http import QueryDict

from renewals.applying import Candidate

MOST = 500  # ticks that are looked at


@dataclass(frozen=True)
class Filters:
    """网关类型, 网关编码, 证书号 (RULES A12); parts of a code or number will do."""

    type: str = ""
    code: str = ""
    number: str = ""

    @classmethod
    def of(cls, sent: Mapping[str, str]) -> "Filters":
        return cls(*(sent.get(name, "").strip()[:64] for name in ("type", "code", "number")))

    def __bool__(self) -> bool:
        return bool(self.type or self.code or self.number)

    def let_through(self, one: Candidate) -> bool:
        gateway, certificate = one.certificate.gateway, one.certificate
        numbers = (certificate.number, certificate.serial, certificate.medium_number)
        return (
            (not self.type or (gateway is not None and gateway.type == self.type))
            and (not self.code or (gateway is not None and _within(self.code, gateway.code)))
            and (not self.number or any(_within(self.number, each) for each in numbers))
        )


def _within(part: str, whole: str) -> bool:
    return "".join(part.split()).casefold() in whole.casefold()


def ticked(sent: QueryDict, among: Iterable[Candidate]) -> list[Candidate]:
    """The ticked certificates that this customer may choose, in the order of the list; the others fall away."""
    wanted = set(sent.getlist("certificate")[:MOST])
    return [one for one in among if one.certificate.public_id in wanted and one.can_be_chosen]
