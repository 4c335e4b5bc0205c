"""What went on behind an order, as tables: jobs, notices, audit rows."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.models import ChannelName
from portal.ui.parts import Column, Row, Table, Text
from portal.ui.templatetags.ui import plain_money
from renewals.models import IdentityCheck
from renewals.staff_selectors.audit import AuditEntry
from renewals.staff_selectors.order import JobShown, NoticeShown
from renewals.staff_views.common import job_badge, stamp, table, who
from renewals.steps.answer_words import LABELS
from renewals.words_of_acts import STATUSES, act_title

HANDLERS: Final[dict[str, Text]] = {
    "renewals.three_factor": gettext_lazy("三要素核验"),
    "renewals.request_certificate": gettext_lazy("向 CA 申请证书"),
    "renewals.revoke_old": gettext_lazy("吊销原证书"),
    "renewals.revoke_new": gettext_lazy("撤销新证书"),
    "charge_settled": gettext_lazy("付清通知"),
    "charge_refunded": gettext_lazy("退款通知"),
    "invoice_issued": gettext_lazy("发票通知"),
    "notices.sms": gettext_lazy("发送短信"),
    "notices.email": gettext_lazy("发送邮件"),
    "renewals.watch_order": gettext_lazy("提醒与到期关闭"),
    "renewals.expire_orders": gettext_lazy("关闭到期订单"),
    "payments.place_order": gettext_lazy("渠道下单"),
    "payments.poll_order": gettext_lazy("查询付款"),
    "payments.close_order": gettext_lazy("关闭渠道订单"),
    "payments.check_late": gettext_lazy("核对晚到的付款"),
    "payments.watch_orders": gettext_lazy("巡查渠道订单"),
    "payments.send_refund": gettext_lazy("提交退款"),
    "payments.follow_refund": gettext_lazy("查询退款"),
    "payments.issue_invoice": gettext_lazy("开具发票"),
}
NOTICES: Final[dict[str, Text]] = {
    "order.paid": gettext_lazy("付款成功"),
    "identity.failed": gettext_lazy("身份核验未通过"),
    "order.installed": gettext_lazy("新证书已安装"),
    "order.cancelled": gettext_lazy("订单已取消"),
    "order.cancelled_refunding": gettext_lazy("订单已取消，退款中"),
    "order.cancelled_issued": gettext_lazy("订单已取消，待撤销证书"),
    "order.expired": gettext_lazy("订单已过期关闭"),
    "order.stopped": gettext_lazy("订单已终止"),
    "order.refunded": gettext_lazy("退款已退回"),
    "invoice.ready": gettext_lazy("发票已开具"),
    "invoice.reversed": gettext_lazy("发票已红冲"),
    "order.draft_expiring": gettext_lazy("草稿即将关闭"),
    "certificate.claimed": gettext_lazy("证书被认领"),
    "review.claimed": gettext_lazy("领取审核"),
    "review.released": gettext_lazy("放下审核"),
}
CHANNELS: Final[dict[str, Text]] = {"sms": gettext_lazy("短信"), "email": gettext_lazy("邮件")}


def jobs(rows: Sequence[JobShown]) -> Table:
    columns = [
        Column(gettext_lazy("任务")),
        Column(gettext_lazy("状态")),
        Column(gettext_lazy("次数"), "number"),
        Column(gettext_lazy("上次错误"), "code"),
        Column(gettext_lazy("创建")),
        Column(gettext_lazy("结束")),
    ]
    return table(
        _("后台任务"),
        columns,
        [
            Row(
                [
                    HANDLERS.get(row.handler, row.handler),
                    job_badge(row.state),
                    row.attempts,
                    row.last_error or "—",
                    stamp(row.created_at),
                    stamp(row.done_at),
                ]
            )
            for row in rows
        ],
    )


def notices(rows: Sequence[NoticeShown]) -> Table:
    columns = [
        Column(gettext_lazy("通知")),
        Column(gettext_lazy("方式")),
        Column(gettext_lazy("状态")),
        Column(gettext_lazy("时间")),
    ]
    return table(
        _("已发通知"),
        columns,
        [
            Row(
                [
                    NOTICES.get(row.kind, row.kind),
                    CHANNELS.get(row.channel, row.channel),
                    job_badge(row.state),
                    stamp(row.done_at or row.created_at),
                ]
            )
            for row in rows
        ],
    )


def trail(rows: Sequence[AuditEntry]) -> Table:
    columns = [
        Column(gettext_lazy("序号"), "number"),
        Column(gettext_lazy("时间")),
        Column(gettext_lazy("动作")),
        Column(gettext_lazy("操作人")),
        Column(gettext_lazy("详情")),
    ]
    return table(
        _("审计记录"),
        columns,
        [
            Row(
                [
                    row.seq,
                    stamp(row.at),
                    audit_title(row.action),
                    who(row.kind, row.label, row.roles),
                    detail_words(row.detail),
                ]
            )
            for row in rows
        ],
    )


SUBJECTS: Final[dict[str, Text]] = {
    "order": gettext_lazy("订单"),
    "certificate": gettext_lazy("证书"),
    "applicationversion": gettext_lazy("申请资料"),
    "certificatecontact": gettext_lazy("证书联系人"),
    "user": gettext_lazy("账号"),
    "organisation": gettext_lazy("单位"),
    "charge": gettext_lazy("应收"),
    "refund": gettext_lazy("退款"),
    "invoice": gettext_lazy("发票"),
    "payment": gettext_lazy("收款"),
    "job": gettext_lazy("后台任务"),
}
_AUDIT_TITLES: Final[dict[str, Text]] = {
    "vault.revealed": gettext_lazy("打开了封存的资料"),
    "order.revealed": gettext_lazy("查看了一项个人资料"),
    "certificate.revealed": gettext_lazy("查看了证书联系人"),
    "orders.exported": gettext_lazy("导出了订单列表"),
    "job.retried": gettext_lazy("重新排队后台任务"),
}


def audit_title(action: str) -> str:
    if action in _AUDIT_TITLES:
        return str(_AUDIT_TITLES[action])
    what = action.removeprefix("order.")
    return act_title(what) if action.startswith("order.") else action


def detail_words(detail: Mapping[str, Any]) -> str:
    """name=value, without what the page shows anyway."""
    parts = []
    for name, value in detail.items():
        if name in {"number", "version"} or value in ("", None, [], {}):
            continue
        parts.append(f"{_DETAILS.get(name, name)}：{_detail_value(name, value)}")
    return "；".join(parts)


def _detail_value(name: str, value: object) -> str:
    if isinstance(value, list):
        return "、".join(_detail_value(name, part) for part in value)
    if isinstance(value, dict):
        return "、".join(f"{key} {part}" for key, part in value.items())
    if name.endswith("_fen"):
        return plain_money(int(str(value)))
    return str(_VALUES.get(name, LABELS).get(str(value), value))


_VALUES: Final[dict[str, Mapping[str, Text]]] = {
    "status": {status: words for status, (words, _tone) in STATUSES.items()},
    "channel": dict(ChannelName.choices),
    "outcome": dict(IdentityCheck.Outcome.choices),
}


_DETAILS: Final[dict[str, Text]] = {
    "status": gettext_lazy("状态"),
    "reason": gettext_lazy("原因"),
    "field": gettext_lazy("字段"),
    "fields": gettext_lazy("字段"),
    "application_version": gettext_lazy("申请版本"),
    "changed": gettext_lazy("改动"),
    "channel": gettext_lazy("渠道"),
    "outcome": gettext_lazy("结果"),
    "amount_fen": gettext_lazy("金额"),
    "total_fen": gettext_lazy("金额"),
    "serial": gettext_lazy("序列号"),
    "texts": gettext_lazy("文件"),
    "charge": gettext_lazy("应收"),
    "refund": gettext_lazy("退款"),
    "confirmed": gettext_lazy("已确认"),
    "handler": gettext_lazy("任务"),
    "rows": gettext_lazy("行数"),
    "filters": gettext_lazy("筛选"),
}
