"""What every step that a certificate comes out of has in common: issuance, production, file download (RULES A8, P13).

    begin ──request──► requested ──store_issued──► issued ──verify──► installed, then the step's own end
                           └──refuse──► the order stops, money goes back

The step's module says who may act and who vouches; the intent is committed before the CA is asked (tasks.py).
"""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from pydantic import Base64Bytes, BaseModel, ConfigDict

from portal import gm, jobs, notices
from portal.tenants import current_tenant
from renewals import lifecycle
from renewals.bridge import challenges
from renewals.bridge.protocol import install_action, rekey_action, request_action
from renewals.errors import CodeNotShown
from renewals.issuing import history, requests
from renewals.issuing.registry import Medium, register_issued
from renewals.issuing.subjects import expected_subject, model_of
from renewals.lifecycle import Phase, StepState
from renewals.models import Certificate, Issuance, OrderItem
from renewals.steps.application import handler_of
from renewals.steps.base import ActContext

DEAD: Final = (Issuance.State.REFUSED, Issuance.State.WITHDRAWN)


class RequestData(BaseModel):
    """What the bridge made: the request (PKCS #10, DER) and the signature for it over our challenge: the old key's, or
    the new key's where the approved review vouches for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    csr: Base64Bytes
    challenge: str
    signature: Base64Bytes


class RestoredData(BaseModel):
    """An earlier encryption certificate and its key, sealed to the new signing key (RULES P8)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    certificate: Base64Bytes
    enveloped_key: Base64Bytes


class IssuedData(BaseModel):
    """The CA's answer, DER each (renewals.ca.base.Issued)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    signing_certificate: Base64Bytes
    encryption_certificate: Base64Bytes | None
    enveloped_key: Base64Bytes | None
    chain: tuple[Base64Bytes, ...]
    history: tuple[RestoredData, ...] = ()


class RefusedData(BaseModel):
    """``reason``: a reason code of the CA connector, or the CA's status that forbids renewing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str


class VerifyData(BaseModel):
    """The new key's signature over our challenge: the certificate is on the key and works."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    challenge: str
    signature: Base64Bytes


def live_of(item: OrderItem) -> Issuance | None:
    """The item's issuance that is neither refused nor withdrawn."""
    return Issuance.objects.filter(item=item).exclude(state__in=DEAD).first()


def live_issuance(act: ActContext) -> Issuance:
    """``live_of`` the act's item; CodeNotShown before there is one."""
    live = live_of(act.the_item)
    if live is None:
        raise CodeNotShown()
    return live


def begin(act: ActContext) -> Issuance:
    """The item's issuance, prepared where there is none: its request id is committed before anybody asks."""
    live = live_of(act.the_item)
    if live is None:
        live = Issuance(item=act.the_item)
        live.request_id = live.public_id
        live.save()
    return live


def request(act: ActContext, data: RequestData, *, vouched_by: str) -> None:
    """The intent: everything that the CA will be asked, checked and committed before it is asked.

    ``vouched_by`` "old_key": it signed for this request. "approval": the holder was checked by what opened this step,
    the old key may be unable to sign or lost; the new key itself signs, so that nobody hands in a request that was
    made in another session (RULES C10).
    """
    issuance, item = live_issuance(act), act.the_item
    checked = requests.check(data.csr, model_of(item), subject_der=expected_subject(item))
    signer: gm.Certificate | gm.PublicKey
    if vouched_by == "old_key":
        purpose, action = "rekey", rekey_action(data.csr)
        signer = requests.parse(bytes(item.certificate.signing_der))
    else:
        purpose, action, signer = "request", request_action(data.csr), checked.public_key
    tbs = challenges.redeem(
        data.challenge, data.signature, purpose=purpose, action=action, signer=signer, by=act.by, item=item
    )
    ask_the_ca(act, issuance, data.csr, vouch_signature=data.signature, vouch_tbs=tbs)


def ask_the_ca(
    act: ActContext,
    issuance: Issuance,
    csr: bytes,
    *,
    vouch_signature: bytes | None = None,
    vouch_tbs: bytes | None = None,
) -> None:
    """Commit the intent with its job; ``csr`` is checked. The vouching may be codes that leave no signature."""
    act.submit(phase=Phase.REQUESTED)
    issuance.csr, issuance.vouch_signature, issuance.vouch_tbs = csr, vouch_signature, vouch_tbs
    issuance.state, issuance.requested_at = Issuance.State.REQUESTED, act.now
    issuance.save()
    jobs.enqueue(
        "renewals.request_certificate",
        {"order": act.order.public_id, "issuance": issuance.public_id, "step": act.step},
        group=f"order:{act.order.public_id}",
        key=f"request_certificate:{issuance.public_id}",
    )


