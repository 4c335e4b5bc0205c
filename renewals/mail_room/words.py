"""The sentences of the mail room: refusals, hands and events of the chain, what tracking numbers are wrong about."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from renewals.parcels.carriers import TrackingNumberWrong
from renewals.parcels.hands import Event, Hand

WORDS: dict[str, Promise] = {
    "parcels.not_found": _("没有找到这件包裹或这只 Ekey。请重新扫描，或从收发台查找。"),
    "parcels.nothing_arrived": _("这只 Ekey 不在收发室：还没有收到，或者已经寄出。请先收件入库，再打包或交付。"),
    "parcels.hand_missing": _("这只 Ekey（%(key)s）现在%(hand)s，不能这样办。请先补上中间的交接，再继续。"),
    "parcels.already_here": _("这张证书的 Ekey（%(medium_number)s）已经收到过一只。请核对介质号，多出来的放到无主架。"),
    "parcels.key_is_another": _(
        "Ekey 上的介质号 %(read)s 与证书登记的 %(wanted)s 不一致。请核对；确实不符的，点“登记不符”。"
    ),
    "parcels.key_not_compared": _(
        "没有介质号可以比对。请把 Ekey 插到收件台电脑上，看清里面的证书，再勾选“已比对证书”。"
    ),
    "parcels.key_is_broken": _("损坏的 Ekey 不能更新。请点“登记不符”，选择 Ekey 损坏，系统会通知客户改办补办。"),
    "parcels.form_is_missing": _("包裹里要有盖章的纸质表。没有的请点“登记不符”，选择没有随附纸质表；Ekey 先放在架上。"),
    "parcels.key_claimed": _("这只 Ekey 已经归到订单 %(number)s。请核对订单编号，或从收发台另选一只。"),
    "parcels.not_awaited": _(
        "这张订单现在没有等待寄来的 Ekey：可能已经收齐，或者已经结束。请放到无主架，或退还寄件人。"
    ),
    "parcels.tracking_number_taken": _("单号 %(number)s 已用在另一件包裹上。请核对面单，重新填写。"),
    "parcels.papers_missing": _("交付前要收齐证件和文件，请逐项核对后勾选。"),
    "parcels.wrong_method": _("这项业务不能用这种方式交付。请刷新页面，按页面列出的方式办理。"),
    "parcels.not_open": _("这件包裹已经寄出或关闭，不能再放入或取出。请刷新页面。"),
    "parcels.no_address": _("没有收件地址，不能打包。请联系客户补充地址，或改为到网点自取。"),
    "parcels.paper_of_other": _("扫描的二维码不是这张订单当前版本的文件。请让领取人下载最新版，打印、盖章后再来。"),
}

HANDS: Final[dict[str, Promise]] = {
    Hand.NOBODY: _("还没有收到"),
    Hand.MAIL_ROOM: _("在收发室"),
    Hand.PRODUCTION: _("在制证室"),
    Hand.PARCEL: _("已打包，待寄出"),
    Hand.CARRIER: _("在途"),
    Hand.COUNTER: _("在网点待领取"),
    Hand.CUSTOMER: _("已交给客户"),
    Hand.LOST: _("已遗失"),
    Hand.SCRAPPED: _("已销毁"),
}

EVENTS: Final[dict[str, Promise]] = {
    "announced": _("客户登记寄出"),
    Event.RECEIVED: _("收件"),
    Event.MADE: _("制作完成"),
    Event.STORED: _("上架"),
    Event.MATCHED: _("归入订单"),
    Event.MISMATCHED: _("登记不符"),
    Event.TO_PRODUCTION: _("交制证"),
    Event.PIN_RESET: _("两人重置 PIN 码"),
    Event.RENEWED: _("证书已更新"),
    Event.TO_MAIL_ROOM: _("交收发室"),
    Event.PACKED: _("打包"),
    Event.UNPACKED: _("取出"),
    Event.SENT: _("寄出"),
    Event.DELIVERED: _("签收"),
    Event.CAME_BACK: _("退回收发室"),
    Event.LOST: _("快递遗失"),
    Event.READY: _("送到网点待领取"),
    Event.HANDED_OVER: _("当面交付"),
    Event.NOT_COLLECTED: _("逾期未领，收回"),
    Event.SCRAPPED: _("作废销毁"),
    Event.GIVEN_BACK: _("退还寄件人"),
}


def tracking_words(wrong: TrackingNumberWrong) -> str:
    """What to do about a tracking number that can't be."""
    if wrong.why == "unknown_carrier":
        return _now("请选择快递公司。")
    if wrong.why == "missing":
        return _now("请填写快递单号，在面单或快递小程序里可以找到。")
    assert wrong.carrier is not None  # noqa: S101  (a shape is some carrier's)
    sentence = _now("这不像%(carrier)s的单号（例如 %(example)s）。请对照面单重新填写。") % {
        "carrier": wrong.carrier.title,
        "example": wrong.carrier.example,
    }
    if wrong.others:
        sentence += _now("看起来像%(others)s的单号，请核对快递公司。") % {"others": "、".join(wrong.others)}
    return sentence
