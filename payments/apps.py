from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"
    label = "payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from payments import (
            bill_tasks,  # noqa: F401  registers the job handlers
            statement_tasks,  # noqa: F401  likewise
            tasks,  # noqa: F401
            words,
        )
        from payments.files import may_open
        from payments.workbench import words as workbench_words
        from portal.accounts import policy
        from portal.accounts.roles import Role
        from portal.files.access import register_guard
        from portal.ui import navigation
        from portal.ui import words as ui_words

        ui_words.register(words.WORDS)
        ui_words.register(workbench_words.WORDS)
        register_guard(may_open)
        policy.register("payments.view", Role.FINANCE, Role.SERVICE_DESK, Role.TENANT_ADMINISTRATOR)
        policy.register("payments.refund", Role.FINANCE)
        policy.register("payments.confirm", Role.FINANCE)
        policy.register("payments.invoice", Role.FINANCE)
        policy.register("payments.overview", Role.FINANCE)
        policy.register("payments.close_days", Role.FINANCE)
        policy.register("payments.vouchers", Role.FINANCE, Role.REVIEWER)
        navigation.register(
            "staff",
            navigation.NavItem(
                label=_("收款与退款"),
                view="payments:staff-charges",
                icon="list",
                permission="payments.view",
                position=300,
                section=_("财务"),
            ),
        )
