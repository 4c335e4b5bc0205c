"""A hall of the Shenzhen CA, a customer with a soft key, and what they do with an order; no network anywhere.

    hall.to("payment")            # an order that waits for its payment: public id
    hall.act(order, "application", "confirm", data)
    hall.run()                    # the jobs that are due; identity is answered from hall.identity

Money comes in through the ledger's own `credit`, certificates from a real development CA, signatures from soft keys.
"""

import base64
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from payments import ledger, refunds
from payments.channels.base import RefundState, RefundStatus
from payments.models import Charge, Refund
from portal import jobs
from portal.accounts.actor import Actor
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.gm import Certificate as X509Certificate
from portal.jobs import registry, runner
from portal.jobs.models import Job, JobTicket
from portal.tenants import tenant_tx
from portal.tenants.links import origin
from portal.tenants.models import Tenant
from renewals import orders, projection
from renewals.bridge import challenges
from renewals.bridge.protocol import install_action, rekey_action
from renewals.bridge.simulator import InProcessBridge, SoftKeyDesk
from renewals.demo import certificates
from renewals.demo.answers import answers
from renewals.demo.people import CUSTOMERS, MAIN_CUSTOMER
from renewals.identity.base import Outcome
from renewals.issuing.requests import parse
from renewals.issuing.subjects import expected_subject
from renewals.models import Certificate, Issuance, Order, OrderItem
from renewals.publishing import current, pack_of
from renewals.walking import bridge_calls
from tests.portal.accounts.people import make_staff

ORGANISATION = ("深圳市测试精密制造有限公司", "91440300MA5DEM001")
ADMINISTRATOR = frozenset({Role.CERTIFICATE_ADMINISTRATOR})
_numbers = itertools.count(1)  # media are never used twice: the development CA outlives a test's rollback

STATIONS = ("consent", "application", "identity", "payment", "issuance", "code", "requested", "issued", "completed")


@dataclass
class FakeIdentity:
    """Answers with ``outcomes`` one after another, then with match. Remembers what it was asked."""

    outcomes: list[Outcome] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)

    def three_factor(self, **question: str) -> Outcome:
        self.asked.append(question)
        return self.outcomes.pop(0) if self.outcomes else Outcome.MATCH


