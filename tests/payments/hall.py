"""A tenant that takes money: accounts at the sandbox, a live server for its callbacks, and what one asks of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Sum

from payments import ledger
from payments.fees import QuoteLine
from payments.models import Allocation, ChannelOrder, Charge, CustomerBalance, Payment, Refund
from portal import jobs
from portal.accounts.actor import Actor
from portal.accounts.roles import Role
from portal.jobs.models import Job
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant

SYSTEM = Actor.system("test")
FINANCE = Actor("staff", 1, "财务甲", frozenset({Role.FINANCE}))
OTHER_FINANCE = Actor("staff", 2, "财务乙", frozenset({Role.FINANCE}))
CUSTOMER = Actor("customer", 3, "客户")
LINES = (QuoteLine("数字证书服务费", 10_000, "元/年", 2, 20_000),)


def lines_of(fen: int) -> tuple[QuoteLine, ...]:
    return (QuoteLine("数字证书服务费", fen, "元", 1, fen),)


@dataclass
class Hall:
    tenant: Tenant

    def open_charge(self, reference: str = "order-1", lines: Iterable[QuoteLine] = LINES) -> Charge:
        with tenant_tx(self.tenant, write=True):
            return ledger.open_charge(
                reference=reference,
                description="中广核 SM2 证书续期",
                payer_name="深圳市测试精密制造有限公司",
                lines=lines,
                by=SYSTEM,
                return_to="/orders/x/",
            )

    def start(self, charge: Charge, channel: str = "wechat", key: str = "k1") -> ChannelOrder:
        """Started and placed: the job has run."""
        with tenant_tx(self.tenant, write=True):
            order = ledger.start_payment(charge.public_id, channel, by=CUSTOMER, key=key)
        self.run("payments.place_order")
        return self.fresh(order)

    def fresh(self, row):  # type: ignore[no-untyped-def]
        with tenant_tx(self.tenant):
            return type(row).objects.get(pk=row.pk)

    def run(self, *handlers: str) -> None:
        """Run the jobs of these handlers that wait, whenever they are due; others stay."""
        from portal.jobs import runner

        for _ in range(20):
            with tenant_tx(self.tenant):
                waiting = list(Job.objects.filter(handler__in=handlers, state="pending").order_by("pk"))
            if not waiting:
                return
            for job in waiting:
                runner.run(self.tenant.pk, job.pk, now=job.run_after)

    def waiting(self, handler: str) -> list[dict[str, object]]:
        """Payloads of all jobs of that handler, done or not."""
        with tenant_tx(self.tenant):
            return list(Job.objects.filter(handler=handler).order_by("pk").values_list("payload", flat=True))

    def check_books(self, only: Charge | None = None) -> None:
        """What must hold whenever nobody is writing; ``only``: look at one charge and its payments."""
        with tenant_tx(self.tenant):
            payments, charges = Payment.objects.all(), Charge.objects.all()
            if only is not None:
                payments, charges = payments.filter(channel_order__charge=only), charges.filter(pk=only.pk)
            for payment in payments:
                parts = {
                    target: _sum(Allocation.objects.filter(payment=payment, target=target))
                    for target in ("charge", "balance", "refund")
                }
                assert min(parts.values()) >= 0
                assert sum(parts.values()) in (0, payment.amount_fen), "all of it, or all of it unallocated"
                assert parts["refund"] == payment.refunded_fen
            for charge in charges:
                assert _sum(Allocation.objects.filter(charge=charge, target="charge")) == (
                    charge.credited_fen - charge.refunded_fen
                )
                assert charge.credited_fen <= charge.total_fen
                assert charge.refunded_fen + charge.refunding_fen <= charge.credited_fen
                if charge.state == "settled":
                    assert charge.credited_fen == charge.total_fen
                if charge.state == "open":
                    assert charge.credited_fen < charge.total_fen
            leaving = _sum(Refund.objects.filter(source="balance", state__in=["requested", "approved", "sent"]))
            assert _sum(CustomerBalance.objects.all()) + leaving == _sum(Allocation.objects.filter(target="balance"))


def _sum(rows) -> int:  # type: ignore[no-untyped-def]
    return int(rows.aggregate(fen=Sum("amount_fen"))["fen"] or 0)


__all__ = ["CUSTOMER", "FINANCE", "LINES", "OTHER_FINANCE", "SYSTEM", "Hall", "jobs", "lines_of"]
