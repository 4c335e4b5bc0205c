"""/staff/payments/workbench/: what matching has left for people, line by line, with suggestions (RULES C9, P9, P10).

The list, the line and what it may pay stand side by side; after a decision the next line opens.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from payments.models import BankAccount, BankTransaction, MatchedBy, SavedFilter
from payments.money import display, yuan
from payments.transfers import PERMISSION
from payments.views import workbench_page as bench
from payments.views.tables import money_tabs
from payments.workbench import deciding, undoing
from payments.workbench.deciding import Decision, RestTo, Share
from payments.workbench.errors import LineNotFound
from payments.workbench.filters import Filter, show
from payments.workbench.forms import REST_CHOICES, SplitForm
from payments.workbench.proposals import KIND_WORDS
from portal.accounts.access import access, tenant_of
from portal.accounts.actor import actor_of
from portal.errors import PortalError
from portal.tenants.transaction import tenant_tx
from portal.ui.words import say

_MOST_FILTERS = 20


@access(f"staff:{PERMISSION}")
@never_cache
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    return _page(request)


@access(f"staff:{PERMISSION}")
@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """``do``: accept (shares as proposed), hold, ignore, split. What was typed comes back when it can't be done."""
    form = SplitForm(request.POST) if request.POST.get("do") == "split" else None
    if form is not None:
        with tenant_tx(tenant_of(request)):  # charges are looked up by number
            is_valid = form.is_valid()
        if not is_valid:
            return _page(request, form=form, status=422)
    try:
        with tenant_tx(tenant_of(request), write=True):
            said = _done(request, form)
    except PortalError as refusal:
        if form is None:
            messages.error(request, say(refusal))
            return _back(request, stay=True)
        form.add_error(None, say(refusal))
        return _page(request, form=form, status=422)
    messages.success(request, said)
    return _back(request)


@access(f"staff:{PERMISSION}")
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    line = request.POST.get("undo", "")
    try:
        with tenant_tx(tenant_of(request), write=True):
            undoing.undo(line, reason=request.POST.get("reason", ""), by=actor_of(request))
    except PortalError as refusal:
        messages.error(request, say(refusal))
        return _back(request, stay=True)
    messages.success(request, _("已撤销，这笔流水重新待处理。"))
    return HttpResponseRedirect(bench.address(_filter(request), line=line))


@access(f"staff:{PERMISSION}")
@require_POST
def keep_filter(request: HttpRequest) -> HttpResponse:
    """Save the filter under a name of one's own (again: replaced), or forget one."""
    wanted, owner = _filter(request), actor_of(request).user_id or 0
    name = request.POST.get("name", "").strip()[:30]
    with tenant_tx(tenant_of(request), write=True):
        mine = SavedFilter.objects.filter(owner_id=owner)
        if request.POST.get("forget"):
            mine.filter(public_id=request.POST["forget"][:32]).delete()
            messages.success(request, _("已删除这个筛选。"))
        elif not name:
            messages.error(request, _("请给筛选起个名字，再保存。"))
        elif mine.count() >= _MOST_FILTERS and not mine.filter(name=name).exists():
            messages.error(request, _("最多保存 20 个筛选。请先删除不用的。"))
        else:
            SavedFilter.objects.update_or_create(owner_id=owner, name=name, defaults={"query": wanted.query})
            messages.success(request, _("筛选“%(name)s”已保存。") % {"name": name})
    return HttpResponseRedirect(bench.address(wanted))


