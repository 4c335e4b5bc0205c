"""Sessions in the database that belong to one tenant: another tenant's session reads as an empty one (DESIGN §4)."""

from typing import Any

from django.contrib.sessions.backends import db

_TENANT = "_tenant"


class SessionStore(db.SessionStore):
    """``tenant_id`` is set by TenantSessionMiddleware before the first read."""

    tenant_id: int | None = None

    @classmethod
    def get_model_class(cls) -> Any:
        from django.contrib.sessions.models import Session  # noqa: PLC0415  (apps must be ready)

        return Session

    def load(self) -> dict[str, Any]:
        data = super().load()
        if data and data.get(_TENANT) != self.tenant_id:
            self._session_key = None  # never written under this key, never told apart from a made-up one
            return {}
        return data

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        return super().create_model_instance({**data, _TENANT: self.tenant_id})
