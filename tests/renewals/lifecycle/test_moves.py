"""The moves of programme C unexpired and of a path with papers, one by one. DESIGN §1."""

from collections.abc import Callable

import pytest

from renewals.lifecycle import (
    RUNNING,
    AlreadyIssuing,
    Duty,
    Ending,
    Evidence,
    FieldsLocked,
    Flags,
    GateClosed,
    LifecycleRefused,
    NotSkippable,
    OrderEnded,
    PathSpec,
    Phase,
    ReasonMissing,
    StaleEvidence,
    Status,
    StepNotOpen,
    Steps,
    StepState,
    UnknownStep,
    WrongPhase,
    advance,
    change_path,
    complete,
    fields_changed,
    find,
    price_locked,
    return_,
    settle,
    skip,
    start,
    submit,
    withdraw,
)
from tests.renewals.lifecycle.paths import MANY_ITEMS, PERSON, REVIEWED, UNEXPIRED

V1, V2 = Evidence(1, PERSON), Evidence(2, PERSON)


def states(steps: Steps) -> dict[str, str]:
    return {step.name if step.item in {None, "key"} else f"{step.name} {step.item}": step.state for step in steps}


def walked(path: PathSpec, *moves: Callable[[Steps], Steps], items: tuple[str, ...] = ("key",)) -> Steps:
    steps = start(path, items)
    for move in moves:
        steps = move(steps)
    return steps


def unexpired_until(name: str) -> Steps:
    """Programme C with everything before ``name`` done."""
    steps = start(UNEXPIRED, ["key"])
    for before in ("consent", "application", "identity"):
        if before == name:
            return steps
        steps = submit(UNEXPIRED, steps, before, evidence=Evidence(0) if before == "consent" else V1, flags=RUNNING)
        if before == "identity":
            steps = complete(UNEXPIRED, steps, before, flags=RUNNING)
    if name == "payment":
        return steps
    return settle(UNEXPIRED, steps, flags=RUNNING)


def issuing(phase: Phase) -> Steps:
    steps = submit(UNEXPIRED, unexpired_until("issuance"), "issuance", item="key", flags=RUNNING)
    for following in (Phase.ISSUED, Phase.INSTALLED):
        if find(steps, "issuance", "key").phase is phase:
            break
        steps = advance(UNEXPIRED, steps, "issuance", following, item="key", flags=RUNNING)
    return steps


class TestStart:
    def test_only_what_has_no_gate_is_open(self) -> None:
        assert states(start(UNEXPIRED, ["key"])) == {
            "consent": "open",
            "application": "waiting",
            "identity": "waiting",
            "payment": "waiting",
            "issuance": "waiting",
        }

    def test_item_steps_come_once_for_each_item(self) -> None:
        steps = start(MANY_ITEMS, ["a", "b"])
        assert [step.item for step in steps if step.name == "issuance"] == ["a", "b"]
        assert [step.item for step in steps if step.name == "payment"] == [None]

    @pytest.mark.parametrize("items", [[], ["a", "a"]])
    def test_an_order_has_items_each_once(self, items: list[str]) -> None:
        with pytest.raises(ValueError, match="each once"):
            start(UNEXPIRED, items)


