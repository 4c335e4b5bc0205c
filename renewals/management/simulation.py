"""What `manage.py programme simulate` prints: certificate by certificate, then how many take which path."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from django.core.management.base import OutputWrapper

from payments.money import yuan
from renewals.importing.entries import RowRefused
from renewals.importing.facts import WANTED, facts_of_row
from renewals.importing.files import Row, read_file
from renewals.importing.words import say_problem
from renewals.models import Order
from renewals.programmes import Facts, RulePack
from renewals.programmes.simulating import Outcome, simulate


@dataclass(frozen=True)
class Judged:
    """A row with its facts and outcomes, or with its ``problems`` in words."""

    row: Row
    facts: Facts | None
    outcomes: tuple[Outcome, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        names = (self.facts.certificate_number if self.facts else "", self.row.cells.get("holder_name", ""))
        return " ".join((f"第 {self.row.number} 行", *filter(None, names)))


def judge(pack: RulePack, file: Path, asked: Sequence[str], on: date) -> Iterator[Judged]:
    """Row by row. ImportRefused for the file as a whole, OSError where it can't be read."""
    for row in read_file(file.read_bytes(), wanted=WANTED).rows:
        try:
            facts = facts_of_row(row.cells, on=on)
        except RowRefused as refused:
            yield Judged(row, None, problems=tuple(say_problem(asdict(one)) for one in refused.problems))
            continue
        yield Judged(row, facts, tuple(simulate(pack, facts, business) for business in asked))


def print_lines(pack: RulePack, judged: Iterator[Judged], out: OutputWrapper) -> int:
    """For people. The number of rows that couldn't be judged."""
    counts: Counter[tuple[str, str]] = Counter()
    bad = 0
    for one in judged:
        if one.facts is None:
            bad += 1
            out.write(f"{one.title}：{'；'.join(one.problems)}\n")
            continue
        out.write(f"{one.title} 剩余 {one.facts.days_left} 天\n")
        for outcome in one.outcomes:
            counts[outcome.business, _path(outcome)] += 1
            out.write(f"  {title(outcome.business)}：{_sentence(pack, outcome)}\n")
    out.write("\n")
    for (business, path), number in sorted(counts.items()):
        out.write(f"{title(business)} {path}：{number}\n")
    if bad:
        out.write(f"不能判断的行：{bad}\n")
    return bad


def print_csv(judged: Iterator[Judged], out: OutputWrapper) -> int:
    """For programs: one line a certificate and business; fen. The number of rows that couldn't be judged."""
    writer, bad = csv.writer(out, lineterminator="\n"), 0
    writer.writerow(("row", "number", "days_left", "business", "paths", "why", "costs_fen", "reason"))
    for one in judged:
        if one.facts is None:
            bad += 1
            writer.writerow((one.row.number, "", "", "", "", "", "", "；".join(one.problems)))
            continue
        for outcome in one.outcomes:
            costs = " ".join(f"{cost.option or '-'}:{cost.fen}" for cost in outcome.costs)
            known = (one.row.number, one.facts.certificate_number, one.facts.days_left, outcome.business)
            writer.writerow((*known, " ".join(outcome.open), "；".join(outcome.why), costs, outcome.reason))
    return bad


def title(business: str) -> str:
    return str(Order.Business(business).label)


def _path(outcome: Outcome) -> str:
    return outcome.open[0] if outcome.open else "不能办理"


def _sentence(pack: RulePack, outcome: Outcome) -> str:
    if not outcome.open:
        return f"不能办理。{outcome.reason}"
    first, *others = (f"{name} {pack.path(name).title}" for name in outcome.open)
    parts = [first]
    if others:
        parts.append(f"也可以 {'、'.join(others)}")
    if outcome.why:
        parts.append(f"因为 {'，'.join(outcome.why)}")
    costs = (f"{cost.option} {yuan(cost.fen)} 元".strip() for cost in outcome.costs)
    return "；".join((*parts, f"费用 {'，'.join(costs)}"))
