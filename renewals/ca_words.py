"""The words of `renewals.ca`, which may import no framework itself.

`WORDS`: its typed errors. `REASONS`: the reason codes of `Rejected`, as the customer reads them;
the CA's own text is for staff.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Promise] = {
    "ca.error": _("CA 系统未能办理。请稍后再试；仍不行，请联系服务热线。"),
    "ca.unavailable": _("暂时连不上 CA 系统。系统会自动重试，您不用重复提交。"),
    "ca.conflict": _("这个申请号在 CA 已用于另一份证书请求。请刷新页面，从订单重新开始安装。"),
    "ca.certificate_expired": _("这张证书已经过期，不用再吊销。"),
    "ca.unknown_certificate": _("CA 查不到这张证书。请核对证书序列号，或联系服务热线。"),
    "ca.unknown_medium": _("CA 没有登记这个 Ekey 的管理密钥，不能远程解锁。请到服务网点办理，或申请补办。"),
    "ca.dev_in_production": _("开发 CA 不能用于生产环境。请管理员配置正式的 CA 连接。"),
    "ca.wrong_storage_key": _(
        "开发 CA 的存储密钥不对，打不开已有的密钥。请管理员恢复原来的密钥，或换一个空的数据目录。"
    ),
    "ca.unknown_connector": _("没有“%(kind)s”这种 CA 连接方式。请管理员检查网厅的 CA 配置。"),
}

REASONS: dict[str, Promise] = {
    "bad_request": _("证书请求无效。请重新插好证书介质，再点击“重新产生证书请求”。"),
    "weak_key": _("密钥强度不够。请升级客户端后重新产生证书请求。"),
    "key_reused": _("新证书必须用新的密钥。请重新产生证书请求。"),
    "subject_mismatch": _("证书请求的主题与原证书不一致。请确认插入的是要续期的证书介质，再试一次。"),
    "unknown_certificate": _("CA 查不到原证书。请核对证书序列号，或联系服务热线。"),
    "certificate_frozen": _("原证书已冻结，不能续期。请先到 CA 解冻；本单将停止办理，已付款项原路退回。"),
    "certificate_revoked": _("原证书已吊销，不能续期。请申请新证书；本单将停止办理，已付款项原路退回。"),
    "certificate_replaced": _("原证书已被新证书替换，不用再续期；本单将停止办理，已付款项原路退回。"),
    "already_renewed": _("原证书已经续期过，请使用新证书；本单将停止办理，已付款项原路退回。"),
    "renewal_in_progress": _("原证书的另一笔续期正在 CA 办理。请等它办完再试，或联系服务热线。"),
    "validity_refused": _("CA 不签发这样的有效期。请联系服务热线核对续期年限。"),
    "no_encryption_key": _("CA 没有可以沿用的加密密钥。请联系服务热线改为更换加密密钥。"),
    "other": _("CA 没有受理。请联系服务热线，并告知订单号。"),
}
