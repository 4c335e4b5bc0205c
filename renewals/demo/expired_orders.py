"""Orders of the expired path, each left at another step."""

from collections.abc import Callable

from renewals.demo.answers import organisation_answers
from renewals.demo.certificates import PIN
from renewals.demo.people import CUSTOMERS
from renewals.models import Certificate
from renewals.walking.paper_walker import PaperWalker

Climb = Callable[[PaperWalker, str, Certificate, str], None]


class ExpiredLadder:
    """The climbs, from the application to the new certificate."""

    def climbs(self) -> list[Climb]:
        """One for each of people.EXPIRED."""
        return [
            self._applied,
            self._to_print,
            self._uploaded,
            self._returned,
            self._transfer_claimed,
            self._to_review,
            self._approved,
            self._rejected,
            self._completed,
            self._to_review,
        ]

    def _applied(self, walker: PaperWalker, order: str, certificate: Certificate, mobile: str) -> None:
        """The phone is awaited, and the form."""
        walker.consent(order)
        walker.apply(order, organisation_answers(mobile, certificate))
        walker.wait_for_identity(order)

    def _to_print(self, walker: PaperWalker, order: str, certificate: Certificate, mobile: str) -> None:
        self._applied(walker, order, certificate, mobile)
        walker.check_liveness(order, CUSTOMERS[mobile])

    def _uploaded(self, walker: PaperWalker, order: str, certificate: Certificate, mobile: str) -> None:
        self._to_print(walker, order, certificate, mobile)
        form = walker.print_form(order)
        walker.upload(order, walker.scans(order, form, CUSTOMERS[mobile]), kinds={"licence": "business_licence"})

    def _handed_in(self, walker: PaperWalker, order: str, certificate: Certificate, mobile: str) -> None:
        self._uploaded(walker, order, certificate, mobile)
        walker.hand_in(order)

    def _transfer_claimed(self, walker: PaperWalker, order: str, certificate: Certificate, mobile: str) -> None:
        """Finance looks for the money; the reviewer may begin."""
        self._handed_in(walker, order, certificate, mobile)
        walker.claim_transfer(order)

    def _to_review(self, walker: PaperWalker, order: str, certificate: Certificate, mobile: str) -> None:
        self._handed_in(walker, order, certificate, mobile)
        walker.pay(order, "wechat")

    def _returned(self, walker: PaperWalker, order: str, certificate: Certificate, mobile: str) -> None:
        self._to_review(walker, order, certificate, mobile)
        walker.send_back(order, "licence", "licence_illegible")

    def _approved(self, walker: PaperWalker, order: str, certificate: Certificate, mobile: str) -> None:
        self._handed_in(walker, order, certificate, mobile)
        walker.claim_transfer(order)
        walker.confirm_transfer(order)
        walker.approve(order)

    def _rejected(self, walker: PaperWalker, order: str, certificate: Certificate, mobile: str) -> None:
        """The money goes back to where it came from."""
        self._to_review(walker, order, certificate, mobile)
        walker.reject(order, "licence_struck_off")

    def _completed(self, walker: PaperWalker, order: str, certificate: Certificate, mobile: str) -> None:
        self._to_review(walker, order, certificate, mobile)
        walker.approve(order)
        walker.show_code(order)
        walker.install(order, PIN)
