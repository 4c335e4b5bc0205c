"""From "tell this person" to the adapters: one outbox job per channel; address and context travel sealed."""

from datetime import timedelta

from portal import jobs, vault
from portal.accounts.actor import Actor
from portal.jobs.models import Job
from portal.notices import email, in_page, registry, rendering, texts
from portal.notices.errors import EmailRejected, SmsRejected, SmsTemplateMissing
from portal.notices.registry import Channel, Kind, Recipient, Text
from portal.notices.sms import sms_sender
from portal.notices.sms.base import Sms
from portal.tenants import current_tenant, tenant_tx
from portal.tenants.models import Tenant

_BACKOFF = jobs.Backoff(base=5, factor=3, cap=600)
_LEASE = timedelta(seconds=60)


def send(
    kind: str,
    *,
    to: Recipient,
    context: dict[str, object],
    group: str = "",
    key: str | None = None,
    link: str = "",
) -> list[Job]:
    """In a write ``tenant_tx``: tell `to` by every channel that the kind has a text for and `to` an address.

    `context`: JSON values, already formatted for people. `key`: one message per channel and key. `link`: the
    in-page notice's path. Raises KeyError for an unknown kind, ValueError when a variable of a text has no
    value or no channel fits.
    """
    spec = registry.find(kind)
    tenant = current_tenant()
    filled = {**texts.tenant_context(tenant), **context}
    for channel in spec.texts:
        rendering.render(spec.texts[channel], filled)  # a missing variable is our slip: here, not in a dead job
    addresses = _addresses(spec, to)
    in_page_text = Channel.IN_PAGE in spec.texts and to.user is not None
    if not addresses and not in_page_text:
        raise ValueError(f"notice {kind}: no channel has both a text and an address")
    if to.user is not None and in_page_text:
        own = texts.current(kind, Channel.IN_PAGE).text
        in_page.put(to.user, kind=kind, body=rendering.render(own, filled).body, link=link)
    return [
        jobs.enqueue(
            f"notices.{channel}",
            {"kind": kind},
            group=group,
            key=f"notice:{key}:{channel}" if key else None,
            secret={"to": address, "context": context},
        )
        for channel, address in addresses.items()
    ]


def send_once(
    tenant: Tenant, kind: str, *, phone: str, context: dict[str, str], secret: str, request_id: str, attempt: int
) -> None:
    """One SMS at once, past the outbox: its ``context[secret]`` may lie in no row, not even a sealed one.

    For a job that opens the value itself, outside any transaction; `request_id` and `attempt` as in ``Sms``, so that
    an adapter can ask whether an attempt before this one got through. Raises what the adapter raises, and KeyError,
    ValueError as ``send``.
    """
    with tenant_tx(tenant):
        own = texts.current(kind, Channel.SMS)
    filled = {**texts.tenant_context(tenant), **context}
    sms_sender().send(
        tenant,
        Sms(
            kind=kind,
            phone=phone,
            body=rendering.render(own.text, filled).body,
            signature=tenant.sms_signature or tenant.short_name,
            template=own.provider_template,
            params={name: str(filled[name]) for name in sorted(rendering.variables(own.text))},
            request_id=request_id,
            attempt=attempt,
            hidden=(context[secret],),
        ),
    )


def _addresses(spec: Kind, to: Recipient) -> dict[Channel, str]:
    found = {Channel.SMS: to.phone, Channel.EMAIL: to.email}
    if not to.phone and to.user is not None and Channel.SMS in spec.texts and to.user.phone:
        found[Channel.SMS] = vault.reveal(to.user, "phone", by=Actor.system("notices"), reason=f"notice {spec.name}")
    return {channel: address for channel, address in found.items() if address and channel in spec.texts}


@jobs.handler("notices.sms", kind="outside", max_attempts=6, backoff=_BACKOFF, lease=_LEASE)
def send_sms(job: jobs.JobContext) -> None:
    own, filled = _filled(job, Channel.SMS)
    needed = rendering.variables(own.text)
    context = {**texts.tenant_context(job.tenant), **job.secret["context"]}
    sms = Sms(
        kind=job.payload["kind"],
        phone=job.secret["to"],
        body=filled.body,
        signature=job.tenant.sms_signature or job.tenant.short_name,
        template=own.provider_template,
        params={name: str(context[name]) for name in sorted(needed)},
        request_id=job.request_id,
        attempt=job.attempt,
    )
    try:
        sms_sender().send(job.tenant, sms)
    except (SmsRejected, SmsTemplateMissing) as error:
        raise jobs.GiveUp from error


@jobs.handler("notices.email", kind="outside", max_attempts=8, backoff=_BACKOFF, lease=_LEASE)
def send_email(job: jobs.JobContext) -> None:
    _, filled = _filled(job, Channel.EMAIL)
    try:
        email.deliver(
            job.tenant,
            kind=job.payload["kind"],
            to=job.secret["to"],
            subject=filled.subject,
            body=filled.body,
            request_id=job.request_id,
        )
    except EmailRejected as error:
        raise jobs.GiveUp from error


def _filled(job: jobs.JobContext, channel: Channel) -> tuple[texts.CurrentText, Text]:
    with tenant_tx(job.tenant):
        own = texts.current(job.payload["kind"], channel)
    return own, rendering.render(own.text, {**texts.tenant_context(job.tenant), **job.secret["context"]})
