from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "portal.files"
    label = "files"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal.files import checks, tasks  # noqa: F401  (importing registers)
        from portal.files.words import WORDS
        from portal.ui import words

        words.register(WORDS)
