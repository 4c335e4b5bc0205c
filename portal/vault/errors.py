"""Why a sealed value doesn't open."""

from portal.errors import PortalError


class SealedValueErased(PortalError):
    """Its data key was destroyed on purpose; nobody can open it again."""

    code = "vault.erased"
    status = 410


class SealedValueBroken(PortalError):
    """The bytes, the key or the place isn't what it was sealed with: damage, or an attempt at fraud."""

    code = "vault.broken"
    status = 500
