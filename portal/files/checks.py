"""System check: the gate's libraries are there, before the first customer uploads."""

from importlib.util import find_spec
from typing import Any

from django.core.checks import CheckMessage, Error, register

_HINT = "pip install -c constraints.txt -r requirements.txt"


@register()
def libraries_are_there(**_kwargs: Any) -> list[CheckMessage]:
    """files.E001, E002. The parsers aren't loaded here: they live in processes of their own."""
    problems: list[CheckMessage] = [
        Error(f"the file gate needs {name}", hint=_HINT, id="files.E001")
        for name in ("magic", "pikepdf", "pypdfium2", "PIL")
        if find_spec(name) is None
    ]
    if not problems:
        try:
            import magic  # noqa: F401, PLC0415
        except ImportError as error:
            problems.append(
                Error(f"the file gate needs libmagic: {error}", "apt-get install libmagic1", id="files.E002")
            )
    return problems
