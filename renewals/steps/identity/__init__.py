"""Identity: the three factors with the carrier, liveness on the handler's phone, staff in person (RULES C6, C8, P4).

One kind of step, two methods: the rule pack's ``method`` says which of them a step is.
"""

from typing import Final

from portal.accounts.actor import Actor
from renewals.steps.application import answers_of, latest
from renewals.steps.base import CUSTOMER, SYSTEM, ActContext, Action, StepKind
from renewals.steps.identity import in_person, liveness, three_factor
from renewals.steps.identity.answers import AnsweredData
from renewals.steps.identity.results import IdentityResult, result_of
from renewals.steps.identity.three_factor import failures

CARD: Final = "id_card"
_METHODS: Final = {"three_factor": three_factor, "liveness": liveness}


def _on_open(act: ActContext) -> None:
    """Services know the resident identity card alone: whoever has another ID is looked at by staff (P4)."""
    application = latest(act.order)
    answers = answers_of(application, by=Actor.system("identity"), reason="判断怎样核验身份")
    if answers.get("representative_id_kind", CARD) == CARD:
        _METHODS[act.config.method].on_open(act)
        return
    in_person.to_staff(act)
    three_factor.tell(act, application, "identity.staff_check", key=f"{application.public_id}:{act.step}")


def _answered(act: ActContext, data: AnsweredData) -> None:
    _METHODS[act.config.method].answered(act, data)


KIND = StepKind(
    actions={
        "answered": Action(_answered, AnsweredData, who=SYSTEM, audit=("outcome", "reason")),
        "choose_staff": Action(in_person.choose_staff, in_person.Wish, who=CUSTOMER, audit=("method",)),
        "choose_phone": Action(in_person.choose_phone, in_person.NoWish, who=CUSTOMER),
        "confirm_at_counter": Action(
            in_person.confirm, in_person.Verdict, who="identity.confirm", audit=("method", "reason")
        ),
        "not_confirmed": Action(
            in_person.not_confirmed, in_person.Verdict, who="identity.confirm", audit=("method", "reason")
        ),
    },
    on_open=_on_open,
)

__all__ = ["KIND", "IdentityResult", "failures", "result_of"]
