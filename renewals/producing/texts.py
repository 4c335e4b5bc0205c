"""What production tells the handler. The first PIN goes out past the outbox (portal.notices.send_once)."""

from portal import notices

FIRST_PIN = "production.first_pin"


def register() -> None:
    notices.register(
        FIRST_PIN,
        sms="订单 {{ number }} 的证书介质（编号尾号 {{ tail }}）初始 PIN 码：{{ pin }}。拿到介质后请先修改，"
        "不要告诉他人。此码只发送一次，遗失请在网上营业厅办理解锁。",
        secret=True,
    )
    notices.register(
        "production.remaking",
        sms="订单 {{ number }} 的介质已安排免费重做，原证书已吊销，不用再交材料和费用。做好后会通知您，"
        "往返运费由我们承担。",
    )
    notices.register(
        "order.item_refused",
        sms="订单 {{ number }} 中尾号 {{ tail }} 的证书，CA 核对后不能办理，其他证书照常进行。"
        "详情请登录网上营业厅查看，或致电 {{ hotline }}。",
    )
