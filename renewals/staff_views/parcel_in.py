"""/staff/parcels/in/<id>/: one inbound parcel, opened key by key (RULES P15)."""

import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.access import access
from portal.accounts.actor import actor_of
from portal.accounts.errors import NotYourDuty
from portal.errors import PortalError
from portal.files.models import StoredFile
from portal.files.receiving import Slot, receive
from portal.tenants import tenant_tx
from portal.ui.parts import Badge, Column, Crumb, Link, Pair, Row, Table
from portal.ui.templatetags.ui import in_fours
from portal.ui.words import say
from renewals.mail_room import intake
from renewals.mail_room.intake import Seen
from renewals.mail_room.words import HANDS
from renewals.mail_room_forms import KeyForm
from renewals.models import ReceivedKey, Shipment
from renewals.parcels import carriers
from renewals.parcels.hands import Hand
from renewals.staff_files import PHOTO
from renewals.staff_views.common import day, may, table, two_lines, when
from renewals.staff_views.parcels import HANDLE, VIEW, number_words, state_badge

_PICTURES = ("jpeg", "png")


# -- the parcel -------------------------------------------------------------------------------------------------------


@access(f"staff:{VIEW}", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def parcel(request: HttpRequest, public_id: str) -> HttpResponse:
    """POST takes one key in; what fits is matched at once, the rest stays on the shelf."""
    form = KeyForm(request.POST or None, initial={"shelf": request.session.get("shelf", "")})
    if request.method == "POST":
        _must_handle(request)
        if form.is_valid():
            request.session["shelf"] = form.cleaned_data["shelf"]
            try:
                key = _take_in(request, public_id, form.cleaned_data)
            except PortalError as refusal:
                form.add_error(None, say(refusal))
            else:
                return HttpResponseRedirect(key)
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        context = _parcel_context(request, intake.find_parcel(public_id), form)
        status = 422 if form.errors else 200
        return TemplateResponse(request, "renewals/staff/parcel.html", context, status=status).render()


def _take_in(request: HttpRequest, public_id: str, data: dict[str, Any]) -> str:
    """The address to go on at: the parcel's next key, or this key where somebody has to look."""
    by = actor_of(request)
    with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
        seen = Seen(data["medium_number"], data["condition"], data["shelf"])
        key = intake.take_in(intake.find_parcel(public_id), seen, by=by)
    keep_photo(request, key)
    refusal = _match(request, key, data)
    here = reverse("staff-parcel", args=[public_id])
    if refusal is None:
        return f"{here}#take-in"
    messages.warning(request, refusal)
    return reverse("staff-parcel-key", args=[key.public_id])


def _match(request: HttpRequest, key: ReceivedKey, data: dict[str, Any]) -> str | None:
    """None: it is somebody's. Else why a person has to look."""
    with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
        items = intake.items_for(key.medium_number)
        if len(items) != 1:
            return (
                _("没有订单在等这只 Ekey，已放到无主架。可以在这里按订单编号归入，或以后再办。")
                if not items
                else _("有 %(n)d 张订单在等这个介质号的 Ekey，请选择归到哪一张。") % {"n": len(items)}
            )
        try:
            done = intake.assign(
                intake.find_key(key.public_id),
                items[0],
                by=actor_of(request),
                act_key=f"receive:{key.public_id}",
                form_enclosed=data["form_enclosed"],
                compared=data["compared"],
            )
        except PortalError as refusal:
            return say(refusal)
    number = in_fours(items[0].order.number)
    words = _("%(key)s 已收到，归入订单 %(number)s。") if done else _("%(key)s 已收到，先为订单 %(number)s 保管。")
    messages.success(request, words % {"key": key.medium_number, "number": number})
    return None


def keep_photo(request: HttpRequest, key: ReceivedKey) -> None:
    """Beside the intake: a picture that is refused doesn't take the key back out of the hall."""

    def attach(_slot: Slot, file: StoredFile) -> None:
        found = ReceivedKey.objects.select_for_update().get(pk=key.pk)
        found.photo = file
        found.save(update_fields=["photo"])

    received = receive(
        request.tenant,  # type: ignore[attr-defined]
        request.FILES,  # type: ignore[arg-type]
        [Slot("photo", PHOTO, kinds=_PICTURES)],  # type: ignore[arg-type]
        owner=key.vault_scope(),
        by=actor_of(request),
        attach=attach,
    )
    for sentence in received.refused.values():
        messages.error(request, _("照片没有保存：%(why)s") % {"why": sentence})


@access(f"staff:{HANDLE}", transaction=False)
@never_cache
@require_POST
def check_off(request: HttpRequest, public_id: str) -> HttpResponse:
    """The box is empty; what was announced and isn't there goes back to its customers (RULES P15)."""
    try:
        with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
            missing = intake.check_off(
                intake.find_parcel(public_id), by=actor_of(request), key=f"check:{form_key(request)}"
            )
    except PortalError as refusal:
        messages.error(request, say(refusal))
    else:
        words = _("清点完毕。") if not missing else _("清点完毕，少 %(n)d 只，已通知客户。") % {"n": len(missing)}
        messages.success(request, words)
    return HttpResponseRedirect(reverse("staff-parcel", args=[public_id]))


def _parcel_context(request: HttpRequest, found: Shipment, form: KeyForm) -> dict[str, Any]:
    inbound = found.direction == Shipment.Direction.INBOUND
    handles = may(request, HANDLE)
    return {
        "parcel": found,
        "title": number_words(found),
        "badge": state_badge(found),
        "crumbs": [Crumb(_("收发"), reverse("staff-parcels")), Crumb(found.tracking_number or _("没有单号"))],
        "facts": [
            Pair(_("快递"), carriers.title_of(found.carrier)),
            Pair(_("单号"), found.tracking_number or "—"),
            Pair(_("寄出"), day(found.sent_on)),
            Pair(_("到件"), when(found.arrived_at)),
        ],
        "expected": _expected(found),
        "keys": _keys(found),
        "form": form if inbound and handles and found.state in _OPENED else None,
        "arrive": inbound and handles and found.state == Shipment.State.ANNOUNCED,
        "check": inbound and handles and found.state == Shipment.State.ARRIVED,
        "key": secrets.token_urlsafe(16),
    }


_OPENED = {Shipment.State.ARRIVED, Shipment.State.CHECKED}


def _expected(found: Shipment) -> Table:
    rows = []
    for announced in found.announced.filter(withdrawn_at__isnull=True).select_related(
        "item__certificate", "item__order__organisation"
    ):
        item = announced.item
        step = item.steps.filter(kind="mail_in").first()
        came = step is not None and step.state == "done"
        rows.append(
            Row(
                [
                    two_lines(item.certificate.medium_number or "—", item.certificate.serial),
                    two_lines(item.order.organisation.name, in_fours(item.order.number)),
                    Badge(_("已收到"), "success") if came else Badge(_("等待"), "info"),
                ]
            )
        )
    columns = [
        Column(_("介质号、证书序列号"), "code"),
        Column(_("单位、订单")),
        Column(_("情况")),
    ]
    return table(_("客户登记的 Ekey"), columns, rows)


def _keys(found: Shipment) -> Table:
    rows = []
    for key in found.keys.select_related("item__order").order_by("id"):
        url = reverse("staff-parcel-key", args=[key.public_id])
        rows.append(
            Row(
                [
                    Link(key.medium_number or _("看不清"), url),
                    two_lines(key.get_condition_display(), key.shelf),
                    in_fours(key.item.order.number) if key.item else Badge(_("无主"), "warning"),
                    key.get_mismatch_display() if key.mismatch else HANDS[Hand(key.hand)],
                ],
                url=url,
            )
        )
    columns = [
        Column(_("介质号"), "code"),
        Column(_("外观、货架")),
        Column(_("订单"), "code"),
        Column(_("现在")),
    ]
    return table(_("清点出的 Ekey"), columns, rows)


def form_key(request: HttpRequest) -> str:
    given = request.POST.get("key", "")
    return given if 8 <= len(given) <= 40 and given.isascii() and given.isprintable() else secrets.token_urlsafe(16)


def _must_handle(request: HttpRequest) -> None:
    if not may(request, HANDLE):
        raise NotYourDuty(permission=HANDLE)
