"""The snapshot of facts that conditions look at. Taken once, kept with the order (DESIGN §1). Pure."""

import datetime
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo


class Algorithm(StrEnum):
    SM2 = "sm2"
    RSA = "rsa"


class Storage(StrEnum):
    HARDWARE = "hardware"
    FILE = "file"


class HolderKind(StrEnum):
    ORGANISATION = "organisation"  # 机构
    ORGANISATION_PERSONAL = "organisation_personal"  # 机构个人
    ORGANISATION_BUSINESS = "organisation_business"  # 机构业务
    INDIVIDUAL = "individual"  # 个人


class CaStatus(StrEnum):
    """What the CA itself says of a certificate, apart from its dates (RULES A6)."""

    VALID = "valid"
    FROZEN = "frozen"
    REVOKED = "revoked"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of one certificate on one day.

    ``days_left``: whole days in the tenant's zone from ``on`` to the last day of validity; 0 on that day, negative
    afterwards.
    """

    on: datetime.date
    days_left: int
    certificate_number: str  # the serial as printed: hex digits, or a number such as 12345#0 (RULES B3)
    medium_number: str  # the number on the key's shell; "" for file certificates
    key_model: str
    algorithm: Algorithm
    storage: Storage
    holder_kind: HolderKind
    ca_status: CaStatus = CaStatus.VALID
    has_seal: bool = False

    def as_record(self) -> dict[str, Any]:
        """Plain JSON values; `Facts.from_record` gives the same facts back."""
        record = asdict(self)
        return {name: str(value) if isinstance(value, StrEnum) else value for name, value in record.items()} | {
            "on": self.on.isoformat()
        }

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> "Facts":
        return cls(
            **record
            | {
                "on": datetime.date.fromisoformat(record["on"]),
                "algorithm": Algorithm(record["algorithm"]),
                "storage": Storage(record["storage"]),
                "holder_kind": HolderKind(record["holder_kind"]),
                "ca_status": CaStatus(record["ca_status"]),
            }
        )


# What a condition may look at, and the type that its value must have. A new fact gets its place here.
FACT_TYPES: dict[str, type] = {f.name: f.type for f in fields(Facts) if f.name != "on" and isinstance(f.type, type)}


def days_left(not_after: datetime.datetime, now: datetime.datetime, tz: ZoneInfo) -> int:
    """Whole days in the tenant's zone (DESIGN §5): 0 on the last day, however late; both datetimes aware."""
    return (not_after.astimezone(tz).date() - now.astimezone(tz).date()).days
