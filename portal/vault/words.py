"""The sentences of this room's errors."""

from django.utils.translation import gettext_lazy as _

WORDS = {
    "vault.erased": _("这项信息已按规定永久删除，无法再查看。如业务仍需要，请客户重新填写。"),
    "vault.broken": _("这项信息未能通过完整性校验，已停止显示。请把本页时间和单号报给系统管理员。"),
}
