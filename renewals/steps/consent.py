"""Consent: every text of this version accepted, the sensitive one apart (RULES C1)."""

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict

from portal.gm import sm3
from renewals.errors import ConsentsMissing
from renewals.models import ConsentRecord
from renewals.steps.base import ActContext, Action, StepKind


class ConsentData(BaseModel):
    """``accepted``: names of the texts whose boxes were ticked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accepted: frozenset[str]


def _accept(act: ActContext, data: ConsentData) -> None:
    texts = [act.pack.text(name) for name in act.config.texts]
    missing = [text for text in texts if text.name not in data.accepted]
    if missing:
        raise ConsentsMissing(
            {text.name: [_("请阅读并勾选%(title)s后再继续。") % {"title": text.title}] for text in missing}
        )
    act.submit()
    for text in texts:
        ConsentRecord.objects.create(
            order=act.order,
            user_id=act.order.customer_id,
            text=text.name,
            text_version=text.version,
            text_digest=sm3(text.body.encode()).hex(),
            address=act.by.ip,
        )
    act.audit_detail["texts"] = {text.name: text.version for text in texts}


KIND = StepKind(actions={"accept": Action(_accept, ConsentData)})
