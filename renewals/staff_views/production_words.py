"""What the production desk's page and its script say; sentences stand on the server, so that they can be translated."""

from typing import Any

from django.utils.translation import gettext as _

from portal.ui.parts import RunStage
from renewals.bridge.protocol import ErrorCode
from renewals.bridge.words import PAGE_WORDS, page_words
from renewals.staff_views.making import Making


def checks() -> list[RunStage]:
    """What is looked at before anything is touched."""
    titles = (
        ("bridge", _("证书助手")),
        ("driver", _("Ekey 驱动程序")),
        ("key", _("插入了一个介质")),
        ("medium", _("介质合用")),
    )
    return [RunStage(name, title, "waiting") for name, title in titles]


def run_stages(*, with_pin: bool) -> list[RunStage]:
    """The making, part by part."""
    titles = (
        ("generate", _("在介质里生成密钥")),
        ("vouch", _("用新密钥签名确认")),
        ("issue", _("CA 签发证书")),
        ("signing", _("写入签名证书")),
        ("encryption", _("写入加密证书")),
        ("verify", _("用新证书验证")),
        *((("pin", _("设置初始 PIN 码")),) if with_pin else ()),
    )
    return [RunStage(name, title, "waiting") for name, title in titles]


def desk_words(found: Making) -> dict[str, Any]:
    """For production.js."""
    renewed = found.config.makes == "renewed_key"
    bridge = page_words()
    bridge[ErrorCode.CONTAINER_FULL] = {
        "happened": _("这个介质的存储空间不够，放不下新证书和以前的加密密钥。"),
        "cure": _(
            "请换一个空间更大的空白介质；证书已经签发的，请证书管理员在本页“重做”。旧文件要靠以前的密钥打开，不能省去。"
        ),
    }
    return {
        "bridge": bridge,
        "checking": _("正在检测…"),
        "again": _("重新检测"),
        "passed": _("通过"),
        "failed": _("未通过"),
        "ready": _("检测通过，可以开始制作。"),
        "wrongMedium": _("插着的不是客户寄来的介质。") if renewed else _("这个介质不能用。"),
        "wrongMediumCure": _("请核对介质编号，换成这张单的介质后重新检测。")
        if renewed
        else _("请换一个型号相符、里面没有证书的空白介质。"),
        "pin": _("请在证书助手弹出的窗口里输入介质现在的 PIN 码"),
        "generate": _("正在介质里生成密钥"),
        "vouch": _("正在用新密钥签名确认"),
        "issue": _("CA 正在签发证书"),
        "signing": _("正在写入签名证书"),
        "encryption": _("正在写入加密证书"),
        "verify": _("正在用新证书验证"),
        "setPin": _("正在设置初始 PIN 码，谁也看不到它"),
        "running": _("正在制作"),
        "paused": _("制作暂停了"),
        "finished": _("已制作完成"),
        "over": _("订单已经结束或停止，不用再做。请把介质放回，刷新页面查看原因。"),
        "removed": _("介质已拔出。"),
        "resetAsked": _("已申请重置，请另一人批准。"),
        "resetWanted": _("检测通过。接下来重置 PIN 码，重置后才能制作。"),
        "resetWaiting": _("还要另一人批准重置，CA 授权后才能继续。请稍后点“重新检测”。"),
        "lost": str(PAGE_WORDS["LOST"].happened),
        "lostCure": str(PAGE_WORDS["LOST"].cure),
        "slow": str(PAGE_WORDS["CA_SLOW"].happened),
        "slowCure": str(PAGE_WORDS["CA_SLOW"].cure),
        "refused": str(PAGE_WORDS["NOT_NOW"].happened),
        "reload": _("登录已失效，请刷新页面重新登录；制作会从断开的地方继续。"),
    }
