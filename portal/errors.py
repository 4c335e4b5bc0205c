"""The typed errors of Certhall. Typed here, worded in each app's ``words.py``.

PortalError
├── NotFound             404  nothing of that name, or nothing that this caller may know of
├── PermissionRefused    403
├── GuardRefused         409  the rules of the order forbid it now
│   └── StaleVersion     409  somebody else was faster: look again
├── IdempotencyConflict  409  same key, other request
├── InvalidInput         422  with the fields and what to do about each
├── RateLimited          429  with the seconds to wait
└── OutsideUnavailable   503  CA, channel, SMS … didn't answer: will be tried again
"""

from typing import ClassVar


class PortalError(Exception):
    """``code`` names the sentence in ``words.py``; ``params`` fill it."""

    code: ClassVar[str] = "portal.error"
    status: ClassVar[int] = 500

    def __init__(self, **params: object) -> None:
        super().__init__(self.code, params)
        self.params = params

    def __str__(self) -> str:
        return f"{self.code} {self.params}" if self.params else self.code


class NotFound(PortalError):
    code = "portal.not_found"
    status = 404


class PermissionRefused(PortalError):
    code = "portal.permission_refused"
    status = 403


class GuardRefused(PortalError):
    code = "portal.guard_refused"
    status = 409


class StaleVersion(GuardRefused):
    code = "portal.stale_version"


class IdempotencyConflict(PortalError):
    code = "portal.idempotency_conflict"
    status = 409


class InvalidInput(PortalError):
    """``fields``: field name → sentences (already worded: they belong to one field)."""

    code = "portal.invalid_input"
    status = 422

    def __init__(self, fields: dict[str, list[str]], **params: object) -> None:
        super().__init__(**params)
        self.fields = fields

    def __str__(self) -> str:
        return f"{self.code}: {', '.join(self.fields)}"


class RateLimited(PortalError):
    code = "portal.rate_limited"
    status = 429

    def __init__(self, retry_after: int, **params: object) -> None:
        super().__init__(retry_after=retry_after, **params)
        self.retry_after = retry_after


class OutsideUnavailable(PortalError):
    code = "portal.outside_unavailable"
    status = 503
