"""What is matched without a person, and everything that must not be. RULES C9, P9, P10, Across 1."""

from datetime import timedelta

import pytest

from payments.matching import Line, Match, MatchRule, Policy, Standing
from tests.payments.matching.scene import DAY, HOLDER, OTHER, RULE, charge, claim, line, matched, number, run

PERSON = "张测试"
BRANCH = "深圳市测试精密制造有限公司龙华新区观澜街道分公司"


class TestByNumber:
    def test_number_and_amount(self) -> None:  # RULES C9
        outcome = run([line(remark=f"证书费{number()}")], [charge()])["l1"]
        assert outcome.match == Match("l1", "c1", 20_000, MatchRule.NUMBER)
        assert outcome.suggestions == ()

    @pytest.mark.parametrize("fen", [19_999, 20_001, 40_000, 2_000])
    def test_another_amount_is_for_a_person(self, fen: int) -> None:
        assert matched(run([line(fen=fen, remark=number())], [charge()])) == {}

    @pytest.mark.parametrize("standing", [Standing.SETTLED, Standing.CLOSED])
    def test_a_charge_that_is_not_open(self, standing: Standing) -> None:  # RULES P9
        assert matched(run([line(remark=number())], [charge(standing=standing)])) == {}

    def test_what_is_open_counts_not_what_it_came_to(self) -> None:
        assert matched(run([line(fen=5_000, remark=number())], [charge(fen=5_000, total_fen=20_000)])) == {"l1": "c1"}

    def test_a_quote_made_anew_keeps_its_number(self) -> None:
        charges = [charge("old", 0, standing=Standing.CLOSED), charge("new")]
        assert matched(run([line(remark=number())], charges)) == {"l1": "new"}

    def test_two_open_charges_with_one_number(self) -> None:
        assert matched(run([line(remark=number())], [charge("c1"), charge("c2")])) == {}

    def test_two_numbers_in_one_remark(self) -> None:
        charges = [charge("c1"), charge("c2", serial=900)]
        assert matched(run([line(remark=f"{number()}、{number(900)}")], charges)) == {}
        assert matched(run([line(remark=f"{number()}、{number(900)}")], charges[:1])) == {}, "the other isn't known"

    def test_a_number_and_what_may_be_another(self) -> None:
        wrong = number(900)[:-1] + str((int(number(900)[-1]) + 1) % 10)
        assert matched(run([line(remark=f"{number()}、{wrong}")], [charge()])) == {}

    def test_two_lines_with_one_number(self) -> None:  # RULES P9: paid twice
        lines = [line("l1", remark=number()), line("l2", remark=number())]
        assert matched(run(lines, [charge()])) == {}

    def test_another_line_of_an_earlier_statement_with_that_number(self) -> None:
        earlier = line("l0", fen=5_000, remark=number())
        assert matched(run([line(remark=number())], [charge()], waiting=[earlier])) == {}

    def test_a_claim_tells_another_line(self) -> None:
        lines = [line("l1", remark=number()), line("l2")]
        assert matched(run(lines, [charge()], [claim(charge())])) == {}

    def test_the_holders_own_claim_tells_this_line_for_another_charge(self) -> None:
        other = charge("c2", serial=900)
        assert matched(run([line(remark=number())], [charge(), other], [claim(other)])) == {}

    def test_claims_for_both(self) -> None:  # the number decides
        other = charge("c2", serial=900)
        claims = [claim(charge(), "t1"), claim(other, "t2")]
        assert matched(run([line(remark=number())], [charge(), other], claims)) == {"l1": "c1"}


