from types import ModuleType

from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "portal.ui"
    label = "ui"
    default_auto_field = "django.db.models.BigAutoField"

    def __init__(self, app_name: str, app_module: ModuleType | None) -> None:
        super().__init__(app_name, app_module)
        from portal.ui import field_words

        field_words.use()  # before any app's models or forms are imported: fields copy their words when they are made

    def ready(self) -> None:
        from django.core import checks

        from portal.ui import words

        words.register(words.WORDS)
        checks.register(words.every_error_has_words)
