"""Import on PostgreSQL: read, store, match and credit a statement, with very many open charges beside it.

    script/with-postgres script/bench money_import [--lines 20000] [--charges 50000]

Beside the least that any store does with the same lines in the same database: read the file, and insert each line with
the same columns in batches, no index but the key, nothing matched. Needs PostgreSQL (CERTHALL_DATABASE_URL).
"""

# ruff: noqa: E402 (Django first)

import argparse
import os
import re
import resource
import time
import tracemalloc
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from random import Random
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection

from bench.world.transfers import World, make
from payments import bank_accounts, importing
from payments.matching import payer_key
from payments.models import BankAccount, BankTransaction, Charge, ClaimState, TransferClaim
from payments.statements import read
from portal.accounts.actor import Actor
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from tests.payments.statements.exports import OWN_ACCOUNT, Told, ccb, csv_bytes

ME = Actor.system("bench")
GOAL = 5_000
MOST_QUERIES = 0.2
_DIGITS = re.compile(r"\(?%s(?:, %s)*\)?,? ?|s\d+_x\d+")


def main() -> None:
    parser = argparse.ArgumentParser(description="银行流水：导入、匹配、入账的速度（PostgreSQL）")
    parser.add_argument("--lines", type=int, default=20_000, help="流水条数")
    parser.add_argument("--charges", type=int, default=50_000, help="待付应收笔数")
    parser.add_argument("--seed", type=int, default=1, help="随机种子")
    parser.add_argument("--slowest", type=int, default=0, help="列出最慢的几种查询")
    arguments = parser.parse_args()
    if connection.vendor != "postgresql":
        raise SystemExit("请在 PostgreSQL 上测：script/with-postgres script/bench money_import")
    call_command("migrate", verbosity=0)
    world = make(Random(arguments.seed), arguments.lines)  # noqa: S311  an invented world, no secret
    tenant = Tenant.objects.create(slug="bench", name="测速网厅", short_name="测速")
    account = fill(tenant, world, arguments.charges)
    data = exported(world)
    bare = baseline(tenant, data)
    measure(tenant, account, data, len(world.lines), bare=bare, slowest=arguments.slowest)


