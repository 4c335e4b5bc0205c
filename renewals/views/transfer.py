"""/orders/<id>/pay/transfer/: where to transfer to, what was transferred, and money from somebody else (C9, E4, P10).

A voucher is stored as soon as it is good, whatever else is wrong on the page; what was typed comes back as typed.
"""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from payments import selectors as money_selectors
from payments import transfers
from payments.checking import check_claim
from payments.forms import ExplanationForm, TransferForm
from payments.matching import Answer
from payments.models import ChannelName, Charge, ClaimState, SuspenseState, TransferClaim
from payments.money import yuan
from payments.selectors import TransfersView
from portal import vault
from portal.accounts.access import access
from portal.accounts.actor import actor_of
from portal.audit import attempts
from portal.errors import InvalidInput, PortalError
from portal.files import store
from portal.files.forms import Kept
from portal.files.models import StoredFile
from portal.files.receiving import Slot, receive
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from portal.ui.parts import Badge, Stage, Tone
from portal.ui.words import say
from renewals import orders, selectors
from renewals.errors import OrderNotFound
from renewals.lifecycle import Kind, NextActor, StepState
from renewals.models import Order
from renewals.programmes.schema_steps import PaymentStep
from renewals.publishing import pack_of
from renewals.selectors import Task
from renewals.views import transfer_entries
from renewals.views.customer import new_key, own_order, perform, posted_key, stages_of, step_of
from renewals.views.pay_states import business_facts, payment_table
from renewals.views.payment import channels_of

_TONES: dict[str, Tone] = {
    "waiting": "info",
    "confirmed": "success",
    "refused": "danger",
    "withdrawn": "neutral",
    "held": "warning",
    "released": "success",
    "returning": "info",
    "returned": "neutral",
}

_ANSWERS: dict[Answer, str | Promise] = {
    Answer.CONFIRMED: gettext_lazy("核验成功：款项已入账。"),
    Answer.NOT_ARRIVED: gettext_lazy("未到账：银行流水里还没有这笔款项。转账后一般 1 个工作日到账，请稍后再核验。"),
    Answer.AMOUNT_DIFFERS: gettext_lazy("金额不符：收到的金额与登记的不同。请对照回单，撤回后重新登记。"),
    Answer.NAME_DIFFERS: gettext_lazy("户名不符：收到的付款户名与登记的不同。请对照回单，撤回后重新登记。"),
    Answer.ALREADY_USED: gettext_lazy("已被使用：符合的款项已用于其他费用。请核对是否另有一笔转账，或联系客服。"),
    Answer.TO_STAFF: gettext_lazy("转人工：需要财务核对，1 至 2 个工作日内短信通知结果，无需再次登记。"),
}


@dataclass(frozen=True)
class _Room:
    order: Order
    task: Task
    charge: Charge
    payee: transfers.Payee
    found: TransfersView
    kept: Kept | None
    stages: list[Stage]

    @property
    def unclaimed_fen(self) -> int:
        """What is still to be transferred, should everything arrive that was claimed and what is held be released."""
        waiting = sum(row.amount_fen for row in self.found.claims if row.state == ClaimState.WAITING)
        held = sum(row.amount_fen for row in self.found.received if row.suspense_state == SuspenseState.HELD)
        return max(0, self.charge.open_fen - waiting - held)

    @property
    def may_claim(self) -> bool:
        return bool(self.charge.open_fen) and self.task.step.state is not StepState.WAITING


