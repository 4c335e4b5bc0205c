"""The sentences of production's refusals."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Promise] = {
    "production.task_unknown": _("没有这张制证单。请从制证队列里重新打开。"),
    "production.medium_unfit": _("这个介质不能用：%(what)s。请换一个介质后再试。"),
    "production.not_started": _("还没有为它取用介质。请插入介质，点“检测并开始”。"),
    "production.another_medium": _("插着的不是这张单取用的介质。请换回取用的那个，或者先点“退回队列”再重新取用。"),
    "production.pin_not_ours": _("收到的初始 PIN 码打不开，没有采用。请保持介质插入，重新设置一次。"),
    "production.pin_gone": _("这个初始 PIN 码已经发出或作废，不能再看、再发。客户没有收到的，请办理解锁。"),
    "production.pin_reset_missing": _("寄来的介质还没有重置 PIN 码。请先由一人申请、另一人批准，再继续制作。"),
    "production.codes_gone": _("密码信封已经打印过，内容不再保存。没有打印好的，请重新制作一份，旧的随即作废。"),
    "production.too_late_to_remake": _("到手即坏免费重做限收到后 30 天内。已经超过的，请客户办理补办。"),
    "production.not_remakable": _("现在不能重做：CA 正在签发，或者还在送往客户的途中。请稍后再看。"),
}

UNFIT: dict[str, Promise] = {
    "model": _("型号与本业务要求的不符"),
    "used": _("里面已有登记在册的证书"),
    "taken": _("已为另一张订单取用"),
    "other_key": _("不是客户寄来的那一个"),
}
