"""The table of contacts (RULES A14): rows of plain inputs; rows are added and deleted by buttons of the form itself."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms

from renewals.forms.fields import AnswerField
from renewals.steps import contacts
from renewals.steps.contacts import Row

EMPTY: Final[Row] = dict.fromkeys(contacts.COLUMNS, "") | {"kind": "business"}
_INPUTS: Final[dict[str, dict[str, str]]] = {
    "name": {"type": "text", "autocomplete": "off", "maxlength": "60"},
    "mobile": {"type": "tel", "autocomplete": "off", "inputmode": "numeric", "maxlength": "20"},
    "phone": {"type": "tel", "autocomplete": "off", "maxlength": "30"},
    "email": {"type": "email", "autocomplete": "off", "spellcheck": "false", "maxlength": "120"},
}


class ContactsWidget(forms.Widget):
    """Draws the rows of one JSON text, and makes one text of the rows that come back (``NAME-ROW-COLUMN``)."""

    template_name = "renewals/widgets/contacts.html"
    use_fieldset = True
    shows_problems = False

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        rows = contacts.rows_of(str(value or "")) or [dict(EMPTY)]
        nothing = not contacts.filled(rows)
        base = context["widget"]["attrs"].get("id", name)
        context["widget"] |= {
            "rows": [
                self._row(name, base, number, row, alone=len(rows) == 1, wanted=bool(contacts.filled([row])) or nothing)
                for number, row in enumerate(rows)
            ],
            "may_add": len(rows) < contacts.MOST,
        }
        return context

    def _row(self, name: str, base: str, number: int, row: Row, *, alone: bool, wanted: bool) -> dict[str, Any]:
        """``wanted``: something was typed in it, or nothing anywhere: empty rows fall away unsaid."""
        wrong = contacts.row_problems(row) if self.shows_problems and wanted else {}
        cells = [
            {
                "name": f"{name}-{number}-{column}",
                "id": f"{base}-{number}-{column}",
                "label": label,
                "value": row[column],
                "error": wrong.get(column, ""),
                "attrs": _INPUTS.get(column, {}),
                "choices": contacts.KINDS.items() if column == "kind" else (),
                "optional": column == "phone",
            }
            for column, label in contacts.COLUMNS.items()
        ]
        return {"number": number + 1, "index": number, "cells": cells, "alone": alone}

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> str:
        del files
        if name in data:
            return str(data[name] or "")
        rows: list[Row] = []
        for number in range(contacts.MOST):
            names = {column: f"{name}-{number}-{column}" for column in contacts.COLUMNS}
            if any(each in data for each in names.values()):
                rows.append({column: str(data.get(each, "")).strip() for column, each in names.items()})
        return contacts.text_of(rows)

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        del files
        return name not in data and f"{name}-0-name" not in data

    def id_for_label(self, id_: str) -> str:
        return f"{id_}-0-name"


class ContactsField(AnswerField):
    widget = ContactsWidget


def with_row(text: str) -> str:
    """One more, empty row."""
    rows = contacts.rows_of(text) or [dict(EMPTY)]
    return contacts.text_of([*rows, dict(EMPTY)][: contacts.MOST])


def without_row(text: str, index: int) -> str:
    """That row gone; a table always has one."""
    rows = [row for number, row in enumerate(contacts.rows_of(text)) if number != index]
    return contacts.text_of(rows or [dict(EMPTY)])
