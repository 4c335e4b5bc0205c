"""The notices that an order sends, with their default texts; a tenant may word them anew."""

from portal import notices

_FOOT = "\n\n{{ tenant_name }}\n客服热线：{{ hotline }}（{{ service_hours }}）\n"


def register() -> None:
    notices.register(
        "order.paid",
        sms="您的续期订单 {{ number }} 已付款 {{ amount }} 元。请登录网上营业厅，插入 Ekey 安装新证书。",
        email_subject="订单 {{ number }} 已付款",
        email_body="您好：\n\n您的续期订单 {{ number }} 已付款 {{ amount }} 元。"
        "接下来请插入 Ekey，在网上营业厅安装新证书：\n{{ link }}\n\n发票开具后，我们会另行发送下载链接。" + _FOOT,
    )
    notices.register(
        "identity.failed",
        sms="您的续期订单 {{ number }} 实名核验未通过。请登录网上营业厅核对经办人姓名、身份证号和手机号后重新提交。",
    )
    notices.register(
        "order.installed",
        sms="您的新证书已安装，有效期至 {{ not_after }}。Ekey 的 PIN 码不变。订单 {{ number }} 办理完成。",
        email_subject="新证书已安装，有效期至 {{ not_after }}",
        email_body="您好：\n\n订单 {{ number }} 已办理完成，新证书已安装，有效期至 {{ not_after }}。"
        "Ekey 的 PIN 码不变。" + _FOOT,
    )
    notices.register(
        "order.cancelled",
        sms="您的续期订单 {{ number }} 已取消，没有扣费。原证书到期前照常可用；如需续期请重新申请。",
    )
    notices.register(
        "order.cancelled_refunding",
        sms="您的续期订单 {{ number }} 已取消。已付的款项将原路退回，退款完成后会通知您。",
    )
    notices.register(
        "order.cancelled_issued",
        sms="您的续期订单 {{ number }} 已取消。新证书将由 CA 吊销，退款由财务核定后通知您；原证书不受影响。",
    )
    notices.register("order.expired", sms="您的续期订单 {{ number }} 超过期限未办理，已自动关闭。如需续期请重新申请。")
    notices.register(
        "order.stopped",
        sms="您的续期订单 {{ number }} 已终止：CA 核对后，这张证书现在不能续期。已付的款项将原路退回。"
        "详情请登录网上营业厅查看，或致电 {{ hotline }}。",
    )
    notices.register("order.refunded", sms="您的续期订单 {{ number }} 的退款已原路退回，请留意支付账户。")
    notices.register(
        "invoice.ready",
        sms="您的续期订单 {{ number }} 的电子发票已开具，请打开链接下载：{{ link }}",
        email_subject="订单 {{ number }} 的电子发票",
        email_body="您好：\n\n订单 {{ number }} 的电子发票已开具，请打开下面的链接查看和下载：\n{{ link }}" + _FOOT,
    )
    notices.register(
        "certificate.claimed",
        sms="{{ holder }}序列号尾号 {{ tail }} 的证书刚刚由另一位经办人凭 Ekey 认领。"
        "{{ ended }}如有疑问请致电 {{ hotline }}。",
    )
    notices.register(
        "order.draft_expiring",
        sms="您的续期订单 {{ number }} 还没有办完，{{ due }}后将自动关闭。请在此之前登录网上营业厅继续办理。",
    )
