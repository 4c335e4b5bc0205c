"""How django.contrib.auth finds the user of a session. Passwords and codes are checked by the services."""

from django.contrib.auth.backends import BaseBackend

from portal.accounts.models import User


class TenantBackend(BaseBackend):
    """Looks inside the current tenant only (the caller is inside its tenant_tx)."""

    def get_user(self, user_id: int) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()


BACKEND = "portal.accounts.backends.TenantBackend"
