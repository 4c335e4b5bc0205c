from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "portal.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from portal.accounts import policy
        from portal.accounts.roles import Role
        from portal.jobs import checks, upkeep  # noqa: F401
        from portal.jobs.words import WORDS
        from portal.ui import navigation
        from portal.ui.words import register

        register(WORDS)
        policy.register("jobs.manage", Role.CERTIFICATE_ADMINISTRATOR, Role.TENANT_ADMINISTRATOR)
        navigation.register(
            "staff",
            navigation.NavItem(
                label=_("后台任务"),
                view="staff-jobs",
                icon="settings",
                permission="jobs.manage",
                position=900,
                section=_("管理"),
            ),
        )
