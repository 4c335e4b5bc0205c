"""Notice: what the customer must know before going on, acknowledged part by part (RULES D2, D3, B5).

Evidence as of a consent: one record a part, with the digest of the very words and the programme's version.
"""

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict

from portal.gm import sm3
from renewals.errors import NoticeNotRead
from renewals.models import ConsentRecord
from renewals.steps.base import ActContext, Action, StepKind


class AcknowledgeData(BaseModel):
    """``acknowledged``: names of the parts whose boxes were ticked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    acknowledged: frozenset[str]


def record_name(step: str, part: str) -> str:
    """The name that a part's record has: a path may have two notices with parts of one name."""
    return f"{step}.{part}"[:64]


def _acknowledge(act: ActContext, data: AcknowledgeData) -> None:
    missing = [part for part in act.config.parts if part.name not in data.acknowledged]
    if missing:
        raise NoticeNotRead(
            {part.name: [_("请阅读“%(title)s”，勾选我已知悉后再继续。") % {"title": part.title}] for part in missing}
        )
    act.submit()
    version = str(act.pack.version)
    for part in act.config.parts:
        ConsentRecord.objects.get_or_create(
            order=act.order,
            user_id=act.order.customer_id,
            text=record_name(act.step, part.name),
            text_version=version,
            defaults={"text_digest": sm3(part.body.encode()).hex(), "address": act.by.ip},
        )
    act.audit_detail["parts"] = [part.name for part in act.config.parts]


KIND = StepKind(actions={"acknowledge": Action(_acknowledge, AcknowledgeData)})