@dataclass
class Hall:
    tenant: Tenant
    customer: User
    desk: SoftKeyDesk
    identity: FakeIdentity
    session: str = "visit-1"
    mobile: str = MAIN_CUSTOMER

    @property
    def by(self) -> Actor:
        label = self.customer.masked_label
        return Actor("customer", self.customer.pk, label, ip="203.0.113.7", session_hash=self.session)

    # -- what there is ------------------------------------------------------------------------------------------------

    def certificate(self, days_left: int = 30, *, contact: str = MAIN_CUSTOMER, **more: Any) -> Certificate:
        """A certificate on a soft key, really issued."""
        medium = more.pop("medium", f"3888{next(_numbers):012d}")
        holding = certificates.Holding(self.tenant.slug, *ORGANISATION, medium, days_left, contact, **more)
        return certificates.add(self.tenant, holding, self.desk)

    def order(self, public_id: str) -> Order:
        with tenant_tx(self.tenant):
            return Order.objects.select_related("programme", "customer").get(public_id=public_id)

    def item(self, public_id: str) -> OrderItem:
        with tenant_tx(self.tenant):
            return OrderItem.objects.select_related("certificate", "order", "issued").get(order__public_id=public_id)

    def issuance(self, public_id: str) -> Issuance:
        with tenant_tx(self.tenant):
            return Issuance.objects.filter(item__order__public_id=public_id).latest("id")

    def charge(self, public_id: str) -> Charge:
        with tenant_tx(self.tenant):
            return Charge.objects.get(public_id=Order.objects.get(public_id=public_id).charge)

    def steps(self, public_id: str) -> dict[str, str]:
        """Step → state, with the phase where it has one."""
        with tenant_tx(self.tenant):
            rows = Order.objects.get(public_id=public_id).steps.values_list("name", "state", "phase")
            return {name: f"{state}:{phase}" if phase else state for name, state, phase in rows}

    def jobs(self, handler: str) -> list[Job]:
        with tenant_tx(self.tenant):
            return list(Job.objects.filter(handler=handler).order_by("pk"))

    def staff_member(self, *roles: Role) -> Actor:
        """A colleague of this hall with these roles; every call makes another one."""
        user = make_staff(self.tenant, *roles, enrolled=False)
        return Actor("staff", user.pk, user.masked_label, frozenset(roles), "203.0.113.8", f"staff-{user.pk}")

    def notices(self) -> list[str]:
        """Kinds of the notices sent so far, by SMS."""
        return [job.payload["kind"] for job in self.jobs("notices.sms")]

    # -- what is done -------------------------------------------------------------------------------------------------

    def open(self, certificate: Certificate, *, key: str = "", by: Actor | None = None) -> str:
        with tenant_tx(self.tenant, write=True):
            programme = current(certificate.programme_slug)
            made = orders.open_order(
                programme=programme, certificates=[certificate], by=by or self.by, key=key or f"open:{next(_numbers)}"
            )
        return made.public_id

    def act(
        self,
        order: str,
        step: str,
        action: str,
        data: Mapping[str, Any] | None = None,
        *,
        by: Actor | None = None,
        key: str = "",
        seen: int | None = None,
        item: str | None = None,
    ) -> orders.ActResult:
        """An act in a transaction of its own. Issuance takes the order's only item by itself."""
        if step == "issuance" and item is None:
            item = self.item(order).public_id
        with tenant_tx(self.tenant, write=True):
            result = orders.act(
                order,
                action,
                step=step,
                item=item,
                by=by or self.by,
                data=data,
                key=key or f"k:{next(_numbers)}",
                seen_version=seen,
            )
            assert projection.agrees(result.order, pack_of(result.order.programme))
        return result

    def system(self, order: str, step: str, action: str, data: Mapping[str, Any] | None = None, **more: Any) -> Any:
        return self.act(order, step, action, data, by=Actor.system("tests"), **more)

    def consent(self, order: str) -> orders.ActResult:
        return self.act(order, "consent", "accept", {"accepted": [text.name for text in self.texts]})

    @property
    def texts(self) -> Any:
        with tenant_tx(self.tenant):
            return pack_of(current("cgn-sm2")).texts

    def answers(self, order: str, **changed: str) -> dict[str, str]:
        """``changed`` over what this hall's customer types; on a path with papers the organisation's data too."""
        certificate = self.item(order).certificate
        expired = self.order(order).path == "expired"
        return answers(self.mobile, certificate) | (organisation_of(certificate) if expired else {}) | changed

    def confirm(self, order: str, **changed: str) -> orders.ActResult:
        return self.act(order, "application", "confirm", self.answers(order, **changed))

    def pay(self, order: str, *, fen: int | None = None, transaction: str = "") -> None:
        """The money arrives, from nowhere in particular, and the order hears of it."""
        charge = self.charge(order)
        with tenant_tx(self.tenant, write=True):
            ledger.credit(
                channel="wechat",
                transaction_id=transaction or f"T{next(_numbers):012d}",
                amount_fen=charge.total_fen if fen is None else fen,
                paid_at=timezone.now(),
                evidence="test",
                by=Actor.system("tests"),
                charge_id=charge.pk,
            )
        self.run()

    def refund_arrives(self) -> None:
        """The channel says that every refund on its way has been paid out."""
        with tenant_tx(self.tenant, write=True):
            for refund in Refund.objects.filter(state__in=["approved", "sent"]):
                done = RefundState(
                    refund.refund_number, RefundStatus.SUCCEEDED, "R1", refund.amount_fen, timezone.now()
                )
                refunds.apply_refund_state(refund.pk, done, by=Actor.system("tests"))
        self.run()

    def show_code(self, order: str) -> str:
        return str(self.act(order, "issuance", "show_code").once["renewal_code"])

    # -- the key ------------------------------------------------------------------------------------------------------

    def bridge(self, certificate: Certificate) -> tuple[InProcessBridge, str]:
        """The certificate's key alone in the computer, and its serial there."""
        key = self.desk.find(certificate.medium_number)
        assert key is not None
        self.desk.pull_all()
        self.desk.insert(key.serial)
        return InProcessBridge(self.desk, origin=origin(self.tenant), pin=certificates.PIN), key.serial

    def challenge(self, purpose: str, order: str, *, by: Actor | None = None) -> dict[str, str]:
        with tenant_tx(self.tenant, write=True):
            item = OrderItem.objects.select_related("certificate").get(order__public_id=order)
            return challenges.issue(purpose, by=by or self.by, item=item)

    def request_data(self, order: str, *, by: Actor | None = None) -> dict[str, str]:
        """What the page would post after the bridge has made key and request: csr, challenge, signature."""
        item = self.item(order)
        old = parse(bytes(item.certificate.signing_der))
        with tenant_tx(self.tenant):
            row = Order.objects.select_related("programme").get(pk=item.order_id)
            approved = pack_of(row.programme).step_config(row.path, "issuance").vouched_by == "approval"  # type: ignore[union-attr]
            subject = expected_subject(item)
        question = self.challenge("request" if approved else "rekey", order, by=by)
        bridge, key = self.bridge(item.certificate)
        try:
            csr = bridge_calls.gen_csr(bridge, key=key, txn=question["txn"], replaces=old, subject=subject)
            if approved:
                signature = bridge_calls.prove_request(bridge, key=key, question=question)
            else:
                signature = bridge_calls.sign(bridge, key=key, question=question, action=rekey_action(csr), signer=old)
        finally:
            bridge.close()
        return {"csr": text(csr), "challenge": question["challenge"], "signature": text(signature)}

    def verify_data(self, order: str, *, by: Actor | None = None) -> dict[str, str]:
        """Imports what was issued and has the new key sign."""
        issuance, certificate = self.issuance(order), self.item(order).certificate
        question = self.challenge("install", order, by=by)
        bridge, key = self.bridge(certificate)
        new = parse(bytes(issuance.signing_certificate or b""))
        try:
            bridge_calls.import_certificates(bridge, key=key, txn=question["txn"], issuance=issuance)
            signature = bridge_calls.verify(
                bridge, key=key, question=question, action=install_action(new.serial), encryption=True
            )
        finally:
            bridge.close()
        return {"challenge": question["challenge"], "signature": text(signature)}

    def reserve(self, data: Mapping[str, str], *, by: Actor | None = None) -> None:
        challenges.reserve(self.tenant, data["challenge"], by=by or self.by)

    def request(self, order: str) -> orders.ActResult:
        data = self.request_data(order)
        self.reserve(data)
        return self.act(order, "issuance", "request", data)

    def verify(self, order: str) -> orders.ActResult:
        data = self.verify_data(order)
        self.reserve(data)
        return self.act(order, "issuance", "verify", data)

    def to(self, station: str, certificate: Certificate | None = None) -> str:
        """A new order, walked until this station's step waits for somebody (the last ones: until that is done)."""
        order = self.open(certificate or self.certificate())
        strides = (
            lambda: None,
            lambda: self.consent(order),
            lambda: self.confirm(order),
            self.run,
            lambda: self.pay(order),
            lambda: self.show_code(order),
            lambda: self.request(order),
            self.run,
            lambda: self.verify(order),
        )
        for stride in strides[: STATIONS.index(station) + 1]:
            stride()
        return order

    # -- jobs ---------------------------------------------------------------------------------------------------------

    def run(self, *, ahead: timedelta = timedelta(0), but: tuple[str, ...] = ()) -> None:
        """The jobs that are due, but for those that would call a payment channel or an invoice issuer."""
        for _ in range(50):
            horizon = timezone.now() + ahead
            due = JobTicket.objects.filter(state="pending", run_after__lte=horizon).order_by("job_id")
            ran = 0
            for tenant_id, job_id in due.values_list("tenant_id", "job_id"):
                with tenant_tx(tenant_id):
                    handler = Job.objects.get(pk=job_id).handler
                if handler in but or _calls_out(handler):
                    continue
                ran += runner.run(tenant_id, job_id, now=horizon) is not runner.Outcome.NOT_NOW
            if not ran:
                return
        raise AssertionError("jobs keep making jobs")


def _calls_out(handler: str) -> bool:
    spec = registry.find(handler)
    return spec is not None and spec.kind == "outside" and handler.startswith("payments.")


def organisation_of(certificate: Certificate) -> dict[str, str]:
    """What the holder of this certificate types of itself on the expired path (RULES C6)."""
    return {
        "organisation_name": certificate.holder_name,
        "organisation_code": certificate.holder_code,
        "legal_representative": "周明远",
    }


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def new_certificate(issuance: Issuance) -> X509Certificate:
    return parse(bytes(issuance.signing_certificate or b""))


__all__ = ["ADMINISTRATOR", "CUSTOMERS", "STATIONS", "FakeIdentity", "Hall", "jobs", "new_certificate", "text"]
