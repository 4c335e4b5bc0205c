"""What is said of input that doesn't have the shape of its action: by the kind of error, in words to act on."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_SENTENCES: Final[dict[str, Promise]] = {
    "missing": _("请填写此项。"),
    "extra_forbidden": _("这一项不需要提交，请刷新页面后重新填写。"),
    "string_too_short": _("至少 %(min_length)s 个字，请补全。"),
    "string_too_long": _("最多 %(max_length)s 个字，请缩短。"),
    "int_parsing": _("请填写整数。"),
    "int_type": _("请填写整数。"),
    "greater_than_equal": _("请填写不小于 %(ge)s 的数。"),
    "base64_decode": _("Ekey 传回的数据不完整，请重试。"),
    "enum": _("请从给出的选项中选择一项。"),
}
_OTHERWISE: Final = _("填写的内容不符合要求，请核对后重新填写。")


def say_wrong_input(kind: str, about: Mapping[str, Any]) -> str:
    """The sentence for a pydantic error of this kind; ``about`` holds the limits that it names."""
    return str(_SENTENCES.get(kind, _OTHERWISE)) % about
