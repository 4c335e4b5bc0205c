"""/api/file/<item>/…: what a file certificate asks beside the installation's own questions (RULES B5–B7).

State, challenge and proof are api/install.py's. Neither key nor 保护口令 comes here: there is no field for them.
"""

from datetime import timedelta
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal import audit
from portal.audit import attempts
from portal.errors import PortalError, RateLimited
from portal.tenants import tenant_tx
from renewals import orders
from renewals.api.base import DerField, JsonView, decoded, endpoint, read
from renewals.errors import DownloadCodesWrong, DownloadTriesSpent, OrderNotFound
from renewals.lifecycle import Kind
from renewals.rules_words import PROBLEMS
from renewals.validation.download_codes import AUTHORIZATION_MOST, REFERENCE_MOST
from renewals.validation.problems import Problem
from renewals.views import installing
from renewals.views.customer import new_key
from renewals.views.installing import Installation

TRIES = "download.codes"
LOCKED = timedelta(hours=24)  # from the last wrong try


class CodeField(serializers.CharField):
    """A code as long as the manual's field at most (RULES B6)."""

    def __init__(self, most: int, too_long: Problem) -> None:
        super().__init__()
        self.most, self.too_long = most, too_long

    def to_internal_value(self, data: Any) -> str:
        typed: str = super().to_internal_value(data)
        if len(typed) > self.most:
            raise serializers.ValidationError(str(PROBLEMS[self.too_long]))
        return typed


class CodesIn(serializers.Serializer[Any]):
    reference_number = CodeField(REFERENCE_MOST, Problem.REFERENCE_NUMBER_LENGTH)
    authorization_code = CodeField(AUTHORIZATION_MOST, Problem.AUTHORIZATION_CODE_LENGTH)


class RequestIn(CodesIn):
    csr = DerField()


class Begin(JsonView):
    """POST: a renewal into a file begins: from now on its txn is fixed."""

    def post(self, request: Request, item: str) -> Response:
        return _acted(self, request, item, "begin", {}, kind=Kind.ISSUANCE)


class Codes(JsonView):
    """POST: both codes, before a key is made."""

    def post(self, request: Request, item: str) -> Response:
        return _with_codes(self, request, item, "codes", dict(read(CodesIn, request)))


class RequestCertificate(JsonView):
    """POST: the new key's request, with both codes: they vouch for it. The CA is asked by a job."""

    def post(self, request: Request, item: str) -> Response:
        given = dict(read(RequestIn, request))
        decoded("csr", given["csr"])
        return _with_codes(self, request, item, "request", given)


class Saved(JsonView):
    """POST: the customer has seen the file that the page made on the own disk."""

    def post(self, request: Request, item: str) -> Response:
        return _acted(self, request, item, "saved", {})


def _with_codes(view: JsonView, request: Request, item: str, action: str, given: dict[str, Any]) -> Response:
    """A try is used up before the codes are looked at; right ones give all of them back (RULES B7)."""
    with tenant_tx(view.tenant):
        found = _find(request, item, Kind.FILE_DOWNLOAD)
    subject = found.item.public_id
    try:
        left = attempts.reserve(view.tenant, TRIES, subject, limit=found.config.tries, window=LOCKED, since_last=True)
    except RateLimited as refusal:
        audit.security("download.limited", tenant=view.tenant, by=found.by, detail={"number": found.order.number})
        raise DownloadTriesSpent(refusal.retry_after) from None
    try:
        response = _acted(view, request, item, action, given)
    except DownloadCodesWrong:
        audit.security("download.codes_refused", tenant=view.tenant, by=found.by, detail={"number": found.order.number})
        if left == 0:
            raise DownloadTriesSpent(int(LOCKED.total_seconds())) from None
        raise DownloadCodesWrong(left=left) from None
    except PortalError:  # the codes were right, something else was not
        attempts.forget(view.tenant, TRIES, subject)
        raise
    attempts.forget(view.tenant, TRIES, subject)
    return response


def _acted(
    view: JsonView, request: Request, item: str, action: str, data: dict[str, Any], *, kind: Kind = Kind.FILE_DOWNLOAD
) -> Response:
    with tenant_tx(view.tenant, write=True):
        found = _find(request, item, kind)
        orders.act(
            found.order.public_id,
            action,
            step=found.step.name,
            item=found.item.public_id,
            by=found.by,
            data=data,
            key=f"{action}:{new_key()}",
        )
        return Response(installing.state_of(installing.find(request._request, item)))


def _find(request: Request, item: str, kind: Kind) -> Installation:
    """OrderNotFound also for a certificate that goes onto a key."""
    found = installing.find(request._request, item)
    if found.step.kind is not kind or not found.into_file:
        raise OrderNotFound()
    return found


begin = endpoint(Begin, "customer")
codes = endpoint(Codes, "customer")
request_certificate = endpoint(RequestCertificate, "customer")
saved = endpoint(Saved, "customer")
