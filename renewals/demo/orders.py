"""Demo orders at every step, walked there through the real doors, channels and CA."""

from collections.abc import Callable

from portal.accounts.models import User
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from renewals import orders
from renewals.bridge.simulator import SoftKeyDesk
from renewals.demo.answers import answers
from renewals.demo.certificates import PIN
from renewals.demo.expired_orders import ExpiredLadder
from renewals.demo.people import CUSTOMERS, EXPIRED, MAIN_CUSTOMER, UNEXPIRED, customer
from renewals.models import Certificate, OrderItem
from renewals.walking.paper_walker import PaperWalker
from renewals.walking.pay_desk import PayDesk

Climb = Callable[[PaperWalker, str, Certificate, str], None]  # walker, order, certificate, mobile


def ordered(tenant: Tenant) -> set[str]:
    """The media whose certificate somebody has ordered for."""
    with tenant_tx(tenant):
        return set(OrderItem.objects.values_list("certificate__medium_number", flat=True))


class Demo:
    """Walks one order after another; each step of the ladder stops a little later."""

    def __init__(self, tenant: Tenant, desk: SoftKeyDesk, pay_desk: PayDesk) -> None:
        self.tenant, self.desk, self.pay_desk = tenant, desk, pay_desk

    def load(self) -> int:
        """How many orders were made: those whose certificate has none yet."""
        begun = ordered(self.tenant)
        missing = [stop for stop in self.plan() if stop[1] not in begun]
        for mobile, medium, climb in missing:
            self._walk(mobile, medium, climb)
        return len(missing)

    @classmethod
    def plan(cls) -> "list[tuple[str, str, Climb]]":
        """Mobile, medium, and how far that order is walked."""
        ladder = enumerate(Ladder().climbs(), start=1)
        plan = [(UNEXPIRED[n - 1], f"38880000000002{n:02d}", climb) for n, climb in ladder]
        plan.append((MAIN_CUSTOMER, "3888000000000109", Ladder().completed))
        ladder = enumerate(ExpiredLadder().climbs(), start=1)
        return plan + [(EXPIRED[n - 1], f"38880000000005{n:02d}", climb) for n, climb in ladder]

    def _walk(self, mobile: str, medium: str, climb: "Climb") -> None:
        with tenant_tx(self.tenant, write=True):
            user: User = customer(mobile, CUSTOMERS[mobile])
            certificate = Certificate.objects.get(medium_number=medium, successor__isnull=True)
        walker = PaperWalker(self.tenant, user, self.desk, self.pay_desk, session="demo")
        order = walker.open(certificate)
        climb(walker, order, certificate, mobile)
        walker.settle_down()


class Ladder:
    """The climbs of the unexpired path."""

    def climbs(self) -> "list[Climb]":
        """One for each of people.UNEXPIRED."""
        return [
            self._draft,
            self._consented,
            self._identity_failed,
            self._awaiting_payment,
            self._paid,
            self._installing,
            self._cancelled,
            self.completed,
            self._refunded,
            self._paid,
            self.completed,
            self._consented,
        ]

    def _draft(self, *_: object) -> None:
        """Only opened."""

    def _consented(self, walker: PaperWalker, order: str, *_: object) -> None:
        walker.consent(order)

    def _identity_failed(self, walker: PaperWalker, order: str, certificate: Certificate, mobile: str) -> None:
        self._consented(walker, order, certificate, mobile)
        walker.apply(order, answers(mobile, certificate, identity_mobile="19900000091"))
        walker.wait_for_identity(order)

    def _awaiting_payment(self, walker: PaperWalker, order: str, certificate: Certificate, mobile: str) -> None:
        walker.consent(order)
        walker.apply(order, answers(mobile, certificate, years="2"))
        walker.wait_for_identity(order)

    def _paid(self, walker: PaperWalker, order: str, certificate: Certificate, mobile: str) -> None:
        self._awaiting_payment(walker, order, certificate, mobile)
        walker.pay(order, "wechat")

    def _installing(self, walker: PaperWalker, order: str, certificate: Certificate, mobile: str) -> None:
        """Broken off: the key was pulled out after the CA had issued."""
        self._paid(walker, order, certificate, mobile)
        walker.show_code(order)
        walker.install(order, PIN, stop_after="request")

    def completed(self, walker: PaperWalker, order: str, certificate: Certificate, mobile: str) -> None:
        self._awaiting_payment(walker, order, certificate, mobile)
        walker.pay(order, "alipay")
        walker.show_code(order)
        walker.install(order, PIN)

    def _cancelled(self, walker: PaperWalker, order: str, certificate: Certificate, mobile: str) -> None:
        self._awaiting_payment(walker, order, certificate, mobile)
        self._cancel(walker, order)

    def _refunded(self, walker: PaperWalker, order: str, certificate: Certificate, mobile: str) -> None:
        self._paid(walker, order, certificate, mobile)
        self._cancel(walker, order)

    def _cancel(self, walker: PaperWalker, order: str) -> None:
        with tenant_tx(walker.tenant, write=True):
            orders.act(order, "cancel", by=walker.by, data={"reason": "no_longer_needed"}, key=f"demo-cancel:{order}")
