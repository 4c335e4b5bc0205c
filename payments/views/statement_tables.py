"""How bank statements, their lines and what is wrong in a file are laid out."""

from collections.abc import Iterable, Sequence

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from payments.models import BankStatement, BankTransaction, LineState, StatementUpload
from payments.statements import Proof, RowError, Statement
from payments.views.tables import when
from payments.words import ROW_WORDS
from portal.ui.parts import Badge, Column, Link, Pair, Row, Table, Tone
from portal.ui.templatetags.ui import money

SHOWN = 10  # lines of a preview
SHOWN_ERRORS = 200
LINE_TONES: dict[str, Tone] = {
    "new": "info",
    "left": "warning",
    "matched": "success",
    "held": "warning",
    "ignored": "neutral",
    "out": "neutral",
}
UPLOAD_TONES: dict[str, Tone] = {"checked": "warning", "waiting": "info", "done": "success", "refused": "danger"}


def of_statements(rows: Sequence[BankStatement]) -> Table:
    counts: dict[tuple[int, str], int] = {
        (found["statement"], found["state"]): found["n"]
        for found in BankTransaction.objects.filter(statement__in=rows)
        .values("statement", "state")
        .annotate(n=Count("id"))
    }
    columns = [
        Column(_("日期")),
        Column(_("账户")),
        Column(_("收入"), "money"),
        Column(_("支出"), "money"),
        Column(_("笔数"), "number"),
        Column(_("新的"), "number"),
        Column(_("已入账"), "number"),
        Column(_("待处理"), "number"),
        Column(_("导入时间")),
    ]
    return Table(
        columns,
        [
            Row(
                [
                    Link(_days(row), url := reverse("payments:staff-statement", args=[row.public_id])),
                    f"{row.account.bank or row.bank} {row.account.number[-4:]}",
                    money(row.came_fen),
                    money(row.went_fen),
                    row.line_count,
                    row.new_count,
                    counts.get((row.pk, LineState.MATCHED), 0) + counts.get((row.pk, LineState.HELD), 0),
                    counts.get((row.pk, LineState.LEFT), 0) + counts.get((row.pk, LineState.NEW), 0),
                    when(row.created_at),
                ],
                url=url,
            )
            for row in rows
        ],
        _("银行流水"),
        hide_caption=True,
    )


def of_uploads(rows: Sequence[StatementUpload]) -> Table | None:
    if not rows:
        return None
    return Table(
        [Column(_("交来时间")), Column(_("账户")), Column(_("笔数"), "number"), Column(_("经办")), Column(_("状态"))],
        [
            Row(
                [
                    Link(when(row.created_at), url := reverse("payments:staff-statement-upload", args=[row.public_id])),
                    f"{row.account.bank} {row.account.number[-4:]}",
                    row.lines_total,
                    row.by,
                    upload_badge(row),
                ],
                url=url,
            )
            for row in rows
        ],
        _("未完成的文件"),
        hide_caption=True,
    )


def upload_badge(row: StatementUpload) -> Badge:
    return Badge(row.get_state_display(), UPLOAD_TONES[row.state])


def of_lines(rows: Sequence[BankTransaction]) -> Table:
    columns = [
        Column(_("行"), "number"),
        Column(_("日期")),
        Column(_("金额"), "money"),
        Column(_("对方户名")),
        Column(_("附言")),
        Column(_("流水号"), "code"),
        Column(_("状态")),
        Column(_("依据")),
    ]
    return Table(
        columns,
        [
            Row(
                [
                    row.row,
                    str(row.booked_on),
                    money(row.amount_fen),
                    row.payer_name or "—",
                    row.remittance or "—",
                    row.bank_serial or "—",
                    Badge(row.get_state_display(), LINE_TONES[row.state]),
                    row.get_matched_by_display() if row.matched_by else row.note or "—",
                ]
            )
            for row in rows
        ],
        _("流水明细"),
        hide_caption=True,
    )


def of_errors(errors: Sequence[RowError]) -> Table:
    """By row, in words, with what stood there."""
    rows = [Row([error.row, error.column, ROW_WORDS[error.code], error.read or "—"]) for error in errors[:SHOWN_ERRORS]]
    columns = [Column(_("行"), "number"), Column(_("列")), Column(_("问题")), Column(_("原文"))]
    return Table(columns, rows, _("不能确认的内容（共 %(count)s 处）") % {"count": len(errors)})


