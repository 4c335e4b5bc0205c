"""How fast a bank statement is read, beside the csv module alone on the same bytes.

    script/bench money_parse [--lines 50000]

Three baselines, each of which decodes the file and makes its rows and nothing else: csv.reader whose rows are dropped
at once, csv.reader whose rows are kept (as ours are), and csv.DictReader, which looks cells up by their header as ours
does. All take turns in one process, so that a busy machine slows all; times are CPU seconds of this process.
"""

import argparse
import csv
import gc
import io
import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from payments.statements import read
from tests.payments.statements.exports import DIALECTS, OWN_ACCOUNT, Told, csv_bytes

ROUNDS = 7
GOAL = 0.60
NAMES = [f"c{number}" for number in range(25)]


def main() -> None:
    parser = argparse.ArgumentParser(description="银行流水：读取速度与 csv 模块之比")
    parser.add_argument("--lines", type=int, default=50_000)
    lines = parser.parse_args().lines
    told = invented(lines)
    say(f"{lines} 行，{ROUNDS} 轮的中位数；目标：不低于 csv 模块单独读取的 {GOAL:.0%}\n")
    say(f"{'格式':<26}{'MB':>6}{'行/CPU 秒':>12}{'reader':>9}{'保留各行':>8}{'DictReader':>12}")
    for name, (_code, build, named) in DIALECTS.items():
        compare(name, csv_bytes(build(told)), None if named else OWN_ACCOUNT, lines)


def invented(lines: int) -> list[Told]:
    """Payers repeat as they do in life: a hall has some thousand customers."""
    chance = random.Random(7)  # noqa: S311  invented data
    names = [f"深圳市样本{number:04d}科技有限公司" for number in range(3_000)]
    at = datetime(2026, 11, 1, 9, 0, 0)  # noqa: DTZ001  a bank's own clock
    found = []
    for number in range(lines):
        at += timedelta(seconds=chance.randrange(50))
        fen = chance.choice((22_100, 45_000, 100_000, chance.randrange(100, 10_000_000)))
        payer = chance.randrange(3_000)
        found.append(
            Told(
                at,
                -fen if chance.random() < 0.2 else fen,
                name=names[payer],
                account=f"62220000{payer:08d}",
                bank="样本银行深圳分行",
                memo=f"证书服务费 R{number:08d}",
                serial=f"{number}-{chance.randrange(10**11):011d}",
            )
        )
    return found


def compare(name: str, data: bytes, account: str | None, lines: int) -> None:
    """Ratios: our lines a second, over each baseline's."""
    works = [
        lambda: read(data, expected_account=account),
        lambda: dropped(data),
        lambda: kept(data),
        lambda: named(data),
    ]
    times: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for work, spent in zip(works, times, strict=True):
            spent.append(cpu(work))
    ours, *bare = map(statistics.median, times)
    ratios = [one / ours for one in bare]
    mark = "" if ratios[0] >= GOAL else "  ← 未达目标"
    say(
        f"{name:<26}{len(data) / 1e6:>6.1f}{lines / ours:>12,.0f}{ratios[0]:>10.2f}{ratios[1]:>10.2f}{ratios[2]:>12.2f}"
        f"{mark}"
    )


def rows_of(data: bytes) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(data.decode("gb18030"), newline=""))


def dropped(data: bytes) -> int:
    return sum(1 for _ in rows_of(data))


def kept(data: bytes) -> list[list[str]]:
    return list(rows_of(data))


def named(data: bytes) -> int:
    """The names are wrong where a title stands above the header; the work is the same."""
    return sum(1 for _ in csv.DictReader(rows_as_lines(data), fieldnames=NAMES))


def rows_as_lines(data: bytes) -> io.StringIO:
    return io.StringIO(data.decode("gb18030"), newline="")


def cpu(work: Callable[[], object]) -> float:
    gc.collect()
    started = time.process_time()
    work()
    return time.process_time() - started


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  a measurement is read on the terminal


if __name__ == "__main__":
    main()