class TestSubmit:
    def test_what_nobody_accepts_is_done_at_once(self) -> None:
        steps = submit(UNEXPIRED, start(UNEXPIRED, ["key"]), "consent", evidence=V1, flags=RUNNING)
        assert find(steps, "consent").state is StepState.DONE
        assert find(steps, "consent").evidence == V1
        assert find(steps, "application").state is StepState.OPEN

    def test_what_a_review_accepts_waits_for_it(self) -> None:
        steps = walked(
            REVIEWED,
            lambda s: submit(REVIEWED, s, "consent", flags=RUNNING),
            lambda s: submit(REVIEWED, s, "application", flags=RUNNING),
        )
        assert find(steps, "application").state is StepState.SUBMITTED
        assert find(steps, "request_form").state is StepState.OPEN
        assert find(steps, "identity").state is StepState.OPEN
        assert find(steps, "payment").state is StepState.WAITING

    def test_a_closed_gate_refuses_and_names_what_comes_first(self) -> None:
        with pytest.raises(GateClosed) as refused:
            submit(UNEXPIRED, start(UNEXPIRED, ["key"]), "payment", phase=Phase.ONLINE, flags=RUNNING)
        assert refused.value.params == {"step": "payment", "item": None, "first": ("identity",)}

    def test_twice_is_refused(self) -> None:
        steps = submit(UNEXPIRED, start(UNEXPIRED, ["key"]), "consent", flags=RUNNING)
        with pytest.raises(StepNotOpen):
            submit(UNEXPIRED, steps, "consent", flags=RUNNING)

    def test_payment_says_how_it_is_paid(self) -> None:
        steps = unexpired_until("payment")
        with pytest.raises(WrongPhase):
            submit(UNEXPIRED, steps, "payment", flags=RUNNING)
        paying = submit(UNEXPIRED, steps, "payment", phase=Phase.ONLINE, flags=RUNNING)
        assert find(paying, "payment").state is StepState.SUBMITTED
        assert find(paying, "issuance", "key").state is StepState.WAITING  # submitted isn't settled

    def test_an_unknown_step_or_item(self) -> None:
        steps = start(UNEXPIRED, ["key"])
        for name, item in (("nothing", None), ("issuance", None), ("issuance", "other"), ("consent", "key")):
            with pytest.raises(UnknownStep):
                submit(UNEXPIRED, steps, name, item=item, flags=RUNNING)


class TestItems:
    def test_items_move_at_their_own_pace(self) -> None:
        """One missing key never blocks the others (DESIGN §1)."""
        path, items = MANY_ITEMS, ("a", "b")
        steps = start(path, items)
        for name in ("environment", "key_proof"):
            for item in items:
                steps = submit(path, steps, name, item=item, flags=RUNNING)
        for name in ("notice", "application"):
            steps = submit(path, steps, name, flags=RUNNING)
        steps = settle(path, steps, flags=RUNNING)
        steps = complete(path, steps, "mail_in", item="a", flags=RUNNING)
        assert find(steps, "revocation", "a").state is StepState.OPEN
        assert find(steps, "revocation", "b").state is StepState.WAITING

    def test_an_order_step_waits_for_all_items(self) -> None:
        path = MANY_ITEMS
        steps = submit(path, start(path, ("a", "b")), "notice", flags=RUNNING)
        for name in ("environment", "key_proof"):
            steps = submit(path, steps, name, item="a", flags=RUNNING)
        assert find(steps, "application").state is StepState.WAITING
        for name in ("environment", "key_proof"):
            steps = submit(path, steps, name, item="b", flags=RUNNING)
        assert find(steps, "application").state is StepState.OPEN


class TestIssuance:
    def test_phases_follow_one_another(self) -> None:
        """requested → issued → installed → verified: none left out, none twice."""
        steps = issuing(Phase.REQUESTED)
        for wrong in (Phase.REQUESTED, Phase.INSTALLED, Phase.ONLINE):
            with pytest.raises(WrongPhase):
                advance(UNEXPIRED, steps, "issuance", wrong, item="key", flags=RUNNING)
        steps = advance(UNEXPIRED, steps, "issuance", Phase.ISSUED, item="key", flags=RUNNING)
        with pytest.raises(WrongPhase):  # not done before it is on the key
            complete(UNEXPIRED, steps, "issuance", item="key", flags=RUNNING)
        steps = advance(UNEXPIRED, steps, "issuance", Phase.INSTALLED, item="key", flags=RUNNING)
        steps = complete(UNEXPIRED, steps, "issuance", item="key", flags=RUNNING)
        assert find(steps, "issuance", "key").state is StepState.DONE

    def test_a_refused_request_can_be_made_again(self) -> None:
        reasons = {"issuance": "证书请求与旧密钥不符"}
        steps = return_(UNEXPIRED, issuing(Phase.REQUESTED), reasons, by="issuance", item="key", flags=RUNNING)
        assert find(steps, "issuance", "key").state is StepState.RETURNED
        again = submit(UNEXPIRED, steps, "issuance", item="key", flags=RUNNING)
        assert find(again, "issuance", "key").phase is Phase.REQUESTED

    def test_a_certificate_that_exists_is_not_asked_for_again(self) -> None:
        with pytest.raises(StepNotOpen):
            return_(
                UNEXPIRED, issuing(Phase.ISSUED), {"issuance": "再签一张"}, by="issuance", item="key", flags=RUNNING
            )


