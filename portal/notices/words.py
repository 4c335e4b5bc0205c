"""The sentences for this app's error codes."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, str | Promise] = {
    "notices.sms_unavailable": _(
        "短信服务暂时没有受理（%(reason)s），系统会自动再发；如长时间收不到，请稍后重新获取。"
    ),
    "notices.sms_rejected": _("短信服务拒绝了这条短信（%(reason)s）。请核对手机号、短信签名和模板。"),
    "notices.sms_template_missing": _("短信“%(kind)s”还没有填写服务商的模板编号。请先在短信文案里补上，再重试任务。"),
    "notices.email_rejected": _("邮件服务器拒收这个地址。请核对邮箱后重新填写。"),
    "notices.inbox_refuses_production": _("收件箱只供开发和测试。请为生产环境配置真实的短信和邮件服务。"),
    "notices.text_refused": _("文案不能使用：%(problem)s。请修改后重新保存。"),
}
