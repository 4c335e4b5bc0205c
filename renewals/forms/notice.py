"""A notice is acknowledged part by part (RULES D3)."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from renewals.programmes.schema_steps import NoticePart


class NoticeForm(forms.Form):
    use_required_attribute = False

    def __init__(self, *args: Any, parts: Sequence[NoticePart], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parts = parts
        for part in parts:
            self.fields[part.name] = forms.BooleanField(
                label=_("我已知悉：%(title)s") % {"title": part.title},
                error_messages={"required": _("请阅读“%(title)s”，勾选我已知悉后再继续。") % {"title": part.title}},
            )

    @property
    def boxes(self) -> list[tuple[NoticePart, forms.BoundField]]:
        return [(part, self[part.name]) for part in self.parts]

    def acknowledged(self) -> list[str]:
        return sorted(part.name for part in self.parts if self.cleaned_data.get(part.name))
