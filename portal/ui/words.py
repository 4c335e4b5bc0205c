"""Error code → Chinese sentence. Apps register theirs in ``AppConfig.ready``; ``say`` finds and fills them.

Every sentence tells what to do next. ``%(name)s`` takes the error's params; of a RateLimited also ``%(wait)s``,
"42 秒", "30 分钟" or "5 小时".
"""

import logging
from collections.abc import Iterator, Mapping

from django.core.checks import CheckMessage, Error
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.errors import PortalError, RateLimited

log = logging.getLogger(__name__)

WORDS: dict[str, Promise] = {
    "portal.error": _("系统没能完成这一步。请稍后重试；仍然不行时，请拨打服务热线。"),
    "portal.not_found": _("没有找到您要的内容。请核对网址，或返回首页重新进入。"),
    "portal.permission_refused": _("当前账号不能办理这项操作。请确认登录的账号；如需开通，请联系管理员。"),
    "portal.guard_refused": _("当前状态下不能这样操作。请刷新页面，查看现在可以办理的步骤。"),
    "portal.stale_version": _("这条记录刚刚有了变化。请刷新页面，看过最新内容后再操作一次。"),
    "portal.idempotency_conflict": _("这次提交与之前的提交不一致。请刷新页面，核对后重新提交。"),
    "portal.invalid_input": _("有内容需要修改。请按提示改正后重新提交。"),
    "portal.rate_limited": _("操作过于频繁，请在 %(wait)s后再试。"),
    "portal.outside_unavailable": _("外部系统暂时没有回应，系统会自动重试。请稍后刷新页面查看结果。"),
}

_registered: dict[str, str | Promise] = {}


def register(words: Mapping[str, str | Promise]) -> None:
    """Add an app's sentences. Registering a code again with another sentence is a ValueError."""
    for code, sentence in words.items():
        if _registered.setdefault(code, sentence) is not sentence:
            raise ValueError(f"error code {code!r} has words already")


def say(error: PortalError) -> str:
    """The sentence for this error; the nearest ancestor's where its own code has none, never an exception."""
    for code in _codes(type(error)):
        sentence = _registered.get(code)
        if sentence is None:
            continue
        try:
            return str(sentence) % _params(error)
        except (KeyError, ValueError, TypeError):
            log.exception("the words of %s don't fit its params %s", code, sorted(error.params))
    return str(WORDS["portal.error"])


def _params(error: PortalError) -> Mapping[str, object]:
    return {**error.params, "wait": waiting(error.retry_after)} if isinstance(error, RateLimited) else error.params


def waiting(seconds: int) -> str:
    """How long to wait as people say it, rounded up: whoever comes back then isn't too early."""
    if seconds < 2 * 60:
        return gettext("%(n)s 秒") % {"n": seconds}
    if seconds <= 2 * 60 * 60:
        return gettext("%(n)s 分钟") % {"n": -(-seconds // 60)}
    return gettext("%(n)s 小时") % {"n": -(-seconds // 3600)}


def _codes(kind: type[PortalError]) -> Iterator[str]:
    for ancestor in kind.__mro__:
        code = ancestor.__dict__.get("code")
        if isinstance(code, str):
            yield code


def every_error_has_words(**_options: object) -> list[CheckMessage]:
    """System check: a code without words would reach the customer as a bare apology."""
    missing = sorted({kind.code: kind for kind in _kinds(PortalError) if kind.code not in _registered}.items())
    return [
        Error(
            f"{kind.__module__}.{kind.__qualname__}: no words for {code!r}",
            hint="Add the sentence to the app's words.py and register it in AppConfig.ready.",
            id="ui.E001",
        )
        for code, kind in missing
    ]


def _kinds(root: type[PortalError]) -> Iterator[type[PortalError]]:
    yield root
    for kind in root.__subclasses__():
        yield from _kinds(kind)
