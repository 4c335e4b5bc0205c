"""/orders/<id>/form/: the request form is made, downloaded, printed, signed and sealed (RULES C4, C7)."""

import hashlib

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from portal.accounts.access import access
from portal.accounts.actor import actor_of
from portal.errors import PortalError
from portal.tenants import tenant_tx
from portal.ui.parts import Pair
from portal.ui.templatetags.ui import in_fours, plain_money
from portal.ui.words import say
from portal.vault import SealedValueErased, masks
from renewals import selectors
from renewals.lifecycle import Kind, StepState
from renewals.models import FormPrint, Order, StepRecord
from renewals.publishing import pack_of
from renewals.request_form.data import FormData
from renewals.steps.request_form import current_print, shown_on
from renewals.views.customer import new_key, own_order, perform, posted_key, stages_of, step_of


@access("customer", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def request_form(request: HttpRequest, public_id: str) -> HttpResponse:
    """POST marks the form as fetched and leads to its file: one and the same, however often."""
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        order = own_order(request, public_id)
        view = selectors.order_view(order)
        step = step_of(view, Kind.REQUEST_FORM).step
        printed = current_print(order)
        over = order.closed_at is not None and step.state is not StepState.DONE
        if step.state in {StepState.WAITING, StepState.SKIPPED} or printed is None or over:
            return HttpResponseRedirect(reverse("order", args=[public_id]))
        stages = stages_of(view)
    refusal: PortalError | None = None
    if request.method == "POST":
        try:
            key = f"{posted_key(request)}:{printed.version}"  # a page of before doesn't get the form of before
            done = perform(request, order, "fetch", step=step.name, key=key)
        except PortalError as error:
            refusal = error
        else:
            return HttpResponseRedirect(reverse("file", args=[done.answer["file"]]))
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        context = {
            **_live_context(request, order),
            "stages": stages,
            "groups": _shown(request, order),
            "refusal": say(refusal) if refusal else "",
        }
    return TemplateResponse(request, "renewals/request_form.html", context, status=refusal.status if refusal else 200)


@access("customer", background=True)
@require_GET
def live(request: HttpRequest, public_id: str) -> HttpResponse:
    """The part that moves: being made, ready, fetched. Unchanged is 304."""
    order = own_order(request, public_id)
    context = _live_context(request, order)
    if request.headers.get("If-None-Match") == context["etag"]:
        response = HttpResponse(status=304)
    else:
        response = TemplateResponse(request, "renewals/_request_form_live.html", context)
    response["ETag"] = str(context["etag"])
    response["Cache-Control"] = "no-store"
    return response


def goes_by_post(order: Order) -> bool:
    """Whether the stamped form travels with the keys instead of being uploaded (RULES A16)."""
    steps = pack_of(order.programme).path(order.path).steps
    return any(step.kind == "mail_in" and step.wants_form for step in steps)


def _live_context(request: HttpRequest, order: Order) -> dict[str, object]:
    printed = current_print(order)
    ready = printed is not None and printed.state == FormPrint.State.READY
    steps = dict(StepRecord.objects.filter(order=order).values_list("kind", "state"))
    fetched = ready and steps.get(Kind.REQUEST_FORM) == StepState.DONE
    language = getattr(request, "LANGUAGE_CODE", "")
    seen = (printed.public_id, printed.state, order.status, *sorted(steps.items()), language) if printed else ()
    says = _("申请表已下载") if fetched else _("申请表已生成") if ready else _("正在生成申请表")
    return {
        "order": order,
        "printed": printed,
        "ready": ready,
        "fetched": fetched,
        "unprintable": printed is not None and printed.state == FormPrint.State.UNPRINTABLE,
        "posted": goes_by_post(order),
        "documents_open": steps.get(Kind.DOCUMENTS) in {StepState.OPEN, StepState.RETURNED},
        "moving": not fetched and not order.closed_at,
        "key": new_key(),
        "says": says,
        "etag": '"' + hashlib.sha256(repr(seen).encode()).hexdigest()[:24] + '"',
    }


def _shown(request: HttpRequest, order: Order) -> list[tuple[str, list[Pair]]]:
    """What stands on the form; personal numbers by their masks, as on the order's other pages."""
    printed = current_print(order)
    if printed is None:
        return []
    try:
        data = shown_on(printed, by=actor_of(request), reason="查看申请表的内容")
    except SealedValueErased:
        return []
    return [
        (_("申请单位"), _holder(data)),
        (_("经办人"), _representative(data)),
        (_("续期证书"), _certificates(data)),
        (_("年限和费用"), [Pair(_("办理年限"), data.term), Pair(_("费用合计"), plain_money(data.total_fen))]),
        *([(_("发票"), _invoice(data))] if data.invoice else []),
    ]


def _holder(data: FormData) -> list[Pair]:
    found = [
        Pair(_("单位名称"), data.holder.name),
        Pair(_("统一社会信用代码"), data.holder.code),
        *(
            [Pair(_("法定代表人"), masks.mask_name(data.holder.legal_representative))]
            if data.holder.legal_representative
            else []
        ),
    ]
    if data.holder.user:
        found.append(Pair(_("证书使用人"), masks.mask_name(data.holder.user)))
    if data.holder.department:
        found.append(Pair(_("使用部门或业务"), data.holder.department))
    changes = [
        Pair(
            _("变更：%(label)s") % {"label": change.label},
            _("原 %(before)s，现 %(after)s") % {"before": change.before, "after": change.after},
        )
        for change in data.changes
    ]
    return found + changes


def _representative(data: FormData) -> list[Pair]:
    person = data.representative
    return [
        Pair(_("姓名"), masks.mask_name(person.name)),
        Pair(person.id_kind or _("证件"), masks.mask_id_number(person.id_number)),
        Pair(_("手机号码"), masks.mask_phone(person.mobile)),
        *([Pair(_("电子邮箱"), masks.mask_email(person.email))] if person.email else []),
    ]


def _certificates(data: FormData) -> list[Pair]:
    found = []
    for line in data.certificates:
        found.append(Pair(_("证书序列号"), in_fours(line.serial)))
        if line.medium_number:
            found.append(Pair(_("介质编号"), in_fours(line.medium_number)))
        if line.not_after:
            found.append(Pair(_("原有效期至"), line.not_after.isoformat()))
    return found


def _invoice(data: FormData) -> list[Pair]:
    if data.invoice is None:
        return []
    return [
        Pair(_("发票抬头"), data.invoice.title),
        Pair(_("纳税人识别号"), data.invoice.tax_number),
        Pair(_("发票类型"), data.invoice.kind),
    ]
