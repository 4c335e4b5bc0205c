"""Consents: the texts that go together have one box, each that stands apart has its own (RULES C1)."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from renewals.programmes.schema import ConsentText

TOGETHER = "together"


class ConsentForm(forms.Form):
    use_required_attribute = False

    def __init__(self, *args: Any, texts: Sequence[ConsentText], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.going_together = [text for text in texts if text.ticked == "together"]
        self.apart = [text for text in texts if text.ticked == "apart"]
        if self.going_together:
            names = "".join(text.title for text in self.going_together)
            self.fields[TOGETHER] = forms.BooleanField(
                label=_("我已阅读并同意%(names)s") % {"names": names},
                error_messages={"required": _("请阅读后勾选，表示同意%(names)s。") % {"names": names}},
            )
        for text in self.apart:
            self.fields[text.name] = forms.BooleanField(
                label=_("我已阅读并单独同意%(name)s") % {"name": text.title},
                error_messages={
                    "required": _("请阅读后单独勾选%(name)s。不同意的，请到服务网点办理。") % {"name": text.title}
                },
            )

    @property
    def together_box(self) -> forms.BoundField:
        return self[TOGETHER]

    @property
    def apart_boxes(self) -> list[tuple[ConsentText, forms.BoundField]]:
        return [(text, self[text.name]) for text in self.apart]

    def accepted(self) -> list[str]:
        """The names of the texts whose boxes were ticked."""
        ticked = [text.name for text in self.going_together] if self.cleaned_data.get(TOGETHER) else []
        return sorted([*ticked, *(text.name for text in self.apart if self.cleaned_data.get(text.name))])
