"""``{% load ui %}``: the components as tags and filters. docs/ui.md shows each with an example."""

from collections.abc import Iterable
from typing import Any

from django import forms, template
from django.core.paginator import Page
from django.forms.formsets import BaseFormSet
from django.template.context import Context, RequestContext
from django.template.loader import render_to_string
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from portal.ui import forms as ui_forms
from portal.ui import icons
from portal.ui.parts import Badge, Table, Text

register = template.Library()

NOTICE_ICONS = {
    "info": "info",
    "success": "check-circle",
    "warning": "alert",
    "danger": "cross-circle",
    "neutral": "info",
}


@register.simple_tag
def icon(name: str) -> SafeString:
    return icons.icon(name)


@register.simple_tag
def badge(text: Text, tone: Any = "neutral") -> SafeString:
    return Badge(text, tone).__str__()


@register.filter
def money(fen: int) -> SafeString:
    """12345678 fen → ¥123,456.78, set so that it never breaks."""
    return format_html('<span class="money">{}</span>', plain_money(fen))


@register.filter
def plain_money(fen: int) -> str:
    """12345678 fen → "¥123,456.78"."""
    sign = "-" if fen < 0 else ""
    yuan, rest = divmod(abs(int(fen)), 100)
    return f"{sign}¥{yuan:,}.{rest:02d}"


@register.filter
def in_fours(code: object) -> str:
    """A long number for reading aloud: 01202611210000017 → 0120 2611 2100 0001 7."""
    text = str(code)
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


@register.simple_tag
def field(bound: forms.BoundField) -> SafeString:
    return bound.as_field_group()


@register.simple_tag
def error_summary(*sources: object) -> SafeString:
    """Forms, formsets, or lists of (control id, sentence); nothing when there is no error."""
    found: list[tuple[str, str]] = []
    for source in sources:
        found += _problems(source)
    return render_to_string("ui/error_summary.html", {"problems": found}) if found else SafeString("")


def _problems(source: object) -> Iterable[tuple[str, str]]:
    if isinstance(source, forms.BaseForm):
        return ui_forms.problems(source) if source.is_bound else ()
    if isinstance(source, BaseFormSet):
        if not source.is_bound:
            return ()
        whole = [("", str(sentence)) for sentence in source.non_form_errors()]
        return whole + [problem for form in source.forms for problem in ui_forms.problems(form)]
    return source if isinstance(source, list | tuple) else ()


@register.simple_block_tag
def notice(content: SafeString, tone: str = "info", title: Text = "", *, live: bool = False) -> SafeString:
    """``live=True`` for one that appears while the page is open (role alert or status)."""
    return render_to_string(
        "ui/notice.html",
        {"tone": tone, "title": title, "content": content, "icon_name": NOTICE_ICONS[tone], "live": live},
    )


@register.simple_block_tag
def dialog(content: SafeString, id: str, title: Text, *, wide: bool = False) -> SafeString:  # noqa: A002
    """Opened by any ``<button data-dialog-open="id">``."""
    return render_to_string("ui/dialog.html", {"id": id, "title": title, "content": content, "wide": wide})


@register.inclusion_tag("ui/pagination.html", takes_context=True)
def pagination(context: Context, page: Page[Any], parameter: str = "page") -> dict[str, Any]:
    """首页 上一页 下一页 末页, keeping the other query parameters (RULES A6)."""
    request = context["request"] if isinstance(context, RequestContext) or "request" in context else None

    def url(number: int) -> str:
        query = request.GET.copy() if request is not None else None
        if query is None:
            return f"?{parameter}={number}"
        query[parameter] = str(number)
        return f"?{query.urlencode()}"

    last = page.paginator.num_pages
    links = [
        (_("首页"), url(1) if page.number > 1 else ""),
        (_("上一页"), url(page.number - 1) if page.has_previous() else ""),
        (_("下一页"), url(page.number + 1) if page.has_next() else ""),
        (_("末页"), url(last) if page.number < last else ""),
    ]
    return {"links": links, "number": page.number, "pages": last, "total": page.paginator.count}


@register.simple_tag
def table_rows(table: Table) -> SafeString:
    """The rows, put together here and not by template nodes: a list page spends its time in its cells."""
    heads = [(column.kind, conditional_escape(str(column.label))) for column in table.columns]
    opening = [
        f'<th role="rowheader" scope="row" class="cell--{kind}" data-label="{label}">'
        if place == 0
        else f'<td role="cell" class="cell--{kind}" data-label="{label}">'
        for place, (kind, label) in enumerate(heads)
    ]
    closing = ["</th>", *["</td>"] * (len(heads) - 1)]
    parts: list[str] = []
    for row in table.rows:
        parts.append(f'<tr role="row" data-href="{conditional_escape(row.url)}">' if row.url else '<tr role="row">')
        for start, cell, end in zip(opening, row.cells, closing, strict=True):
            parts += (start, conditional_escape(cell if isinstance(cell, str) else str(cell)), end)
        parts.append("</tr>\n")
    return mark_safe("".join(parts))  # noqa: S308 -- every piece is ours or escaped above


TASK_ICONS = {
    "waiting": "circle-dashed",
    "current": "circle-dot",
    "submitted": "clock",
    "done": "check-circle",
    "returned": "undo",
    "skipped": "minus-circle",
}


@register.filter
def task_icon(state: str) -> SafeString:
    return icons.icon(TASK_ICONS[state])


NEXT_STEP_ICONS = {"you": "arrow-right", "them": "clock", "done": "check-circle", "stopped": "minus-circle"}


@register.filter
def next_step_icon(who: str) -> SafeString:
    return icons.icon(NEXT_STEP_ICONS[who])


@register.filter
def widget_kind(bound: forms.BoundField) -> str:
    """ "checkbox", "captcha" or "": what ui/field.html lays out differently."""
    widget = bound.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return "checkbox"
    return "captcha" if type(widget).__name__ == "CaptchaTextInput" else ""
