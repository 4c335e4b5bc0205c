"""The workbench's sentences: refusals, and why a suggestion is one."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, str | Promise] = {
    "payments.line_not_found": _("没有找到这笔流水。请返回对账工作台重新选择。"),
    "payments.line_not_waiting": _("这笔流水已有处理结果（%(state)s，%(by)s）。请看下一笔。"),
    "payments.nothing_decided": _("还没有选择应收或余款去向。请选择后再提交。"),
    "payments.totals_differ": _("到账 %(lines)s，分配合计 %(shares)s，两边不相等。请改到一分不差后再提交。"),
    "payments.share_too_much": _("“%(charge)s”待收 %(open)s，分配的金额更多。多出的请转入余额或原路退回。"),
    "payments.payer_is_another": _(
        "付款人“%(payer)s”不是“%(holder)s”，不能直接入账。请转入“付款人不符”，等客户交代付说明。"
    ),
    "payments.holder_missing": _("没有写明余额归谁。请填写单位名称。"),
    "payments.reason_missing": _("请写明原因，便于日后查账。"),
    "payments.not_undoable": _("这笔流水没有可以撤销的处理。请刷新页面查看最新状态。"),
    "payments.money_gone_on": _("这笔钱已退款、转走或用掉，不能撤销。请改用退款办理。"),
    "payments.order_gone_on": _("“%(charge)s”付清后已往下办理，不能撤销入账。请联系客户，需要时改为退款。"),
    "payments.customer_answered": _("客户已就这笔款项答复，不能撤销。请到“付款人不符”里办理。"),
}

#: payments.matching.Reason → words; params as in Because, amounts as displayed
REASON_WORDS: dict[str, str | Promise] = {
    "number": _("附言写明订单编号 %(number)s"),
    "one_wrong_digit": _("附言里的 %(written)s 与订单编号 %(number)s 只差一位"),
    "swapped_digits": _("附言里的 %(written)s 两位对调后就是订单编号 %(number)s"),
    "lost_digit": _("附言里的 %(written)s 少一位，补上就是订单编号 %(number)s"),
    "extra_digit": _("附言里的 %(written)s 多一位，去掉就是订单编号 %(number)s"),
    "glued_number": _("附言里的 %(written)s 连着其他数字，其中有订单编号 %(number)s"),
    "several_numbers": _("附言写了 %(count)s 个订单编号"),
    "amount": _("金额一致"),
    "holder": _("付款人就是申请单位"),
    "holder_cut": _("付款户名被银行截断，开头与申请单位一致"),
    "holder_in_remark": _("附言提到“%(named)s”"),
    "third_party": _("付款人“%(payer)s”不是申请单位“%(holder)s”"),
    "claim": _("与客户登记的转账一致（相差 %(days)s 天）"),
    "claim_part": _("客户为这笔应收登记了同一天的转账"),
    "claim_account": _("付款账号与客户登记的一致"),
    "claim_other_name": _("金额与客户登记的一致，户名不同"),
    "sum": _("正好是 %(count)s 笔应收之和"),
    "split": _("%(count)s 笔流水合起来正好"),
    "under": _("还差 %(fen)s"),
    "over": _("多出 %(fen)s"),
    "late": _("这笔应收%(standing)s，属于晚到或重复付款"),
    "several_lines": _("有 %(count)s 笔流水指向这笔应收"),
    "other_charges": _("该付款人另有 %(count)s 笔待收"),
    "before_charge": _("到账比应收早 %(days)s 天"),
}
STANDING_WORDS: dict[str, str | Promise] = {"settled": _("已付清"), "closed": _("已关闭"), "open": _("待支付")}
