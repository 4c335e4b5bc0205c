"""What the mail room tells handlers, with its default texts; a tenant may word them anew."""

from portal import notices

_FOOT = "\n\n{{ tenant_name }}\n客服热线：{{ hotline }}（{{ service_hours }}）\n"


def register() -> None:
    """Called once, when the app is ready."""
    notices.register(
        "parcel.received",
        sms="您为订单 {{ number }} 寄来的包裹已收到，里面的 Ekey 正在逐只清点。进度：{{ link }}",
    )
    notices.register(
        "parcel.mismatch",
        sms="订单 {{ number }} 尾号 {{ tail }} 的 Ekey：{{ why }}{{ link }}",
        email_subject="订单 {{ number }} 寄来的 Ekey 需要您处理",
        email_body="您好：\n\n订单 {{ number }}，编号尾号 {{ tail }} 的 Ekey：{{ why }}\n\n请在这里处理：\n{{ link }}"
        + _FOOT,
    )
    notices.register(
        "parcel.arrived_late",
        sms="您为订单 {{ number }} 寄来的 Ekey 已收到。订单已经结束，我们会把它退还给您，寄出后告知单号。{{ link }}",
    )
    notices.register(
        "parcel.given_back",
        sms="订单 {{ number }} 已结束，您寄来的 Ekey 已由{{ carrier }}寄回，单号 {{ tracking }}。{{ pin }}",
    )
    notices.register(
        "delivery.sent",
        sms="订单 {{ number }} 已由{{ carrier }}寄出，单号 {{ tracking }}。收到后请在订单页确认：{{ link }}",
    )
    notices.register(
        "delivery.ready",
        sms="订单 {{ number }} 可以领取了：{{ point }}，{{ address }}，{{ hours }}。"
        "领取要带的证件和文件，请看订单页：{{ link }}",
        email_subject="订单 {{ number }} 可以领取了",
        email_body="您好：\n\n订单 {{ number }} 可以领取了。\n\n网点：{{ point }}\n地址：{{ address }}\n"
        "时间：{{ hours }}\n\n领取要带的证件和文件，请在订单页下载、打印：\n{{ link }}" + _FOOT,
    )
    notices.register(
        "delivery.came_back",
        sms="订单 {{ number }} 的快递：{{ why }}，现由我们保管。请致电 {{ hotline }} 核对地址，安排重寄或到网点领取。",
    )
    notices.register(
        "delivery.lost",
        sms="订单 {{ number }} 的快递确认遗失。里面的证书将吊销，我们会免费重做，"
        "做好后再通知您。如有疑问请致电 {{ hotline }}。",
    )
