"""How Django forms are drawn: ``{{ form }}``, ``{{ field.as_field_group }}`` and ``{% field %}`` all come here."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting

from portal.ui import field_words
from portal.ui.parts import Text


class FormRenderer(TemplatesSetting):
    """Widgets from templates/django/forms/widgets, the rest from templates/ui."""

    form_template_name = "ui/form.html"
    formset_template_name = "ui/formset.html"
    field_template_name = "ui/field.html"


class OneTimeCodeInput(forms.TextInput):
    """Six digits that came by SMS: number pad, and phones offer to fill it in."""

    def __init__(self, length: int = 6, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(
            {
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "maxlength": length,
                "pattern": f"[0-9]{{{length}}}",
                "spellcheck": "false",
                **(attrs or {}),
            }
        )


class PhoneInput(forms.TextInput):
    input_type = "tel"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(
            {"inputmode": "numeric", "autocomplete": "tel-national", "class": "input--20", **(attrs or {})}
        )


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class RadioCards(forms.RadioSelect):
    """Radio buttons as cards. ``hints`` and ``asides`` by value: an explanation below, a price at the right."""

    template_name = "ui/widgets/choices.html"
    option_template_name = "ui/widgets/card.html"

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        choices: Any = (),
        *,
        hints: dict[str, Text] | None = None,
        asides: dict[str, Text] | None = None,
    ) -> None:
        super().__init__(attrs, choices)
        self.hints = hints or {}
        self.asides = asides or {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        option["hint"] = self.hints.get(str(value), "")
        option["aside"] = self.asides.get(str(value), "")
        return option


class FileDrop(forms.FileInput):
    """A surface to drop a file on; it is an ordinary file input underneath."""

    template_name = "ui/widgets/file_drop.html"


def problems(form: forms.BaseForm) -> Iterator[tuple[str, str]]:
    """(id of the control, sentence) for the error summary, in the order of the page; id "" for the form itself.

    A general sentence ("请填写此项。") gets the field's label in front: in the summary it stands alone.
    """
    for sentence in form.non_field_errors():
        yield "", str(sentence)
    for field in form:
        for error in field.errors.as_data():
            [sentence] = error.messages
            is_general = field_words.is_general(error.message)
            yield control_id(field), f"{field.label}：{sentence}" if is_general else sentence


def control_id(field: forms.BoundField) -> str:
    """The id that a link in the error summary jumps to: the first control of a group."""
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxSelectMultiple | forms.RadioSelect):
        return f"{field.auto_id}_0"
    return field.id_for_label or field.auto_id
