"""Who the handler turned out to be, for the reviewer's screen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from renewals import projection
from renewals.lifecycle import Kind, Step, StepState
from renewals.models import IdentityCheck, IdentityPhoto, LivenessCheck, Order, PersonalCheck
from renewals.publishing import pack_of
from renewals.steps.identity import photos, tries

Method = Literal["three_factor", "liveness", "counter", "video"]


@dataclass(frozen=True, slots=True)
class IdentityResult:
    """How it was settled, or how far it is.

    outcome: "passed", "waiting" (a phone or a service), "staff" (they are awaited), "stale" (the step opens later).
    by: who confirmed in person, "" for a machine. tries: failed runs of this handler. front, back: public ids of the
    ID card's photographs (portal.files), None where there is none. reason: what the member of staff wrote.
    """

    method: Method
    outcome: Literal["passed", "waiting", "staff", "stale"]
    at: datetime | None
    by: str
    tries: int
    front: str | None
    back: str | None
    reason: str = ""


def result_of(order: Order, step: str = "") -> IdentityResult | None:
    """Of the named step, by default the last one of kind identity (liveness where there is one). None without any.

    Three queries or four.
    """
    pack = pack_of(order.programme)
    of_kind = [one for one in projection.load_steps(order) if one.kind is Kind.IDENTITY and step in {"", one.name}]
    if not of_kind:
        return None
    found = of_kind[-1]
    method = pack.step_config(order.path, found.name).method  # type: ignore[union-attr]
    taken = photos.current(order, since=found.since_version) if method == "liveness" else {}
    front, back = (taken[side].file.public_id if side in taken else None for side in IdentityPhoto.Side.values)
    count, at = _failed(order, method, found), _answered_at(order, method, found)
    person = _person(order, found)
    if person is None or person.decided_at is None or (at is not None and at > person.decided_at):
        return IdentityResult(method, _outcome(found), at, "", count, front, back)
    by = person.decided_by.username or "" if person.decided_by else ""
    way: Method = "video" if person.method == "video" else "counter"
    return IdentityResult(way, "passed", person.decided_at, by, count, front, back, person.reason)


def _person(order: Order, step: Step) -> PersonalCheck | None:
    """The look in person that settled it, of the handler as the application names them now."""
    if step.state is not StepState.DONE:
        return None
    seen = PersonalCheck.objects.filter(
        order=order,
        step=step.name,
        outcome=PersonalCheck.Outcome.CONFIRMED,
        application__version__gte=step.since_version,
    )
    return seen.select_related("decided_by").order_by("id").last()


def _outcome(step: Step) -> Literal["passed", "waiting", "staff", "stale"]:
    if step.state is StepState.DONE:
        return "passed"
    if step.state is StepState.SUBMITTED and step.phase is not None:
        return "staff"
    return "stale" if step.state is StepState.WAITING else "waiting"


def _failed(order: Order, method: str, step: Step) -> int:
    if method == "liveness":
        return tries.failed(order, since=step.since_version)
    no = (IdentityCheck.Outcome.MISMATCH, IdentityCheck.Outcome.NO_RECORD)
    return IdentityCheck.objects.filter(order=order, outcome__in=no).count()


def _answered_at(order: Order, method: str, step: Step) -> datetime | None:
    if step.state is not StepState.DONE:
        return None
    if method == "liveness":
        passed = LivenessCheck.objects.filter(order=order, outcome=LivenessCheck.Outcome.PASSED)
        return passed.order_by("-id").values_list("answered_at", flat=True).first()
    match = IdentityCheck.objects.filter(order=order, outcome=IdentityCheck.Outcome.MATCH)
    return match.order_by("-id").values_list("answered_at", flat=True).first()
