"""Issuance: renewal code, request, the CA's answer, installation, proof by the new key (RULES A8, C10, P6, P8, P13).

    open ──show_code──► open ──request──► requested ──issued──► issued ──verify──► done
                                              └──refused──► the order stops, money goes back

The certificate that the CA sent is stored; bringing it onto the key can be repeated until the new key has proved
itself. The old key stays in use until then.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from pydantic import Base64Bytes, BaseModel, ConfigDict

from portal import gm, jobs, notices
from portal.tenants import current_tenant
from renewals import lifecycle
from renewals.bridge import challenges
from renewals.bridge.protocol import install_action, rekey_action, request_action
from renewals.errors import CodeNotShown
from renewals.issuing import renewal_codes, requests
from renewals.issuing.registry import register_issued
from renewals.issuing.subjects import expected_subject
from renewals.lifecycle import Phase
from renewals.models import Issuance, RenewalCode
from renewals.steps.application import handler_of
from renewals.steps.base import CUSTOMER, KEY_HOLDER, SYSTEM, ActContext, Action, NoData, StaffReason, StepKind


class RequestData(BaseModel):
    """What the bridge made: the request (PKCS #10, DER) and the signature for it over our challenge: the old key's, or
    the new key's where the approved review vouches for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    csr: Base64Bytes
    challenge: str
    signature: Base64Bytes


class IssuedData(BaseModel):
    """The CA's answer, DER each (renewals.ca.base.Issued)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    signing_certificate: Base64Bytes
    encryption_certificate: Base64Bytes | None
    enveloped_key: Base64Bytes | None
    chain: tuple[Base64Bytes, ...]


class RefusedData(BaseModel):
    """``reason``: a reason code of the CA connector, or the CA's status that forbids renewing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str


class VerifyData(BaseModel):
    """The new key's signature over our challenge: the certificate is on the key and works."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    challenge: str
    signature: Base64Bytes


def live_issuance(act: ActContext) -> Issuance:
    """The item's issuance that is neither refused nor withdrawn; CodeNotShown before there is one."""
    live = Issuance.objects.filter(item=act.the_item).exclude(state__in=["refused", "withdrawn"]).first()
    if live is None:
        raise CodeNotShown()
    return live


def _show_code(act: ActContext, data: NoData) -> None:
    """A fresh renewal code, for the eyes of this caller alone. Before the key is touched, as often as wanted."""
    del data
    if act.find().state is not lifecycle.StepState.OPEN:
        raise lifecycle.StepNotOpen(step=act.step, item=act.item_key, state=act.find().state)
    act.once["renewal_code"] = renewal_codes.issue(act.the_item, now=act.now)
    if not Issuance.objects.filter(item=act.the_item).exclude(state__in=["refused", "withdrawn"]).exists():
        issuance = Issuance(item=act.the_item)
        issuance.request_id = issuance.public_id
        issuance.save()


def _request(act: ActContext, data: RequestData) -> None:
    """The intent: everything that the CA will be asked, checked and committed before it is asked."""
    issuance = live_issuance(act)
    if not RenewalCode.objects.filter(item=act.the_item, ended_at__isnull=True).exists():
        raise CodeNotShown()
    request = requests.check(data.csr, act.the_item.certificate, subject_der=expected_subject(act.the_item))
    tbs = _vouched(act, data, request)
    act.submit(phase=Phase.REQUESTED)
    issuance.csr, issuance.vouch_signature, issuance.vouch_tbs = data.csr, data.signature, tbs
    issuance.state, issuance.requested_at = Issuance.State.REQUESTED, act.now
    issuance.save()
    jobs.enqueue(
        "renewals.request_certificate",
        {"order": act.order.public_id, "issuance": issuance.public_id},
        group=f"order:{act.order.public_id}",
        key=f"request_certificate:{issuance.public_id}",
    )


def _vouched(act: ActContext, data: RequestData, request: gm.CertificateRequest) -> bytes:
    """The tbs under which the new key is believed to be the holder's.

    ``old_key``: the old key signed for this request. ``approval``: the holder was checked by the review that opened
    this step, the old key may be unable to sign; the new key itself signs, so that nobody hands in a request that was
    made in another session (RULES C10).
    """
    signer: gm.Certificate | gm.PublicKey
    if act.config.vouched_by == "approval":
        purpose, action, signer = "request", request_action(data.csr), request.public_key
    else:
        purpose, action = "rekey", rekey_action(data.csr)
        signer = requests.parse(bytes(act.the_item.certificate.signing_der))
    return challenges.redeem(
        data.challenge, data.signature, purpose=purpose, action=action, signer=signer, by=act.by, item=act.the_item
    )


def _issued(act: ActContext, data: IssuedData) -> None:
    issuance = live_issuance(act)
    requests.check_answer(data.signing_certificate, data.encryption_certificate, data.chain, bytes(issuance.csr or b""))
    act.advance(Phase.ISSUED)
    issuance.signing_certificate = data.signing_certificate
    issuance.encryption_certificate = data.encryption_certificate
    issuance.enveloped_key = data.enveloped_key
    issuance.chain = requests.join_chain(data.chain)
    issuance.state, issuance.issued_at = Issuance.State.ISSUED, act.now
    issuance.save()


def _refused(act: ActContext, data: RefusedData) -> None:
    """The CA won't: stop, tell, refund (P13)."""
    from renewals.steps.ending import end  # noqa: PLC0415  (ending needs this module's states)

    issuance = live_issuance(act)
    issuance.state, issuance.refusal = Issuance.State.REFUSED, data.reason
    issuance.save(update_fields=["state", "refusal"])
    end(act, lifecycle.stop(act.path, act.steps, act.flags, reason=f"ca_{data.reason}"), notice="order.stopped")


def _verify(act: ActContext, data: VerifyData) -> None:
    """The new key answers for the new certificate: installed. The old one is revoked when the pack says so."""
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
    act.advance(Phase.INSTALLED)
    act.complete()
    issuance.state, issuance.verified_at = Issuance.State.VERIFIED, act.now
    issuance.save(update_fields=["state", "verified_at"])
    RenewalCode.objects.filter(item=act.the_item, ended_at__isnull=True).update(ended_at=act.now)
    act.the_item.issued = register_issued(act.the_item, issuance, customer_id=act.order.customer_id)
    act.the_item.save(update_fields=["issued"])
    act.answer |= {"not_before": new.not_before.isoformat(), "not_after": new.not_after.isoformat()}
    if act.pack.path(act.order.path).revoke_old == "on_verified":
        jobs.enqueue(
            "renewals.revoke_old",
            {"order": act.order.public_id, "item": act.the_item.public_id},
            group=f"order:{act.order.public_id}",
            key=f"revoke_old:{act.the_item.public_id}",
        )
    notices.send(
        "order.installed",
        to=handler_of(act.order),
        context={"number": act.order.number, "not_after": _day(new.not_after)},
        key=f"order.installed:{act.the_item.public_id}",
    )


def _day(moment: datetime) -> str:
    local = moment.astimezone(ZoneInfo(current_tenant().timezone))
    return date_format(local)


def _reissue_code(act: ActContext, data: StaffReason) -> None:
    """A lost renewal code, given out again by two certificate administrators after checking identity (A9, P20)."""
    from renewals.steps.ending import second_person  # noqa: PLC0415

    del data
    issuance = live_issuance(act)
    if issuance.state == Issuance.State.VERIFIED:  # installed: a code has nothing left to resume
        raise lifecycle.StepNotOpen(step=act.step, item=act.item_key, state=issuance.state)
    if second_person(act, "reissue_code"):
        act.once["renewal_code"] = renewal_codes.issue(act.the_item, now=act.now)


KIND = StepKind(
    actions={
        "show_code": Action(_show_code, NoData, who=CUSTOMER),
        "request": Action(_request, RequestData, who=KEY_HOLDER),
        "issued": Action(_issued, IssuedData, who=SYSTEM),
        "refused": Action(_refused, RefusedData, who=SYSTEM, audit=("reason",)),
        "verify": Action(_verify, VerifyData, who=KEY_HOLDER),
        "reissue_code": Action(_reissue_code, StaffReason, who="certificates.codes", audit=("reason",)),
    }
)
