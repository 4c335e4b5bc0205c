"""The sentences for this app's error codes."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, str | Promise] = {
    "jobs.stale_lease": _("这项后台任务已由另一个进程接手，本次结果作废，无需处理。"),
    "jobs.lease_expired": _("后台进程中途退出，任务没有做完。请核对外部系统后重试该任务。"),
    "jobs.unknown_handler": _("当前版本不认识任务“%(handler)s”。请确认所有后台进程都已升级，然后重试。"),
    "jobs.not_found": _("没有找到这项后台任务。请核对任务编号。"),
    "jobs.not_dead": _("只有已停止的任务才能手动重试；这项任务目前是“%(state)s”，请稍后再看。"),
    "jobs.personal_data_in_payload": _("任务参数“%(where)s”里出现了个人信息。请把它放进加密的 secret 里。"),
}
