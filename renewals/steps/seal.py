"""Seal: bound to the new certificate, written beside it, verified by its key (RULES P7, D5).

    open ──(a seal stands: by itself; a new one: bind)──► submitted ──made──► issued ──verify──► done
       └──(no seal, none ordered)──► skipped          └──refused──► returned: another impression

Whoever has the step in hand (the pack's ``hands``, else the customer) looks at a new impression, writes and verifies.
"""

from django.utils.translation import gettext as _
from pydantic import Base64Bytes, BaseModel, ConfigDict

from portal import jobs
from portal.accounts.actor import Actor
from portal.files.models import StoredFile
from portal.gm import sm3
from renewals import lifecycle
from renewals.bridge import challenges
from renewals.bridge.protocol import seal_action
from renewals.errors import SealNotReady, SealNotTheOne
from renewals.issuing.requests import parse
from renewals.lifecycle import Phase
from renewals.models import ApplicationVersion, Certificate, Document, OrderItem, SealRecord
from renewals.sealing import read
from renewals.steps.application import answers_of, latest
from renewals.steps.base import HANDS, SYSTEM, ActContext, Action, NoData, StepKind

PAPER = "stamp_impression"  # of a documents step, and the purpose of what is uploaded here
WIDTH_MM = 40
STANDING = SealRecord.State.VERIFIED


class MadeData(BaseModel):
    """The maker's answer to the record with this request id: SESeal, verified by whoever brings it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    request_id: str
    seal: Base64Bytes


class RefusedData(BaseModel):
    """``reason``: no_impression, or the maker's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    request_id: str
    reason: str


class VerifyData(BaseModel):
    """What lies on the key, and the signature of the new certificate's key over our challenge for it.

    Staff bring no signature: the medium's first PIN is known to nobody at the hall (RULES D9), what they read back is.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seal: Base64Bytes
    challenge: str = ""
    signature: Base64Bytes = b""


# -- what there is ----------------------------------------------------------------------------------------------------


def live_seal(item: OrderItem) -> SealRecord | None:
    """The seal that this item's step is about."""
    found: SealRecord | None = SealRecord.objects.filter(item=item, state__in=SealRecord.LIVE).first()
    return found


def standing_seal(certificate: Certificate) -> SealRecord | None:
    """The seal that works with this certificate now."""
    found: SealRecord | None = SealRecord.objects.filter(certificate=certificate, state=STANDING).first()
    return found


def impression_of(item: OrderItem) -> StoredFile | None:
    """What was handed in for a new seal: at this step, or as a paper of the order."""
    live = live_seal(item)
    if live is not None and live.impression is not None:
        return live.impression
    paper = (
        Document.objects.select_related("file")
        .filter(order_id=item.order_id, paper=PAPER, state__in=["submitted", "accepted"])
        .order_by("-id")
        .first()
    )
    return paper.file if paper else None


def keep_impression(item: OrderItem, file: StoredFile) -> SealRecord:
    """The impression that is to be looked at; one that was kept before gives way. In a write tenant_tx, before bind."""
    record = live_seal(item)
    if record is not None and record.state != SealRecord.State.PREPARED:
        raise SealNotReady(reason=_("电子签章已经在制作，不能再更换印模。"))
    record = record or _new_record(item, SealRecord.Origin.NEW)
    record.impression = file
    record.save()
    return record


def transaction_of(record: SealRecord) -> str:
    """The txn under which the bridge writes this very seal."""
    return f"{record.tenant.slug}/{record.public_id}"


# -- acts -------------------------------------------------------------------------------------------------------------


def _begin(act: ActContext) -> None:
    """On opening: a seal that stands is bound again, free; without one, and without an order for one: skipped."""
    item = act.the_item
    SealRecord.objects.filter(item=item, state__in=SealRecord.LIVE).update(  # of a medium that is made once more (P18)
        state=SealRecord.State.REFUSED, refusal="remade"
    )
    old = item.issued.predecessor if item.issued else None
    ordered = _ordered(act)
    if not ordered and not (old is not None and old.has_seal):
        act.skip("no_seal")
        return
    standing = standing_seal(old) if old is not None else None
    if standing is not None and standing.picture:
        record = _new_record(item, SealRecord.Origin.REBOUND)
        record.predecessor, record.picture = standing, bytes(standing.picture)
        record.width_mm, record.height_mm = standing.width_mm, standing.height_mm
        _request(act, record)


def _ordered(act: ActContext) -> bool:
    if not ApplicationVersion.objects.filter(order=act.order).exists():
        return False
    answers = answers_of(latest(act.order), by=Actor.system("seals"), reason="是否办理电子签章")
    return answers.get("seal") == "yes"


