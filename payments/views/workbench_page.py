"""How the workbench lays out its lines, the chosen one, and what is found for it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from urllib.parse import urlencode

from django.db.models import F, Q
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from payments import money
from payments.models import BankTransaction, Charge, ChargeState, LineState
from payments.workbench.deciding import pays_as_holder
from payments.workbench.filters import AGED_DAYS, Filter, Shown
from payments.workbench.forms import ROWS
from payments.workbench.proposals import Proposal, proposals_for

NAMES = tuple(one.name for one in fields(Filter))
_FOUND = 8
_SAME_PAYER = 6


@dataclass(frozen=True, slots=True)
class Row:
    """A line in the list."""

    line: BankTransaction
    url: str
    current: bool
    days: int
    kind: str


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Found:
    """A charge that was sought. ``fen``: so much of the line it takes; ``ours``: the payer is its holder."""

    charge: Charge
    fen: int
    rest_fen: int
    ours: bool
    add_url: str


def address(wanted: Filter, *, line: str = "", page: int = 1, **more: str | list[str]) -> str:
    query: dict[str, object] = {**wanted.query, **more}
    if page > 1:
        query["page"] = page
    if line:
        query["line"] = line
    url = reverse("payments:staff-workbench")
    return f"{url}?{urlencode(query, doseq=True)}" if query else url


def chosen(shown: Shown, line: str) -> BankTransaction | None:
    """The asked one as long as it waits, also where it isn't on this page; else the first."""
    for one in shown.lines:
        if one.public_id == line:
            return one
    elsewhere: BankTransaction | None = (
        BankTransaction.objects.select_related("account", "payment")
        .filter(public_id=line, state__in=[LineState.LEFT, LineState.HELD])
        .filter(payment__suspense=None)
        .first()
        if line and line.isprintable()
        else None
    )
    if elsewhere is not None:
        shown.proposals.update(proposals_for([elsewhere]))
    return elsewhere or (shown.lines[0] if shown.lines else None)


def groups(shown: Shown, current: BankTransaction | None, wanted: Filter) -> list[Group]:
    """Lines over ``AGED_DAYS`` days apart from the others, oldest first."""
    today = localdate()
    rows = [
        Row(
            line,
            address(wanted, line=line.public_id, page=shown.page),
            current is not None and line.pk == current.pk,
            (today - line.booked_on).days,
            shown.proposals[line.pk][0].kind_words if shown.proposals.get(line.pk) else "",
        )
        for line in shown.lines
    ]
    aged, fresh = [row for row in rows if row.days > AGED_DAYS], [row for row in rows if row.days <= AGED_DAYS]
    found = [
        Group(_("超过 %(days)s 天未处理") % {"days": AGED_DAYS}, aged),
        Group(_("%(days)s 天以内") % {"days": AGED_DAYS}, fresh),
    ]
    return [group for group in found if group.rows]


def pages(shown: Shown, wanted: Filter) -> dict[str, str]:
    return {
        "before": address(wanted, page=shown.page - 1) if shown.page > 1 else "",
        "after": address(wanted, page=shown.page + 1) if shown.page < shown.pages else "",
    }


def split_initial(line: BankTransaction, add: Sequence[str]) -> dict[str, object]:
    """Charges that were found go into the first rows: by number, with what they take of what is left."""
    initial: dict[str, object] = {}
    left = line.amount_fen
    found = {charge.public_id: charge for charge in Charge.objects.filter(public_id__in=list(add)[:ROWS])}
    wanted = [found[public_id] for public_id in dict.fromkeys(add) if public_id in found]
    for row, charge in enumerate(wanted):
        part = min(left, charge.open_fen)
        initial[f"number_{row}"] = charge.number or charge.reference
        initial[f"amount_{row}"] = money.yuan(part) if part else ""
        left -= part
    if wanted and left:
        initial["rest"] = money.yuan(left)
    return initial


def details(line: BankTransaction, shown: Shown, sought: str, wanted: Filter) -> dict[str, object]:
    """Of the chosen line: proposals, neighbours, what was sought, others of its payer."""
    ids = [one.public_id for one in shown.lines]
    place = ids.index(line.public_id) if line.public_id in ids else -1
    before, after = ids[place - 1] if place > 0 else "", ids[place + 1] if place + 1 < len(ids) else ""
    proposals: Sequence[Proposal] = shown.proposals.get(line.pk, ())
    return {
        "proposals": proposals,
        "waits_days": (localdate() - line.booked_on).days,
        "before_url": address(wanted, line=before, page=shown.page) if before else "",
        "after_url": address(wanted, line=after, page=shown.page) if after else "",
        "after": after,
        "sought": sought,
        "found": _sought(line, sought, wanted) if sought else None,
        "of_payer": _of_payer(line),
    }


def _of_payer(line: BankTransaction) -> list[BankTransaction]:
    """Others that wait, of the same payer: what may be merged with it."""
    if not line.payer_key:
        return []
    near = (line.booked_on - timedelta(days=60), line.booked_on + timedelta(days=60))
    found = BankTransaction.objects.filter(
        payer_key=line.payer_key, state=LineState.LEFT, booked_on__range=near
    ).exclude(pk=line.pk)
    return list(found.order_by("booked_on", "id")[:_SAME_PAYER])


def _sought(line: BankTransaction, sought: str, wanted: Filter) -> list[Found]:
    """Charges by number, payer or open amount; open ones first."""
    digits = "".join(sought.split())
    by = Q(payer_name__icontains=sought)
    if digits.isascii() and digits.isalnum():
        by |= Q(number=digits) | Q(reference=digits)
    try:
        fen = money.parse_yuan(sought.replace(",", "").removeprefix("¥"))
    except money.NotAnAmount:
        pass
    else:
        by |= Q(state=ChargeState.OPEN, total_fen=F("credited_fen") + fen)
    rows = sorted(Charge.objects.filter(by).order_by("-id")[:40], key=lambda charge: not charge.open_fen)[:_FOUND]
    found = []
    for charge in rows:
        part = min(line.amount_fen, charge.open_fen)
        ours = not charge.payer_must_be_holder or pays_as_holder(line, charge)
        add = address(wanted, line=line.public_id, q=sought, add=[charge.public_id]) + "#split"
        found.append(Found(charge, part, line.amount_fen - part, ours, add))
    return found
