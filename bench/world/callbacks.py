"""A storm of callbacks: genuine, repeated, shuffled, altered, lost; and the two ledgers side by side afterwards.

Orders stand at the sandbox and in the hall; what the sandbox would send is made with its own keys and handed to the
pipeline in an order that has nothing to do with time. Between the messages come queries and stale CLOSED states.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Sum
from django.utils import timezone

from payments import accounts, callbacks, channel_orders, ledger
from payments.channels import unionpay_crypto
from payments.channels.base import OrderState, TradeStatus
from payments.channels.sandbox import pay_page
from payments.channels.sandbox.book import Trade
from payments.channels.sandbox.callbacks import Callback
from payments.channels.sandbox.faults import Fault
from payments.channels.sandbox.keys import Merchant
from payments.channels.sandbox.state import Sandbox
from payments.fees import QuoteLine
from payments.models import ChannelAccount, ChannelOrder, ChannelOrderState, Charge, Payment
from portal.accounts.actor import Actor
from portal.jobs.models import Job
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant

ME = Actor.system("bench")
CHANNELS = ("wechat", "alipay", "unionpay")
ALTERED = ("flipped", "wrong_amount", "wrong_merchant", "bad_signature", "stale_time", "elsewhere")
Message = tuple[str, dict[str, str], bytes]


@dataclass
class Placed:
    """An order, the sandbox's view of it, and the first message about it."""

    order: ChannelOrder
    trade: Trade
    callback: Callback | None
    first: Message | None = None


