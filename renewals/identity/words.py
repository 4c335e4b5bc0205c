"""The sentences for the identity service's error codes."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, str | Promise] = {
    "identity.reply_invalid": _("身份核验服务的应答无法确认真伪，本次没有结果。系统稍后会自动再试。"),
    "identity.request_refused": _("身份核验服务没有受理这次请求（%(reason)s）。请联系客服，或到服务网点办理。"),
}