class TestTheHolderPays:  # RULES C9, P10
    @pytest.mark.parametrize("payer", [OTHER, PERSON, "", f"{HOLDER}北京分公司", f"{HOLDER}工会委员会"])
    def test_nobody_else_may(self, payer: str) -> None:
        assert matched(run([line(payer=payer, remark=number())], [charge()])) == {}

    @pytest.mark.parametrize("payer", [OTHER, PERSON])
    def test_unless_the_programme_lets_them(self, payer: str) -> None:
        assert matched(run([line(payer=payer, remark=number())], [charge(payer_must_be_holder=False)])) == {"l1": "c1"}

    def test_somebody_must_be_named(self) -> None:
        assert matched(run([line(payer="", remark=number())], [charge(payer_must_be_holder=False)])) == {}

    def test_a_colleagues_number_from_who_can_only_be_guessed(self) -> None:
        """The bank cut the payer's name: that it isn't the branch with an open charge can't be excluded."""
        charges = [charge("c1", holder=OTHER, payer_must_be_holder=False), charge("c2", serial=900, holder=BRANCH)]
        assert matched(run([line(payer=BRANCH[:18], remark=number())], charges)) == {}

    def test_spelt_as_the_bank_does(self) -> None:
        whole = charge(holder="深圳市测试(龙华)精密制造有限公司")
        assert matched(run([line(payer="深圳市测试（龙华）精密制造有限责任公司", remark=number())], [whole])) == {
            "l1": "c1"
        }

    def test_cut_as_the_bank_does(self) -> None:  # RULES P10
        cut, whole = [line(payer=BRANCH[:20], remark=number())], [charge(holder=BRANCH)]
        assert matched(run(cut, whole, policy=Policy(bank_cuts_names_at=20))) == {"l1": "c1"}
        assert matched(run(cut, whole, policy=Policy(bank_cuts_names_at=21))) == {}
        assert matched(run(cut, whole)) == {}

    def test_the_bank_counts_spaces_when_it_cuts(self) -> None:
        cut = [line(payer=f"{BRANCH[:4]} {BRANCH[4:19]}", remark=number())]
        assert matched(run(cut, [charge(holder=BRANCH)], policy=Policy(bank_cuts_names_at=20))) == {"l1": "c1"}

    def test_a_colleagues_number(self) -> None:
        """Who owes the same and has written another's number means the own charge."""
        charges = [
            charge("c1", holder=OTHER, payer_must_be_holder=False),
            charge("c2", serial=900, payer_must_be_holder=False),
        ]
        assert matched(run([line(remark=number())], charges)) == {}

    def test_an_agent_who_claims_another_charge(self) -> None:  # RULES P16
        charges = [charge("c1", payer_must_be_holder=False), charge("c2", serial=900, holder=OTHER)]
        agent = "测试市测试代理有限公司"
        claims = [claim(charges[1], fen=30_000, payer=agent)]
        assert matched(run([line(payer=agent, remark=number())], charges, claims)) == {}


class TestSiblings:
    """Orders made together differ in two digits: serial and check digit."""

    charges = (charge("c1", serial=42), charge("c2", serial=43))

    def test_two_wrong_digits_may_mean_a_sibling(self) -> None:
        assert matched(run([line(remark=number(42))], [*self.charges])) == {}

    def test_a_claim_says_which(self) -> None:
        assert matched(run([line(remark=number(42))], [*self.charges], [claim(self.charges[0])])) == {"l1": "c1"}

    def test_each_has_its_line(self) -> None:
        lines = [line("l1", remark=number(42)), line("l2", remark=number(43))]
        assert matched(run(lines, [*self.charges])) == {"l1": "c1", "l2": "c2"}

    def test_another_amount_or_a_far_number_is_no_sibling(self) -> None:
        assert matched(run([line(remark=number(42))], [self.charges[0], charge("c2", 30_000, serial=43)])) == {
            "l1": "c1"
        }
        assert matched(run([line(remark=number(42))], [self.charges[0], charge("c2", serial=918)])) == {"l1": "c1"}


