"""A walk through an order: who does what, and how long it took.

Everything goes through orders.act, the jobs, the payment sandbox's own pay page and the bridge's protocol; nothing
is written past them.
"""

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from payments.models import ChannelOrder
from portal import jobs
from portal.accounts.actor import Actor
from portal.accounts.models import User
from portal.gm import Certificate as X509Certificate
from portal.gm import sm3
from portal.tenants import tenant_tx
from portal.tenants.links import origin
from portal.tenants.models import Tenant
from renewals import orders
from renewals.bridge import challenges
from renewals.bridge.protocol import install_action, rekey_action
from renewals.bridge.simulator import InProcessBridge, SoftKeyDesk
from renewals.issuing.requests import parse
from renewals.issuing.subjects import expected_subject
from renewals.lifecycle import Kind, StepState
from renewals.models import Certificate, IdentityCheck, Issuance, Order, OrderItem, StepRecord
from renewals.publishing import current, pack_of
from renewals.walking import bridge_calls
from renewals.walking.pay_desk import PayDesk

T = TypeVar("T")
PATIENCE = 60.0  # seconds that one thing may take before the walk gives up


class WalkFailed(Exception):
    """Something didn't come about; the message says what."""


@dataclass(frozen=True)
class Stride:
    """One thing that was done: by whom, what, in how many milliseconds."""

    actor: str
    what: str
    milliseconds: int


