"""System checks of the renewals app: the cryptography must be right before anything is signed."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from portal import gm


@register()
def cryptography_is_right(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The standards' own vectors through this machine's OpenSSL (portal.gm.selftest)."""
    del app_configs, kwargs
    try:
        gm.selftest.run()
    except gm.GmError as error:
        return [
            Error(
                f"portal.gm: {error}",
                hint="The system's OpenSSL 3 (libcrypto) must offer SM2, SM3 and SM4; install Debian's libssl3.",
                id="renewals.E001",
            )
        ]
    return []
