"""How orders are spoken of on pages: statuses, steps' states, who acts next, and what was done."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.ui.parts import Tone
from renewals.lifecycle import CancelStage, Duty, NextActor, Status
from renewals.models import Order

STATUSES: Final[dict[str, tuple[Promise, Tone]]] = {
    Status.DRAFT: (_("填写中"), "neutral"),
    Status.IN_PROGRESS: (_("办理中"), "info"),
    Status.AWAITING_PAYMENT: (_("待缴费"), "warning"),
    Status.UNDER_REVIEW: (_("审核中"), "info"),
    Status.ISSUING: (_("签发中"), "info"),
    Status.READY_TO_INSTALL: (_("待安装"), "warning"),
    Status.INSTALLING: (_("安装中"), "warning"),
    Status.AWAITING_PARCEL: (_("待寄件"), "warning"),
    Status.IN_PRODUCTION: (_("制作中"), "info"),
    Status.IN_DELIVERY: (_("交付中"), "info"),
    Status.COMPLETED: (_("已办结"), "success"),
    Status.CANCELLED: (_("已取消"), "neutral"),
    Status.REJECTED: (_("已驳回"), "danger"),
    Status.EXPIRED: (_("已过期关闭"), "neutral"),
    Status.STOPPED: (_("已终止"), "danger"),
}

ACTORS: Final[dict[str, Promise]] = {
    NextActor.CUSTOMER: _("客户"),
    NextActor.REVIEWER: _("审核人员"),
    NextActor.FINANCE: _("财务"),
    NextActor.MAIL_ROOM: _("收发室"),
    NextActor.PRODUCTION: _("制证人员"),
    NextActor.CERTIFICATE_ADMINISTRATOR: _("证书管理员"),
    NextActor.CA: _("CA 系统"),
    NextActor.SYSTEM: _("系统"),
    NextActor.NOBODY: _("无"),
}

ACTS: Final[dict[str, Promise]] = {
    "open": _("创建订单"),
    "cancel": _("取消订单"),
    "supersede": _("由补办订单取代"),
    "cancel_for_customer": _("工作人员代为取消订单"),
    "expire": _("超过期限，订单自动关闭"),
    "revoke_new": _("申请撤销新证书"),
    "revoke_new.asked": _("一位证书管理员提出撤销新证书"),
    "revoke_new.confirmed": _("另一位证书管理员确认撤销新证书"),
    "new_revoked": _("新证书已由 CA 撤销"),
    "decide_refund": _("财务已决定退款"),
    "refunded": _("退款已原路退回"),
    "refund_declined": _("财务不予退款"),
    "key_arrived": _("订单结束后收到寄来的 Ekey，等待退还"),
    "key_given_back": _("寄来的 Ekey 已退还寄出"),
    "key_came_back": _("退还的 Ekey 无人签收，已回到收发室"),
    "old_revoked": _("旧证书已由 CA 吊销"),
    "old_revoked.revoked": _("旧证书已由 CA 吊销"),
    "old_revoked.expired": _("旧证书早已过期，不用再吊销"),
    "confirm_old_keys": _("确认旧文件已能打开，以前的加密密钥可以清理"),
    "hand_over": _("持 Ekey 的新经办人接手办理"),
    "prove_claim": _("已用 Ekey 证明持有证书，不再需要授权委托书"),
    "unbind": _("办理权限已转给他人，订单关闭"),
    "consent.accept": _("同意协议"),
    "key_proof.prove": _("通过 Ekey 验证"),
    "notice.acknowledge": _("确认已知悉重要提示"),
    "seal.bind": _("提交制作电子签章"),
    "seal.made": _("电子签章已制作"),
    "seal.refused": _("制章系统没有受理，请核对印模"),
    "seal.verify": _("电子签章已写入 Ekey 并验证通过"),
    "application.confirm": _("提交申请信息"),
    "request_form.rendered": _("申请表已生成"),
    "request_form.unprintable": _("申请表有打印不出的字，已退回修改"),
    "request_form.fetch": _("下载申请表"),
    "documents.submit": _("提交资料"),
    "impression.submit": _("提交公章印模"),
    "identity.answered": _("经办人身份核验有了结果"),
    "identity.answered.match": _("经办人身份核验通过"),
    "identity.answered.mismatch": _("经办人身份核验未通过：信息不一致"),
    "identity.answered.no_record": _("经办人身份核验未通过：查无记录"),
    "identity.confirm_at_counter": _("工作人员当面核验了身份"),
    "three_factor.answered": _("经办人实名核验有了结果"),
    "three_factor.answered.match": _("经办人实名核验通过"),
    "three_factor.answered.mismatch": _("经办人实名核验未通过：信息不一致"),
    "three_factor.answered.no_record": _("经办人实名核验未通过：查无记录"),
    "liveness.answered": _("经办人活体检测有了结果"),
    "liveness.answered.passed": _("经办人活体检测通过"),
    "liveness.answered.failed": _("经办人活体检测未通过"),
    "liveness.answered.declined": _("经办人没有继续活体检测"),
    "liveness.answered.expired": _("活体检测超时，没有完成"),
    **{
        f"{step}.{action}": words
        for step in ("identity", "three_factor", "liveness")
        for action, words in {
            "choose_staff": _("选择由工作人员核验身份"),
            "choose_phone": _("改回用手机核验身份"),
            "confirm_at_counter.confirmed": _("工作人员核验身份通过"),
            "not_confirmed.not_confirmed": _("工作人员未能确认身份"),
        }.items()
    },
    "review.approve": _("审核通过"),
    "review.approve.approved": _("审核通过"),
    "review.return": _("审核退回"),
    "review.return.returned": _("审核退回，请更正后重新提交"),
    "review.reject": _("审核驳回"),
    "review.reject.rejected": _("审核驳回"),
    "review.stop": _("因 CA 状态终止办理"),
    "review.stop.stopped": _("因 CA 状态终止办理"),
    "payment.pay": _("选择了支付方式"),
    "payment.claim_transfer": _("登记了银行转账"),
    "payment.withdraw_transfer": _("撤回了转账登记"),
    "payment.explain_payer": _("答复了付款人不符的款项"),
    "payment.transfer_news": _("财务核对了转账"),
    "payment.reissue_invoice": _("申请换开发票"),
    "payment.settled": _("费用已付清"),
    "environment.report": _("检测了电脑环境"),
    "environment.report.passed": _("电脑环境检测通过"),
    "environment.report.failed": _("电脑环境检测未通过"),
    **{
        f"{step}.{action}": words
        for step in ("unblock", "pin_unblock")
        for action, words in {
            "ask": _("申请解锁 Ekey"),
            "release": _("授权解锁 Ekey"),
            "release.asked": _("一位证书管理员已核实，提出授权解锁"),
            "release.confirmed": _("另一位证书管理员确认授权解锁"),
            "refuse": _("没有授权解锁，已退回"),
            "released": _("CA 已授权解锁，请设置新 PIN"),
            "not_released": _("CA 不能为这个 Ekey 授权解锁"),
            "lapsed": _("解锁授权已过期"),
            "unblocked": _("Ekey 已解锁，新 PIN 验证通过"),
        }.items()
    },
    "revocation.revoked": _("原证书已吊销"),
    "revocation.revoked.revoked": _("原证书已吊销"),
    "revocation.revoked.expired": _("原证书已过期，无需吊销"),
    "revocation.refused": _("CA 核对后未予吊销，不再继续"),
    "production.take": _("制证员取用介质，开始制作"),
    "production.put_back": _("退回制证队列"),
    "production.request": _("介质生成新密钥，已向 CA 申请证书"),
    "production.issued": _("CA 已签发新证书"),
    "production.refused": _("CA 未予签发"),
    "production.verify": _("新证书已写入介质并验证通过"),
    "production.ask_pin": _("准备设置初始 PIN 码"),
    "production.set_pin": _("初始 PIN 码已设置，介质制作完成"),
    "production.pin_sent": _("初始 PIN 码已用短信发出"),
    "production.mailer_printed": _("初始 PIN 码的密码信封已打印"),
    "production.ask_reset": _("申请重置寄来介质的 PIN 码"),
    "production.release_reset": _("另一人批准重置 PIN 码"),
    "production.reset_authorised": _("CA 已授权重置 PIN 码"),
    "production.reset_refused": _("CA 不能为这个介质授权重置"),
    "production.reset_used": _("寄来介质的 PIN 码已重置"),
    "production.make_codes": _("生成参考码和授权码"),
    "production.envelope_printed": _("密码信封已打印"),
    "production.remake": _("申请重做介质"),
    "production.remake.asked": _("一位证书管理员提出重做介质"),
    "production.remake.confirmed": _("另一位证书管理员确认重做介质"),
    "production.remade": _("原介质的证书已吊销，重新制作"),
    "mail_in.announce": _("登记寄出 Ekey"),
    "mail_in.receive": _("收发室收到 Ekey，核对相符"),
    "mail_in.mismatch": _("寄来的 Ekey 或表格不符，已退回客户处理"),
    "delivery.pack": _("已打包"),
    "delivery.unpack": _("从包裹里取出"),
    "delivery.send": _("已寄出"),
    "delivery.delivered": _("快递已签收"),
    "delivery.confirm": _("客户确认收到"),
    "delivery.ready": _("已到网点，可以领取"),
    "delivery.hand_over": _("已当面交付"),
    "delivery.came_back": _("快件退回，或逾期未领"),
    "delivery.lost": _("快件遗失"),
    "issuance.begin": _("开始更新文件证书"),
    "file_download.codes": _("参考码和授权码核对无误"),
    "file_download.request": _("已在客户电脑上生成密钥，向 CA 申请新证书"),
    "file_download.issued": _("CA 已签发新证书"),
    "file_download.refused": _("CA 未予签发"),
    "file_download.saved": _("客户已保存证书文件"),
    "file_download.verify": _("证书文件已保存并验证通过"),
    "issuance.show_code": _("领取更新码"),
    "issuance.request": _("Ekey 生成新密钥，已向 CA 申请新证书"),
    "issuance.issued": _("CA 已签发新证书"),
    "issuance.refused": _("CA 未予签发"),
    "issuance.verify": _("新证书已装入 Ekey 并验证通过"),
    "issuance.reissue_code": _("补发更新码"),
    "issuance.reissue_code.asked": _("一位证书管理员提出补发更新码"),
    "issuance.reissue_code.confirmed": _("另一位证书管理员确认，已补发更新码"),
}

DUTIES: Final[dict[str, Promise]] = {
    Duty.REVOKE_NEW: _("证书管理员正在撤销已签发的新证书"),
    Duty.DECIDE_REFUND: _("财务正在核定退款"),
    Duty.REFUND: _("退款正在原路退回，一般 1 到 3 个工作日到账"),
    Duty.RETURN_KEYS: _("收发室正在退还您寄来的 Ekey，寄出后会短信告知单号"),
}

CANCELLING: Final[dict[str, tuple[Promise, Promise]]] = {
    CancelStage.BEFORE_PAYMENT: (
        _("还没有缴费，取消后不产生任何费用。"),
        _("订单会关闭，证书照常可用；以后可以重新申请。"),
    ),
    CancelStage.AFTER_PAYMENT: (
        _("已付的费用会全部原路退回。"),
        _("退款由系统立即发起，一般 1 到 3 个工作日到账，到账后会发短信。证书没有改动，照常可用。"),
    ),
    CancelStage.AFTER_ISSUANCE: (
        _("CA 已经签发了新证书，取消后要先撤销它，再由财务核定退款。"),
        _(
            "新证书由两位证书管理员撤销，退款金额由财务按公布的退费规则核定，结果会发短信。原来的证书没有改动，照常可用。"
        ),
    ),
}

#: what becomes of the certificate, where it isn't simply as good as before
_AFTERWARDS: Final[dict[str, Promise]] = {
    Order.Business.PIN_UNBLOCK: _("申请会关闭，Ekey 仍是锁定状态；已取得的解锁授权随即作废，以后可以重新申请。"),
    Order.Business.ENROLMENT: _("不会再签发新证书，您已有的证书不受影响；以后可以重新申请。"),
    Order.Business.REPLACEMENT: _(
        "不再补办，原证书没有吊销。Ekey 遗失的，请尽快重新申请补办，或拨打服务热线申请吊销，以防他人使用。"
    ),
}


def cancelling_words(stage: str, business: str) -> tuple[str, str]:
    """What cancelling means now for an order of this business, and what follows."""
    what, then = CANCELLING[CancelStage(stage)]
    if business not in _AFTERWARDS:
        return str(what), str(then)
    back = {CancelStage.AFTER_PAYMENT: _REFUNDING, CancelStage.AFTER_ISSUANCE: _DECIDING}.get(CancelStage(stage), "")
    return str(what), f"{back}{_AFTERWARDS[business]}"


_REFUNDING: Final = _("退款由系统立即发起，一般 1 到 3 个工作日到账，到账后会发短信。")
_DECIDING: Final = _("新证书由两位证书管理员撤销，退款金额由财务按公布的退费规则核定，结果会发短信。")

#: NotCancellable's why, or "ended": why not, and what to do
CANNOT_CANCEL: Final[dict[str, Promise]] = {
    "ended": _("订单已经结束，不用再取消。"),
    "installed": _("新证书已经装好，不能再取消。确实不要了的，请拨打服务热线，由工作人员办理吊销。"),
    "ca_answering": _("CA 正在签发新证书。请等几分钟，刷新本页再取消。"),
    "old_revoked": _(
        "原证书已经提交 CA 吊销，不能恢复；现在取消，您就没有可用的证书了，所以不能取消。"
        "我们会照常把新证书办好交给您。信息有误或情况有变的，请拨打服务热线，由工作人员与您商定。"
    ),
}

STOP_REASONS: Final[dict[str, Promise]] = {
    "ca_status_frozen": _("签发前核对时，CA 告知这张证书已被冻结。"),
    "ca_status_revoked": _("签发前核对时，CA 告知这张证书已被吊销。"),
    "ca_status_unknown": _("核对时，CA 查不到这张证书。"),
    "unblock_unknown_medium": _("CA 没有登记这个 Ekey 的管理密钥，不能远程解锁。请到服务网点办理，或申请补办。"),
    "ca_status_replaced": _("签发前核对时，CA 告知这张证书已经更新过。"),
    "ca_term_over": _("新证书要沿用的到期日已经过去，不能再签发。"),
}

RETURN_REASONS: Final[dict[str, Promise]] = {
    "seal_no_impression": _("图上没有找到印章。请把公章清晰地盖在白纸上，重新扫描或拍照上传。"),
    "seal_by_maker": _("制章系统没有受理这枚印模。请核对印模与单位名称是否一致，更换后重新提交。"),
    "seal_not_valid": _("制好的电子签章没有通过核对，已作废。请重新提交制作；仍不成功请联系技术支持。"),
    "handed_over": _("您已接手这张订单，请填写您本人（新经办人）的信息后重新提交；已付的费用不受影响。"),
    "identity_mismatch": _("姓名、身份证号码、手机号码三项核对不一致，请核对后重新提交。"),
    "identity_not_confirmed": _(
        "工作人员没有能确认经办人身份。请核对姓名、身份证号码和手机号码，更正后重新提交，或带齐身份证原件再约工作人员。"
    ),
    "unblock_refused": _(
        "工作人员没有能核实您的身份，没有授权解锁。请保持登记的电话畅通，或到服务网点，然后再次申请。"
    ),
    "unblock_lapsed": _("上次的解锁授权已经作废，请重新申请。"),
    "identity_phone_again": _("已改回用手机核验，请扫描二维码继续。"),
    "identity_no_record": _("运营商没有查到这个手机号码的实名登记，请换用本人实名登记的手机号，或先到运营商登记。"),
}


def act_title(what: str) -> str:
    """The words for ``step.action`` of the timeline; steps are told apart by kind in later packs by the same names."""
    return str(ACTS.get(what) or _("订单有更新"))
