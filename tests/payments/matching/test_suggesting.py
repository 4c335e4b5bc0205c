"""What a person may choose from, and why. RULES P9, P10, P16."""

from datetime import timedelta

import pytest

from payments.matching import Because, Outcome, Policy, Reason, Standing, Suggestion
from tests.payments.matching.scene import DAY, HOLDER, OTHER, charge, claim, line, number, run

AGENT = "测试市测试代理有限公司"


def best(outcome: Outcome) -> Suggestion:
    assert outcome.match is None
    return outcome.suggestions[0]


def said(suggestion: Suggestion, reason: Reason) -> dict[str, str | int]:
    return dict(next(because.params for because in suggestion.because if because.reason is reason))


@pytest.mark.parametrize(
    ("written", "slip"),
    [
        (number()[:-1] + str((int(number()[-1]) + 1) % 10), Reason.ONE_WRONG_DIGIT),
        (number()[:14] + number()[15] + number()[14] + number()[16:], Reason.SWAPPED_DIGITS),
        (number()[:5] + number()[6:], Reason.LOST_DIGIT),
        (number()[:5] + "7" + number()[5:], Reason.EXTRA_DIGIT),
        (number() + "13800138000", Reason.GLUED_NUMBER),
    ],
)
def test_a_slip_in_the_number(written: str, slip: Reason) -> None:
    first = best(run([line(remark=written)], [charge()])["l1"])
    assert first.credits == (("c1", 20_000),)
    assert said(first, slip) == {"written": written, "number": number()}
    assert first.reasons >= {Reason.HOLDER, Reason.AMOUNT}


def test_name_and_amount() -> None:
    charges = [charge("c1"), charge("c2", 30_000, serial=900)]
    suggestions = run([line()], charges)["l1"].suggestions
    assert [each.charge_ids for each in suggestions] == [("c1",), ("c2",)]
    assert suggestions[0].because == (
        Because.of(Reason.HOLDER),
        Because.of(Reason.OTHER_CHARGES, count=1),
        Because.of(Reason.AMOUNT),
    )


def test_too_little() -> None:
    first = best(run([line(fen=15_000, remark=number())], [charge()])["l1"])
    assert (first.credits, first.rest_fen) == ((("c1", 15_000),), 0)
    assert said(first, Reason.UNDER) == {"fen": 5_000}


def test_too_much() -> None:
    first = best(run([line(fen=25_000, remark=number())], [charge()])["l1"])
    assert (first.credits, first.rest_fen) == ((("c1", 20_000),), 5_000)
    assert said(first, Reason.OVER) == {"fen": 5_000}


def test_somebody_else_pays() -> None:  # RULES P10
    first = best(run([line(payer=OTHER, remark=number())], [charge()])["l1"])
    assert said(first, Reason.THIRD_PARTY) == {"payer": OTHER, "holder": HOLDER}


def test_somebody_else_names_for_whom() -> None:  # RULES P10
    first = best(run([line(payer=OTHER, remark=f"代{HOLDER}付证书费")], [charge()])["l1"])
    assert first.charge_ids == ("c1",)
    assert first.reasons == {Reason.HOLDER_IN_REMARK, Reason.THIRD_PARTY, Reason.AMOUNT}


def test_somebody_else_as_claimed() -> None:
    first = best(run([line(payer=OTHER)], [charge()], [claim(charge(), payer=OTHER)])["l1"])
    assert said(first, Reason.CLAIM) == {"claim": "t1", "days": 0}
    assert first.reasons == {Reason.CLAIM, Reason.CLAIM_ACCOUNT, Reason.THIRD_PARTY, Reason.AMOUNT}


def test_claimed_with_a_wrong_name() -> None:
    first = best(run([line()], [charge()], [claim(charge(), payer=HOLDER[:-1])])["l1"])
    assert first.reasons == {Reason.CLAIM_ACCOUNT, Reason.CLAIM_OTHER_NAME, Reason.HOLDER, Reason.AMOUNT}


def test_several_numbers() -> None:
    charges = [charge("c1"), charge("c2", 30_000, serial=900)]
    first = best(run([line(fen=50_000, remark=f"{number()}、{number(900)}")], charges)["l1"])
    assert first.credits == (("c1", 20_000), ("c2", 30_000))
    assert first.because == (Because.of(Reason.SEVERAL_NUMBERS, count=2), Because.of(Reason.SUM, count=2))


def test_several_numbers_and_not_enough_money() -> None:
    charges = [charge("c1"), charge("c2", 30_000, serial=900)]
    first = best(run([line(fen=45_000, remark=f"{number()}、{number(900)}")], charges)["l1"])
    assert (first.credits, first.rest_fen) == ((("c1", 20_000), ("c2", 25_000)), 0)
    assert said(first, Reason.UNDER) == {"fen": 5_000}


