"""Which words a tenant uses: its own newest version, else the default of the code."""

from dataclasses import dataclass

from django.db.models import Max

from portal import audit
from portal.accounts.actor import Actor
from portal.notices import registry, rendering
from portal.notices.errors import TextRefused
from portal.notices.models import NoticeText
from portal.notices.registry import Channel, Text
from portal.tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class CurrentText:
    """`version` 0 is the default. `provider_template`: "" where the tenant named none."""

    text: Text
    version: int
    provider_template: str


def current(kind: str, channel: Channel) -> CurrentText:
    """In a ``tenant_tx``. Raises KeyError if the kind has no text for that channel."""
    own = NoticeText.objects.filter(kind=kind, channel=channel).order_by("-version").first()
    if own is None:
        return CurrentText(registry.find(kind).texts[channel], 0, "")
    return CurrentText(Text(own.subject, own.body), own.version, own.provider_template)


def publish(
    kind: str, channel: Channel, *, body: str, subject: str = "", provider_template: str = "", by: Actor
) -> NoticeText:
    """In a write ``tenant_tx``: a new version of the tenant's wording. Audited. Raises TextRefused.

    It may use the variables that the default text uses, and the tenant's own (name, hotline …).
    """
    default = registry.find(kind).texts[channel]
    try:
        unknown = rendering.variables(Text(subject, body)) - rendering.variables(default) - rendering.OURS
    except ValueError as error:
        raise TextRefused(problem=str(error)) from None
    if unknown:
        raise TextRefused(problem=", ".join(sorted(unknown)))
    last = NoticeText.objects.filter(kind=kind, channel=channel).aggregate(last=Max("version"))["last"] or 0
    text = NoticeText(
        kind=kind,
        channel=channel,
        version=last + 1,
        subject=subject,
        body=body,
        provider_template=provider_template,
    )
    text.save()
    audit.record(
        "notice_text.published",
        by=by,
        subject=f"notice_text:{text.public_id}",
        detail={"kind": kind, "channel": channel.value, "version": text.version},
    )
    return text


def tenant_context(tenant: Tenant) -> dict[str, object]:
    """What every text may use."""
    return {
        "tenant_name": tenant.name,
        "tenant_short_name": tenant.short_name,
        "hotline": tenant.hotline,
        "service_hours": tenant.service_hours,
    }