class TestMoney:
    def test_money_settles_a_step_that_was_never_submitted(self) -> None:
        """Payments can't be refused (DESIGN §3): a callback may be faster than the page."""
        steps = settle(UNEXPIRED, unexpired_until("payment"), flags=RUNNING)
        assert find(steps, "issuance", "key").state is StepState.OPEN

    def test_money_while_identity_is_checked_again_opens_no_gate(self) -> None:
        """P3: the handler changed after the QR code was shown, then the old code was paid."""
        steps = submit(UNEXPIRED, unexpired_until("payment"), "payment", phase=Phase.ONLINE, flags=RUNNING)
        steps = fields_changed(UNEXPIRED, steps, PERSON, form_version=2, flags=RUNNING)
        steps = settle(UNEXPIRED, steps, flags=RUNNING)
        assert states(steps) == {
            "consent": "done",
            "application": "done",
            "identity": "open",
            "payment": "done",
            "issuance": "waiting",
        }

    def test_twice_or_after_the_end_is_said_to_the_caller(self) -> None:
        """P9: then it is refunded or becomes balance."""
        paid = unexpired_until("issuance")
        with pytest.raises(StepNotOpen):
            settle(UNEXPIRED, paid, flags=RUNNING)
        ended = Flags(Ending(Status.CANCELLED, "不办了"))
        with pytest.raises(OrderEnded):
            settle(UNEXPIRED, unexpired_until("payment"), flags=ended)

    def test_an_unpaid_submission_can_be_withdrawn(self) -> None:
        steps = submit(UNEXPIRED, unexpired_until("payment"), "payment", phase=Phase.ONLINE, flags=RUNNING)
        assert price_locked(UNEXPIRED, steps) == {"term_years"}
        steps = withdraw(UNEXPIRED, steps, flags=RUNNING)
        assert find(steps, "payment").state is StepState.OPEN
        assert price_locked(UNEXPIRED, steps) == frozenset()
        with pytest.raises(StepNotOpen):
            withdraw(UNEXPIRED, unexpired_until("issuance"), flags=RUNNING)

    def test_nothing_to_pay_is_skipped_with_a_reason(self) -> None:
        steps = unexpired_until("payment")
        with pytest.raises(ReasonMissing):
            skip(UNEXPIRED, steps, "payment", reason=" ", flags=RUNNING)
        steps = skip(UNEXPIRED, steps, "payment", reason="无需缴费", flags=RUNNING)
        assert find(steps, "payment").reason == "无需缴费"
        assert find(steps, "issuance", "key").state is StepState.OPEN

    @pytest.mark.parametrize("name", ["consent", "application", "identity"])
    def test_other_steps_are_not_skipped(self, name: str) -> None:
        with pytest.raises(NotSkippable):
            skip(UNEXPIRED, unexpired_until(name), name, reason="赶时间", flags=RUNNING)


