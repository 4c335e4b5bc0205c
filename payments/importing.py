"""A bank statement, from bytes to lines in the ledger: read → intent → store → match → credit.

The file is read whole before anything is written. Then the intent is committed, lines are stored a few hundred in one
transaction, and matched (``line_matching``). Whatever stops in between goes on when the file, or any other of that
account, is imported: a line is stored once by its identity, and matched while it is new. So the same file twice,
overlapping files, and several workers at once leave the same lines behind, and genuine twins both.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from django.db.models import F
from django.utils import timezone

from payments import bank_accounts, line_matching
from payments.line_matching import Matched
from payments.matching import payer_key
from payments.matching.numbers import read as read_numbers
from payments.models import (
    BankAccount,
    BankStatement,
    BankTransaction,
    FurtherNumber,
    LineState,
    StatementUpload,
    UploadState,
)
from payments.numbering import number_rule
from payments.statements import Statement, StatementLine, line_identity, read
from payments.statements.errors import EndDiffers, StatementRefused
from portal import audit
from portal.accounts.actor import Actor
from portal.files.models import StoredFile
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant

T = TypeVar("T")
CHUNK = 500  # lines in one transaction


@dataclass(slots=True)
class Imported:
    """What came of a file: lines that nobody had told before, those known, and what became of all that were new."""

    upload: StatementUpload
    statements: list[BankStatement] = field(default_factory=list)
    new: int = 0
    known: int = 0
    matched: Matched = field(default_factory=Matched)


def read_for(account: BankAccount, data: bytes) -> tuple[Statement, ...]:
    """Every statement of the file, which must be this account's. Raises StatementRefused (RowsRefused lists rows)."""
    found = read(data, expected_account=account.number, mapping=bank_accounts.mapping_of(account))
    for one in found:
        if one.opening_fen is not None and one.closing_fen is not None:
            closing = one.opening_fen + sum(line.amount_fen for line in one.lines)
            if closing != one.closing_fen:  # readers see to it; money is looked at twice
                raise EndDiffers("closing_fen", stated=one.closing_fen, found=closing)
    return found


def begin(
    tenant: Tenant, account: BankAccount, data: bytes, *, by: Actor, file: StoredFile | None = None
) -> StatementUpload:
    """The upload that an import belongs to; a refusal of the file is kept with it. Its file is committed by the caller.

    In a write tenant_tx. Never raises for the file.
    """
    made = StatementUpload(account=account, file=file, digest=digest_of(data), by=by.label, by_id=by.user_id)
    try:
        found = read_for(account, data)
        made.lines_total = sum(len(one.lines) for one in found)
    except StatementRefused as refusal:
        made.state, made.refusal, made.finished_at = UploadState.REFUSED, refusal.code, timezone.now()
    made.tenant = tenant
    made.save()
    audit.record(
        "statement.uploaded",
        by=by,
        subject=f"upload:{made.public_id}",
        detail={"account": account.number, "digest": made.digest, "lines": made.lines_total, "refusal": made.refusal},
    )
    return made


