"""What the customer reads for each error of the bridge: what happened, and what to do next.

One catalogue: the pages get it as JSON (`page_words`), `portal.ui.words` gets `WORDS`.
"""

from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from renewals.bridge.catalogue import faults_of
from renewals.bridge.protocol import ErrorCode


class Words(NamedTuple):
    happened: Promise
    cure: Promise


PAGE_WORDS: Final[dict[str, Words]] = {
    "LOST": Words(_("网络连接中断。"), _("请检查网络，然后点击“继续”；已完成的步骤不会重做。")),
    "CA_SLOW": Words(
        _("CA 还没有签发完成。"),
        _("请稍后点击“继续”。可以离开本页，签发后再回来安装；更新码请保管好。"),
    ),
    "ORDER_ENDED": Words(_("订单已经结束，不能再安装。"), _("请返回订单查看原因；需要续期的，请重新申请。")),
    "NOT_NOW": Words(_("现在不能继续安装。"), _("请刷新页面，登录已失效的请重新登录；安装会从断开的地方继续。")),
}
"""What the installation page says by itself, beside the bridge's own errors."""

BRIDGE_WORDS: Final[dict[ErrorCode, Words]] = {
    ErrorCode.BRIDGE_UNREACHABLE: Words(
        _("没有连接到本机的证书助手。"),
        _("请确认证书助手已安装并正在运行，然后点击“重新检测”；还没有安装的，请先到下载页面安装。"),
    ),
    ErrorCode.LNA_DENIED: Words(
        _("浏览器没有允许本网站访问本机的证书助手。"),
        _("请点击地址栏左侧的图标，在“网站设置”里把“本地网络访问”改为“允许”，刷新页面后再试。证书助手不需要重新安装。"),
    ),
    ErrorCode.BRIDGE_TOO_OLD: Words(
        _("本机的证书助手版本过低。"),
        _("请到下载页面安装最新版本，安装后点击“重新检测”。"),
    ),
    ErrorCode.ORIGIN_DENIED: Words(
        _("证书助手不认识当前网站，拒绝了访问。"),
        _("请核对地址栏里的网址是否为官方网址；确认无误仍然出现时，请升级证书助手或联系客服。"),
    ),
    ErrorCode.USER_DENIED: Words(
        _("您在密码窗口中选择了取消。"),
        _("证书没有改动。需要继续时请再点一次。"),
    ),
    ErrorCode.DRIVER_MISSING: Words(
        _("没有找到 Ekey 驱动程序。"),
        _("请到下载页面安装驱动程序，重新插入 Ekey，然后点击“重新检测”。"),
    ),
    ErrorCode.DRIVER_TOO_OLD: Words(
        _("Ekey 驱动程序版本过低。"),
        _("请到下载页面安装最新的驱动程序，重新插入 Ekey，然后点击“重新检测”。"),
    ),
    ErrorCode.COMPONENT_VERSION: Words(
        _("所需的控件没有安装、没有启用或版本不符。"),
        _("请按检测结果里列出的版本安装并启用控件，然后点击“重新检测”。"),
    ),
    ErrorCode.NO_KEY: Words(
        _("没有检测到 Ekey。"),
        _("请把 Ekey 插入电脑，等指示灯亮起后点击“重新检测”。"),
    ),
    ErrorCode.MULTIPLE_KEYS: Words(
        _("检测到不止一个 Ekey。"),
        _("请只保留要办理业务的那一个，拔出其余的，然后点击“重新检测”。"),
    ),
    ErrorCode.KEY_REMOVED: Words(
        _("操作过程中 Ekey 被拔出。"),
        _("原有证书仍可使用。请重新插入同一个 Ekey，然后继续；已完成的步骤不会重做。"),
    ),
    ErrorCode.KEY_CHANGED: Words(
        _("当前插入的 Ekey 不是开始办理时的那一个。"),
        _("请换回原来的 Ekey 再继续。"),
    ),
    ErrorCode.CERT_NOT_FOUND: Words(
        _("这个 Ekey 里没有本次业务的证书。"),
        _("请确认插入的 Ekey 是否正确；确认无误时，请重启浏览器或清除浏览器缓存后再试。"),
    ),
    ErrorCode.PIN_INCORRECT: Words(
        _("Ekey 密码不正确。"),
        _("请核对后重新输入。连续输错六次，Ekey 将被锁定。"),
    ),
    ErrorCode.PIN_LOCKED: Words(
        _("Ekey 密码已连续输错六次，Ekey 被锁定。"),
        _(
            "请在“业务申请”里选择“解锁”，或拨打服务热线；工作人员核实身份后，您在自己的电脑上重设密码。"
            "证书不会丢失，解锁后从断开的地方继续。"
        ),
    ),
    ErrorCode.KEYGEN_FAILED: Words(
        _("Ekey 没有能够产生新的密钥。"),
        _("请拔出 Ekey 重新插入后再试；仍然失败时，请重新安装驱动程序或联系客服。原有证书不受影响。"),
    ),
    ErrorCode.CONTAINER_FULL: Words(
        _("Ekey 的存储空间已满，放不下新的证书。"),
        _("请不要自行删除证书，以免旧文件无法解密。请联系客服协助清理不再使用的证书，然后继续。"),
    ),
    ErrorCode.CERT_KEY_MISMATCH: Words(
        _("证书与 Ekey 里的密钥不一致，没有写入。"),
        _("请确认插入的 Ekey 是否正确；确认无误时，请联系客服。原有证书不受影响。"),
    ),
    ErrorCode.ENVELOPE_INVALID: Words(
        _("加密证书的密钥没有能够解开，没有写入。"),
        _("请再试一次；仍然失败时，请联系客服重新下发。原有证书不受影响。"),
    ),
    ErrorCode.VERIFY_FAILED: Words(
        _("校验没有通过。"),
        _("请再试一次；仍然失败时，请联系客服并告知订单编号。原有证书仍可使用。"),
    ),
    ErrorCode.BUSY: Words(
        _("Ekey 正被另一个页面使用。"),
        _("请关闭其他正在使用 Ekey 的页面或等它完成，然后再试。"),
    ),
    ErrorCode.TIMEOUT: Words(
        _("等待时间过长，操作已停止。"),
        _("请再试一次，并在弹出的密码窗口中及时输入 Ekey 密码。"),
    ),
    ErrorCode.CANCELLED: Words(
        _("操作已取消。"),
        _("证书没有改动。需要继续时请再点一次。"),
    ),
    ErrorCode.UNSUPPORTED: Words(
        _("本机的证书助手或 Ekey 不支持这项操作。"),
        _("请升级证书助手后再试；仍然出现时，请联系客服确认 Ekey 型号。"),
    ),
    ErrorCode.BAD_REQUEST: Words(
        _("证书助手没有接受这个请求。"),
        _("请刷新页面后再试；仍然出现时，请联系客服。"),
    ),
    ErrorCode.INTERNAL: Words(
        _("证书助手内部出错。"),
        _("请重新启动证书助手后再试；仍然出现时，请联系客服。原有证书仍可使用。"),
    ),
    ErrorCode.PFX_FAILED: Words(
        _("Pfx 签名证书制作失败。"),
        _("请确认控件版本符合要求，然后再试一次；仍然失败时，请联系客服。原有证书不受影响。"),
    ),
    ErrorCode.PASSWORD_INCORRECT: Words(
        _("保护口令不正确。"),
        _("请再试一次：签名时输入旧文件的口令，保存时输入新文件的口令。忘记的，请申请补办。"),
    ),
    ErrorCode.FILE_SAVE_FAILED: Words(
        _("证书更新成功，下载拦截导致证书保存失败。"),
        _("请把浏览器的下载拦截设为允许，然后再次保存；24 小时内可以在这台电脑上反复保存。"),
    ),
}

_RETRIES_LEFT = _("还可以再试 %(retries_left)s 次。")

WORDS: Final[dict[str, Promise]] = {
    f"bridge.{code}": format_lazy("{}{}", words.happened, words.cure) for code, words in BRIDGE_WORDS.items()
}


def page_words(programme: str = "", storage: str = "") -> dict[str, dict[str, str]]:
    """Code → {happened, cure}, in the language of the request, for `json_script` in a page.

    ``programme`` ("tenant/slug") and ``storage`` (hardware, file): with its manual's own words laid over ours
    (catalogue.py). PIN_INCORRECT also has `retries`, with %(retries_left)s to be filled in by the page.
    """
    words = {
        str(code): {"happened": str(words.happened), "cure": str(words.cure)} for code, words in BRIDGE_WORDS.items()
    }
    if programme:
        for code, fault in faults_of(programme, storage).items():
            words[code] = {"happened": fault.says, "cure": fault.cure}
    words[ErrorCode.PIN_INCORRECT]["retries"] = str(_RETRIES_LEFT)
    return words
