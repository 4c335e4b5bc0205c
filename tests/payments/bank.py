"""A hall with a bank account, charges that have numbers, and exports of that account as its bank makes them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Sum
from django.utils.timezone import localdate

from payments import bank_accounts, importing, ledger, transfers
from payments.importing import Imported
from payments.models import (
    Allocation,
    BankAccount,
    BankStatement,
    BankTransaction,
    Charge,
    Payment,
    Suspense,
    TransferClaim,
)
from portal.tenants import tenant_tx
from renewals.validation.order_number import make_order_number
from tests.payments.hall import CUSTOMER, FINANCE, SYSTEM, Hall, lines_of
from tests.payments.statements.exports import OPENING, OWN_ACCOUNT, Told, ccb_titled, csv_bytes

HOLDER = "深圳市测试精密制造有限公司"
OTHER = "深圳市测试控股集团有限公司"
DAY = date(2026, 11, 20)


def number(serial: int) -> str:
    return make_order_number("01", DAY, serial)


@dataclass
class Bank:
    hall: Hall
    account: BankAccount

    @classmethod
    def of(cls, hall: Hall) -> "Bank":
        hall.tenant.payee = {"name": "测试电子认证有限公司", "bank": "测试银行深圳分行", "account": OWN_ACCOUNT}
        hall.tenant.save(update_fields=["payee"])
        with tenant_tx(hall.tenant, write=True):
            account = bank_accounts.of_payee(by=FINANCE)
        assert account is not None
        return cls(hall, account)

    def owes(self, serial: int, fen: int = 20_000, holder: str = HOLDER, *, must: bool = True) -> Charge:
        with tenant_tx(self.hall.tenant, write=True):
            return ledger.open_charge(
                reference=f"order-{serial}",
                description=f"续期 {number(serial)}",
                payer_name=holder,
                lines=lines_of(fen),
                by=SYSTEM,
                number=number(serial),
                holder_kind="organisation",
                payer_must_be_holder=must,
            )

    def claims(self, charge: Charge, fen: int = 20_000, payer: str = HOLDER, day: date | None = None) -> TransferClaim:
        data = transfers.ClaimData(payer, "6222000000001111", fen, day or localdate())
        with tenant_tx(self.hall.tenant, write=True):
            return transfers.claim(charge.public_id, data, by=CUSTOMER)

    def imports(self, told: Sequence[Told] | bytes, *, opening: int = OPENING) -> Imported:
        data = told if isinstance(told, bytes) else export(told, opening)
        with tenant_tx(self.hall.tenant, write=True):
            upload = importing.begin(self.hall.tenant, self.account, data, by=FINANCE)
        return importing.run(self.hall.tenant, upload, data, by=FINANCE)

    def states(self) -> list[tuple[int, str, str]]:
        """(fen, state, matched by) of every line, in order of amount and row."""
        with tenant_tx(self.hall.tenant):
            rows = BankTransaction.objects.order_by("amount_fen", "identity")
            return list(rows.values_list("amount_fen", "state", "matched_by"))

    def picture(self) -> dict[str, object]:
        """What must be the same whichever way it came about: no ids, no times."""
        with tenant_tx(self.hall.tenant):
            lines = BankTransaction.objects.order_by("identity")
            return {
                "lines": list(
                    lines.values_list("identity", "amount_fen", "state", "matched_by", "payment__transaction_id")
                ),
                "payments": sorted(Payment.objects.values_list("transaction_id", "amount_fen")),
                "allocations": sorted(
                    Allocation.objects.values_list("payment__transaction_id", "charge__number", "amount_fen")
                ),
                "charges": sorted(Charge.objects.values_list("number", "state", "credited_fen")),
                "claims": sorted(TransferClaim.objects.values_list("charge__number", "state")),
                "suspense": Suspense.objects.count(),
            }

    def check_books(self) -> None:
        """Σ allocations + unallocated = amount; a line is one payment of its own amount; opening + Σ = closing."""
        with tenant_tx(self.hall.tenant):
            for payment in Payment.objects.all():
                held = int(Allocation.objects.filter(payment=payment).aggregate(fen=Sum("amount_fen"))["fen"] or 0)
                assert 0 <= held <= payment.amount_fen
            for line in BankTransaction.objects.exclude(payment=None).select_related("payment"):
                assert line.payment is not None
                assert line.payment.amount_fen == line.amount_fen
            for charge in Charge.objects.all():
                held = int(Allocation.objects.filter(charge=charge).aggregate(fen=Sum("amount_fen"))["fen"] or 0)
                assert held == charge.credited_fen <= charge.total_fen
            for statement in BankStatement.objects.all():
                if statement.opening_fen is not None and statement.closing_fen is not None:
                    turned = statement.came_fen - statement.went_fen
                    assert statement.opening_fen + turned == statement.closing_fen
            assert not BankTransaction.objects.filter(state="new").exists()


def came(
    fen: int, memo: str = "", *, name: str = HOLDER, serial: str = "", day: int = 20, hour: int = 9, second: int = 0
) -> Told:
    at = datetime(2026, 11, day, hour, 0, second)  # noqa: DTZ001  a bank's own clock
    return Told(at, fen, name=name, memo=memo, serial=serial or f"S{day}-{hour}-{second}-{fen}")


def export(told: Iterable[Told], opening: int = OPENING) -> bytes:
    """As 建设银行 makes it, oldest first; ``opening``: the balance before."""
    rows = ccb_titled(sorted(told, key=lambda one: one.at))
    if opening != OPENING:
        shift = opening - OPENING
        rows = [_shifted(row, shift) if row and row[0].isdigit() else row for row in rows]
    return csv_bytes(rows)


def _shifted(row: list[str], fen: int) -> list[str]:
    balance = round(float(row[4].replace(",", "")) * 100) + fen
    return [*row[:4], f"{balance // 100}.{balance % 100:02d}", *row[5:]]