class TestByClaim:
    def test_name_amount_and_day(self) -> None:  # RULES C9
        outcome = run([line(remark="证书费")], [charge()], [claim(charge())])["l1"]
        assert outcome.match == Match("l1", "c1", 20_000, MatchRule.CLAIM, "t1")

    @pytest.mark.parametrize(("days", "found"), [(-2, {}), (-1, {"l1": "c1"}), (1, {"l1": "c1"}), (2, {})])
    def test_a_day_apart(self, days: int, found: dict[str, str]) -> None:
        told = claim(charge(), day=DAY + timedelta(days=days))
        assert matched(run([line()], [charge()], [told])) == found

    @pytest.mark.parametrize(
        "told",
        [
            claim(charge(), fen=20_001),
            claim(charge(), payer=OTHER),
            claim(charge(), payer=HOLDER[:-1]),
            claim(charge(), payer=""),
            claim(charge(), account="4000020000000099999"),
        ],
    )
    def test_nothing_may_differ(self, told: object) -> None:
        assert matched(run([line()], [charge()], [told])) == {}  # type: ignore[list-item]

    @pytest.mark.parametrize(("said", "shown"), [("", "4000020000000012345"), ("4000020000000012345", "4000****2345")])
    def test_an_account_that_is_not_told_in_full_says_nothing(self, said: str, shown: str) -> None:
        told = claim(charge(), account=said)
        assert matched(run([line(account=shown)], [charge()], [told])) == {"l1": "c1"}

    def test_without_a_claim_never(self) -> None:  # FACTS: name and amount alone were wrong
        assert matched(run([line()], [charge()])) == {}

    def test_claimed_sum_is_not_what_is_open(self) -> None:
        of = charge(fen=30_000)
        assert matched(run([line()], [of], [claim(of)])) == {}

    def test_another_charge_of_the_payer_is_open(self) -> None:
        for other in (charge("c2", serial=900), charge("c2", 99_000, serial=900)):
            assert matched(run([line()], [charge(), other], [claim(charge())])) == {}
        assert matched(run([line()], [charge(), charge("c2", serial=900, holder=OTHER)], [claim(charge())])) == {
            "l1": "c1"
        }

    def test_just_as_much_was_paid_lately(self) -> None:  # RULES P9: it may be paid twice
        for total, found in ((20_000, {}), (30_000, {"l1": "c1"})):
            gone = charge("c0", 0, serial=900, standing=Standing.SETTLED, total_fen=total, days=9)
            assert matched(run([line()], [gone, charge()], [claim(charge())])) == found

    def test_two_lines_for_one_claim(self) -> None:
        assert matched(run([line("l1"), line("l2")], [charge()], [claim(charge())])) == {}
        assert matched(run([line("l1")], [charge()], [claim(charge())], waiting=[line("l0")])) == {}

    def test_two_claims_for_one_line(self) -> None:
        other = charge("c2", serial=900)
        assert matched(run([line()], [charge(), other], [claim(charge()), claim(other, "t2")])) == {}
        assert matched(run([line()], [charge()], [claim(charge()), claim(charge(), "t2")])) == {}

    def test_the_charge_is_claimed_otherwise_too(self) -> None:
        claims = [claim(charge()), claim(charge(), "t2", 5_000, OTHER)]
        assert matched(run([line()], [charge()], claims)) == {}

    def test_the_payer_claims_to_pay_for_somebody_else_too(self) -> None:
        others = charge("c2", 30_000, OTHER, serial=900)
        assert matched(run([line()], [charge(), others], [claim(charge()), claim(others, "t2", 30_000)])) == {}

    def test_a_third_party_even_where_it_may_pay(self) -> None:
        """An agent's next transfer would look the same."""
        of = charge(payer_must_be_holder=False)
        assert matched(run([line(payer=OTHER)], [of], [claim(of, payer=OTHER)])) == {}

    def test_the_remark_names_something_else(self) -> None:
        for remark in (number(900), f"代{OTHER}付", number(900)[:-1] + str((int(number(900)[-1]) + 1) % 10)):
            assert matched(run([line(remark=remark)], [charge()], [claim(charge())])) == {}

    def test_the_remark_holds_the_number_with_a_slip(self) -> None:
        wrong = number()[:-1] + str((int(number()[-1]) + 1) % 10)
        assert matched(run([line(remark=wrong)], [charge()], [claim(charge())])) == {"l1": "c1"}

    def test_money_from_before_the_charge(self) -> None:
        of = charge(days=-1)
        assert matched(run([line()], [of], [claim(of)])) == {}

    def test_a_payer_with_more_than_is_looked_at(self) -> None:
        others = [charge(f"x{serial}", 1_000, serial=serial) for serial in range(100, 103)]
        policy = Policy(most_of_a_payer=3)
        assert matched(run([line()], [charge(), *others], [claim(charge())], policy=policy)) == {}


def test_twins_stay_apart() -> None:
    """Same name but for one character, same amount, same day: each gets its own."""
    charges = [charge("c1"), charge("c2", serial=900, holder="深圳市测验精密制造有限公司")]
    claims = [claim(charges[0]), claim(charges[1], "t2", payer="深圳市测验精密制造有限公司")]
    lines = [line("l1"), line("l2", payer="深圳市测验精密制造有限公司")]
    assert matched(run(lines, charges, claims)) == {"l1": "c1", "l2": "c2"}


def test_money_that_went_out_is_no_line_to_match() -> None:
    with pytest.raises(ValueError, match="came in"):
        Line("l1", -1, HOLDER, "", DAY, "")


def test_a_line_comes_once() -> None:
    with pytest.raises(ValueError, match="one id"):
        run([line(), line()], [])


def test_names_cut_too_short() -> None:
    with pytest.raises(ValueError, match="told apart"):
        Policy(bank_cuts_names_at=15)


def test_the_rule_says_what_a_number_is() -> None:
    assert RULE.valid(number())
    assert not RULE.valid(number()[::-1])