def of_lines_read(one: Statement) -> Table:
    rows = [
        Row(
            [
                line.row,
                str(line.booked_on),
                money(line.amount_fen),
                line.counterparty_name or "—",
                line.remittance_information or "—",
            ]
        )
        for line in one.lines[:SHOWN]
    ]
    columns = [Column(_("行"), "number"), Column(_("日期")), Column(_("金额"), "money"), Column(_("对方户名"))]
    return Table(
        [*columns, Column(_("附言"))],
        rows,
        _("前 %(shown)s 笔，共 %(count)s 笔") % {"shown": len(rows), "count": len(one.lines)},
    )


def part_of(one: Statement) -> dict[str, object]:
    """One statement of a file, before it is imported."""
    came = sum(line.amount_fen for line in one.lines if line.amount_fen > 0)
    went = -sum(line.amount_fen for line in one.lines if line.amount_fen < 0)
    days = sorted(line.booked_on for line in one.lines)
    pairs = [
        Pair(_("账户"), f"{one.bank} {one.account}".strip()),
        Pair(_("日期"), f"{days[0]} – {days[-1]}" if days and days[0] != days[-1] else str(days[0]) if days else ""),
        Pair(_("笔数"), len(one.lines)),
        Pair(_("收入"), money(came)),
        Pair(_("支出"), money(went)),
        Pair(_("期初余额"), money(one.opening_fen) if one.opening_fen is not None else ""),
        Pair(_("期末余额"), money(one.closing_fen) if one.closing_fen is not None else ""),
        Pair(_("核对"), proofs_in_words(one.proofs)),
    ]
    if one.not_booked:
        pairs.append(Pair(_("尚未记账"), one.not_booked))
    return {"pairs": pairs, "table": of_lines_read(one)}


def facts_of(row: BankStatement, gap: int | None) -> list[Pair]:
    pairs = [
        Pair(_("账户"), f"{row.account.bank or row.bank} {row.account.number}"),
        Pair(_("收入"), money(row.came_fen)),
        Pair(_("支出"), money(row.went_fen)),
        Pair(_("期初余额"), money(row.opening_fen) if row.opening_fen is not None else ""),
        Pair(_("期末余额"), money(row.closing_fen) if row.closing_fen is not None else ""),
        Pair(_("笔数"), _("%(count)s，新的 %(new)s") % {"count": row.line_count, "new": row.new_count}),
        Pair(_("核对"), proofs_in_words(row.proofs)),
        Pair(_("导入"), f"{row.by} · {when(row.created_at)}"),
    ]
    if gap is not None:
        pairs.append(Pair(_("与上一份流水"), _("衔接") if gap == 0 else _("相差 %(fen)s") % {"fen": money(gap)}))
    return pairs


def proofs_in_words(proofs: Iterable[str]) -> str:
    words = {
        Proof.BALANCE: _("余额逐笔连续"),
        Proof.ENDS: _("期初加明细等于期末"),
        Proof.TOTALS: _("与银行合计一致"),
    }
    there = set(proofs)
    return "、".join(said for proof, said in words.items() if proof in there) or _("无，请人工核对笔数和金额")


def of_head(head: Sequence[Sequence[str]]) -> Table:
    """The file's first rows as they stand."""
    width = max((len(row) for row in head), default=0)
    columns = [Column(_("行"), "number"), *(Column(_("第 %(n)s 列") % {"n": n}) for n in range(1, width + 1))]
    rows = [
        Row([number, *(str(cell)[:30] for cell in row), *[""] * (width - len(row))])
        for number, row in enumerate(head[:12], 1)
    ]
    return Table(columns, rows, _("文件开头"))


def headers_of(head: Sequence[Sequence[str]]) -> list[str]:
    """Cells that may be a column's name: texts of rows that have several."""
    found: dict[str, None] = {}
    for row in head:
        cells = [str(cell).strip() for cell in row]
        if sum(bool(cell) for cell in cells) >= 3:
            found |= {cell: None for cell in cells if cell and len(cell) <= 40 and not cell[0].isdigit()}
    return list(found)[:200]


def _days(row: BankStatement) -> str:
    if row.first_on == row.last_on:
        return str(row.first_on or "—")
    return f"{row.first_on} – {row.last_on}"
