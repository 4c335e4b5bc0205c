"""The sentences for this app's error codes: what happened, and what to do next."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_REFUSED_CALLBACK = _("支付渠道的通知没有通过核验，未入账。系统会主动向渠道查询；如反复出现，请核对收款账户的密钥。")

WORDS: dict[str, str | Promise] = {
    "payments.charge_not_found": _("没有找到这笔应付款。请返回订单页面，从订单重新进入付款。"),
    "payments.charge_not_open": _("这笔款项已付清或已关闭，不能再付款。请返回订单页面查看最新状态。"),
    "payments.charge_is_settled": _("这笔款项已付清，不能关闭。需要取消时，请申请退款。"),
    "payments.quote_differs": _("费用明细与之前的报价不一致。请返回订单页面刷新，核对后再付款。"),
    "payments.key_reused": _("这次提交与之前的提交不一致。请刷新页面，核对后重新提交。"),
    "payments.channel_not_offered": _("暂不支持这种支付方式。请选择页面上列出的其他支付方式。"),
    "payments.account_misconfigured": _("收款或开票账户“%(account)s”的设置有误：%(what)s。请网厅管理员改正后重试。"),
    "payments.amount_differs": _("渠道通知的金额与订单不一致，未入账。系统正在向渠道查询，请财务留意。"),
    "payments.callback_too_large": _("通知内容过大，未处理。请渠道按接口规范重新发送。"),
    "payments.channel_not_known_here": _("本网厅没有开通这个支付渠道。请核对通知地址。"),
    "payments.bank_line_used": _("银行流水号 %(reference)s 已登记过，不能重复入账。请核对流水号。"),
    "payments.bank_account_not_found": _("没有登记收款账户 %(number)s。请先在“银行流水”页添加这个账户。"),
    "payments.not_in_suspense": _("这笔款项已由其他同事处理。请刷新页面查看结果。"),
    "payments.explanation_missing": _("还没有收到加盖公章的代付说明，不能入账。请等客户上传，或上传后再确认。"),
    "payments.claim_not_found": _("没有找到这笔转账登记。请返回列表重新选择。"),
    "payments.claim_not_waiting": _("这笔转账登记已有处理结果或已撤回。请刷新页面查看。"),
    "payments.transfer_not_allowed": _("当前账号不能核对转账。请财务人员办理。"),
    "payments.transfers_not_offered": _("本网厅暂未开通银行转账。请选择其他付款方式，或联系客服。"),
    "payments.refund_not_found": _("没有找到这笔退款。请返回退款列表重新选择。"),
    "payments.refund_too_much": _("退款金额超过可退金额 %(refundable)s。请改小金额后重新提交。"),
    "payments.refund_not_waiting": _("这笔退款已由其他同事处理。请刷新页面查看结果。"),
    "payments.refund_not_allowed": _("当前账号不能办理退款。请财务人员办理。"),
    "payments.refund_needs_second_person": _("超过 %(limit)s 的退款须由另一位财务人员确认。请通知同事办理。"),
    "payments.invoice_before_payment": _("付款到账后才能开具发票。请先完成付款。"),
    "payments.invoice_busy": _("上一张发票正在开具。请稍后刷新，开具完成后再申请换开。"),
    "payments.reissues_used": _("这笔款项的发票已换开 %(limit)s 次。还需换开的，请致电客服，由财务办理。"),
    "payments.charge_in_bundle": _("这笔款项在合并付款 %(number)s 里。请付合并付款，或先解散它再单独付款。"),
    "payments.bundle_not_found": _("没有找到这笔合并付款。请返回我的订单，重新选择。"),
    "payments.bundle_not_open": _("这笔合并付款已付清或已解散。请刷新页面查看。"),
    "payments.bundle_unfit": _("所选款项不能合并付款：%(what)s。请重新选择。"),
    "payments.refunds_not_for_file": _(
        "退款 %(numbers)s 不能放进文件：已有结果，或已在另一个文件里。请刷新页面重新选择。"
    ),
    "payments.refund_file_not_found": _("没有找到这个退款文件。请返回列表重新选择。"),
    "payments.refund_file_used": _("这个文件已登记过银行结果，不能作废。请继续登记其余各笔。"),
    "payments.bank_answer_unreadable": _("银行回执里没有找到%(missing)s。请核对文件，或在下面逐笔登记。"),
    "payments.page_not_yours": _("没有找到这笔应付款。请用办理订单的手机号登录，从订单重新进入付款。"),
    "payments.channel_error": _("支付渠道出现异常。请稍后重试，或换一种支付方式。"),
    "payments.channel_unavailable": _("支付渠道暂时没有回应，系统会自动重试。请稍候，或换一种支付方式。"),
    "payments.channel_refused": _("支付渠道没有受理（%(channel_code)s）。请换一种支付方式，或稍后重试。"),
    "payments.not_genuine": _REFUSED_CALLBACK,
    "payments.callback_malformed": _REFUSED_CALLBACK,
    "payments.callback_stale": _REFUSED_CALLBACK,
    "payments.callback_unknown_serial": _REFUSED_CALLBACK,
    "payments.callback_signature_invalid": _REFUSED_CALLBACK,
    "payments.callback_decryption_failed": _REFUSED_CALLBACK,
    "payments.callback_not_ours": _REFUSED_CALLBACK,
    "payments.callback_wrong_merchant": _REFUSED_CALLBACK,
    "payments.callback_wrong_currency": _REFUSED_CALLBACK,
    "payments.bill_not_ready": _("渠道还没有出账单，系统每小时再取一次。请稍后查看。"),
    "payments.bill_refused": _("渠道账单核对不上，未采用，系统会重新下载。如反复出现，请联系渠道核对商户号。"),
    "payments.day_is_closed": _("%(day)s 已日结，不能再修改。请由另一位财务人员撤销日结后再改。"),
    "payments.day_not_ready": _("%(day)s 还不能日结：%(what)s。请处理后再试。"),
    "payments.day_not_over": _("当天还没有结束。请在次日日结。"),
    "payments.day_not_closed": _("这一天没有日结，或已被撤销。请刷新页面查看。"),
    "payments.day_needs_second_person": _("日结须由另一位财务人员撤销。请通知同事办理。"),
    "payments.later_day_is_closed": _("%(day)s 也已日结。请从最后一天开始，逐日撤销。"),
    "payments.day_not_allowed": _("当前账号不能办理日结。请财务人员办理。"),
    "payments.issuer_unavailable": _("开票系统暂时没有回应，系统会自动重试。请稍后刷新页面查看发票。"),
    "payments.issuer_refused": _("开票系统没有受理（%(issuer_code)s）。请财务核对抬头和税号后重新申请。"),
    "payments.statement_refused": _("这份银行流水不能导入，未保存任何内容。请从网银重新导出后再试。"),
    "payments.statement_unknown_format": _(
        "没有认出这份流水的格式。请确认是网银导出的原始文件；其他银行请先在“流水格式”中指明各列含义。"
    ),
    "payments.statement_mapping_does_not_fit": _("流水格式的设置不完整（%(column)s）。请指明日期列和金额列后重试。"),
    "payments.statement_header_ambiguous": _(
        "表头中“%(column)s”出现了两次，无法确定用哪一列。请从网银重新导出后再试。"
    ),
    "payments.statement_no_lines": _("文件里没有交易明细。请核对查询的日期范围，重新导出。"),
    "payments.statement_too_large": _("文件过大（上限 %(limit)s MB）。请缩短日期范围，分几次导出。"),
    "payments.statement_unreadable": _("文件已损坏，或不是银行流水。请从网银重新导出，不要用其他软件另存。"),
    "payments.statement_truncated": _("文件不完整，后面的内容缺失，未导入。请重新下载后再试。"),
    "payments.statement_encrypted": _("文件设有打开密码。请去掉密码，或从网银导出不加密的文件后再试。"),
    "payments.statement_unsafe": _("文件结构异常，为安全起见没有打开。请从网银重新导出原始文件。"),
    "payments.statement_wrong_account": _("文件是账号 %(found)s 的流水，不是所选的 %(expected)s。请核对账户或文件。"),
    "payments.statement_account_not_named": _("文件里没有写明本方账号。请先选择收款账户，再导入。"),
    "payments.statement_currency": _("币种“%(read)s”不是人民币，不能导入。请导出人民币账户的流水。"),
    "payments.statement_control_broken": _("明细与银行给出的合计不一致，未导入。请重新下载完整的文件。"),
    "payments.statement_count_differs": _(
        "银行写明的笔数是 %(stated)s，明细里是 %(found)s，未导入。请重新下载完整的文件。"
    ),
    "payments.statement_total_differs": _(
        "银行写明的合计是 %(stated)s，明细合计是 %(found)s，未导入。请重新下载完整的文件。"
    ),
    "payments.statement_end_differs": _(
        "银行写明的余额是 %(stated)s，按明细推算是 %(found)s，未导入。请重新下载完整的文件。"
    ),
    "payments.statement_rows_refused": _(
        "有 %(count)s 处内容不能确认（首处在第 %(row)s 行），未导入。请按清单核对原文件。"
    ),
    "payments.issuer_not_genuine": _("开票系统的回复没有通过核验，系统会自动重试。如反复出现，请核对开票账户的密钥。"),
}

#: what is wrong with a row of a bank statement (payments.statements.RowErrorCode)
ROW_WORDS: dict[str, str | Promise] = {
    "amount": _("金额无法识别"),
    "no_amount": _("没有金额"),
    "both_sides": _("收入和支出同时有金额"),
    "direction": _("收支方向无法确认"),
    "date": _("日期无法识别"),
    "time": _("时间无法识别"),
    "currency": _("不是人民币"),
    "cells": _("单元格个数与表头不符"),
    "balance": _("余额与上一笔不连续"),
    "account": _("不是同一个账号"),
    "digits_lost": _("号码被表格软件截断，请从网银重新导出"),
    "batch": _("批量明细之和与总额不符"),
    "entry": _("不符合格式规范"),
}
