"""System checks of the renewals app: the cryptography must be right before anything is signed, and the clocks too."""

from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004  (Django's name for it)
from django.utils import timezone

from portal import gm
from renewals.programmes.working_days import calendar_known

DECEMBER = 12


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


@register(deploy=True)
def next_years_calendar_is_there(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """From 1 December on (RULES P21). Of deployments, so that no test run fails by the date.

    The State Council publishes a year's holidays in November; `chinesecalendar` follows within weeks.
    """
    del app_configs, kwargs
    today = timezone.localdate()
    if today.month < DECEMBER or calendar_known(today.year + 1):
        return []
    return [
        Warning(
            f"还没有 {today.year + 1} 年的节假日安排，跨年的办理期限只能按周一到周五估算。",
            hint="Upgrade the pinned chinesecalendar; until then due dates of next year are shown as approximate.",
            id="renewals.W001",
        )
    ]
