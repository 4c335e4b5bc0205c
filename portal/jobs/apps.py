from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "portal.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal.jobs import checks, upkeep  # noqa: F401
        from portal.jobs.words import WORDS
        from portal.ui.words import register

        register(WORDS)