def run(tenant: Tenant, upload: StatementUpload, data: bytes, *, by: Actor) -> Imported:
    """Store and match all of a file. Outside any transaction: it opens one for every few hundred lines.

    Again is fine, also while another worker is at it. Raises StatementRefused before anything is stored.
    """
    with tenant_tx(tenant):
        account: BankAccount = BankAccount.objects.get(pk=upload.account_id)
    statements = read_for(account, data)
    done = Imported(upload)
    with tenant_tx(tenant, write=True):
        bank_accounts.lock(account.number)
        StatementUpload.objects.filter(pk=upload.pk).update(
            state=UploadState.WAITING, lines_done=0, lines_total=sum(len(one.lines) for one in statements)
        )
        done.statements = [
            _intended(upload, account, one, digest_of(data), part) for part, one in enumerate(statements, 1)
        ]
    told: dict[str, str] = {}  # identity → the payer's account, as long as this run lasts
    for statement, row in zip(statements, done.statements, strict=True):
        for chunk in _chunks(statement.lines):
            with tenant_tx(tenant, write=True):
                bank_accounts.lock(account.number)
                new = _store(account, row, chunk, told)
                StatementUpload.objects.filter(pk=upload.pk).update(lines_done=F("lines_done") + len(chunk))
            done.new += new
            done.known += len(chunk) - new
    done.matched = line_matching.match_new(tenant, account, by=by, accounts=told)
    with tenant_tx(tenant, write=True):
        StatementUpload.objects.filter(pk=upload.pk).update(state=UploadState.DONE, finished_at=timezone.now())
        audit.record(
            "statement.imported",
            by=by,
            subject=f"upload:{upload.public_id}",
            detail={"new": done.new, "known": done.known, "matched": done.matched.total, "left": done.matched.left},
        )
        upload.refresh_from_db()
        done.statements = list(
            BankStatement.objects.filter(pk__in=[row.pk for row in done.statements]).order_by("part")
        )
    return done


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _intended(upload: StatementUpload, account: BankAccount, one: Statement, digest: str, part: int) -> BankStatement:
    """The statement's row, before its lines. The account is locked."""
    known: BankStatement | None = BankStatement.objects.filter(account=account, digest=digest, part=part).first()
    if known is not None:
        return known
    amounts = [line.amount_fen for line in one.lines]
    days = [line.booked_on for line in one.lines]
    made: BankStatement = BankStatement.objects.create(
        account=account,
        upload=upload,
        digest=digest,
        part=part,
        format=one.format,
        bank=one.bank[:100],
        first_on=min(days, default=None),
        last_on=max(days, default=None),
        opening_fen=one.opening_fen,
        closing_fen=one.closing_fen,
        came_fen=sum(fen for fen in amounts if fen > 0),
        went_fen=-sum(fen for fen in amounts if fen < 0),
        line_count=len(one.lines),
        not_booked=one.not_booked,
        proofs=sorted(one.proofs),
        by=upload.by,
    )
    return made


def _store(account: BankAccount, statement: BankStatement, lines: Sequence[StatementLine], told: dict[str, str]) -> int:
    """Lines that aren't there yet; how many those were. The account is locked."""
    by_identity = {line_identity(line): line for line in lines}
    told.update((identity, line.counterparty_account) for identity, line in by_identity.items() if line.amount_fen > 0)
    known = set(
        BankTransaction.objects.filter(account=account, identity__in=by_identity).values_list("identity", flat=True)
    )
    rows, further = [], []
    rule = number_rule()
    for identity, line in by_identity.items():
        if identity not in known:
            came = line.amount_fen > 0
            numbers = read_numbers(line.remittance_information, rule).named if came else ()
            row = _row(account, statement, identity, line, numbers[0] if numbers else "")
            rows.append(row)
            further += [(row, number) for number in numbers[1:]]
    if rows:
        BankTransaction.objects.bulk_create(rows)
        BankStatement.objects.filter(pk=statement.pk).update(new_count=F("new_count") + len(rows))
    if further:
        FurtherNumber.objects.bulk_create([FurtherNumber(line=row, number=number) for row, number in further])
    return len(rows)


def _row(
    account: BankAccount, statement: BankStatement, identity: str, line: StatementLine, number: str
) -> BankTransaction:
    came = line.amount_fen > 0
    return BankTransaction(
        account=account,
        statement=statement,
        row=line.row,
        identity=identity,
        amount_fen=line.amount_fen,
        balance_fen=line.balance_fen,
        booked_on=line.booked_on,
        booked_at=line.booked_at,
        payer_name=line.counterparty_name[:200],
        payer_key=payer_key(line.counterparty_name) if came else "",
        payer_account=line.counterparty_account or None,
        payer_bank=line.counterparty_bank[:200],
        remittance=line.remittance_information[:500],
        number=number,
        bank_serial=(line.bank_serial or "")[:100],
        state=LineState.NEW if came else LineState.OUT,
    )


def _chunks(lines: Sequence[T]) -> Iterator[list[T]]:
    rest = iter(lines)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
