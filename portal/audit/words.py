"""The sentences of this room's errors."""

from django.utils.translation import gettext_lazy as _

WORDS = {
    "audit.head_not_ours": _("第 %(line)s 行不是本系统签发的审计链头，请换用导出时的原文件再核对。"),
}
