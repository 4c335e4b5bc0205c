from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "portal.notices"
    label = "notices"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal.notices import bell, checks, sending  # noqa: F401
        from portal.notices.words import WORDS
        from portal.ui.context import register_bell
        from portal.ui.words import register

        register(WORDS)
        register_bell(bell.bell)
