"""The notices that an order sends, with their default texts; a tenant may word them anew."""

from portal import notices

_FOOT = "\n\n{{ tenant_name }}\n客服热线：{{ hotline }}（{{ service_hours }}）\n"


def register() -> None:
    notices.register(
        "agent.authorised",
        sms="{{ holder }} 授权您代办数字证书业务，有效期至 {{ until }}。用本手机号登录网上营业厅即可办理。"
        "不是您本人的，请致电 {{ hotline }}。",
    )
    notices.register(
        "agent.withdrawn",
        sms="{{ holder }} 已撤回对您的代办授权，您不能再办理该单位的证书业务。如有疑问请联系该单位。",
    )
    notices.register(
        "order.paid",
        sms="您的订单 {{ number }} 已付款 {{ amount }} 元。{{ next }}",
        email_subject="订单 {{ number }} 已付款",
        email_body="您好：\n\n您的订单 {{ number }} 已付款 {{ amount }} 元。"
        "{{ next }}\n{{ link }}\n\n发票开具后，我们会另行发送下载链接。" + _FOOT,
    )
    notices.register(
        "identity.failed",
        sms="您的订单 {{ number }} 实名核验未通过。请登录网上营业厅核对经办人姓名、身份证号和手机号后重新提交。",
    )
    notices.register(
        "identity.staff_check",
        sms="您的订单 {{ number }} 线上核验次数已用完，改由工作人员核验经办人身份。"
        "请携带身份证原件到服务网点，或致电 {{ hotline }} 预约视频核验，不用重新提交申请。",
    )
    notices.register(
        "identity.not_confirmed",
        sms="您的订单 {{ number }} 经办人身份未能确认。请登录网上营业厅查看并更正，或致电 {{ hotline }}。",
    )
    notices.register(
        "order.installed",
        sms="您的新证书已安装，有效期至 {{ not_after }}。Ekey 的 PIN 码不变。订单 {{ number }} 办理完成。",
        email_subject="新证书已安装，有效期至 {{ not_after }}",
        email_body="您好：\n\n订单 {{ number }} 已办理完成，新证书已安装，有效期至 {{ not_after }}。"
        "Ekey 的 PIN 码不变。" + _FOOT,
    )
    notices.register(
        "order.file_saved",
        sms="您的文件证书已下载，有效期至 {{ not_after }}。保护口令不能修改，请牢记。订单 {{ number }} 办理完成。",
        email_subject="文件证书已下载，有效期至 {{ not_after }}",
        email_body="您好：\n\n订单 {{ number }} 已办理完成，文件证书已下载，有效期至 {{ not_after }}。"
        "请把 .pfx 文件备份在安全的地方，并牢记保护口令：保护口令不能修改，忘记了只能补办。" + _FOOT,
    )
    notices.register(
        "order.cancelled",
        sms="您的订单 {{ number }} 已取消，没有扣费。如仍需办理，请重新申请。",
    )
    notices.register(
        "order.superseded",
        sms="您的订单 {{ number }} 已由补办订单 {{ successor }} 取代，不再继续。已付的款项转到补办订单，不用重复付款。",
    )
    notices.register(
        "order.cancelled_refunding",
        sms="您的订单 {{ number }} 已取消。已付的款项将原路退回，退款完成后会通知您。",
    )
    notices.register(
        "order.cancelled_issued",
        sms="您的订单 {{ number }} 已取消。新证书将由 CA 吊销，退款由财务核定后通知您；原证书不受影响。",
    )
    notices.register("order.expired", sms="您的订单 {{ number }} 超过期限未办理，已自动关闭。如仍需办理，请重新申请。")
    notices.register(
        "order.stopped",
        sms="您的订单 {{ number }} 已终止：CA 核对后，这张证书现在不能办理。已付的款项将原路退回。"
        "详情请登录网上营业厅查看，或致电 {{ hotline }}。",
    )
    notices.register(
        "review.approved",
        sms="您的订单 {{ number }} 审核已通过。请登录网上营业厅，插入 Ekey 安装新证书，约需 2 到 3 分钟。",
        email_subject="订单 {{ number }} 审核已通过，请安装新证书",
        email_body="您好：\n\n您的订单 {{ number }} 审核已通过。请插入 Ekey，在网上营业厅安装新证书，"
        "约需 2 到 3 分钟，PIN 码不变：\n{{ link }}" + _FOOT,
    )
    notices.register(
        "review.approved_unpaid",
        sms="您的订单 {{ number }} 审核已通过，正在等待转账到账。到账后会短信通知您安装新证书。",
        email_subject="订单 {{ number }} 审核已通过，等待到账",
        email_body="您好：\n\n您的订单 {{ number }} 审核已通过，正在等待转账到账。"
        "到账后我们会通知您安装新证书。查看订单：\n{{ link }}" + _FOOT,
    )
    notices.register(
        "review.returned",
        sms="您的订单 {{ number }} 有材料要更正：{{ what }}。请查看原因，更正后重新提交：{{ link }}",
        email_subject="订单 {{ number }} 有材料要更正",
        email_body="您好：\n\n您的订单 {{ number }} 经审核，下面几处要更正。其他已经通过的材料不用再交。\n\n"
        "{{ why }}\n\n更正后请重新提交：\n{{ link }}" + _FOOT,
    )
    notices.register(
        "order.rejected",
        sms="您的订单 {{ number }} 未通过审核：{{ why }}{{ more }}",
        email_subject="订单 {{ number }} 未通过审核",
        email_body="您好：\n\n您的订单 {{ number }} 未通过审核，已经结束。\n\n{{ why }}{{ more }}" + _FOOT,
    )
    notices.register("order.refunded", sms="您的订单 {{ number }} 的退款已原路退回，请留意支付账户。")
    notices.register(
        "order.refund_declined",
        sms="您的订单 {{ number }} 的退款申请经财务核对未予办理。如有疑问请致电 {{ hotline }}。",
    )
    notices.register(
        "transfer.partly",
        sms="订单 {{ number }} 已收到转账 {{ amount }} 元，还差 {{ missing }} 元。"
        "请登录网上营业厅补足，转账或扫码都可以。",
        email_subject="订单 {{ number }} 还差 {{ missing }} 元",
        email_body="您好：\n\n订单 {{ number }} 已收到转账 {{ amount }} 元，还差 {{ missing }} 元。"
        "请补足余款，转账或扫码都可以：\n{{ link }}" + _FOOT,
    )
    notices.register(
        "transfer.held",
        sms="订单 {{ number }} 的转账 {{ amount }} 元已到账，但付款人与申请单位不一致，暂未入账。"
        "请登录网上营业厅上传加盖公章的代付说明，或申请退回原账户。",
        email_subject="订单 {{ number }} 的付款人与申请单位不一致",
        email_body="您好：\n\n订单 {{ number }} 的转账 {{ amount }} 元已到账，但付款人与申请单位不一致，暂未入账。"
        "请上传加盖公章的代付说明，或申请退回原账户：\n{{ link }}" + _FOOT,
    )
    notices.register(
        "transfer.refused",
        sms="订单 {{ number }} 登记的转账 {{ amount }} 元未能核对：{{ reason }}。请登录网上营业厅改正后重新提交。",
        email_subject="订单 {{ number }} 的转账未能核对",
        email_body="您好：\n\n订单 {{ number }} 登记的转账 {{ amount }} 元未能核对：{{ reason }}。"
        "请改正后重新提交：\n{{ link }}" + _FOOT,
    )
    notices.register(
        "invoice.ready",
        sms="您的订单 {{ number }} 的电子发票已开具，请打开链接下载：{{ link }}",
        email_subject="订单 {{ number }} 的电子发票",
        email_body="您好：\n\n订单 {{ number }} 的电子发票已开具，请打开下面的链接查看和下载：\n{{ link }}" + _FOOT,
    )
    notices.register(
        "invoice.reversed",
        sms="您的订单 {{ number }} 已退款，原电子发票已红冲，请勿再入账。红字发票：{{ link }}",
        email_subject="订单 {{ number }} 的红字发票",
        email_body="您好：\n\n订单 {{ number }} 已退款，原电子发票已红冲，请勿再入账或抵扣。红字发票：\n{{ link }}"
        + _FOOT,
    )
    notices.register(
        "certificate.claimed",
        sms="{{ holder }}序列号尾号 {{ tail }} 的证书刚刚由另一位经办人凭 Ekey 认领。"
        "{{ ended }}如有疑问请致电 {{ hotline }}。",
    )
    notices.register(
        "certificate.granted",
        sms="{{ holder }}序列号尾号 {{ tail }} 的证书，经审核单位盖章授权，已改由另一位经办人办理，您的办理权限已解除。"
        "如有疑问请致电 {{ hotline }}。",
    )
    notices.register(
        "order.handed_over",
        sms="您的订单 {{ number }} 已由持有 Ekey 的新经办人接手，您不能再办理；已付的费用不受影响。"
        "如有疑问请致电 {{ hotline }}。",
    )
    notices.register(
        "order.unbound",
        sms="您的订单 {{ number }} 已关闭：单位已授权另一位经办人办理这张证书。已付的款项将原路退回。"
        "如有疑问请致电 {{ hotline }}。",
    )
    notices.register(
        "order.draft_expiring",
        sms="您的订单 {{ number }} 还没有办完，{{ due }}后将自动关闭。请在此之前登录网上营业厅继续办理。",
    )
    notices.register(
        "unblock.released",
        sms="您的 Ekey 解锁申请 {{ number }} 已获授权。"
        "请在 {{ hours }} 小时内登录网上营业厅，插入 Ekey，设置新的 PIN 码。",
    )
    notices.register(
        "unblock.refused",
        sms="您的 Ekey 解锁申请 {{ number }} 因身份未能核实，没有授权。请保持登记的电话畅通，登录网上营业厅再次申请，"
        "或致电 {{ hotline }}。",
    )
    notices.register(
        "unblock.done",
        sms="您的 Ekey 已解锁，新 PIN 码已生效（申请 {{ number }}）。如非本人办理，请立即致电 {{ hotline }}。",
    )
    notices.register(
        "unblock.stopped",
        sms="您的 Ekey 解锁申请 {{ number }} 不能在线办理：CA 没有登记这个 Ekey 的管理密钥。"
        "请到服务网点办理，或致电 {{ hotline }} 申请补办。",
    )