def _done(request: HttpRequest, form: SplitForm | None) -> str:
    """In a write tenant_tx. What to say of it."""
    by, lines = actor_of(request), list(dict.fromkeys(request.POST.getlist("line")))
    do, note = request.POST.get("do", ""), request.POST.get("note", "")
    if not lines:
        raise LineNotFound
    if do == "hold":
        charge = request.POST.get("charge", "")
        deciding.hold(lines[0], charge=charge, note=note, by=by)
        return _("已转入“付款人不符”，已通知客户。") if charge else _("已挂账。")
    if do == "ignore":
        deciding.ignore(lines[0], note=note, by=by)
        return _("已标记为与网厅无关。")
    decision = form.decision if form is not None and form.decision is not None else _proposed(request)
    deciding.decide(lines, decision, by=by)
    given = sum(share.fen for share in decision.shares)
    if not decision.rest_fen:
        return _("已入账 %(fen)s。") % {"fen": display(given)}
    to = _("已申请原路退回") if decision.rest_to is RestTo.REFUND else _("已转入余额")
    return _("已入账 %(fen)s，多出的 %(rest)s%(to)s。") % {
        "fen": display(given),
        "rest": display(decision.rest_fen),
        "to": to,
    }


def _proposed(request: HttpRequest) -> Decision:
    """As the page has shown it; the ledger looks at it again."""
    shares = []
    for told in request.POST.getlist("share"):
        charge, _colon, fen = told.partition(":")
        shares.append(Share(charge, _whole(fen)))
    rest_to = RestTo.REFUND if request.POST.get("rest_to") == RestTo.REFUND else RestTo.BALANCE
    return Decision(
        tuple(shares),
        _whole(request.POST.get("rest_fen", "0")),
        rest_to,
        request.POST.get("holder", "")[:128],
        request.POST.get("holder_checked") == "on",
        request.POST.get("note", ""),
    )


def _whole(text: str) -> int:
    """Not a number: -1, which no total takes."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else -1


def _filter(request: HttpRequest) -> Filter:
    given = request.GET if request.method == "GET" else request.POST
    return Filter.of({name: given.get(f"f_{name}" if request.method == "POST" else name, "") for name in bench.NAMES})


def _back(request: HttpRequest, *, stay: bool = False) -> HttpResponse:
    """To the line after this one; ``stay``: to this one."""
    line = (request.POST.getlist("line") or [""])[0] if stay else request.POST.get("after", "")
    return HttpResponseRedirect(bench.address(_filter(request), line=line[:32]))


def _page(request: HttpRequest, *, form: SplitForm | None = None, status: int = 200) -> HttpResponse:
    owner, wanted = actor_of(request).user_id or 0, _filter(request)
    given = request.GET if request.method == "GET" else request.POST
    number = given.get("page", "")
    with tenant_tx(tenant_of(request)):
        shown = show(wanted, int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1)
        chosen = bench.chosen(shown, given.get("line", ""))
        if form is None and chosen is not None:
            form = SplitForm(initial=bench.split_initial(chosen, request.GET.getlist("add")))
        filters = SavedFilter.objects.filter(owner_id=owner).order_by("name")
        context = {
            "tabs": money_tabs(request, "workbench"),
            "groups": bench.groups(shown, chosen, wanted),
            "shown": shown,
            "filter": wanted,
            "unread": wanted.unread,
            "is_filtered": bool(wanted.query),
            "kinds": KIND_WORDS.items(),
            "accounts": list(BankAccount.objects.order_by("number")),
            "saved": [(one, bench.address(Filter.of(one.query))) for one in filters],
            "hidden": [(f"f_{name}", value) for name, value in wanted.query.items()],
            "pages": bench.pages(shown, wanted),
            "chosen": chosen,
            "form": form,
            "rest_choices": REST_CHOICES,
            "recent": _recent(),
            "undo_url": reverse("payments:staff-workbench-undo"),
            "decide_url": reverse("payments:staff-workbench-decide"),
        }
        if chosen is not None:
            context |= bench.details(chosen, shown, given.get("q", "").strip()[:64], wanted)
    return TemplateResponse(request, "payments/workbench.html", context, status=status)


def _recent() -> list[tuple[BankTransaction, str, str]]:
    """What people have decided last, latest first: (line, state, amount)."""
    found = (
        BankTransaction.objects.filter(matched_by=MatchedBy.PERSON)
        .exclude(decided_at=None)
        .order_by("-decided_at", "-id")[:5]
    )
    return [(line, str(line.get_state_display()), yuan(line.amount_fen)) for line in found]