def fill(tenant: Tenant, world: World, charges: int) -> BankAccount:
    """The world's charges and claims, and as many others besides."""
    started = time.perf_counter()
    with tenant_tx(tenant, write=True):
        account = bank_accounts.add(OWN_ACCOUNT, bank="样本银行", name="测速", cuts_names_at=20, by=ME)
    rows: dict[str, Charge] = {}
    with tenant_tx(tenant, write=True):
        for one in world.charges:
            standing = one.standing.value
            rows[one.id] = Charge(
                reference=one.id,
                description="续期",
                payer_name=one.holder_name,
                payer_key=one.payer_key,
                number=one.number,
                holder_kind="organisation",
                payer_must_be_holder=one.payer_must_be_holder,
                lines=[],
                total_fen=one.total_fen,
                credited_fen=one.total_fen if standing == "settled" else 0,
                state=standing,
                created_at=datetime.combine(one.opened_on, clock(1), UTC),
            )
        Charge.objects.bulk_create(rows.values(), batch_size=5_000)
        TransferClaim.objects.bulk_create(
            [
                TransferClaim(
                    charge=rows[one.charge.id],
                    payer_name=one.payer_name,
                    payer_key=payer_key(one.payer_name),
                    payer_account=(one.payer_account or None) if n % 10 == 0 else None,  # a data key each: slow to make
                    amount_fen=one.amount_fen,
                    paid_on=one.paid_on,
                    remittance=one.remittance_information,
                    state=ClaimState.WAITING,
                    claimed_at=datetime.combine(one.paid_on, clock(1), UTC),
                )
                for n, one in enumerate(world.claims)
            ],
            batch_size=2_000,
        )
    for begin in range(len(rows), charges, 20_000):
        with tenant_tx(tenant, write=True):
            Charge.objects.bulk_create([other(n) for n in range(begin, min(begin + 20_000, charges))], batch_size=5_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    took = time.perf_counter() - started
    say(f"{max(charges, len(rows))} 笔应收，{len(world.claims)} 条转账登记，准备用时 {took:.0f} 秒")
    return account


def other(n: int) -> Charge:
    name = f"深圳市其他{n // 2:07d}科技有限公司"
    return Charge(
        reference=f"other-{n}",
        description="续期",
        payer_name=name,
        payer_key=payer_key(name),
        number=f"99{n:015d}",
        holder_kind="organisation",
        lines=[],
        total_fen=20_000,
    )


def exported(world: World) -> bytes:
    """As 建设银行 makes it; each line with the bank's serial."""
    told = []
    seconds: dict[date, int] = {}
    for line in sorted(world.lines, key=lambda line: line.booked_on):
        second = seconds[line.booked_on] = seconds.get(line.booked_on, 0) + 1
        at = datetime.combine(line.booked_on, clock()) + timedelta(seconds=second)
        told.append(
            Told(
                at,
                line.amount_fen,
                name=line.payer_name,
                account=line.payer_account,
                memo=line.remittance_information,
                serial=f"S{line.id}",
            )
        )
    return csv_bytes(ccb(told))


def baseline(tenant: Tenant, data: bytes) -> float:
    """Seconds for reading the file and inserting the bare lines."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_bare (id bigserial PRIMARY KEY, tenant bigint, day date, at timestamptz, fen bigint,"
            " balance bigint, name text, account text, bank text, remark text, serial text)"
        )
    started = time.perf_counter()
    lines = [line for one in read(data, expected_account=OWN_ACCOUNT) for line in one.lines]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO bench_bare (tenant, day, at, fen, balance, name, account, bank, remark, serial)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    tenant.pk,
                    line.booked_on,
                    line.booked_at,
                    line.amount_fen,
                    line.balance_fen,
                    line.counterparty_name,
                    line.counterparty_account,
                    line.counterparty_bank,
                    line.remittance_information,
                    line.bank_serial,
                )
                for line in lines
            ],
        )
    return time.perf_counter() - started


def measure(tenant: Tenant, account: BankAccount, data: bytes, count: int, *, bare: float, slowest: int) -> None:
    asked = 0
    spent: Any = Counter()  # seconds

    def counting(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001  Django's
        nonlocal asked
        asked += 1
        begun = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            spent[_DIGITS.sub("", sql)[:180]] += time.perf_counter() - begun

    with tenant_tx(tenant, write=True):
        upload = importing.begin(tenant, account, data, by=ME)
    started, cpu = time.perf_counter(), time.process_time()
    with connection.execute_wrapper(counting):
        done = importing.run(tenant, upload, data, by=ME)
    took, used = time.perf_counter() - started, time.process_time() - cpu
    say(f"导入 {done.new} 笔：自动 {done.matched.number} + {done.matched.claim}，待处理 {done.matched.left}")
    mark = "" if count / took >= GOAL else f"  ← 未达目标 {GOAL:,}"
    say(f"{count / took:,.0f} 条/秒（本进程 CPU {used:.1f} 秒，用时 {took:.1f} 秒）{mark}")
    say(f"只读取并逐批插入：{count / bare:,.0f} 条/秒，用时是它的 {took / bare:.1f} 倍")
    mark = "" if asked / count <= MOST_QUERIES else f"  ← 未达目标 {MOST_QUERIES}"
    say(f"每条查询 {asked / count:.4f} 次{mark}")
    say(f"数据库用时 {spent.total():.1f} 秒")
    for sql, seconds in spent.most_common(slowest):
        say(f"  {seconds:6.2f} 秒  {sql}")
    say(f"进程内存峰值 {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    with tenant_tx(tenant, write=True):
        again = importing.begin(tenant, account, data, by=ME)
    tracemalloc.start()
    began_again = time.perf_counter()
    done = importing.run(tenant, again, data, by=ME)
    say(f"再导入同一文件：新 {done.new} 笔，{count / (time.perf_counter() - began_again):,.0f} 条/秒（含内存跟踪）")
    say(f"其间 Python 内存峰值 {tracemalloc.get_traced_memory()[1] / 1e6:.0f} MB")
    with tenant_tx(tenant):
        if BankTransaction.objects.count() != count:
            raise RuntimeError("lines were lost or doubled")


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  a measurement is read on the terminal


if __name__ == "__main__":
    main()