@access("customer", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def transfer(request: HttpRequest, public_id: str) -> HttpResponse:
    room = _enter(request, public_id)
    if room is None:
        return HttpResponseRedirect(reverse("order", args=[public_id]))
    most = channel_options(room).transfer_entries or 1
    if most > 1:
        return _entries(request, room, most)
    form = None
    if request.method == "POST":
        form, answer = _claimed(request, room)
        if answer is not None:
            return answer
        room = _enter(request, public_id) or room  # the voucher that was kept
        form.fields["voucher"].widget.kept = room.kept
    else:
        form = TransferForm(initial=_initial(request, room), kept=room.kept)
    return _page(request, room, form)


def channel_options(room: _Room) -> PaymentStep:
    """The payment step's own part of the rule pack."""
    config = pack_of(room.order.programme).step_config(room.order.path, room.task.step.name)
    if not isinstance(config, PaymentStep):
        raise TypeError("a payment step without its part of the pack")
    return config


def _entries(request: HttpRequest, room: _Room, most: int) -> HttpResponse:
    """Several transfers at once (RULES E4)."""
    blank = _initial(request, room)
    step = room.task.step.name
    if request.method != "POST":
        return _page(request, room, None, entries=transfer_entries.fresh(blank, most))
    entries = transfer_entries.answered(request, room.order, step=step, most=most, blank=blank | {"amount": ""})
    if entries.done:
        return HttpResponseRedirect(reverse("order-transfer", args=[room.order.public_id]))
    room = _enter(request, room.order.public_id) or room  # what was handed in before a refusal stands above
    return _page(request, room, None, entries=entries, refused=entries.refused)


@access("customer", transaction=False)
@require_POST
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    room = _enter(request, public_id)
    if room is not None:
        data = {"claim": request.POST.get("claim", "")[:32]}
        perform(request, room.order, "withdraw_transfer", step=room.task.step.name, data=data, key=posted_key(request))
    return HttpResponseRedirect(reverse("order-transfer", args=[public_id]))


@access("customer", transaction=False)
@require_POST
def payer(request: HttpRequest, public_id: str) -> HttpResponse:
    """RULES P10: the sealed 代付说明 of money from somebody else, or it shall go back."""
    room = _enter(request, public_id)
    if room is None:
        return HttpResponseRedirect(reverse("order", args=[public_id]))
    suspense, key, step = request.POST.get("suspense", "")[:32], posted_key(request), room.task.step.name
    if request.POST.get("wish") == "refund":
        perform(request, room.order, "explain_payer", step=step, data={"suspense": suspense}, key=key)
        return HttpResponseRedirect(reverse("order-transfer", args=[public_id]))

    def attach(_slot: Slot, file: StoredFile) -> None:
        data = {"suspense": suspense, "file": file.public_id}
        orders.act(room.order.public_id, "explain_payer", step=step, by=actor_of(request), data=data, key=key)

    received = receive(
        request.tenant,  # type: ignore[attr-defined]
        request.FILES,  # type: ignore[arg-type]
        [Slot("explanation", transfers.EXPLANATION)],
        owner=f"order:{room.order.public_id}",
        by=actor_of(request),
        attach=attach,
    )
    if received.stored:
        return HttpResponseRedirect(reverse("order-transfer", args=[public_id]))
    form = TransferForm(initial=_initial(request, room), kept=room.kept)
    return _page(request, room, form, refused=received.refused.get("explanation") or _("请选择代付说明的文件。"))


@access("customer", transaction=False)
@require_POST
def check(request: HttpRequest, public_id: str) -> HttpResponse:
    """核验转账信息 of one claim: an answer about the asker's own transfers alone (RULES C9, E4), some times an hour."""
    room = _enter(request, public_id)
    if room is None:
        return HttpResponseRedirect(reverse("order", args=[public_id]))
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    try:
        attempts.reserve(
            tenant,
            "transfer.check",
            room.order.public_id,
            limit=transfer_entries.CHECKS,
            window=transfer_entries.CHECKS_IN,
        )
        with tenant_tx(tenant):
            answer = check_claim(
                room.order.charge, request.POST.get("claim", "")[:32], holder_is_proven=not room.order.claim
            )
    except PortalError as refusal:
        messages.error(request, say(refusal))
    else:
        level = messages.SUCCESS if answer is Answer.CONFIRMED else messages.INFO
        messages.add_message(request, level, str(_ANSWERS[answer]))
    return HttpResponseRedirect(reverse("order-transfer", args=[public_id]))


def _enter(request: HttpRequest, public_id: str) -> _Room | None:
    """None: the order has no quote yet, or its programme takes no transfers."""
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        order = own_order(request, public_id)
        view = selectors.order_view(order)
        task = step_of(view, Kind.PAYMENT)
        if not order.charge or ChannelName.BANK_TRANSFER not in channels_of(view, task):
            return None
        charge = Charge.objects.get(public_id=order.charge)
        found = money_selectors.transfers_of(order.charge)
        kept = _kept(found.draft_voucher)
        return _Room(order, task, charge, transfers.payee(), found, kept, list(stages_of(view)))


def _kept(file: str) -> Kept | None:
    if not file:
        return None
    stored = store.get(file)
    return Kept(store.name_of(stored), stored.size, reverse("file", args=[file]))


def _initial(request: HttpRequest, room: _Room) -> dict[str, object]:
    """The order's own data; or a refused claim, to be corrected."""
    known = request.GET.get("correct", "")[:32]
    if known:
        with tenant_tx(request.tenant):  # type: ignore[attr-defined]
            claim = TransferClaim.objects.filter(charge=room.charge, public_id=known, state=ClaimState.REFUSED).first()
            if claim is None:
                raise OrderNotFound()
            account = vault.reveal(claim, "payer_account", by=actor_of(request), reason="改正转账登记")
        return {
            "payer_name": claim.payer_name,
            "payer_account": account,
            "amount": yuan(claim.amount_fen),
            "paid_on": claim.paid_on,
            "remittance": claim.remittance,
            "corrects": claim.public_id,
        }
    return {
        "payer_name": room.charge.payer_name,
        "amount": yuan(room.unclaimed_fen) if room.unclaimed_fen else "",
        "paid_on": localdate(),
        "remittance": room.order.number,
    }


def _claimed(request: HttpRequest, room: _Room) -> tuple[TransferForm, HttpResponse | None]:
    """The voucher first, so that it stays; then what was typed."""
    received = receive(
        request.tenant,  # type: ignore[attr-defined]
        request.FILES,  # type: ignore[arg-type]
        [Slot("voucher", transfers.VOUCHER)],
        owner=f"order:{room.order.public_id}",
        by=actor_of(request),
        attach=lambda _slot, file: transfers.keep_voucher(room.order.charge, file, by=actor_of(request)),
    )
    form = TransferForm(request.POST, kept=room.kept)
    form.is_valid()
    corrects = str(form.cleaned_data.get("corrects", ""))
    has_old = any(row.public_id == corrects and row.voucher for row in room.found.claims)
    if "voucher" in received.refused:
        form.add_error("voucher", received.refused["voucher"])
    elif not (received.stored or room.kept or has_old):
        form.add_error("voucher", _("请上传转账凭证。"))
    if form.errors:
        return form, None
    data = {
        "payer_name": form.cleaned_data["payer_name"],
        "payer_account": form.cleaned_data["payer_account"],
        "amount_fen": form.cleaned_data["amount"],
        "paid_on": form.cleaned_data["paid_on"].isoformat(),
        "remittance": form.cleaned_data["remittance"],
        "corrects": corrects,
    }
    try:
        perform(request, room.order, "claim_transfer", step=room.task.step.name, data=data, key=posted_key(request))
    except InvalidInput as refusal:
        for sentences in refusal.fields.values():
            form.add_error(None, sentences)
        return form, None
    except PortalError as refusal:
        form.add_error(None, say(refusal))
        return form, None
    return form, HttpResponseRedirect(reverse("order-transfer", args=[room.order.public_id]))


def _page(
    request: HttpRequest,
    room: _Room,
    form: TransferForm | None,
    *,
    refused: str = "",
    entries: transfer_entries.Entries | None = None,
) -> HttpResponse:
    old = request.GET.get("correct") or str(form["corrects"].value() or "" if form else "")
    wrong = bool(form.errors) if form else bool(entries and entries.is_wrong)
    context = {
        "order": room.order,
        "charge": room.charge,
        "payee": room.payee,
        "claims": [
            (row, Badge(row.state_label, _TONES[row.state]))
            for row in room.found.claims
            if row.state != ClaimState.WITHDRAWN
        ],
        "held": [
            (
                row,
                Badge(row.suspense_label, _TONES[row.suspense_state]),
                ExplanationForm(auto_id=f"id{number}_%s"),
            )
            for number, row in enumerate(room.found.received)
            if row.suspense
        ],
        "form": form if room.may_claim else None,
        "entries": entries if room.may_claim else None,
        "entries_open": request.method == "POST" or not any(c.state == "waiting" for c in room.found.claims),
        "entries_count": transfer_entries.count_words(entries) if entries else "",
        "balance_fen": _balance(request, room) if entries else 0,
        "open_by_itself": bool(wrong or old) or not any(c.state == "waiting" for c in room.found.claims),
        "correcting": old,
        "unclaimed_fen": room.unclaimed_fen,
        "may_scan": room.task.acting is NextActor.CUSTOMER,
        "refused": refused,
        "stages": room.stages,
        "key": new_key(),
        **_states(request, room),
    }
    status = 422 if wrong or refused else 200
    return TemplateResponse(request, "renewals/transfer.html", context, status=status)


def _states(request: HttpRequest, room: _Room) -> dict[str, object]:
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        return {"business": business_facts(room.order, room.charge), "tries": payment_table(room.charge)}


def _balance(request: HttpRequest, room: _Room) -> int:
    """Nobody's but the proven holder's: a name that was typed shows no money (RULES P2)."""
    if room.order.claim:
        return 0
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        return money_selectors.balance_of(room.order.charge)
