"""The sentences for the identity services' error codes, the phone's links and the ID's photographs."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, str | Promise] = {
    "identity.reply_invalid": _("身份核验服务的应答无法确认真伪，本次没有结果。系统稍后会自动再试。"),
    "identity.request_refused": _("身份核验服务没有受理这次请求（%(reason)s）。请联系客服，或到服务网点办理。"),
    "identity.phone_refused": _("这部手机现在不能继续核验。请回到电脑上的订单页面，查看当前的步骤。"),
    "identity.link_unknown": _("没有找到这个二维码。请在电脑上的“手机核验身份”页面重新扫码。"),
    "identity.link_expired": _("这个二维码已过期。请在电脑上点“换一个二维码”，再用手机扫码。已拍的照片还在。"),
    "identity.link_ended": _("这个二维码已停用：换了新的二维码，或者订单有了变化。请在电脑上查看最新的二维码。"),
    "identity.link_used": _(
        "这个二维码已在另一部手机上打开，每个二维码只能用一部手机。要换手机，请在电脑上点“换一个二维码”。"
    ),
    "identity.photos_missing": _("请先拍好身份证的人像面和国徽面，再开始活体检测。"),
    "identity.tries_spent": _("线上检测次数已用完，改由工作人员当面或视频核验。请回到电脑上查看怎样办理。"),
    "identity.liveness_unavailable": _(
        "活体检测服务暂时没有应答，没有占用次数。请过几分钟再试；急用可以在电脑上改选工作人员核验。"
    ),
    "identity.photo_too_small": _(
        "照片太小（%(width)s×%(height)s 像素），证件上的小字看不清。请靠近一些，让证件占满画面后重拍。"
    ),
    "identity.photo_upright": _("照片是竖着拍的。请把手机横过来，让证件横着占满画面后重拍。"),
    "identity.photo_twice": _("两面是同一张照片。请分别拍摄人像面（有照片）和国徽面（有国徽）。"),
}
