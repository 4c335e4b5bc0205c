"""The notice of expiring certificates, with its default texts; a tenant may word it anew."""

from portal import notices

_FOOT = "\n\n{{ tenant_name }}\n客服热线：{{ hotline }}（{{ service_hours }}）\n"


def register() -> None:
    notices.register(
        "certificate.expiring",
        sms="{{ holder }}{{ which }}{{ when }}，{{ advice }}，请登录网上营业厅办理。"
        "不再使用的，可在网厅标明，不再提醒。",
        email_subject="{{ holder }}{{ which }}{{ when }}",
        email_body="您好：\n\n{{ holder }}{{ which }}{{ when }}，{{ advice }}，请登录网上营业厅查看和办理：\n"
        "{{ link }}\n\n"
        "不再使用的证书，可以在网厅标明“不再使用”，以后不再提醒。\n"
        "不想再收到这类邮件，请打开：\n{{ off }}" + _FOOT,
    )
