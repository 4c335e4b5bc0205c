"""Bank refunds as a file for the online bank (docs/payments.md has its layout): made once, numbered, kept sealed.

A refund stands in one live file at most, so that nobody pays it out twice. The row and its lines are committed before
the file is written; what was interrupted is written again from the same lines. Two people have approved what is above
the limit before it can be chosen here.
"""

from collections.abc import Iterable, Iterator, Sequence

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from payments import sheets
from payments.errors import RefundFileNotFound, RefundFileUsed, RefundNotAllowed, RefundsNotForFile
from payments.models import (
    BankTransaction,
    ChannelName,
    Refund,
    RefundFile,
    RefundFileFormat,
    RefundFileLine,
    RefundState,
    TransferClaim,
)
from payments.refunds import PERMISSION
from payments.sheets import Cell, Fen
from portal import audit, files, vault
from portal.accounts import policy
from portal.accounts.actor import Actor
from portal.files.accepted import Accepted, sm3_of
from portal.files.buffers import new_buffer, size_of
from portal.files.models import StoredFile
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant

PURPOSE = "bank_refund_file"
MOST = 500  # lines of a file: what online banks take at once
COLUMNS = ("序号", "退款单号", "收款户名", "收款账号", "金额（元）", "附言")


def waiting() -> "QuerySet[Refund]":
    """Approved bank refunds that are in no live file, oldest first."""
    return (
        Refund.objects.select_related("charge", "payment")
        .filter(state=RefundState.APPROVED, payment__channel=ChannelName.BANK_TRANSFER)
        .exclude(file_lines__is_live=True)
        .order_by("created_at", "id")
    )


def payee_rows(refunds: Iterable[Refund]) -> dict[int, TransferClaim | BankTransaction]:
    """Refund → the row that knows the payer's account: the statement's line, else what the customer has claimed."""
    wanted = list(refunds)
    payments = {refund.payment_id for refund in wanted}
    found: dict[int, TransferClaim | BankTransaction] = {}  # by payment: one may be refunded in several parts
    claims = TransferClaim.objects.select_related("charge").filter(payment__in=payments, payer_account__isnull=False)
    for claim in claims.order_by("id"):
        found[int(claim.payment_id or 0)] = claim
    for line in BankTransaction.objects.filter(payment__in=payments, payer_account__isnull=False):
        found[int(line.payment_id or 0)] = line
    return {refund.pk: found[refund.payment_id] for refund in wanted if refund.payment_id in found}


def make(tenant: Tenant, chosen: Sequence[str], *, format_: str, by: Actor, key: str) -> RefundFile:
    """A file of these refunds (public ids), outside any transaction. Same key → the same file.

    Raises RefundNotAllowed; RefundsNotForFile where one has a result, no account, or is in another file.
    """
    with tenant_tx(tenant, write=True):
        made = _reserved(chosen, RefundFileFormat(format_), by=by, key=key)
    return written(tenant, made.public_id, by=by)


def written(tenant: Tenant, public_id: str, *, by: Actor) -> RefundFile:
    """The file with its content, which is written now if that was interrupted. Outside any transaction."""
    with tenant_tx(tenant, write=True):
        found = get(public_id)
        if found.stored is not None or found.withdrawn_at is not None:
            return found
        rows = list(_rows(found, by=by))
    name = f"退款文件{found.number}.{'xlsx' if found.format == RefundFileFormat.XLSX else 'csv'}"
    with _accepted(name, _pieces(found, rows)) as content:
        stored = files.put(tenant, content, owner=f"refund-file:{found.public_id}", purpose=PURPOSE, previews=False)
    with tenant_tx(tenant, write=True):
        won = RefundFile.objects.filter(pk=found.pk, stored__isnull=True).update(stored=stored)
        if won:
            files.commit(stored, by=by)
        return get(public_id)


def get(public_id: str) -> RefundFile:
    """Raises RefundFileNotFound."""
    found: RefundFile | None = RefundFile.objects.select_related("stored").filter(public_id=public_id).first()
    if found is None:
        raise RefundFileNotFound
    return found


def content_of(file: RefundFile, *, by: Actor) -> Iterator[bytes]:
    """For downloading, in a write tenant_tx; who looked is in the audit log."""
    if file.stored is None or file.withdrawn_at is not None:
        raise RefundFileNotFound
    return files.open_stream(file.stored, by=by, reason="下载退款文件")