def store_issued(act: ActContext, data: IssuedData) -> None:
    """The CA's answer, once it fits what was asked."""
    issuance = live_issuance(act)
    requests.check_answer(data.signing_certificate, data.encryption_certificate, data.chain, bytes(issuance.csr or b""))
    requests.check_history([each.certificate for each in data.history], data.signing_certificate)
    act.advance(Phase.ISSUED)
    issuance.signing_certificate = data.signing_certificate
    issuance.encryption_certificate = data.encryption_certificate
    issuance.enveloped_key = data.enveloped_key
    issuance.chain = requests.join_chain(data.chain)
    issuance.history = history.join((each.certificate, each.enveloped_key) for each in data.history)
    issuance.state, issuance.issued_at = Issuance.State.ISSUED, act.now
    issuance.save()


def refuse(act: ActContext, data: RefusedData) -> None:
    """The CA won't issue it (P13)."""
    issuance = live_issuance(act)
    issuance.state, issuance.refusal = Issuance.State.REFUSED, data.reason
    issuance.save(update_fields=["state", "refusal"])
    give_up(act, data)


def give_up(act: ActContext, data: RefusedData) -> None:
    """Nothing comes of this item: stop, tell, refund (P13). Of several, the others go on; one never blocks the rest.

    What was sent in goes back to its owner all the same; money for the one item is finance's to decide. When nothing
    has come of the others either, the order ends.
    """
    from renewals.steps.ending import end, propose_refund  # noqa: PLC0415  (ending needs this module's states)

    reason = f"ca_{data.reason}"
    others = [step for step in act.path.issuing(act.steps) if step.item != act.item_key]
    if all(step.state is StepState.SKIPPED for step in others):
        end(act, lifecycle.stop(act.path, act.steps, act.flags, reason=reason), notice="order.stopped")
        return
    act.steps = lifecycle.leave_out(act.path, act.steps, act.step, item=act.the_item.public_id, reason=reason)
    propose_refund(act)
    notices.send(
        "order.item_refused",
        to=handler_of(act.order),
        context={"number": act.order.number, "tail": act.the_item.certificate.serial[-6:]},
        key=f"order.item_refused:{act.the_item.public_id}",
    )


def verify(act: ActContext, data: VerifyData) -> Issuance:
    """The new key answers for the new certificate: it is on its key, and works."""
    issuance = live_issuance(act)
    if issuance.state != Issuance.State.ISSUED:
        raise lifecycle.StepNotOpen(step=act.step, item=act.item_key, state=issuance.state)
    new = requests.parse(bytes(issuance.signing_certificate or b""))
    challenges.redeem(
        data.challenge,
        data.signature,
        purpose="install",
        action=install_action(new.serial),
        signer=new,
        by=act.by,
        item=act.the_item,
    )
    return issuance


def register(act: ActContext, issuance: Issuance, *, medium: Medium | None = None) -> Certificate:
    """Installed: the certificate enters the registry, on ``medium`` where that isn't the old one's."""
    act.advance(Phase.INSTALLED)
    issuance.state, issuance.verified_at = Issuance.State.VERIFIED, act.now
    issuance.save(update_fields=["state", "verified_at"])
    made = register_issued(act.the_item, issuance, customer_id=act.order.customer_id, medium=medium)
    act.the_item.issued = made
    act.the_item.save(update_fields=["issued"])
    act.answer |= {"not_before": made.not_before.isoformat(), "not_after": made.not_after.isoformat()}
    revoke_old(act, "on_verified")
    return made


def revoke_old(act: ActContext, moment: str) -> None:
    """Have the CA revoke the certificate that was replaced, if this is the pack's moment for it (A, B, C, E; D7)."""
    if act.pack.path(act.order.path).revoke_old != moment or act.the_item.effect != "renewal":
        return
    jobs.enqueue(
        "renewals.revoke_old",
        {"order": act.order.public_id, "item": act.the_item.public_id},
        group=f"order:{act.order.public_id}",
        key=f"revoke_old:{act.the_item.public_id}",
    )


def day(moment: datetime) -> str:
    """A date as the tenant's people write it, for a notice."""
    return date_format(moment.astimezone(ZoneInfo(current_tenant().timezone)))
