"""File download: with both codes of the password envelope, key and .pfx on the customer's side (RULES B6, B7).

    open ──codes──► open ──request──► requested ──issued──► issued ──saved | verify──► done
                                          └──refused──► the order stops, money goes back

The codes vouch for the request; the server never has key or 保护口令. ``saved``: the page made the file, and only its
reader can see that it arrived. ``verify``: the bridge made it, and the new key answers. The certificate may be fetched
again until ``window_ends``; from then on the codes are spent.
"""

from datetime import datetime, timedelta
from typing import Any

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from portal import notices
from renewals import lifecycle
from renewals.errors import BridgeWanted, DownloadCodesExpired, DownloadCodesSpent, DownloadCodesWrong
from renewals.issuing import download_codes, numbers, requests
from renewals.issuing.registry import Medium
from renewals.issuing.subjects import expected_subject, model_of
from renewals.models import Certificate, DownloadCodes, Issuance
from renewals.steps import issuing
from renewals.steps.application import handler_of
from renewals.steps.base import CUSTOMER, SYSTEM, ActContext, Action, NoData, StepKind
from renewals.steps.issuing import IssuedData, RefusedData, VerifyData, live_issuance
from renewals.validation.download_codes import AUTHORIZATION_MOST, REFERENCE_MOST


class CodesData(BaseModel):
    """As typed from the envelope."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reference_number: str = Field(min_length=1, max_length=REFERENCE_MOST)
    authorization_code: str = Field(min_length=1, max_length=AUTHORIZATION_MOST)


class FileRequestData(CodesData):
    """``csr``: the new key's request (PKCS #10, DER)."""

    csr: Base64Bytes


def window_ends(issuance: Issuance, repeat_hours: int) -> datetime | None:
    """Until when the certificate may be fetched again; None before there is one."""
    return None if issuance.issued_at is None else issuance.issued_at + timedelta(hours=repeat_hours)


def _codes(act: ActContext, data: CodesData) -> None:
    """The codes are right; before a key is made. Its request id, number and subject are fixed now."""
    _checked(act, data)
    if act.find().state is not lifecycle.StepState.OPEN:
        raise lifecycle.StepNotOpen(step=act.step, item=act.item_key, state=act.find().state)
    numbers.allot(act.the_item, storage="file")
    issuing.begin(act)


def _checked(act: ActContext, data: CodesData) -> DownloadCodes:
    """The item's live codes. Callers have reserved a try (portal.audit.attempts).

    DownloadCodesWrong, DownloadCodesExpired, DownloadCodesSpent.
    """
    codes = download_codes.find(data.reference_number, data.authorization_code)
    if codes is None or codes.item_id != act.the_item.pk:
        raise DownloadCodesWrong()
    if codes.spent_at is not None and codes.spent_at <= act.now:
        raise DownloadCodesSpent()
    if codes.expires_at <= act.now and codes.first_used_at is None:
        raise DownloadCodesExpired(days=act.config.code_days)
    return codes


def _request(act: ActContext, data: FileRequestData) -> None:
    codes, issuance, item = _checked(act, data), live_issuance(act), act.the_item
    requests.check(data.csr, model_of(item), subject_der=expected_subject(item))
    issuing.ask_the_ca(act, issuance, data.csr)
    codes.first_used_at = act.now
    codes.save(update_fields=["first_used_at"])


def _issued(act: ActContext, data: IssuedData) -> None:
    """From here on the clock of the codes runs (RULES B7)."""
    issuing.store_issued(act, data)
    spent = window_ends(live_issuance(act), act.config.repeat_hours)
    DownloadCodes.objects.filter(item=act.the_item, ended_at__isnull=True).update(spent_at=spent)


def _saved(act: ActContext, data: NoData) -> None:
    """The customer has seen the file on the own disk."""
    del data
    if "page" not in act.config.by:
        raise BridgeWanted()
    issuance = live_issuance(act)
    if issuance.state != Issuance.State.ISSUED:
        raise lifecycle.StepNotOpen(step=act.step, item=act.item_key, state=issuance.state)
    _done(act, issuance)


def _verify(act: ActContext, data: VerifyData) -> None:
    _done(act, issuing.verify(act, data))


def _done(act: ActContext, issuance: Issuance) -> None:
    made = issuing.register(act, issuance, medium=Medium("", model_of(act.the_item).key_model, "file"))
    act.complete()
    tell_saved(act, made)


def tell_saved(act: ActContext, made: Certificate) -> None:
    """By SMS and e-mail: the new file is there, and until when it is good."""
    context: dict[str, Any] = {"number": act.order.number, "not_after": issuing.day(made.not_after)}
    notices.send(
        "order.file_saved",
        to=handler_of(act.order),
        context=context,
        key=f"order.file_saved:{act.the_item.public_id}",
    )


KIND = StepKind(
    actions={
        "codes": Action(_codes, CodesData, who=CUSTOMER),
        "request": Action(_request, FileRequestData, who=CUSTOMER),
        "issued": Action(_issued, IssuedData, who=SYSTEM),
        "refused": Action(issuing.refuse, RefusedData, who=SYSTEM, audit=("reason",)),
        "saved": Action(_saved, NoData, who=CUSTOMER),
        "verify": Action(_verify, VerifyData, who=CUSTOMER),
    }
)
