"""核验转账信息: what a customer is told, and what nobody is. RULES E4."""

from datetime import timedelta

import pytest

from payments.matching import Answer, Candidate, Claim, Line, Policy, verify
from tests.payments.matching.scene import DAY, HOLDER, OTHER, RULE, charge, claim, line, number

OWN = charge()
NUMBERED = line(remark=number())
SETTLED = frozenset({"c1"})
ELSEWHERE = frozenset({"c9"})


def ask(told: Claim, *lines: Candidate | Line, proven: bool = True) -> Answer:
    candidates = [each if isinstance(each, Candidate) else Candidate(each) for each in lines]
    return verify(told, candidates, rule=RULE, holder_is_proven=proven)


def test_confirmed_once_the_money_is_credited() -> None:
    assert ask(claim(OWN), Candidate(NUMBERED, SETTLED)) is Answer.CONFIRMED
    assert ask(claim(OWN), Candidate(line(), SETTLED)) is Answer.CONFIRMED


def test_arrived_but_not_certain_goes_to_staff() -> None:
    assert ask(claim(OWN), NUMBERED) is Answer.TO_STAFF
    assert ask(claim(OWN), line("l1"), line("l2")) is Answer.TO_STAFF
    assert ask(claim(OWN), line("l1"), Candidate(line("l2"), ELSEWHERE)) is Answer.TO_STAFF


def test_not_arrived() -> None:
    assert ask(claim(OWN)) is Answer.NOT_ARRIVED


def test_already_used_for_another_charge() -> None:
    assert ask(claim(OWN), Candidate(NUMBERED, ELSEWHERE)) is Answer.ALREADY_USED


def test_amount_differs() -> None:
    assert ask(claim(OWN, fen=30_000), NUMBERED) is Answer.AMOUNT_DIFFERS
    assert ask(claim(OWN, fen=30_000), line()) is Answer.AMOUNT_DIFFERS


def test_name_differs() -> None:
    assert ask(claim(OWN), line(payer=OTHER, remark=number())) is Answer.NAME_DIFFERS


def test_both_differ_goes_to_staff() -> None:
    assert ask(claim(OWN, fen=30_000), line(payer=OTHER, remark=number())) is Answer.TO_STAFF


def test_the_day_differs() -> None:
    assert ask(claim(OWN, day=DAY - timedelta(days=5)), NUMBERED) is Answer.TO_STAFF


def test_the_holders_transfer_of_another_week_is_another_transfer() -> None:
    assert ask(claim(OWN, fen=30_000), line(day=DAY - timedelta(days=9))) is Answer.NOT_ARRIVED


@pytest.mark.parametrize("used", [frozenset(), ELSEWHERE])
@pytest.mark.parametrize(
    ("told", "answer"),
    [
        (claim(OWN), Answer.NOT_ARRIVED),
        (claim(OWN, account=""), Answer.NOT_ARRIVED),
        (claim(OWN, fen=30_000), Answer.NOT_ARRIVED),
        (claim(OWN, payer=OTHER), Answer.TO_STAFF),
        (claim(OWN, payer=OTHER, account=""), Answer.TO_STAFF),
        (claim(OWN, payer=OTHER, fen=30_000), Answer.TO_STAFF),
        (claim(OWN, payer=OTHER, day=DAY + timedelta(days=1)), Answer.TO_STAFF),
    ],
)
def test_nothing_is_told_of_other_peoples_transfers(told: Claim, answer: Answer, used: frozenset[str]) -> None:
    """Whatever is guessed about another payer's transfer, the answer is that of an empty statement."""
    theirs = Candidate(line(payer=OTHER), used)
    assert ask(told, theirs) is answer
    assert ask(told) is answer


@pytest.mark.parametrize("told", [claim(OWN), claim(OWN, fen=30_000), claim(OWN, account="")])
def test_an_order_with_a_typed_holder_learns_nothing_of_that_holder(told: Claim) -> None:  # RULES P2
    for theirs in ([], [line()], [Candidate(line(), ELSEWHERE)]):
        assert ask(told, *theirs, proven=False) is Answer.TO_STAFF


def test_a_transfer_that_names_another_order_is_not_the_askers() -> None:
    theirs = line(remark=number(900))
    assert ask(claim(OWN, fen=30_000), theirs) is Answer.NOT_ARRIVED
    assert ask(claim(OWN), Candidate(theirs, ELSEWHERE)) is Answer.NOT_ARRIVED


def test_a_third_partys_transfer_once_finance_has_credited_it() -> None:  # RULES P10
    assert ask(claim(OWN, payer=OTHER), Candidate(line(payer=OTHER), SETTLED)) is Answer.CONFIRMED


def test_as_the_bank_shows_the_name() -> None:
    branch = "深圳市测试精密制造有限公司龙华新区观澜街道分公司"
    told = claim(charge(holder=branch), payer=branch)
    shown = Candidate(line(payer=branch[:20]))
    cuts = Policy(bank_cuts_names_at=20)
    assert verify(told, [shown], rule=RULE, policy=cuts, holder_is_proven=True) is Answer.TO_STAFF
    assert ask(told, shown) is Answer.NOT_ARRIVED


def test_spelling_does_not_count() -> None:
    told = claim(OWN, payer=HOLDER.replace("有限公司", "有限责任公司"))
    assert ask(told, Candidate(NUMBERED, SETTLED)) is Answer.CONFIRMED
