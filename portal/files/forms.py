"""The upload field: the gate behind an ordinary form field, its refusals worded at the field."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from portal.errors import PortalError
from portal.files import gate
from portal.files.accepted import Accepted
from portal.files.errors import FileRefused, GateUnavailable
from portal.files.kinds import DEFAULT_LIMITS, KINDS, MIB, Kind, Limits, accept_attribute, allowed_text
from portal.ui.forms import FileDrop
from portal.ui.words import say


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was taken before: shown at the field, replaced by a new one. size: bytes."""

    name: str
    size: int
    url: str = ""


class UploadDrop(FileDrop):
    """The drop surface, and above it what is kept already."""

    template_name = "files/upload_drop.html"
    kept: Kept | None = None

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return {**super().get_context(name, value, attrs), "kept": self.kept}

    def use_required_attribute(self, initial: Any) -> bool:
        return self.kept is None and super().use_required_attribute(initial)


class UploadField(forms.FileField):
    """``cleaned_data`` has an ``Accepted`` (close it once stored), or None: nothing new was sent.

    Several in one form don't touch each other. But a browser sends no file twice by itself: a form that
    comes back must say what it has kept already (``keep``), or the customer chooses every file again. For
    pages with several papers take ``receiving.receive``, which stores each good one at once.
    """

    widget = UploadDrop

    def __init__(self, *, kinds: tuple[Kind, ...] = KINDS, limits: Limits = DEFAULT_LIMITS, **kwargs: Any) -> None:
        self.kinds, self.limits = kinds, limits
        kwargs.setdefault("help_text", help_for(kinds, limits))
        super().__init__(**kwargs)

    def keep(self, kept: Kept | None) -> None:
        """In the form's ``__init__``: what is there already, so that the field needs no other."""
        self.widget.kept = kept
        self.required = self.required and kept is None

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        more = {"accept": accept_attribute(self.kinds), "data-max-bytes": self.limits.size}
        return {**super().widget_attrs(widget), **more}

    def clean(self, data: Any, initial: Any = None) -> Accepted | None:  # noqa: ARG002
        if not data:
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        try:
            return gate.accept(data, kinds=self.kinds, limits=self.limits)
        except (FileRefused, GateUnavailable) as refusal:
            raise ValidationError(_words(refusal), code=refusal.code) from refusal

    def has_changed(self, initial: Any, data: Any) -> bool:  # noqa: ARG002
        return data is not None


def help_for(kinds: tuple[Kind, ...], limits: Limits) -> str:
    return _("支持 %(allowed)s，每个文件不超过 %(limit)s MB。") % {
        "allowed": allowed_text(kinds),
        "limit": limits.size // MIB,
    }


def _words(refusal: PortalError) -> str:
    return say(refusal).replace("%", "%%")