@dataclass
class Storm:
    tenant: Tenant
    sandbox: Sandbox
    merchant: Merchant
    seed: int
    sent: Counter[str] = field(default_factory=Counter)
    placed: list[Placed] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311  a storm that can be had again

    def place(self, count: int) -> None:
        """Orders in both ledgers; nine in ten are paid at the sandbox."""
        with tenant_tx(self.tenant):
            found = {account.channel: account for account in ChannelAccount.objects.filter(is_active=True)}
        for start in range(0, count, 200):
            with tenant_tx(self.tenant, write=True):
                for number in range(start, min(start + 200, count)):
                    self.placed.append(self._one(number, found[self.random.choice(CHANNELS)]))

    def rage(self, messages: int) -> None:
        """So many messages, in any order."""
        for _ in range(messages):
            one = self.random.choice(self.placed)
            what = self._what(one)
            self.sent[what] += 1
            if what == "closed":
                self._say_closed(one)
            elif message := self._message(one, what):
                callbacks.receive(self.tenant, *message)

    def ask(self) -> None:
        """The poller's part: every order that nobody told us of is asked about."""
        with tenant_tx(self.tenant):
            found = {account.channel: accounts.connect(account) for account in ChannelAccount.objects.all()}
            paid = set(ChannelOrder.objects.filter(state=ChannelOrderState.PAID).values_list("pk", flat=True))
        for one in self.placed:
            if one.order.pk in paid:
                continue
            state = found[one.order.channel].query(one.order.out_trade_no)
            self.sent["query"] += 1
            with tenant_tx(self.tenant, write=True):
                channel_orders.apply_state(one.order.pk, state, evidence="query", by=ME)
        for channel in found.values():
            channel.disconnect()

    def differences(self) -> list[str]:
        """Where the hall's ledger isn't the sandbox's, to the fen; and what was settled more than once."""
        theirs = {
            (row["channel"], row["transaction_id"]): row["amount_fen"]
            for row in self.sandbox.book.trades()
            if row["state"] == "paid" and row["merchant"] == self.merchant.name
        }
        with tenant_tx(self.tenant):
            rows = list(Payment.objects.values_list("channel", "transaction_id", "amount_fen"))
            credited = Charge.objects.aggregate(fen=Sum("credited_fen"))["fen"] or 0
            overpaid = sum(row.credited_fen > row.total_fen for row in Charge.objects.iterator())
            settled = Job.objects.filter(handler="charge_settled").count()
        ours = {(channel, transaction): fen for channel, transaction, fen in rows}
        found = [f"{key}: {theirs.get(key)} there, {ours.get(key)} here" for key in theirs.keys() ^ ours.keys()]
        found += [f"{key}: {theirs[key]} there, {ours[key]} here" for key in theirs.keys() & ours.keys()
                  if theirs[key] != ours[key]]  # fmt: skip
        if len(ours) != len(rows) or overpaid:
            found.append(f"double: {len(rows) - len(ours)} payments, {overpaid} charges")
        if settled != len(theirs) or credited != sum(theirs.values()):
            found.append(f"{settled} settled and {credited} fen credited, not {len(theirs)} and {sum(theirs.values())}")
        return found

    def _one(self, number: int, account: ChannelAccount) -> Placed:
        now, fen = timezone.now(), self.random.randint(1, 500_000)
        charge = ledger.open_charge(
            reference=f"storm-{self.seed}-{number}",
            description="证书续期",
            payer_name="深圳市测试精密制造有限公司",
            lines=[QuoteLine("数字证书服务费", fen, "元", 1, fen)],
            by=ME,
        )
        order = ChannelOrder.objects.create(
            charge=charge,
            account=account,
            channel=account.channel,
            out_trade_no=f"{unionpay_crypto.wire_time(now)}{number:08d}",
            amount_fen=fen,
            key=f"storm-{self.seed}-{number}",
            state=ChannelOrderState.OPEN,
            expires_at=now + timedelta(hours=2),
        )
        book = self.sandbox.book
        trade = book.place(
            channel=account.channel,
            merchant=self.merchant.name,
            out_trade_no=order.out_trade_no,
            description="证书续期",
            amount_fen=fen,
            notify_url="http://127.0.0.1:9/",
            return_url="",
            expires_at=(now + timedelta(hours=2)).timestamp(),
            now=now.timestamp(),
        )
        book.scan(trade.token)
        if self.random.random() < 0.1:
            return Placed(order, trade, None)
        paid = book.pay(trade.token, payer="sandbox-payer", now=now.timestamp()) or trade
        return Placed(order, paid, pay_page.payment_callback(self.sandbox, self.merchant, paid))

    def _what(self, one: Placed) -> str:
        """An eighth of the orders is never told of: those are the poller's."""
        if one.order.pk % 8 == 0 or one.callback is None:
            return self.random.choice([*ALTERED, "closed"]) if one.callback else "closed"
        return self.random.choice(["same", "same", "fresh", "fresh", "closed", *ALTERED])

    def _message(self, one: Placed, what: str) -> Message | None:
        if one.callback is None:
            return None
        name = one.order.channel
        if what == "same" and one.first is not None:
            return one.first
        faults = {what: Fault(what, params={"amount_fen": one.trade.amount_fen * 2})} if what in _FAULTS else {}
        if what == "stale_time":
            faults[what].params = {"seconds": 40 * 3600}
        if what == "stale_time" and name == "unionpay":
            what = "flipped"  # its protocol tells no time
        out = one.callback.build(faults)
        body = out.body
        if what == "flipped":
            at = self.random.randrange(len(body))
            body = body[:at] + bytes([body[at] ^ (1 << self.random.randrange(7))]) + body[at + 1 :]
        if what == "elsewhere":
            name = self.random.choice([other for other in CHANNELS if other != name])
        message = (name, dict(out.headers), body)
        if what in ("same", "fresh") and one.first is None:
            one.first = message
        return message

    def _say_closed(self, one: Placed) -> None:
        """A CLOSED that was true once, or never: it must not undo PAID."""
        with tenant_tx(self.tenant, write=True):
            state = OrderState(one.order.out_trade_no, TradeStatus.CLOSED)
            channel_orders.apply_state(one.order.pk, state, evidence="query", by=ME)


_FAULTS = frozenset({"wrong_amount", "wrong_merchant", "bad_signature", "stale_time"})


def chunks(total: int, size: int) -> Iterator[int]:
    """``total`` in parts."""
    while total > 0:
        yield min(size, total)
        total -= size
