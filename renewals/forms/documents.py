"""The page of papers: for each one that can be handed in now a file, and which kind of licence it is (RULES P22)."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from portal.files.forms import help_for
from portal.files.kinds import MIB, OFFICE, Kind, Limits, accept_attribute
from portal.files.receiving import Slot
from portal.ui.forms import FileDrop
from renewals.programmes.schema_steps import DocumentsStep
from renewals.steps.papers import PURPOSE, PaperView


class ManyFilesDrop(FileDrop):
    """Several files at once; ``request.FILES.getlist`` has them."""

    allow_multiple_selected = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"multiple": True, **(attrs or {})})


class _Later:
    """Wanted, but only when the papers are handed in; steps/documents.py says so then."""

    def validate(self, value: Any) -> None:
        if value:
            super().validate(value)  # type: ignore[misc]


class _KindField(_Later, forms.ChoiceField):
    pass


class _PaperField(_Later, forms.FileField):
    def clean(self, data: Any, initial: Any = None) -> Any:  # noqa: ARG002  (the gate judges it)
        return data


class DocumentsForm(forms.Form):
    """Files aren't judged here: ``portal.files.receiving`` takes each, and its words come back by ``refuse``."""

    use_required_attribute = False

    def __init__(
        self, *args: Any, papers: Sequence[PaperView], config: DocumentsStep, kinds: dict[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.papers, self.config = [view for view in papers if view.is_open], config
        for view in self.papers:
            if view.kinds:
                self.fields[f"kind-{view.name}"] = _KindField(
                    label=_("种类"),
                    choices=[(kind.name, kind.title) for kind in view.kinds],
                    widget=forms.RadioSelect,
                    error_messages={"invalid_choice": _("请选择列出的种类。")},
                    initial=view.kind or kinds.get(view.name, ""),
                )
            self.fields[f"file-{view.name}"] = self._upload(view)

    def _upload(self, view: PaperView) -> _PaperField:
        limits, formats = self.limits(), self._formats(view)
        there = view.state in {"uploaded", "returned"}
        words = help_for(formats, limits)
        if view.more:
            most = self.config.paper(view.base).max_files
            words += _("可以一次选几个文件，最多 %(most)s 个。") % {"most": most}
        else:
            words += _("多页请合成一个 PDF，最多 %(pages)s 页。") % {"pages": limits.pages}
        if any(kind in OFFICE for kind in formats):
            words += _("Word、Excel、PPT 文件工作人员看不到页面，最好另存为 PDF 再传。")
        attrs = {"accept": accept_attribute(formats), "data-max-bytes": limits.size}
        field = _PaperField(
            label=_("换一个文件") if there else _("选择%(title)s") % {"title": view.title},
            help_text=words,
            widget=(ManyFilesDrop if view.more else FileDrop)(attrs=attrs),
        )
        field.required = not view.is_optional
        return field

    def limits(self) -> Limits:
        return Limits(size=self.config.max_file_mib * MIB, pages=self.config.max_pages)

    def slots(self) -> list[Slot]:
        return [self.slot(view) for view in self.papers]

    def slot(self, view: PaperView) -> Slot:
        return Slot(f"file-{view.name}", f"{PURPOSE}{view.name}", self._formats(view), self.limits())

    def kind_of(self, paper: str) -> str:
        """The kind as chosen, one of the pack's, or ""."""
        return str(self.cleaned_data.get(f"kind-{paper}", "") or "")

    def refuse(self, paper: str, sentence: str, *, about_kind: bool = False) -> None:
        """Say at the paper what is wrong with it; at the top where it has no field now."""
        name = f"{'kind' if about_kind else 'file'}-{paper}"
        self.add_error(name if name in self.fields else None, sentence)

    @staticmethod
    def _formats(view: PaperView) -> tuple[Kind, ...]:
        return tuple(view.formats)  # type: ignore[arg-type]  # the pack's words are the gate's
