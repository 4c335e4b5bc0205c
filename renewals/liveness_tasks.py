"""Asking the liveness service: from the phone's pages, and by a job should the phone not come back (RULES C8).

No transaction is open while it is asked; what it says comes home through the one door.
"""

from typing import Final

from portal import jobs
from portal.accounts.actor import Actor
from portal.tenants import tenant_tx
from portal.tenants.links import url
from portal.tenants.models import Tenant
from renewals import orders
from renewals.identity.base import IdentityReplyInvalid, IdentityRequestRefused
from renewals.identity.connect import identity_service
from renewals.identity.liveness import LivenessAnswer, LivenessOutcome
from renewals.identity.refusals import LivenessUnavailable
from renewals.lifecycle import OrderEnded, UnknownStep
from renewals.models import LivenessCheck, PhoneSession
from renewals.steps.identity import phone, sessions

SYSTEM: Final = Actor.system("identity")
LOOK_AGAIN: Final = 10.0  # seconds


def start_page(tenant: Tenant, session: PhoneSession) -> LivenessCheck:
    """Reserve a try, commit it, ask the service for its page. Asking again gives the same page.

    Errors: PhoneRefused and its kinds; LivenessUnavailable when the service didn't answer (no try was used).
    """
    with tenant_tx(tenant, write=True):
        check = sessions.begin(session)
        if check.page_url is not None:
            return check
        person = sessions.question(check)
        back = url(tenant, "phone-back", check.public_id)
    page = None
    try:
        page = identity_service().start_liveness(**person, request_id=check.request_id, return_url=back).url
    finally:
        with tenant_tx(tenant, write=True):
            if page is None:
                sessions.settle(check, LivenessCheck.Outcome.UNAVAILABLE)
            else:
                sessions.keep_page(check, page)
    if page is None:
        raise LivenessUnavailable
    return check


def fetch_result(tenant: Tenant, check: LivenessCheck) -> bool:
    """Ask how it went and bring that home. False while there is no answer yet."""
    try:
        answer = identity_service().liveness_result(request_id=check.request_id)
    except IdentityRequestRefused:
        answer = LivenessAnswer(LivenessOutcome.EXPIRED)  # it never saw the session, or has forgotten it
    except IdentityReplyInvalid:
        return False
    if answer.outcome in {LivenessOutcome.PENDING, LivenessOutcome.UNAVAILABLE}:
        return False
    with tenant_tx(tenant, write=True):
        bring_home(check, answer)
    return True


def bring_home(check: LivenessCheck, answer: LivenessAnswer) -> None:
    """Through the one door; an order that ended meanwhile keeps its end. In a write tenant_tx."""
    step = phone.liveness_step(check.order)
    data = {
        "request_id": check.request_id,
        "outcome": answer.outcome.value,
        "reason": answer.reason.value if answer.reason else "",
    }
    try:
        orders.act(
            check.order.public_id,
            "answered",
            step=step.name if step else "liveness",
            by=SYSTEM,
            data=data,
            key=f"liveness:{check.public_id}",
        )
    except (OrderEnded, UnknownStep):
        sessions.settle(check, LivenessCheck.Outcome(answer.outcome.value))


@jobs.handler("renewals.liveness_result", kind="outside", max_attempts=200)
def liveness_result(job: jobs.JobContext) -> None:
    """For phones that don't come back; a session that nobody finished lapses and costs no try."""
    with tenant_tx(job.tenant):
        check = LivenessCheck.objects.select_related("order__programme").get(public_id=job.payload["check"])
    if check.answered_at is not None or fetch_result(job.tenant, check):
        return
    if not sessions.is_over(check):
        raise jobs.Retry(LOOK_AGAIN)
    with tenant_tx(job.tenant, write=True):
        bring_home(check, LivenessAnswer(LivenessOutcome.EXPIRED))