def _bind(act: ActContext, data: NoData) -> None:
    """The impression was looked at by a person: the maker may make the seal."""
    del data
    file = impression_of(act.the_item)
    if file is None:
        raise SealNotReady(reason=_("还没有印模。请上传公章印在白纸上的扫描件或照片（JPEG 或 PNG），再提交制作。"))
    record = live_seal(act.the_item) or _new_record(act.the_item, SealRecord.Origin.NEW)
    record.impression, record.width_mm = file, act.config.width_mm or WIDTH_MM
    record.checked_by_id = act.by.user_id if act.by.kind == "staff" else None
    _request(act, record)


def _new_record(item: OrderItem, origin: SealRecord.Origin) -> SealRecord:
    certificate = item.issued or item.certificate
    record = SealRecord(item=item, origin=origin, name=item.new_name or certificate.holder_name)
    record.request_id = record.public_id
    return record


def _request(act: ActContext, record: SealRecord) -> None:
    """The intent is committed with its job; the maker is asked outside."""
    if act.the_item.issued is None:
        raise SealNotReady(reason=_("新证书还没有装好，暂时不能制作电子签章。"))
    act.submit()
    record.state, record.requested_at, record.certificate = SealRecord.State.REQUESTED, act.now, act.the_item.issued
    record.save()
    act.audit_detail |= {"seal": record.public_id, "origin": record.origin}
    jobs.enqueue(
        "renewals.make_seal",
        {"order": act.order.public_id, "step": act.step, "seal": record.public_id},
        group=f"order:{act.order.public_id}",
        key=f"make_seal:{record.public_id}",
    )


def _asked(act: ActContext, request_id: str) -> SealRecord:
    record = live_seal(act.the_item)
    if record is None or record.request_id != request_id or record.state != SealRecord.State.REQUESTED:
        raise lifecycle.StepNotOpen(step=act.step, item=act.item_key, state="not_requested")
    return record


def _made(act: ActContext, data: MadeData) -> None:
    record = _asked(act, data.request_id)
    seal = read(data.seal)
    if record.certificate is None or bytes(record.certificate.signing_der) not in seal.certificates:
        raise SealNotTheOne()
    act.advance(Phase.ISSUED)
    record.data, record.digest, record.picture = data.seal, sm3(data.seal).hex(), seal.picture.data
    record.width_mm, record.height_mm = seal.picture.width_mm, seal.picture.height_mm
    record.state, record.made_at = SealRecord.State.MADE, act.now
    record.save()


def _refused(act: ActContext, data: RefusedData) -> None:
    """Nothing was made: another impression is wanted, from the customer or at the hall."""
    record = _asked(act, data.request_id)
    record.state, record.refusal = SealRecord.State.REFUSED, data.reason[:64]
    record.save(update_fields=["state", "refusal"])
    act.return_({act.step: f"seal_{data.reason}"})


def _verify(act: ActContext, data: VerifyData) -> None:
    """Not installed until it verifies: the very seal that was made lies on the key, and its key says so."""
    record = live_seal(act.the_item)
    if record is None or record.state != SealRecord.State.MADE or record.certificate is None:
        raise lifecycle.StepNotOpen(step=act.step, item=act.item_key, state=record.state if record else "none")
    if sm3(data.seal).hex() != record.digest:
        raise SealNotTheOne()
    if act.by.kind != "staff":
        challenges.redeem(
            data.challenge,
            data.signature,
            purpose="seal",
            action=seal_action(data.seal),
            signer=parse(bytes(record.certificate.signing_der)),
            by=act.by,
            item=act.the_item,
        )
    act.complete()
    act.audit_detail |= {"seal": record.public_id, "read_back_by_staff": act.by.kind == "staff"}
    if record.predecessor is not None:
        SealRecord.objects.filter(pk=record.predecessor.pk, state=STANDING).update(state=SealRecord.State.REPLACED)
    record.state, record.verified_at = STANDING, act.now
    record.save(update_fields=["state", "verified_at"])
    Certificate.objects.filter(pk=record.certificate.pk).update(has_seal=True)
    act.answer["seal"] = record.public_id


KIND = StepKind(
    actions={
        "bind": Action(_bind, NoData, who=HANDS),
        "made": Action(_made, MadeData, who=SYSTEM, audit=("request_id",)),
        "refused": Action(_refused, RefusedData, who=SYSTEM, audit=("request_id", "reason")),
        "verify": Action(_verify, VerifyData, who=HANDS),
    },
    on_open=_begin,
)
