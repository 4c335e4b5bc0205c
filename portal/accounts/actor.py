"""Who does something, as the doors and the audit log see them."""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

from portal.accounts.roles import Role

if TYPE_CHECKING:
    from django.http import HttpRequest

ActorKind = Literal["anonymous", "customer", "staff", "system", "bridge", "ca"]


@dataclass(frozen=True, slots=True)
class Actor:
    """``label`` is masked: it goes to the audit log and to pages. ``session_hash`` ties rows of one visit together.

    ``deputy_for`` names the colleagues whose roles are among ``roles`` today (RULES P21).
    """

    kind: ActorKind
    user_id: int | None
    label: str
    roles: frozenset[Role] = frozenset()
    ip: str = ""
    session_hash: str = ""
    deputy_for: tuple[str, ...] = ()

    @classmethod
    def system(cls, name: str) -> Self:
        """A part of the portal itself: ``Actor.system("payments")``."""
        return cls(kind="system", user_id=None, label=name)

    @classmethod
    def anonymous(cls, ip: str = "", session_hash: str = "") -> Self:
        return cls(kind="anonymous", user_id=None, label="未登录", ip=ip, session_hash=session_hash)

    @property
    def is_staff(self) -> bool:
        return self.kind == "staff"


def actor_of(request: "HttpRequest") -> Actor:
    """Who stands behind this request; worked out once (AccountMiddleware)."""
    known: Actor | None = getattr(request, "_actor", None)
    if known is None:
        known = _read_actor(request)
        request._actor = known  # type: ignore[attr-defined]
    return known


def hash_session_key(key: str | None) -> str:
    """16 hex digits: enough to group rows of one visit, useless for taking it over."""
    return hashlib.sha256(b"certhall.session|" + key.encode()).hexdigest()[:16] if key else ""


def _read_actor(request: "HttpRequest") -> Actor:
    from portal.accounts.addresses import client_address  # noqa: PLC0415  (this module is imported by models)
    from portal.accounts.models import User  # noqa: PLC0415
    from portal.accounts.selectors import duties_of  # noqa: PLC0415

    ip = client_address(request)
    session_hash = hash_session_key(request.session.session_key)
    user = request.user
    if not isinstance(user, User):
        return Actor.anonymous(ip, session_hash)
    if user.is_customer:
        return Actor("customer", user.pk, user.masked_label, frozenset(), ip, session_hash)
    duties = duties_of(user)
    return Actor("staff", user.pk, user.masked_label, duties.roles, ip, session_hash, duties.deputy_for)
