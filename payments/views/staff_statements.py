"""/staff/payments/statements/…: bank statements handed in, looked at, imported; and what became of their lines.

A file is read when it is handed in and again whenever it is looked at: what is refused is listed by row, an unknown
format gets a mapping, and nothing is stored before finance has seen what is in it.
"""

from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from payments import bank_accounts, importing, statement_files, statement_tasks
from payments.models import BankAccount, BankStatement, BankTransaction, LineState, StatementUpload, UploadState
from payments.statement_continuity import gap_before
from payments.statement_forms import BankAccountForm, MappingForm, StatementUploadForm
from payments.statements import StatementRefused, first_rows, preview
from payments.statements.errors import UnknownFormat
from payments.transfers import PERMISSION as CONFIRM
from payments.views import statement_tables as tables
from payments.views.tables import money_tabs
from portal.accounts.access import access, tenant_of
from portal.accounts.actor import actor_of
from portal.errors import NotFound, PortalError
from portal.files import store
from portal.files.errors import FileRefused
from portal.files.gate import Upload
from portal.tenants import tenant_tx
from portal.ui.words import say

PER_PAGE = 50


@access(f"staff:{CONFIRM}", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Statements, youngest first; POST hands one in."""
    form = StatementUploadForm(request.POST or None, accounts=_accounts(request))
    if request.method == "POST" and (answer := _handed_in(request, form)):
        return answer
    with tenant_tx(tenant_of(request)):
        page = Paginator(
            BankStatement.objects.select_related("account").order_by("-last_on", "-id"), PER_PAGE
        ).get_page(request.GET.get("page"))
        unfinished = StatementUpload.objects.select_related("account").exclude(state=UploadState.DONE)
        context = {
            "form": form,
            "tabs": money_tabs(request, "statements"),
            "page": page,
            "table": tables.of_statements(list(page)),
            "uploads": tables.of_uploads(list(unfinished.order_by("-created_at", "-id")[:20])),
        }
        response = TemplateResponse(
            request, "payments/staff_statements.html", context, status=422 if form.errors else 200
        )
        return response.render()


@access(f"staff:{CONFIRM}")
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Another of the tenant's accounts."""
    form = BankAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        with tenant_tx(tenant_of(request), write=True):
            bank_accounts.add(
                data["number"],
                bank=data["bank"],
                name=data["name"],
                cuts_names_at=data["cuts_names_at"],
                by=actor_of(request),
            )
        messages.success(request, _("已添加，可以导入这个账户的流水了。"))
        return HttpResponseRedirect(reverse("payments:staff-statements"))
    return TemplateResponse(
        request, "payments/staff_bank_account.html", {"form": form}, status=422 if form.errors else 200
    )


@access(f"staff:{CONFIRM}", transaction=False)
@never_cache
@require_GET
def upload(request: HttpRequest, upload: str) -> HttpResponse:
    """What is in the file, or why it can't be taken, and what to do next."""
    found = _upload(request, upload)
    context: dict[str, object] = {
        "upload": found,
        "badge": tables.upload_badge(found),
        "percent": found.lines_done * 100 // max(found.lines_total, 1),
    }
    if found.state in (UploadState.CHECKED, UploadState.REFUSED) and found.file is not None:
        context |= _looked_at(request, found)
    elif found.state == UploadState.DONE:
        with tenant_tx(tenant_of(request)):
            rows = BankStatement.objects.filter(account=found.account_id, digest=found.digest).order_by("part")
            context["statements"] = tables.of_statements(list(rows.select_related("account")))
    return TemplateResponse(request, "payments/staff_statement_upload.html", context)


@access(f"staff:{CONFIRM}")
@require_POST
def start(request: HttpRequest, upload: str) -> HttpResponse:
    with tenant_tx(tenant_of(request), write=True):
        statement_tasks.start(upload, by=actor_of(request))
    return HttpResponseRedirect(reverse("payments:staff-statement-upload", args=[upload]))


@access(f"staff:{CONFIRM}", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mapping(request: HttpRequest, upload: str) -> HttpResponse:
    """Which column is what. POST ``do``: look shows what comes of it, save keeps it with the account."""
    found = _upload(request, upload)
    if found.file is None or found.state not in (UploadState.CHECKED, UploadState.REFUSED):
        raise NotFound
    data = statement_files.data_of(found.file)
    try:
        head = first_rows(data)
    except StatementRefused:
        return HttpResponseRedirect(reverse("payments:staff-statement-upload", args=[upload]))
    known = found.account.mapping or {}
    initial = {"bank_name": known.get("name", found.account.bank), **known.get("columns", {})}
    form = MappingForm(request.POST or None, headers=tables.headers_of(head), initial=initial)
    seen = None
    if request.method == "POST" and form.is_valid():
        seen = preview(data, form.cleaned_data["mapping"], expected_account=found.account.number)
        if seen.statement is not None and request.POST.get("do") == "save":
            with tenant_tx(tenant_of(request), write=True):
                bank_accounts.save_mapping(found.account, form.cleaned_data["mapping"], by=actor_of(request))
                statement_tasks.look_again(found, data)
            return HttpResponseRedirect(reverse("payments:staff-statement-upload", args=[upload]))
    context = {
        "upload": found,
        "form": form,
        "head": tables.of_head(head),
        "seen": tables.of_lines_read(seen.statement) if seen and seen.statement else None,
        "refusal": say(seen.refusal) if seen and seen.refusal else "",
        "errors": tables.of_errors(seen.errors) if seen and seen.errors else None,
    }
    return TemplateResponse(
        request, "payments/staff_statement_mapping.html", context, status=422 if form.errors else 200
    )


@access(f"staff:{CONFIRM}")
@require_GET
def one(request: HttpRequest, statement: str) -> HttpResponse:
    """A statement's lines with their state."""
    with tenant_tx(tenant_of(request)):
        found = BankStatement.objects.select_related("account").filter(public_id=statement).first()
        if found is None:
            raise NotFound
        lines = BankTransaction.objects.filter(statement=found).select_related("payment").order_by("row", "id")
        state = request.GET.get("state", "")
        if state in LineState.values:
            lines = lines.filter(state=state)
        page = Paginator(lines, PER_PAGE).get_page(request.GET.get("page"))
        context = {
            "statement": found,
            "facts": tables.facts_of(found, gap_before(found)),
            "gap": gap_before(found),
            "page": page,
            "table": tables.of_lines(list(page)),
            "filters": [("", _("全部")), *LineState.choices],
            "chosen": state,
        }
        return TemplateResponse(request, "payments/staff_statement.html", context).render()


def _accounts(request: HttpRequest) -> list[BankAccount]:
    """The one that payers are told of is there without anybody's doing."""
    tenant = tenant_of(request)
    with tenant_tx(tenant):
        found = list(BankAccount.objects.order_by("id"))
    if not found:
        with tenant_tx(tenant, write=True):
            made = bank_accounts.of_payee(by=actor_of(request))
        found = [made] if made else []
    return found


def _handed_in(request: HttpRequest, form: StatementUploadForm) -> HttpResponse | None:
    """None: the form has got an error."""
    tenant, by = tenant_of(request), actor_of(request)
    try:
        data, accepted = statement_files.accept(cast("Upload | None", request.FILES.get("statement")))
    except (FileRefused, PortalError) as refusal:
        form.is_valid()
        form.add_error("statement", say(refusal))
        return None
    with accepted:
        if not form.is_valid():
            return None
        account: BankAccount = form.cleaned_data["account"]
        file = store.put(
            tenant,
            accepted,
            owner=f"bank_account:{account.public_id}",
            purpose=statement_files.PURPOSE,
            previews=False,
        )
    with tenant_tx(tenant, write=True):
        store.commit(file, by=by)
        made = importing.begin(tenant, account, data, by=by, file=file)
    return HttpResponseRedirect(reverse("payments:staff-statement-upload", args=[made.public_id]))


def _upload(request: HttpRequest, public_id: str) -> StatementUpload:
    with tenant_tx(tenant_of(request)):
        found: StatementUpload | None = (
            StatementUpload.objects.select_related("account", "file").filter(public_id=public_id).first()
        )
    if found is None:
        raise NotFound
    return found


def _looked_at(request: HttpRequest, found: StatementUpload) -> dict[str, object]:
    assert found.file is not None  # noqa: S101  the caller has looked
    data = statement_files.data_of(found.file)
    try:
        read = importing.read_for(found.account, data)
    except StatementRefused as refusal:
        rows = getattr(refusal, "rows", ())
        return {
            "refusal": say(refusal),
            "errors": tables.of_errors(rows) if rows else None,
            "mappable": isinstance(refusal, UnknownFormat) or bool(found.account.mapping),
        }
    with tenant_tx(tenant_of(request)):
        return {
            "parts": [tables.part_of(one) for one in read],
            "known": _known(found, data),
            "unproven": any(not one.proofs for one in read),
            "mappable": bool(found.account.mapping),
        }


def _known(found: StatementUpload, data: bytes) -> bool:
    return BankStatement.objects.filter(account=found.account_id, digest=importing.digest_of(data)).exists()
