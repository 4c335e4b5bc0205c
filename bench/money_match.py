"""Matching: how many automatic matches are wrong (none may be), what is left for people, and lines a second.

    script/bench money_match [--lines 100000] [--seed 1]

Beside a plain pass over the same lines in the same run: fold the remark, find 17 digits in a row, look the number up in
a dict, compare the amount. That is the least that any matcher does.
"""

import argparse
import re
import time
import tracemalloc
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from random import Random

from bench.world.transfers import BANK_CUTS_AT, RULE, SCENES, World, make
from payments.matching import Line, Matcher, MatchRule, MemoryIndex, OpenCharge, Outcome, Policy, Standing, payer_key

_PLAIN = re.compile(r"\d{17}", re.ASCII)
POLICY = Policy(bank_cuts_names_at=BANK_CUTS_AT)


def main() -> None:
    parser = argparse.ArgumentParser(description="对账匹配：错误、召回、建议、速度")
    parser.add_argument("--lines", type=int, default=100_000, help="流水条数")
    parser.add_argument("--statements", type=int, default=12, help="分成几份流水，一份之后人工处理完剩下的")
    parser.add_argument("--seed", type=int, default=1, help="随机种子")
    arguments = parser.parse_args()
    world = make(Random(arguments.seed), arguments.lines)  # noqa: S311  an invented world, no secret
    count = len(world.lines)
    say(f"{count} 条流水，{len(world.charges)} 笔应收，{len(world.claims)} 条转账登记，种子 {arguments.seed}")

    outcomes: list[Outcome] = []
    deciding = suggesting = plain = 0.0
    asked = 0
    for lines, index in statements(world, arguments.statements):
        matcher = Matcher(index, RULE, POLICY)
        started = time.process_time()
        matcher.add(lines)
        matches = matcher.matches()
        decided = time.process_time()
        asked += index.asked
        found = list(matcher.outcomes())
        suggesting += time.process_time() - decided
        deciding += decided - started
        outcomes += found
        if matches != [outcome.match for outcome in found if outcome.match]:
            raise RuntimeError("decided twice, and not the same")
        charges = {charge.number: charge for charge in world.charges}
        started = time.process_time()
        plain_pass(lines, charges)
        plain += time.process_time() - started

    say_quality(world, outcomes)
    bare = f"最简遍历 {count / plain:,.0f} 条/CPU 秒"
    say(f"自动匹配 {count / deciding:,.0f} 条/CPU 秒，用时是{bare}的 {deciding / plain:.0f} 倍")
    say(f"自动匹配每条查询 {asked / count:.4f} 次")
    say(f"连同建议 {count / suggesting:,.0f} 条/CPU 秒，{suggesting / plain:.0f} 倍")
    say_memory(world)


def statements(world: World, count: int) -> Iterator[tuple[list[Line], MemoryIndex]]:
    """The lines in so many statements, day after day. Before each, people have seen to all that came earlier."""
    lines = sorted(world.lines, key=lambda line: line.booked_on)
    size = -(-len(lines) // count)
    charges = {charge.id: charge for charge in world.charges}
    for begin in range(0, len(lines), size):
        part = lines[begin : begin + size]
        last = part[-1].booked_on
        there = {id_: charge for id_, charge in charges.items() if charge.opened_on <= last}
        claims = [
            replace(claim, charge=there[claim.charge.id])
            for claim in world.claims
            if claim.charge.id in there and there[claim.charge.id].is_open and claim.paid_on <= last
        ]
        yield part, MemoryIndex(RULE, there.values(), claims)
        for line in part:
            for id_ in world.truth[line.id]:
                charges[id_] = settle(charges[id_], line.amount_fen if len(world.truth[line.id]) == 1 else None)


def settle(charge: OpenCharge, fen: int | None) -> OpenCharge:
    """Paid so much towards it; None: all."""
    left = max(charge.open_fen - fen, 0) if fen is not None else 0
    settled = charge.standing is Standing.OPEN and not left
    return replace(charge, open_fen=left, standing=Standing.SETTLED if settled else charge.standing)


def plain_pass(lines: Iterable[Line], charges: dict[str, OpenCharge]) -> int:
    found = 0
    for line in lines:
        for number in _PLAIN.findall(unicodedata.normalize("NFKC", line.remittance_information)):
            charge = charges.get(number)
            found += charge is not None and charge.open_fen == line.amount_fen
    return found


def say_quality(world: World, outcomes: list[Outcome]) -> None:
    total: Counter[str] = Counter()
    people: Counter[str] = Counter()
    listed: Counter[str] = Counter()
    first: Counter[str] = Counter()
    rules: Counter[MatchRule] = Counter()
    wrong = 0
    for outcome in outcomes:
        scene, truth = world.scene[outcome.line.id], world.truth[outcome.line.id]
        total[scene] += 1
        if outcome.match is not None:
            rules[outcome.match.rule] += 1
            if truth != {outcome.match.charge_id}:
                wrong += 1
                say(f"错误：{scene} {outcome.match}")
        elif truth:
            people[scene] += 1
            places = [truth == set(suggestion.charge_ids) for suggestion in outcome.suggestions]
            listed[scene] += any(places[:3])
            first[scene] += any(places[:1])
    matched = rules.total()
    payable = sum(len(world.truth[outcome.line.id]) > 0 for outcome in outcomes)
    by_rule = "、".join(f"{rule.value} {count}" for rule, count in sorted(rules.items()))
    say(f"自动匹配错误：{wrong}（共自动匹配 {matched} 条：{by_rule}）")
    say(f"召回：{matched / payable:.1%}；需人工：{1 - matched / len(outcomes):.1%}")
    share = listed.total() / people.total()
    say(f"人工部分：正确答案在前三条建议中 {share:.1%}，第一条 {first.total() / people.total():.1%}")
    say(f"{'情形':<32}{'条数':>8}{'自动':>8}{'前三条':>8}{'第一条':>8}")
    for scene in SCENES:
        if total[scene]:
            of = max(people[scene], 1)
            automatic = 1 - people[scene] / total[scene] if scene != "nothing to do with us" else 0
            say(f"{scene:<34}{total[scene]:>8}{automatic:>10.1%}{listed[scene] / of:>10.1%}{first[scene] / of:>10.1%}")


def say_memory(world: World) -> None:
    """The peak of one small statement: among the charges of its own payers, and among all."""
    lines = world.lines[:2_000]
    keys = {payer_key(line.payer_name) for line in lines}
    meant = {id_ for line in lines for id_ in world.truth[line.id]}
    own = [charge for charge in world.charges if charge.payer_key in keys or charge.id in meant]
    peaks = []
    for charges in (own, world.charges):
        kept = {charge.id for charge in charges}
        index = MemoryIndex(RULE, charges, [claim for claim in world.claims if claim.charge.id in kept])
        tracemalloc.start()
        matcher = Matcher(index, RULE, POLICY)
        matcher.add(lines)
        for _ in matcher.outcomes():
            pass
        peaks.append(tracemalloc.get_traced_memory()[1] / 1e6)
        tracemalloc.stop()
    few, many = peaks
    say(f"2000 条流水占用内存：应收 {len(own)} 笔时 {few:.1f} MB，{len(world.charges)} 笔时 {many:.1f} MB")


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  a measurement is read on the terminal


if __name__ == "__main__":
    main()