class TestFieldsChanged:
    def test_exactly_what_rested_on_it_reopens(self) -> None:
        """P3: identity reopens; payment and consent stay."""
        steps = fields_changed(
            UNEXPIRED, unexpired_until("issuance"), frozenset({"representative_mobile"}), form_version=2, flags=RUNNING
        )
        assert states(steps) == {
            "consent": "done",
            "application": "done",
            "identity": "open",
            "payment": "done",
            "issuance": "waiting",
        }
        assert find(steps, "application").evidence == Evidence(2, PERSON)

    def test_a_field_that_proves_nothing_reopens_nothing(self) -> None:
        before = unexpired_until("issuance")
        steps = fields_changed(UNEXPIRED, before, frozenset({"invoice_title"}), form_version=2, flags=RUNNING)
        assert states(steps) == states(before)

    def test_price_fields_lock_when_payment_is_submitted(self) -> None:
        before = submit(UNEXPIRED, unexpired_until("payment"), "payment", phase=Phase.ONLINE, flags=RUNNING)
        with pytest.raises(FieldsLocked) as refused:
            fields_changed(UNEXPIRED, before, frozenset({"term_years"}), form_version=2, flags=RUNNING)
        assert refused.value.params == {"fields": ("term_years",)}

    def test_they_stay_locked_while_the_application_is_returned(self) -> None:
        """Paid, then the new handler's identity fails: the term can't be changed on the way."""
        steps = fields_changed(UNEXPIRED, unexpired_until("issuance"), PERSON, form_version=2, flags=RUNNING)
        asked = submit(UNEXPIRED, steps, "identity", evidence=V2, flags=RUNNING)
        steps = return_(UNEXPIRED, asked, {"application": "三项信息不一致"}, by="identity", flags=RUNNING)
        with pytest.raises(FieldsLocked):
            fields_changed(UNEXPIRED, steps, PERSON | {"term_years"}, form_version=3, flags=RUNNING)
        steps = fields_changed(UNEXPIRED, steps, PERSON, form_version=3, flags=RUNNING)
        steps = submit(UNEXPIRED, steps, "application", evidence=Evidence(3, PERSON), flags=RUNNING)
        assert states(steps) == {
            "consent": "done",
            "application": "done",
            "identity": "open",
            "payment": "done",
            "issuance": "waiting",
        }

    def test_a_skipped_payment_reopens_with_the_price(self) -> None:
        steps = skip(UNEXPIRED, unexpired_until("payment"), "payment", reason="无需缴费", flags=RUNNING)
        steps = fields_changed(UNEXPIRED, steps, frozenset({"term_years"}), form_version=2, flags=RUNNING)
        assert find(steps, "payment").state is StepState.OPEN

    def test_a_late_answer_about_the_old_form_proves_nothing(self) -> None:
        """The three-factor service answers for version 1 after the mobile was corrected in version 2."""
        asked = submit(UNEXPIRED, unexpired_until("identity"), "identity", evidence=V1, flags=RUNNING)
        steps = fields_changed(UNEXPIRED, asked, PERSON, form_version=2, flags=RUNNING)
        with pytest.raises(StaleEvidence):
            complete(UNEXPIRED, steps, "identity", evidence=V1, flags=RUNNING)
        asked_again = submit(UNEXPIRED, steps, "identity", evidence=V2, flags=RUNNING)
        with pytest.raises(StaleEvidence):
            complete(UNEXPIRED, asked_again, "identity", evidence=V1, flags=RUNNING)
        done = complete(UNEXPIRED, asked_again, "identity", evidence=V2, flags=RUNNING)
        assert find(done, "identity").evidence == V2

    @pytest.mark.parametrize("phase", [Phase.REQUESTED, Phase.ISSUED, Phase.INSTALLED])
    def test_not_once_the_ca_was_asked(self, phase: Phase) -> None:
        with pytest.raises(AlreadyIssuing):
            fields_changed(UNEXPIRED, issuing(phase), PERSON, form_version=2, flags=RUNNING)

    def test_who_had_accepted_looks_again(self) -> None:
        """A new handler after approval: form and scan are made again, and reviewed again (P3)."""
        steps = fields_changed(REVIEWED, reviewed(), PERSON, form_version=2, flags=RUNNING)
        assert states(steps) == {
            "consent": "done",
            "application": "done",
            "request_form": "open",
            "documents": "waiting",
            "identity": "open",
            "payment": "done",
            "review": "waiting",
            "issuance": "waiting",
        }


def papers_in() -> Steps:
    """The reviewed path, waiting for the reviewer."""
    steps = start(REVIEWED, ["key"])
    for name in ("consent", "application", "request_form", "documents", "identity"):
        steps = submit(REVIEWED, steps, name, evidence=Evidence(0) if name == "consent" else V1, flags=RUNNING)
    steps = complete(REVIEWED, steps, "identity", flags=RUNNING)
    return submit(REVIEWED, steps, "payment", phase=Phase.TRANSFER, flags=RUNNING)


def reviewed() -> Steps:
    return complete(REVIEWED, settle(REVIEWED, papers_in(), flags=RUNNING), "review", flags=RUNNING)


