"""100,000 callbacks, shuffled, repeated, altered: double credits, and our ledger beside the sandbox's own.

    script/bench money_callbacks [--messages N] [--orders N] [--seed N]

The baseline is what can't be saved: making and checking one RSA signature a message.
"""

import argparse
import logging
import socket
import time

from django.core.management import call_command

from bench.hall import world  # sets Django up in a folder of its own
from bench.world.callbacks import Storm, chunks
from payments import demo
from payments.channels import rsa
from payments.channels.sandbox import keys
from payments.channels.sandbox.server import running_sandbox
from payments.channels.sandbox.state import Options
from payments.models import ChannelEvent, Payment
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--orders", type=int, default=0, help="默认每 10 条通知一笔订单")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    logging.getLogger("payments").setLevel(logging.ERROR)  # every altered message makes a line
    call_command("migrate", verbosity=0)
    tenant = Tenant.objects.create(slug="storm", name="测试电子认证有限公司", short_name="测试 CA")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    folder = world.FOLDER / "pay-sandbox"
    merchant, base_url = keys.merchant(folder, "storm"), f"http://127.0.0.1:{port}"
    with running_sandbox(Options(folder=folder, base_url=base_url, is_production=False), port=port) as running:
        demo.load(tenant, folder=world.FOLDER, pay_url=base_url, invoice_url="http://127.0.0.1:9")
        storm = Storm(tenant, running.sandbox, merchant, seed=options.seed)
        orders = options.orders or max(1, options.messages // 10)
        storm.place(orders)
        say(f"订单 {orders} 笔，通知 {options.messages} 条，种子 {options.seed}")
        began, cpu = time.monotonic(), time.process_time()
        for part in chunks(options.messages, 5_000):
            storm.rage(part)
            seconds, spent = time.monotonic() - began, time.process_time() - cpu
            say(f"  已送达 {sum(storm.sent.values())} 条，{seconds:.0f} 秒，CPU {spent:.0f} 秒")
        used = time.process_time() - cpu
        lost = sum("None here" in line for line in storm.differences())
        storm.ask()
        found = storm.differences()
    with tenant_tx(tenant):
        events, payments = ChannelEvent.objects.count(), Payment.objects.count()
    say("、".join(f"{kind} {count}" for kind, count in sorted(storm.sent.items())))
    say(f"存下的通知 {events} 条，收款 {payments} 笔；没有送到、由查询补上 {lost} 笔")
    say(f"重复入账：{sum('double' in line for line in found)}；与沙箱账本的差异：{len(found)}")
    times = used / bare(options.messages)
    say(f"每 CPU 秒 {options.messages / used:,.0f} 条（含沙箱签名）；是单纯验签耗时的 {times:.1f} 倍")
    for line in found[:20]:
        say(f"  {line}")


def bare(messages: int) -> float:
    """CPU seconds to sign and verify so many messages, and nothing else."""
    key = rsa.stored_private_key(keys.platform(world.FOLDER / "pay-sandbox").alipay_key)
    public, message, count = key.public_key(), b"x" * 900, 500
    began = time.process_time()
    for _ in range(count):
        rsa.verifies(public, message, rsa.sign(key, message))
    return (time.process_time() - began) / count * messages


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  a measurement is read on the terminal


if __name__ == "__main__":
    main()
