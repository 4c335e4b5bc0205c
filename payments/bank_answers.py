"""What the online bank says about a file of refunds, line by line: typed in, or read from its answer.

Idempotent: the same result again changes nothing, another one for the same refund is listed as a problem.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from payments import refunds
from payments.errors import BankAnswerUnreadable, BankLineUsed, RefundNotWaiting
from payments.models import RefundFile, RefundFileLine, RefundState
from payments.statements.errors import StatementRefused
from payments.statements.table import DELIMITERS, decode, head_of_text, is_workbook, table_of_text, table_of_workbook
from portal.accounts.actor import Actor

_NUMBER = ("退款单号", "附言", "用途", "摘要", "商户流水号")
_RESULT = ("处理结果", "交易状态", "处理状态", "结果", "状态")
_SERIAL = ("银行流水号", "网银流水号", "交易流水号", "流水号", "凭证号")
_REASON = ("失败原因", "退回原因", "原因", "备注", "返回信息")
_DONE = ("成功", "已退", "已付", "已入账", "交易完成")
_FAILED = ("失败", "未成功", "不成功", "退回", "退汇", "拒绝", "作废")
HEAD_ROWS = 30


@dataclass(frozen=True, slots=True)
class Told:
    """``done``: with the bank's serial number; else with the bank's reason."""

    refund_number: str
    done: bool
    serial: str = ""
    reason: str = ""


@dataclass(slots=True)
class Recorded:
    """How many refunds got a result now, had the same one already, and what couldn't be recorded: number → code."""

    done: int = 0
    failed: int = 0
    known: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)


def read(data: bytes) -> list[Told]:
    """The lines that name a refund and a result; those still being processed are left out.

    CSV in any Chinese encoding, XLS, XLSX. Raises BankAnswerUnreadable, and what statements refuse.
    """
    rows = _table(data)
    for at, row in enumerate(rows[:HEAD_ROWS]):
        names = ["".join(cell.split()) for cell in row]
        columns = {key: _column(names, known) for key, known in _COLUMNS.items()}
        if columns["number"] is not None and columns["result"] is not None:
            return [told for cells in rows[at + 1 :] if (told := _told(cells, columns))]
    raise BankAnswerUnreadable(missing="“退款单号”或“处理结果”列")


def record(file: RefundFile, told: Iterable[Told], *, by: Actor) -> Recorded:
    """In a write tenant_tx. Refunds that aren't in this file are problems, never recorded."""
    lines = RefundFileLine.objects.select_related("refund").filter(file=file, is_live=True)
    known = {line.refund.refund_number: line.refund for line in lines}
    result = Recorded()
    for one in told:
        refund = known.get(one.refund_number)
        if refund is None:
            result.problems.append((one.refund_number, "not_in_file"))
            continue
        refund.refresh_from_db()
        if one.done and not one.serial:
            result.problems.append((one.refund_number, "no_serial"))
            continue
        try:
            if refund.state == RefundState.FAILED and not one.done:
                result.known += 1
            elif one.done:
                before = refund.state
                refunds.record_bank_refund(refund.public_id, bank_reference=one.serial, by=by)
                result.known += before == RefundState.SUCCEEDED
                result.done += before != RefundState.SUCCEEDED
            else:
                refunds.bank_refund_failed(refund.public_id, reason=one.reason or "银行退回", by=by)
                result.failed += 1
        except RefundNotWaiting:
            result.problems.append((one.refund_number, "decided_otherwise"))
        except BankLineUsed:
            result.problems.append((one.refund_number, "serial_used"))
    return result


_COLUMNS: Mapping[str, tuple[str, ...]] = {"number": _NUMBER, "result": _RESULT, "serial": _SERIAL, "reason": _REASON}


def _table(data: bytes) -> list[list[str]]:
    try:
        if is_workbook(data):
            return table_of_workbook(data).rows
        text = decode(data)
        widest = max(DELIMITERS, key=lambda sign: max((len(row) for row in head_of_text(text, sign)), default=0))
        return table_of_text(text, widest).rows
    except StatementRefused as refused:
        raise BankAnswerUnreadable(missing="可读的表格") from refused


def _column(names: list[str], known: tuple[str, ...]) -> int | None:
    return next((names.index(name) for name in known if name in names), None)


def _told(cells: list[str], columns: Mapping[str, int | None]) -> Told | None:
    def cell(key: str) -> str:
        at = columns[key]
        return cells[at].strip().lstrip("'") if at is not None and at < len(cells) else ""

    number = next((word for word in cell("number").replace("：", " ").split() if word.startswith("R")), "")
    words = cell("result")
    if not number:
        return None
    if any(word in words for word in _FAILED):
        return Told(number, done=False, reason=(cell("reason") or words)[:100])
    if any(word in words for word in _DONE):
        return Told(number, done=True, serial=cell("serial")[:64])
    return None
