"""A session at the liveness service: the try is reserved and committed before the service is asked (DESIGN §3)."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from portal import jobs, vault
from portal.accounts.actor import Actor
from renewals.identity.refusals import LinkEnded, PhotosMissing, TriesSpent
from renewals.models import LivenessCheck, PhoneSession
from renewals.publishing import pack_of
from renewals.steps.application import answers_of
from renewals.steps.identity import phone, photos, tries

LIVES: Final = timedelta(minutes=20)  # longer than the service's own page
FIRST_LOOK: Final = timedelta(seconds=20)  # the phone's own return is mostly faster
SYSTEM: Final = Actor.system("identity")


def begin(session: PhoneSession) -> LivenessCheck:
    """The check that is under way, or a new one. In a write tenant_tx; commit it, then ask the service.

    Errors: LinkEnded, LinkExpired, PhotosMissing, TriesSpent.
    """
    now = phone.usable(session)
    step = phone.liveness_step(now.order)
    if step is None:
        raise LinkEnded
    if set(photos.current(now.order, since=step.since_version)) != {"front", "back"}:
        raise PhotosMissing
    under_way = LivenessCheck.objects.filter(order=now.order, outcome=LivenessCheck.Outcome.PENDING).first()
    if under_way is not None and under_way.application_id == now.application_id and not is_over(under_way):
        return under_way
    if under_way is not None:
        settle(under_way, LivenessCheck.Outcome.EXPIRED)
    config = pack_of(now.order.programme).step_config(now.order.path, step.name)
    if tries.left(now.order, config.tries, since=step.since_version) <= 0:  # type: ignore[union-attr]
        raise TriesSpent
    check = LivenessCheck(tenant=now.tenant, order=now.order, application=now.application, phone=now)
    check.request_id = check.public_id
    check.save(force_insert=True)
    jobs.enqueue(
        "renewals.liveness_result",
        {"check": check.public_id},
        after=timezone.now() + FIRST_LOOK,
        key=f"liveness_result:{check.public_id}",
    )
    return check


def question(check: LivenessCheck) -> dict[str, str]:
    """name and id_number for the service; leaves an audit row. In a write tenant_tx."""
    answers = answers_of(check.application, by=SYSTEM, reason="活体检测")
    return {"name": answers["representative_name"], "id_number": answers["representative_id_number"]}


def keep_page(check: LivenessCheck, url: str) -> None:
    """Where the phone goes; only while the check is under way."""
    check.page_url = url
    check.save(update_fields=["page_url"])


def page_of(check: LivenessCheck) -> str:
    """The service's page, "" when it was never told or the check is over. In a write tenant_tx."""
    if check.page_url is None or check.outcome != LivenessCheck.Outcome.PENDING:
        return ""
    return vault.reveal(check, "page_url", by=SYSTEM, reason="送手机到活体检测页面")


def settle(check: LivenessCheck, outcome: LivenessCheck.Outcome) -> None:
    """An end that isn't the service's word (it never started, it lapsed): nothing moves, no try is used."""
    LivenessCheck.objects.filter(pk=check.pk, outcome=LivenessCheck.Outcome.PENDING).update(
        outcome=outcome, answered_at=timezone.now(), page_url=None
    )


def is_over(check: LivenessCheck) -> bool:
    return check.asked_at + LIVES <= timezone.now()