@dataclass
class Walker:
    """``desk`` holds the customer's key; ``pay_desk`` stands for the phone that scans the code."""

    tenant: Tenant
    customer: User
    desk: SoftKeyDesk
    pay_desk: PayDesk
    tell: Callable[[Stride], None] = lambda _stride: None
    strides: list[Stride] = field(default_factory=list)
    session: str = "walk"

    @property
    def by(self) -> Actor:
        return Actor(
            "customer", self.customer.pk, self.customer.masked_label, ip="127.0.0.1", session_hash=self.session
        )

    # -- the customer's part ------------------------------------------------------------------------------------------

    def open(self, certificate: Certificate) -> str:
        """The order's public id."""
        started = time.perf_counter()
        with tenant_tx(self.tenant, write=True):
            programme = current(certificate.programme_slug)
            order = orders.open_order(
                programme=programme, certificates=[certificate], by=self.by, key=f"walk-open:{certificate.public_id}"
            )
        self.told("customer", "open", started)
        return order.public_id

    def consent(self, order: str) -> None:
        with tenant_tx(self.tenant):
            texts = self._config(order, Kind.CONSENT).texts
        self._act(order, Kind.CONSENT, "accept", {"accepted": list(texts)})

    def apply(self, order: str, answers: Mapping[str, str]) -> None:
        self._act(order, Kind.APPLICATION, "confirm", dict(answers))

    def wait_for_identity(self, order: str) -> IdentityCheck.Outcome:
        """What the three-factor check said."""
        started = time.perf_counter()

        def outcome() -> IdentityCheck.Outcome | None:
            with tenant_tx(self.tenant):
                check = IdentityCheck.objects.filter(order__public_id=order).latest("id")
            found = IdentityCheck.Outcome(check.outcome)
            return None if found in {IdentityCheck.Outcome.PENDING, IdentityCheck.Outcome.UNAVAILABLE} else found

        answer = self._until(outcome, "身份核验没有结果")
        self.told("system", "identity", started)
        return answer

    def choose_channel(self, order: str, channel: str) -> None:
        self._act(order, Kind.PAYMENT, "pay", {"channel": channel})

    def pay(self, order: str, channel: str) -> None:
        """Choose a channel, scan its code, pay, wait until the order knows."""
        self.choose_channel(order, channel)
        started = time.perf_counter()

        def placed() -> ChannelOrder | None:
            with tenant_tx(self.tenant):
                made = ChannelOrder.objects.filter(charge__reference__startswith=order, channel=channel).latest("id")
            return made if made.code_url or made.pay_url else None

        found = self._until(placed, "支付渠道没有给出付款的地址")
        self.pay_desk.pay(found.code_url or found.pay_url, found.pay_form)
        self.told("customer", f"scan-and-pay {channel}", started)
        started = time.perf_counter()
        self._until(lambda: self._state(order, Kind.PAYMENT) is StepState.DONE or None, "付款没有到账")
        self.told("channel", "callback", started)

    def show_code(self, order: str) -> str:
        result = self._act(order, Kind.ISSUANCE, "show_code", {}, per_item=True)
        return str(result.once["renewal_code"])

    def install(self, order: str, pin: str, *, stop_after: str = "") -> None:
        """From the key's new request to the proof by the new key. ``stop_after``: request or import, to break off."""
        with tenant_tx(self.tenant):
            item = self._item(order)
            old = parse(bytes(item.certificate.signing_der))
            serial = self._key_serial(item.certificate.medium_number)
        self.desk.pull_all()
        self.desk.insert(serial)
        bridge = InProcessBridge(self.desk, origin=origin(self.tenant), pin=pin)
        try:
            self._request(order, item, bridge, serial, old)
            if stop_after != "request":
                self._bring_home(order, item, bridge, serial, stop_after=stop_after)
        finally:
            bridge.close()

    # -- installation, part by part -----------------------------------------------------------------------------------

    def _request(self, order: str, item: OrderItem, bridge: InProcessBridge, key: str, old: X509Certificate) -> None:
        started = time.perf_counter()
        with tenant_tx(self.tenant):
            approved = self._config(order, Kind.ISSUANCE).vouched_by == "approval"
            subject = expected_subject(item)
        question = self._challenge("request" if approved else "rekey", item)
        csr = bridge_calls.gen_csr(bridge, key=key, txn=question["txn"], replaces=old, subject=subject)
        if approved:
            signature = bridge_calls.prove_request(bridge, key=key, question=question)
        else:
            signature = bridge_calls.sign(bridge, key=key, question=question, action=rekey_action(csr), signer=old)
        self.told("bridge", "new key and request", started)
        challenges.reserve(self.tenant, question["challenge"], by=self.by)
        self._act(
            order,
            Kind.ISSUANCE,
            "request",
            {"csr": text(csr), "challenge": question["challenge"], "signature": text(signature)},
            per_item=True,
        )
        started = time.perf_counter()
        self._until(lambda: self._issued(item), "CA 没有签发证书")
        self.told("ca", "issued", started)

    def _bring_home(self, order: str, item: OrderItem, bridge: InProcessBridge, key: str, *, stop_after: str) -> None:
        started = time.perf_counter()
        issuance = self._issued(item)
        if issuance is None:
            raise WalkFailed("没有待安装的证书")
        question = self._challenge("install", item)
        bridge_calls.import_certificates(bridge, key=key, txn=question["txn"], issuance=issuance)
        if stop_after == "import":
            return
        new = parse(bytes(issuance.signing_certificate or b""))
        signature = bridge_calls.verify(
            bridge,
            key=key,
            question=question,
            action=install_action(new.serial),
            encryption=issuance.encryption_certificate is not None,
        )
        self.told("bridge", "import and verify", started)
        challenges.reserve(self.tenant, question["challenge"], by=self.by)
        self._act(
            order,
            Kind.ISSUANCE,
            "verify",
            {"challenge": question["challenge"], "signature": text(signature)},
            per_item=True,
        )

    def _challenge(self, purpose: str, item: OrderItem) -> dict[str, str]:
        with tenant_tx(self.tenant, write=True):
            return challenges.issue(purpose, by=self.by, item=item)

    def _issued(self, item: OrderItem) -> Issuance | None:
        with tenant_tx(self.tenant):
            live = Issuance.objects.filter(item=item).latest("id")
        if live.state == Issuance.State.REFUSED:
            raise WalkFailed(f"CA 拒绝签发：{live.refusal}")
        return live if live.state in {Issuance.State.ISSUED, Issuance.State.VERIFIED} else None

    # -- below --------------------------------------------------------------------------------------------------------

    def settle_down(self) -> None:
        """Let the jobs that are left run: revocation of the old certificate, invoice, notices."""
        jobs.drain()

    def _act(
        self,
        order: str,
        kind: Kind,
        action: str,
        data: Mapping[str, Any],
        *,
        per_item: bool = False,
        by: Actor | None = None,
    ) -> orders.ActResult:
        started, by = time.perf_counter(), by or self.by
        with tenant_tx(self.tenant, write=True):
            step = self._row(order, kind)
            seen = Order.objects.get(public_id=order).version
            result = orders.act(
                order,
                action,
                step=step.name,
                item=step.item.public_id if per_item and step.item else None,
                by=by,
                data=data,
                key=f"walk:{kind}.{action}:{sm3(repr((order, seen)).encode()).hex()[:32]}",
                seen_version=seen,
            )
        self.told(by.kind if by.kind == "customer" else by.label, f"{kind}.{action}", started)
        return result

    def _row(self, order: str, kind: Kind) -> StepRecord:
        """The first of that kind: of the identity steps the three factors."""
        rows = StepRecord.objects.select_related("item").filter(order__public_id=order, kind=kind)
        return rows.order_by("position")[0]

    def _state(self, order: str, kind: Kind) -> StepState:
        with tenant_tx(self.tenant):
            return StepState(self._row(order, kind).state)

    def _config(self, order: str, kind: Kind) -> Any:
        row = Order.objects.select_related("programme").get(public_id=order)
        return pack_of(row.programme).step_config(row.path, self._row(order, kind).name)

    def _item(self, order: str) -> OrderItem:
        return OrderItem.objects.select_related("certificate", "order").get(order__public_id=order)

    def _key_serial(self, medium_number: str) -> str:
        key = self.desk.find(medium_number)
        if key is None:
            raise WalkFailed(f"模拟 Ekey 里没有介质 {medium_number}")
        return key.serial

    def _until(self, ask: Callable[[], T | None], otherwise: str) -> T:
        """Ask again, letting jobs run in between, until there is an answer."""
        ends = time.monotonic() + PATIENCE
        while True:
            jobs.drain()
            answer = ask()
            if answer is not None:
                return answer
            if time.monotonic() > ends:
                raise WalkFailed(otherwise)
            time.sleep(0.05)

    def told(self, actor: str, what: str, started: float) -> None:
        stride = Stride(actor, what, round(1000 * (time.perf_counter() - started)))
        self.strides.append(stride)
        self.tell(stride)


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()
