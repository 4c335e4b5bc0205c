"""System checks: without these a form is slow, huge, or full of boxes."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004  (Django's name for it)

from renewals.request_form import subsetting
from renewals.request_form.errors import FontsUnavailable
from renewals.request_form.fonts import FontChain


@register()
def forms_can_be_cut(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """WeasyPrint only warns without it, and takes 90 times as long."""
    del app_configs, kwargs
    try:
        subsetting.library()
    except FontsUnavailable:
        return [
            Error(
                "HarfBuzz' subset library is missing: no request form can be made.",
                hint="Install Debian's libharfbuzz-subset0 (script/bootstrap does).",
                id="renewals.E010",
            )
        ]
    return []


@register()
def forms_have_fonts(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    del app_configs, kwargs
    try:
        links = FontChain(settings.CERTHALL.font_dir).links
    except FontsUnavailable:
        return [
            Error(
                "The fonts of the request form are missing.",
                hint="Install Debian's fonts-noto-cjk (script/bootstrap does).",
                id="renewals.E011",
            )
        ]
    if not any("Rare" in link.family for link in links):
        return [
            Warning(
                "没有生僻字字体：姓名里有扩展区汉字的客户无法打印申请表。",
                hint="Install Debian's fonts-hanazono (script/bootstrap does).",
                id="renewals.W011",
            )
        ]
    return []
