"""What the forms are made of: fields whose checking the rules do, so that a sentence stands in one place."""

from django import forms
from django.forms.widgets import ChoiceWidget


class AnswerField(forms.CharField):
    """A text or a choice that is shown as wanted, and checked by the rules alone (steps/answers.py)."""

    def validate(self, value: object) -> None:
        del value


class ChoiceAnswer(AnswerField):
    """A choice by radio buttons; ``choices`` as (value, words)."""

    def __init__(self, *, choices: list[tuple[str, str]], widget: ChoiceWidget, **kwargs: object) -> None:
        widget.choices = choices
        super().__init__(widget=widget, **kwargs)  # type: ignore[arg-type]
