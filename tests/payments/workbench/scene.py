"""Lines of a statement that wait for people, and what one asks of them."""

import itertools
from datetime import date, timedelta

from django.db.models import Sum
from django.utils.timezone import localdate

from payments import ledger
from payments.matching import payer_key
from payments.models import (
    Allocation,
    BankAccount,
    BankStatement,
    BankTransaction,
    Charge,
    LineState,
    StatementUpload,
    UploadState,
)
from payments.workbench import deciding, undoing
from payments.workbench.deciding import Decision, RestTo, Share
from portal.accounts.actor import Actor
from portal.tenants import tenant_tx
from tests.payments.hall import FINANCE, SYSTEM, Hall, lines_of

HOLDER = "深圳市测试精密制造有限公司"
PARENT = "深圳市测试控股集团有限公司"
ACCOUNT = "0000111122223333"
_rows = itertools.count(1)


def account_of(hall: Hall) -> BankAccount:
    """In a write tenant_tx."""
    found, _made = BankAccount.objects.get_or_create(number=ACCOUNT, defaults={"name": "测试电子认证有限公司"})
    return found


def bank_line(
    hall: Hall,
    fen: int = 20_000,
    *,
    payer: str = HOLDER,
    remark: str = "",
    day: date | None = None,
    serial: str = "",
    state: str = LineState.LEFT,
    number: str = "",
) -> BankTransaction:
    """One that matching has left for people."""
    row = next(_rows)
    with tenant_tx(hall.tenant, write=True):
        account = account_of(hall)
        upload = StatementUpload.objects.filter(account=account).first() or StatementUpload.objects.create(
            account=account, digest="d", state=UploadState.DONE, by="test"
        )
        statement = BankStatement.objects.filter(upload=upload).first() or BankStatement.objects.create(
            account=account, upload=upload, digest="d", format="ccb", by="test"
        )
        return BankTransaction.objects.create(
            account=account,
            statement=statement,
            row=row,
            identity=f"{row:064d}",
            amount_fen=fen,
            booked_on=day or localdate() - timedelta(days=1),
            payer_name=payer,
            payer_key=payer_key(payer),
            remittance=remark,
            number=number,
            bank_serial=serial,
            state=state,
        )


def charge_of(hall: Hall, reference: str, fen: int = 20_000, *, payer: str = HOLDER, number: str = "") -> Charge:
    with tenant_tx(hall.tenant, write=True):
        return ledger.open_charge(
            reference=reference,
            description=f"证书续期 {reference}",
            payer_name=payer,
            lines=lines_of(fen),
            number=number,
            holder_kind="organisation",
            by=SYSTEM,
        )


def decide(
    hall: Hall,
    lines: BankTransaction | list[BankTransaction],
    *shares: tuple[Charge, int],
    rest: int = 0,
    to: RestTo = RestTo.BALANCE,
    by: Actor = FINANCE,
    **more: object,
) -> list[BankTransaction]:
    lines = lines if isinstance(lines, list) else [lines]
    wanted = tuple(Share(charge.public_id, fen) for charge, fen in shares)
    with tenant_tx(hall.tenant, write=True):
        return deciding.decide(
            [line.public_id for line in lines],
            Decision(wanted, rest, to, **more),  # type: ignore[arg-type]
            by=by,
        )


def undo(hall: Hall, line: BankTransaction, reason: str = "选错了", by: Actor = FINANCE) -> BankTransaction:
    with tenant_tx(hall.tenant, write=True):
        return undoing.undo(line.public_id, reason=reason, by=by)


def where(hall: Hall, line: BankTransaction) -> dict[str, int]:
    """Fen of the line's money by target."""
    with tenant_tx(hall.tenant):
        payment = BankTransaction.objects.get(pk=line.pk).payment
        rows = Allocation.objects.filter(payment=payment).values_list("target").annotate(fen=Sum("amount_fen"))
        return {target: fen for target, fen in rows if fen} if payment else {}


def snapshot(hall: Hall) -> list[object]:
    """All that a refusal must leave as it was."""
    with tenant_tx(hall.tenant):
        tables = (BankTransaction, Charge, Allocation)
        return [sorted(map(str, table.objects.values_list())) for table in tables]
