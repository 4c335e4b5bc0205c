"""Several transfers on one page: added, deleted, each checked by itself, then handed in together (RULES E4).

Without a script: every button sends the whole page, and what was typed comes back as typed.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.checking import check_entry
from payments.forms import EntryForm
from payments.matching import Answer
from payments.transfers import ClaimData
from portal.audit import attempts
from portal.errors import InvalidInput, PortalError
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from portal.ui import forms as ui_forms
from portal.ui.parts import Badge, Tone
from portal.ui.words import say
from renewals.models import Order
from renewals.views.customer import perform, posted_key

CHECKS, CHECKS_IN = 6, timedelta(hours=1)  # 核验 of one order
_RESULTS: dict[Answer, tuple[str | Promise, Tone, str | Promise]] = {
    Answer.CONFIRMED: (gettext_lazy("成功"), "success", gettext_lazy("款项已入账。")),
    Answer.NOT_ARRIVED: (
        gettext_lazy("未到账"),
        "info",
        gettext_lazy("银行流水里还没有这笔款项，一般 1 个工作日到账。可以先提交，由财务核对。"),
    ),
    Answer.AMOUNT_DIFFERS: (
        gettext_lazy("金额不符"),
        "danger",
        gettext_lazy("收到的金额与填写的不同，请对照回单更正。"),
    ),
    Answer.NAME_DIFFERS: (
        gettext_lazy("户名不符"),
        "danger",
        gettext_lazy("收到的付款账户名与填写的不同，请对照回单更正。"),
    ),
    Answer.ALREADY_USED: (
        gettext_lazy("已被使用"),
        "danger",
        gettext_lazy("符合的款项已用于其他费用，请核对是否另有一笔转账，或联系客服。"),
    ),
    Answer.TO_STAFF: (
        gettext_lazy("转人工"),
        "info",
        gettext_lazy("由财务核对，请直接提交，1 至 2 个工作日内短信通知。"),
    ),
}


@dataclass
class Entry:
    """One row of the page. ``result``: 成功 or why not, once it was checked; ``said``: what to do."""

    form: EntryForm
    result: Badge | None = None
    said: str = ""


@dataclass
class Entries:
    """``refused``: what is wrong with the whole; ``done``: every entry was handed in."""

    rows: list[Entry] = field(default_factory=list)
    most: int = 1
    refused: str = ""
    done: bool = False

    @property
    def forms(self) -> list[EntryForm]:
        return [row.form for row in self.rows]

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(control id, sentence) for the page's summary."""
        return [one for form in self.forms if form.is_bound for one in ui_forms.problems(form)]

    @property
    def may_add(self) -> bool:
        return len(self.rows) < self.most

    @property
    def is_wrong(self) -> bool:
        return bool(self.refused) or any(form.errors for form in self.forms if form.is_bound)


def fresh(initial: dict[str, Any], most: int) -> Entries:
    return Entries([Entry(EntryForm(initial=initial, prefix="e0"))], most)


def answered(request: HttpRequest, order: Order, *, step: str, most: int, blank: dict[str, Any]) -> Entries:
    """What a POST made of the page. ``blank``: what an added entry begins with."""
    sent = _sent(request, most)
    what, _colon, which = request.POST.get("do", "submit").partition(":")
    if what == "add":
        return _drawn([dict(values) for values in sent], most, blank=blank)
    if what == "remove":
        left: list[dict[str, Any]] = [dict(values) for number, values in enumerate(sent) if str(number) != which]
        return _drawn(left or [{}], most)
    found = Entries([Entry(EntryForm(_named(values, n), prefix=f"e{n}")) for n, values in enumerate(sent)], most)
    wrong = [form for form in found.forms if not form.is_valid()]  # every one of them is looked at
    if wrong:
        return found
    if what == "check":
        _check(request, order, found)
    else:
        _hand_in(request, order, step, found)
    return found


def _sent(request: HttpRequest, most: int) -> list[dict[str, str]]:
    """The entries as they were typed, in order."""
    numbers = [n for n in range(most) if any(name.startswith(f"e{n}-") for name in request.POST)]
    fields = EntryForm.base_fields
    return [{name: request.POST.get(f"e{n}-{name}", "") for name in fields} for n in numbers] or [{}]


def _named(values: dict[str, str], number: int) -> dict[str, str]:
    return {f"e{number}-{name}": value for name, value in values.items()}


def _drawn(rows: list[dict[str, Any]], most: int, *, blank: dict[str, Any] | None = None) -> Entries:
    """As typed, nothing judged."""
    shown = [*rows, blank] if blank is not None and len(rows) < most else rows
    return Entries([Entry(EntryForm(initial=values, prefix=f"e{n}")) for n, values in enumerate(shown)], most)


def _told(form: EntryForm) -> ClaimData:
    data = form.cleaned_data
    return ClaimData(data["payer_name"], data["payer_account"], data["amount"], data["paid_on"], data["remittance"])


def _check(request: HttpRequest, order: Order, found: Entries) -> None:
    """核验转账信息: about the asker's own transfers alone, some times an hour."""
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    try:
        attempts.reserve(tenant, "transfer.check", order.public_id, limit=CHECKS, window=CHECKS_IN)
        with tenant_tx(tenant):
            for row in found.rows:
                answer = check_entry(order.charge, _told(row.form), holder_is_proven=not order.claim)
                words, tone, said = _RESULTS[answer]
                row.result, row.said = Badge(words, tone), str(said)
    except PortalError as refusal:
        found.refused = say(refusal)


def _hand_in(request: HttpRequest, order: Order, step: str, found: Entries) -> None:
    """Each is an act of its own, under a key of its own: what is in stays in when a later one is refused."""
    key = posted_key(request)
    while found.rows:
        row = found.rows[0]
        told = _told(row.form)
        data = {
            "payer_name": told.payer_name,
            "payer_account": told.payer_account,
            "amount_fen": told.amount_fen,
            "paid_on": told.paid_on.isoformat(),
            "remittance": told.remittance,
            "corrects": "",
        }
        try:
            perform(request, order, "claim_transfer", step=step, data=data, key=f"{key}-{row.form.prefix}")
        except InvalidInput as refusal:
            found.refused = " ".join(sentence for sentences in refusal.fields.values() for sentence in sentences)
            return
        except PortalError as refusal:
            found.refused = say(refusal)
            return
        found.rows.pop(0)
    found.done = True


def count_words(entries: Entries) -> str:
    return _("共 %(count)s 笔，最多 %(most)s 笔") % {"count": len(entries.rows), "most": entries.most}