class TestReview:
    def test_opens_when_payment_is_submitted_issuance_when_it_is_done(self) -> None:
        steps = papers_in()
        assert find(steps, "review").state is StepState.OPEN
        steps = complete(REVIEWED, steps, "review", flags=RUNNING)
        assert find(steps, "issuance", "key").state is StepState.WAITING
        steps = settle(REVIEWED, steps, flags=RUNNING)
        assert find(steps, "issuance", "key").state is StepState.OPEN

    def test_a_qr_code_on_the_screen_opens_no_review(self) -> None:
        """A transfer that the customer claims is looked for while the papers are read; an open code is no money."""
        steps = withdraw(REVIEWED, papers_in(), flags=RUNNING)
        steps = submit(REVIEWED, steps, "payment", phase=Phase.ONLINE, flags=RUNNING)
        assert find(steps, "review").state is StepState.WAITING
        assert find(settle(REVIEWED, steps, flags=RUNNING), "review").state is StepState.OPEN

    def test_who_had_accepted_a_returned_step_looks_again(self) -> None:
        """The CA refuses the request because of the application: what is handed in anew wants a reviewer."""
        steps = return_(REVIEWED, reviewed(), {"application": "单位名称不符"}, by="issuance", item="key", flags=RUNNING)
        assert find(steps, "review").state is StepState.WAITING
        steps = submit(REVIEWED, steps, "application", evidence=V1, flags=RUNNING)
        assert find(steps, "review").state is StepState.OPEN

    def test_approval_accepts_what_was_submitted(self) -> None:
        assert {name for name, state in states(reviewed()).items() if state == "done"} == {
            "consent",
            "application",
            "request_form",
            "documents",
            "identity",
            "payment",
            "review",
        }

    def test_returned_steps_alone_reopen(self) -> None:
        before = papers_in()
        steps = return_(REVIEWED, before, {"documents": "公章不清晰，请重新盖章扫描"}, by="review", flags=RUNNING)
        assert find(steps, "documents").state is StepState.RETURNED
        assert find(steps, "documents").reason == "公章不清晰，请重新盖章扫描"
        assert find(steps, "review").state is StepState.WAITING
        untouched = {"documents", "review"}
        assert [s for s in steps if s.name not in untouched] == [s for s in before if s.name not in untouched]
        steps = submit(REVIEWED, steps, "documents", evidence=V1, flags=RUNNING)
        assert find(steps, "review").state is StepState.OPEN
        assert find(steps, "documents").reason == ""

    def test_returning_needs_steps_and_reasons(self) -> None:
        for reasons in ({}, {"documents": ""}):
            with pytest.raises(ReasonMissing):
                return_(REVIEWED, papers_in(), reasons, by="review", flags=RUNNING)

    @pytest.mark.parametrize("name", ["payment", "issuance"])
    def test_money_and_certificates_are_not_returned(self, name: str) -> None:
        with pytest.raises(LifecycleRefused):
            return_(REVIEWED, papers_in(), {name: "不对"}, by="review", item="key", flags=RUNNING)


def test_another_path_keeps_what_both_have() -> None:
    """The path is chosen when the application is submitted; consent was given before."""
    steps = submit(UNEXPIRED, start(UNEXPIRED, ["key"]), "consent", evidence=V1, flags=RUNNING)
    changed = change_path(REVIEWED, steps, ["key"])
    assert states(changed)["consent"] == "done"
    assert states(changed)["application"] == "open"
    assert [step.name for step in changed] == [spec.name for spec in REVIEWED.steps]


def test_a_completed_order_stays() -> None:
    steps = complete(UNEXPIRED, issuing(Phase.INSTALLED), "issuance", item="key", flags=RUNNING)
    for move in (
        lambda: submit(UNEXPIRED, steps, "consent", flags=RUNNING),
        lambda: fields_changed(UNEXPIRED, steps, PERSON, form_version=2, flags=RUNNING),
        lambda: settle(UNEXPIRED, steps, flags=RUNNING),
    ):
        with pytest.raises(OrderEnded):
            move()


def test_an_ended_order_stays() -> None:
    ended = Flags(Ending(Status.STOPPED, "证书已被吊销", (Duty.REFUND,)))
    with pytest.raises(OrderEnded):
        submit(UNEXPIRED, unexpired_until("issuance"), "issuance", item="key", flags=ended)
