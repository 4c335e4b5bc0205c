"""Issuance: renewal code, request, the CA's answer, installation, proof by the new key (RULES A8, C10, P6, P8, P13).

    open ──show_code──► open ──request──► requested ──issued──► issued ──verify──► done
                                              └──refused──► the order stops, money goes back

The certificate that the CA sent is stored; bringing it onto the key can be repeated until the new key has proved
itself. The old key stays in use until then.
"""

from portal import notices
from renewals import lifecycle
from renewals.choosing import choose_path
from renewals.errors import CodeNotShown
from renewals.issuing import renewal_codes
from renewals.models import Issuance, RenewalCode
from renewals.steps import issuing
from renewals.steps.application import handler_of
from renewals.steps.base import CUSTOMER, KEY_HOLDER, SYSTEM, ActContext, Action, NoData, StaffReason, StepKind
from renewals.steps.claims import take_certificates
from renewals.steps.file_download import tell_saved
from renewals.steps.issuing import IssuedData, RefusedData, RequestData, VerifyData, live_issuance


def _show_code(act: ActContext, data: NoData) -> None:
    """A fresh renewal code, for the eyes of this caller alone. Before the key is touched, as often as wanted."""
    del data
    if act.find().state is not lifecycle.StepState.OPEN:
        raise lifecycle.StepNotOpen(step=act.step, item=act.item_key, state=act.find().state)
    if act.order.submitted_at is None:
        _submit_without_application(act)
    act.once["renewal_code"] = renewal_codes.issue(act.the_item, now=act.now)
    issuing.begin(act)


def _submit_without_application(act: ActContext) -> None:
    """On a path that asks nothing (A7) it becomes binding here: the path is still open, the certificate is taken.

    NotRenewable with the pack's own sentence, CertificateReserved.
    """
    for item in act.order.items.select_related("certificate"):
        choose_path(act.pack, item.certificate, act.order.business, act.order.path)
    take_certificates(act)
    act.order.submitted_at = act.now


def _begin(act: ActContext, data: NoData) -> None:
    """Into a file (B5): no renewal code is shown, because the computer that makes the file ends what it began."""
    del data
    if act.find().state is not lifecycle.StepState.OPEN or act.config.into != "file":
        raise lifecycle.StepNotOpen(step=act.step, item=act.item_key, state=act.find().state)
    if act.order.submitted_at is None:
        _submit_without_application(act)
    issuing.begin(act)


def _request(act: ActContext, data: RequestData) -> None:
    """The intent, after the renewal code was shown (RULES A8)."""
    live_issuance(act)
    if act.config.into != "file" and not _code_shown(act):
        raise CodeNotShown()
    issuing.request(act, data, vouched_by=act.config.vouched_by)


def _code_shown(act: ActContext) -> bool:
    return RenewalCode.objects.filter(item=act.the_item, ended_at__isnull=True).exists()


def _verify(act: ActContext, data: VerifyData) -> None:
    """The new key answers for the new certificate: installed. The old one is revoked when the pack says so."""
    made = issuing.register(act, issuing.verify(act, data))
    act.complete()
    RenewalCode.objects.filter(item=act.the_item, ended_at__isnull=True).update(ended_at=act.now)
    if act.config.into == "file":
        tell_saved(act, made)
        return
    notices.send(
        "order.installed",
        to=handler_of(act.order),
        context={"number": act.order.number, "not_after": issuing.day(made.not_after)},
        key=f"order.installed:{act.the_item.public_id}",
    )


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
        "begin": Action(_begin, NoData, who=CUSTOMER),
        "show_code": Action(_show_code, NoData, who=CUSTOMER),
        "request": Action(_request, RequestData, who=KEY_HOLDER),
        "issued": Action(issuing.store_issued, IssuedData, who=SYSTEM),
        "refused": Action(issuing.refuse, RefusedData, who=SYSTEM, audit=("reason",)),
        "verify": Action(_verify, VerifyData, who=KEY_HOLDER),
        "reissue_code": Action(_reissue_code, StaffReason, who="certificates.codes", audit=("reason",)),
    }
)