def withdraw(public_id: str, *, by: Actor) -> RefundFile:
    """It was never given to the bank: its refunds may go into another. In a write tenant_tx; again is fine.

    Raises RefundFileUsed once one of its lines has a result.
    """
    _allowed(by)
    found = RefundFile.objects.select_for_update().filter(public_id=public_id).first()
    if found is None:
        raise RefundFileNotFound
    if found.withdrawn_at is not None:
        return get(public_id)
    lines = RefundFileLine.objects.filter(file=found)
    if lines.exclude(refund__state=RefundState.APPROVED).exists():
        raise RefundFileUsed
    lines.update(is_live=False)
    RefundFile.objects.filter(pk=found.pk).update(withdrawn_at=timezone.now(), withdrawn_by=by.label)
    if found.stored_id is not None:
        files.destroy(StoredFile.objects.get(pk=int(found.stored_id or 0)), by=by, reason="withdrawn")
    audit.record(
        "refund_file.withdrawn", by=by, subject=f"refund-file:{found.public_id}", detail={"number": found.number}
    )
    return get(public_id)


def _reserved(chosen: Sequence[str], format_: RefundFileFormat, *, by: Actor, key: str) -> RefundFile:
    _allowed(by)
    known: RefundFile | None = RefundFile.objects.filter(key=key).first()
    if known is not None:
        return known
    wanted = list(dict.fromkeys(chosen))
    refunds = {refund.public_id: refund for refund in waiting().filter(public_id__in=wanted)}
    accounts = payee_rows(refunds.values())
    unfit = [one for one in wanted if one not in refunds or refunds[one].pk not in accounts]
    if unfit or not wanted or len(wanted) > MOST:
        numbers = Refund.objects.filter(public_id__in=unfit).values_list("refund_number", flat=True)
        raise RefundsNotForFile(numbers="、".join(numbers) or "—")
    day = timezone.localdate()
    try:
        with transaction.atomic():
            serial = (
                RefundFile.objects.filter(day=day).order_by("-serial").values_list("serial", flat=True).first() or 0
            ) + 1
            made = RefundFile(
                number=f"F{day:%Y%m%d}-{serial:04d}",
                day=day,
                serial=serial,
                format=format_,
                count=len(wanted),
                total_fen=sum(refunds[one].amount_fen for one in wanted),
                made_by=by.label,
                key=key,
            )
            made.save(force_insert=True)
            for row, one in enumerate(wanted, start=1):
                RefundFileLine.objects.create(file=made, refund=refunds[one], row=row)
    except IntegrityError:  # a colleague was faster, with one of them or with the number
        raise RefundsNotForFile(numbers="、".join(refund.refund_number for refund in refunds.values())) from None
    audit.record(
        "refund_file.made",
        by=by,
        subject=f"refund-file:{made.public_id}",
        detail={"number": made.number, "count": made.count, "total_fen": made.total_fen},
    )
    return made


def _rows(file: RefundFile, *, by: Actor) -> Iterator[list[Cell]]:
    lines = list(RefundFileLine.objects.select_related("refund__payment").filter(file=file).order_by("row"))
    accounts = payee_rows(line.refund for line in lines)
    for line in lines:
        refund, known = line.refund, accounts[line.refund_id]
        account = vault.reveal(known, "payer_account", by=by, reason="网银退款文件")
        name = refund.payment.payer_name or known.payer_name
        yield [line.row, refund.refund_number, name, account, Fen(refund.amount_fen), f"退款 {refund.refund_number}"]


def _pieces(file: RefundFile, rows: Sequence[list[Cell]]) -> Iterator[bytes]:
    """The header, a line a refund, and the totals to compare with what the bank shows."""
    table: list[Sequence[Cell]] = [list(COLUMNS), *rows]
    table.append(["合计", f"{file.count} 笔", "", "", Fen(file.total_fen), file.number])
    match file.format:
        case RefundFileFormat.XLSX:
            return sheets.xlsx_pieces(table, sheet=file.number)
        case RefundFileFormat.CSV_GB18030:
            return sheets.csv_pieces(table, encoding="gb18030")
    return sheets.csv_pieces(table)


def _accepted(name: str, pieces: Iterable[bytes]) -> Accepted:
    """What we made ourselves passes no gate."""
    content = new_buffer()
    for piece in pieces:
        content.write(piece)
    content.flush()
    kind = name.rpartition(".")[2]
    return Accepted(
        kind=kind,  # type: ignore[arg-type]  # never opened by the gate's readers
        content_type="application/octet-stream",
        name=name,
        size=size_of(content),
        pages=1,
        width=0,
        height=0,
        digest=sm3_of(content),
        content=content,
    )


def _allowed(by: Actor) -> None:
    if not policy.allows(by, PERMISSION):
        raise RefundNotAllowed


__all__ = ["COLUMNS", "MOST", "content_of", "get", "make", "payee_rows", "waiting", "withdraw", "written"]
