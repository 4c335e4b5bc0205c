"""The sentences of the renewals app's refusals. Those of the pure rules stand in rules_words.py."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Promise] = {
    "order.not_found": _("没有找到这张订单。请从“我的订单”进入，或核对订单编号。"),
    "order.not_yours": _("您没有办理这张订单的权限。请用办理时的手机号登录，或联系客服。"),
    "order.action_unknown": _("这张订单现在不能这样办理。请刷新页面，查看当前可以办理的步骤。"),
    "order.not_renewable": _("%(reason)s"),
    "order.not_together": _(
        "这几张证书不能放在一张订单里：须是同一单位、办理方式相同的证书，一张订单最多 %(most)s 张。请分开申请。"
    ),
    "order.certificate_reserved": _(
        "证书 %(serial)s 已有一张正在办理的续期订单。请在“我的订单”中继续办理；如要重新申请，请先取消那张订单。"
    ),
    "order.finish_the_other_first": _("%(reason)s正在办理的订单：%(number)s。"),
    "order.needs_another_person": _("这项操作要两个人办理：您已经提出，请由另一位证书管理员确认。"),
    "certificate.not_yours": _(
        "在您名下没有找到这张证书。请核对序列号；如果证书在您手里的 Ekey 中，请插入 Ekey 验证后办理。"
    ),
    "certificate.unknown": _(
        "网厅的登记里没有这张证书：可能是其他机构签发的，或者还没有录入。请换一个 Ekey，或拨打服务热线核实。"
    ),
    "claim.refused": _(
        "没有找到可以这样办理的证书。请逐项核对序列号、单位名称和代码；未过期的证书要用 Ekey 认领。"
        "核对无误仍不能办理的，请拨打服务热线。"
    ),
    "claim.tries_spent": _("核对的次数太多，为保护证书持有单位，请在 %(wait)s后再试；急需办理的，请拨打服务热线。"),
    "payment.transfer_under_way": _(
        "财务正在核对您登记的转账，请勿重复付款。如果这笔转账没有办成，请先撤回转账登记，再换其他方式。"
    ),
    "consent.missing": _("请阅读并勾选全部协议后再继续。"),
    "notice.not_read": _("请逐条阅读并勾选“我已知悉”后再继续。"),
    "agent.not_your_organisation": _("没有找到您可以授权代办的这家单位。请先用该单位的 Ekey 认领证书。"),
    "agent.not_found": _("没有找到这项代办授权，可能已经撤回。请刷新页面查看。"),
    "seal.not_ready": _("%(reason)s"),
    "seal.not_the_one": _("Ekey 里的电子签章不是刚制作的那一个。请重新写入，再验证。"),
    "seal.invalid": _("电子签章没有通过核对，没有写入 Ekey。请重新制作；仍不成功请联系技术支持。"),
    "seal.refused": _("制章系统没有受理。请核对印模后重新提交；仍不成功请联系技术支持。"),
    "seal.maker_unavailable": _("制章系统暂时没有回应，系统会自动重试，请稍候刷新页面。"),
    "seal.dev_in_production": _("本网厅还没有配置制章系统。请联系管理员配置后再试。"),
    "seal.error": _("电子签章没有办成。请稍候重试；仍不成功请联系技术支持。"),
    "bridge.challenge_spent": _("本次验证已失效（超过 2 分钟，或已经用过）。请点击“重试”，重新验证 Ekey。"),
    "unblock.lapsed": _("解锁授权已过期或已用过。请点击“重新申请解锁”，工作人员核实后会再次授权。"),
    "bridge.proof_refused": _("Ekey 验证没有通过：插入的可能不是这张证书所在的 Ekey。请换上正确的 Ekey 后重试。"),
    "file_download.codes_wrong": _(
        "参考码或授权码不正确，还可以再试 %(left)s 次。请对照密码信封逐位核对；信封遗失请联系客服。"
    ),
    "file_download.tries_spent": _(
        "参考码和授权码输错的次数太多，为保护这张证书，请在 %(wait)s后再试；信封遗失或急需办理的，请拨打服务热线。"
    ),
    "file_download.codes_expired": _(
        "密码信封制成已超过 %(days)s 天，参考码和授权码已经失效。请取消这张订单，重新申请；或拨打服务热线。"
    ),
    "file_download.codes_spent": _(
        "参考码和授权码已经用过，不能再下载。文件没有保存好，或者忘记保护口令的，请申请补办；"
        "在当时的电脑上，请用“再次保存”。"
    ),
    "file_download.bridge_wanted": _("这张证书要用证书助手制作。请安装并启动证书助手，然后重试。"),
    "issuance.request_mismatch": _(
        "Ekey 生成的证书请求与原证书不一致，没有提交给 CA。请确认插入的是要续期的 Ekey，然后重试；仍不成功请联系客服。"
    ),
    "issuance.renewal_code_wrong": _("订单编号或更新码不正确。请对照抄写的内容逐位核对；更新码遗失请联系客服补发。"),
    "issuance.code_tries_spent": _(
        "更新码输错的次数太多，为保护这张订单，请在 %(wait)s后再试；更新码遗失或急需办理的，请拨打服务热线。"
    ),
    "issuance.code_just_shown": _(
        "更新码刚刚在另一个页面显示过，请以那一个为准。没有记下的，可以再点一次，换一个新的；旧的随即作废。"
    ),
    "issuance.code_not_shown": _("请先记下更新码，再开始写入 Ekey。"),
    "issuance.ca_answer_invalid": _("CA 返回的证书未通过核对，没有写入 Ekey。我们已收到提醒，处理好后会短信通知您。"),
    "request_form.not_ready": _("申请表还在生成，通常几秒钟。请稍候刷新页面，再下载。"),
    "documents.not_open": _("这份资料现在不用上传：可能已经提交，或者申请有了变化。请刷新页面，查看当前要交的资料。"),
    "documents.not_there": _("客户还没有提交这份资料，不能审核。请刷新页面。"),
    "documents.incomplete": _("还有资料没有上传，或者需要更换。请按提示补齐后再提交。"),
}
