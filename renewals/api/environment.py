"""/api/environment/<item>/: what the bridge found on this computer; the hall judges it (RULES A5, B1)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal.tenants import tenant_tx
from renewals.api.base import JsonView, endpoint, read
from renewals.lifecycle import Kind
from renewals.views.bridge_step import find, next_page


class FoundIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=64)
    present = serializers.BooleanField()
    enabled = serializers.BooleanField()
    found = serializers.CharField(max_length=100, allow_blank=True)
    error = serializers.CharField(max_length=40, allow_blank=True)


class ReportIn(serializers.Serializer[Any]):
    checks = serializers.ListField(child=FoundIn(), max_length=40)


class Report(JsonView):
    """POST: the report. The answer: {passed, checks: [{name, mandatory, passed, found, why}], next}."""

    def post(self, request: Request, item: str) -> Response:
        given = read(ReportIn, request)
        with tenant_tx(self.tenant, write=True):
            found = find(request._request, item, Kind.ENVIRONMENT)
            checks = [dict(check) for check in given["checks"]]
            result = found.act(request._request, "report", {"checks": checks})
            passed = result.answer["outcome"] == "passed"
            where = next_page(found.order) if passed else ""
        return Response({"passed": passed, "checks": result.answer["checks"], "next": where})


report = endpoint(Report, "customer")
