from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "portal.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from portal import notices
        from portal.accounts import policy, words
        from portal.accounts import tasks as _tasks  # noqa: F401  (importing registers the jobs)
        from portal.accounts.roles import Role
        from portal.ui import navigation
        from portal.ui import words as ui_words

        ui_words.register(words.WORDS)
        policy.register("accounts.manage", Role.TENANT_ADMINISTRATOR)
        navigation.register(
            "staff",
            navigation.NavItem(
                label=_("工作人员账号"),
                view="staff-accounts",
                icon="users",
                permission="accounts.manage",
                position=900,
                section=_("管理"),
            ),
        )
        notices.register(
            "accounts.sign_in_code",
            sms="您的登录验证码是 {{ code }}，{{ minutes }} 分钟内有效。工作人员不会向您索取验证码，请勿告诉他人。",
            secret=True,
        )
        notices.register(
            "accounts.staff_invitation",
            email_subject="{{ tenant_name }}：请设置您的工作人员账号",
            email_body=(
                "您好：\n\n{{ tenant_name }}为您开通了工作人员账号，用户名是 {{ username }}。\n"
                "请在 7 天内打开下面的链接设置密码，链接只能使用一次：\n\n{{ link }}\n\n"
                "如果您不知道此事，请不要打开链接，并告知网厅管理员。\n"
            ),
            secret=True,
        )