@pytest.mark.parametrize("count", [2, 3])
def test_the_sum_of_up_to_three(count: int) -> None:
    charges = [charge(f"c{at}", fen, serial=at * 111) for at, fen in enumerate([20_000, 30_000, 70_000, 1_100], 1)]
    total = sum(each.open_fen for each in charges[:count])
    first = best(run([line(fen=total)], charges)["l1"])
    assert first.charge_ids == tuple(each.id for each in charges[:count])
    assert first.because == (Because.of(Reason.SUM, count=count), Because.of(Reason.HOLDER))
    assert first.rest_fen == 0


def test_not_the_sum_of_four() -> None:
    charges = [charge(f"c{at}", fen, serial=at * 111) for at, fen in enumerate([20_000, 30_000, 70_000, 1_100], 1)]
    for each in run([line(fen=121_100)], charges)["l1"].suggestions:
        assert len(each.charge_ids) == 1


def test_an_agents_sum() -> None:  # RULES P16
    charges = [charge("c1", payer_must_be_holder=False), charge("c2", 30_000, OTHER, serial=900)]
    claims = [claim(charges[0], payer=AGENT), claim(charges[1], "t2", 30_000, AGENT)]
    first = best(run([line(fen=50_000, payer=AGENT)], charges, claims)["l1"])
    assert first.charge_ids == ("c1", "c2")
    assert Reason.SUM in first.reasons


def test_in_parts() -> None:
    lines = [line("l1", 12_000, remark=number()), line("l2", 8_000, day=DAY + timedelta(days=2))]
    outcomes = run(lines, [charge()])
    for outcome in outcomes.values():
        assert best(outcome).line_ids == ("l1", "l2")
        assert best(outcome).credits == (("c1", 20_000),)
        assert Reason.SPLIT in best(outcome).reasons


def test_in_parts_over_two_statements() -> None:
    outcome = run([line("l2", 8_000)], [charge()], waiting=[line("l1", 12_000)])["l2"]
    assert best(outcome).line_ids == ("l1", "l2")


def test_paid_twice() -> None:  # RULES P9
    outcomes = run([line("l1", remark=number()), line("l2", remark=number())], [charge()])
    for outcome in outcomes.values():
        assert said(best(outcome), Reason.SEVERAL_LINES) == {"count": 2}


@pytest.mark.parametrize("standing", [Standing.SETTLED, Standing.CLOSED])
@pytest.mark.parametrize("remark", [number(), "证书费"])
def test_late(standing: Standing, remark: str) -> None:  # RULES P9
    gone = charge(fen=0, standing=standing, total_fen=20_000)
    first = best(run([line(remark=remark)], [gone])["l1"])
    assert (first.credits, first.rest_fen) == ((("c1", 0),), 20_000)
    assert said(first, Reason.LATE) == {"standing": standing.value}


def test_a_charge_that_this_statement_settles_is_late_for_the_rest() -> None:
    first = best(run([line("l1", remark=number()), line("l2", 5_000)], [charge()])["l2"])
    assert said(first, Reason.LATE) == {"standing": "settled"}


def test_no_more_than_asked_for() -> None:
    charges = [charge(f"c{serial}", serial=serial) for serial in range(100, 130)]
    assert len(run([line()], charges)["l1"].suggestions) == 5
    assert len(run([line()], charges, policy=Policy(most_suggestions=2))["l1"].suggestions) == 2


def test_the_equal_amount_of_a_payer_with_very_many() -> None:
    charges = [charge(f"c{serial}", 30_000, serial=serial) for serial in range(100, 160)]
    wanted = charge("late", 20_000, serial=7, days=0)
    assert best(run([line()], [*charges, wanted])["l1"]).charge_ids == ("late",)


def test_nothing_is_known_of_some_money() -> None:
    outcome = run([line(payer="测试市测试房产有限公司", remark="房租")], [charge()])["l1"]
    assert outcome == Outcome(outcome.line)


def test_no_fen_is_lost_in_a_suggestion() -> None:
    lines = [line("l1", 12_000, remark=number()), line("l2", 8_000), line("l3", 50_000), line("l4", 77_700)]
    amounts = {each.id: each.amount_fen for each in lines}
    charges = [charge("c1"), charge("c2", 30_000, serial=900), charge("c3", serial=901)]
    for outcome in run(lines, charges).values():
        for each in outcome.suggestions:
            assert sum(fen for _, fen in each.credits) + each.rest_fen == sum(amounts[id_] for id_ in each.line_ids)
