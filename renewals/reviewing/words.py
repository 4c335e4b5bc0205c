"""The sentences of the review's refusals."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Promise] = {
    "review.not_open": _("这张订单现在不用审核：可能已有结论，或者客户刚改了申请。请回到审核队列，领取下一件。"),
    "review.held_by_other": _("%(holder)s 正在审核这张订单，领取到 %(until)s。请审核别的订单，或等到期后接手。"),
    "review.not_held": _("您还没有领取这张订单，或者领取已经到期。请先点“领取”，您做的标记都还在。"),
    "review.nothing_free": _("没有等待领取的订单了。可以刷新队列，或换一个筛选条件。"),
    "review.papers_changed": _("材料刚刚有了变化：%(papers)s。请重新查看后再提交结论。"),
    "review.papers_undecided": _("还有材料没有接受：%(papers)s。请逐份接受，或退回让客户更正。"),
    "review.status_not_fresh": _("还没有 24 小时以内的 CA 状态。请点“重新查询”，等 CA 答复后再通过。"),
    "review.not_renewable": _("CA 答复这张证书%(state)s，不能续期。请终止办理，系统会通知客户并退款。"),
    "review.still_renewable": _("CA 答复这张证书可以续期，不能按 CA 状态终止。请退回、驳回或通过。"),
    "review.marks_incomplete": _("审核标记还不完整，请按提示补充后再提交。"),
}
