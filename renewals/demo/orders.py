"""Demo orders at every step, walked there through the real doors, channels and CA."""

from collections.abc import Callable

from stdnum.cn import ric

from portal.accounts.actor import Actor
from portal.accounts.models import User
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from renewals import orders
from renewals.bridge.simulator import SoftKeyDesk
from renewals.demo.certificates import OTHERS, PIN
from renewals.demo.people import CUSTOMERS, MAIN_CUSTOMER, customer
from renewals.models import Certificate, Order
from renewals.walking.pay_desk import PayDesk
from renewals.walking.walker import Walker

Climb = Callable[[Walker, str, Certificate, str], None]  # walker, order, certificate, mobile


def answers(mobile: str, certificate: Certificate, *, years: str = "1", identity_mobile: str = "") -> dict[str, str]:
    """An application of this customer. Region 990101 is no place, so the ID number is nobody's."""
    body = f"990101199{int(mobile[-2:]) % 10}0307{int(mobile[-3:]):03d}"
    return {
        "term_years": years,
        "representative_name": CUSTOMERS[mobile],
        "representative_id_kind": "id_card",
        "representative_id_number": body + ric.calc_check_digit(body + "0"),
        "representative_mobile": identity_mobile or mobile,
        "representative_email": "handler@example.cn",
        "invoice_kind": "ordinary",
        "invoice_title": certificate.holder_name,
        "invoice_tax_number": certificate.holder_code,
    }


def organisation_answers(
    mobile: str, certificate: Certificate, *, legal: str = "沈若川", **more: str
) -> dict[str, str]:
    """The same for an expired certificate, which is also asked who the holder is (RULES C6)."""
    return answers(mobile, certificate, **more) | {
        "organisation_name": certificate.holder_name,
        "organisation_code": certificate.holder_code,
        "legal_representative": legal,
    }


class Demo:
    """Walks one order after another; each step of the ladder stops a little later."""

    def __init__(self, tenant: Tenant, desk: SoftKeyDesk, pay_desk: PayDesk) -> None:
        self.tenant, self.desk, self.pay_desk = tenant, desk, pay_desk

    def load(self) -> int:
        """How many orders were made; none when there are some already."""
        with tenant_tx(self.tenant):
            if Order.objects.exists():
                return 0
        ladder: list[Climb] = [
            self._draft,
            self._consented,
            self._identity_failed,
            self._awaiting_payment,
            self._paid,
            self._installing,
            self._cancelled,
            self._completed,
            self._refunded,
            self._paid,
            self._completed,
            self._consented,
        ]
        for number, (mobile, climb) in enumerate(zip(OTHERS, ladder, strict=True), start=1):
            self._walk(mobile, f"38880000000002{number:02d}", climb)
        self._walk(MAIN_CUSTOMER, "3888000000000109", self._completed)
        return len(ladder) + 1

    def _walk(self, mobile: str, medium: str, climb: "Climb") -> None:
        with tenant_tx(self.tenant, write=True):
            user: User = customer(mobile, CUSTOMERS[mobile])
            certificate = Certificate.objects.get(medium_number=medium, successor__isnull=True)
        walker = Walker(self.tenant, user, self.desk, self.pay_desk, session="demo")
        order = walker.open(certificate)
        climb(walker, order, certificate, mobile)
        walker.settle_down()

    def _draft(self, *_: object) -> None:
        """Only opened."""

    def _consented(self, walker: Walker, order: str, *_: object) -> None:
        walker.consent(order)

    def _identity_failed(self, walker: Walker, order: str, certificate: Certificate, mobile: str) -> None:
        self._consented(walker, order, certificate, mobile)
        walker.apply(order, answers(mobile, certificate, identity_mobile="19900000091"))
        walker.wait_for_identity(order)

    def _awaiting_payment(self, walker: Walker, order: str, certificate: Certificate, mobile: str) -> None:
        walker.consent(order)
        walker.apply(order, answers(mobile, certificate, years="2"))
        walker.wait_for_identity(order)

    def _paid(self, walker: Walker, order: str, certificate: Certificate, mobile: str) -> None:
        self._awaiting_payment(walker, order, certificate, mobile)
        walker.pay(order, "wechat")

    def _installing(self, walker: Walker, order: str, certificate: Certificate, mobile: str) -> None:
        """Broken off: the key was pulled out after the CA had issued."""
        self._paid(walker, order, certificate, mobile)
        walker.show_code(order)
        walker.install(order, PIN, stop_after="request")

    def _completed(self, walker: Walker, order: str, certificate: Certificate, mobile: str) -> None:
        self._awaiting_payment(walker, order, certificate, mobile)
        walker.pay(order, "alipay")
        walker.show_code(order)
        walker.install(order, PIN)

    def _cancelled(self, walker: Walker, order: str, certificate: Certificate, mobile: str) -> None:
        self._awaiting_payment(walker, order, certificate, mobile)
        self._cancel(walker.by, order)

    def _refunded(self, walker: Walker, order: str, certificate: Certificate, mobile: str) -> None:
        self._paid(walker, order, certificate, mobile)
        self._cancel(walker.by, order)

    def _cancel(self, by: Actor, order: str) -> None:
        with tenant_tx(self.tenant, write=True):
            orders.act(order, "cancel", by=by, data={"reason": "no_longer_needed"}, key=f"demo-cancel:{order}")
