"""/apply/: what for, which certificates, which way; then the order is opened (RULES A12, A13, A17, A18).

Everything that was chosen stands in the address until then: pages go back and forth without losing a tick.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from payments.fees import total
from portal.accounts.access import access
from portal.accounts.actor import actor_of
from portal.errors import NotFound, PortalError
from portal.tenants import tenant_tx
from portal.ui.templatetags.ui import plain_money
from portal.ui.words import say
from renewals import applying, orders
from renewals.applying import Candidate
from renewals.errors import CertificateNotYours, FinishTheOtherFirst
from renewals.forms.applying import Filters, ticked
from renewals.models import Certificate, Order, ProgrammeVersion
from renewals.programmes.schema import Path, RulePack
from renewals.views.apply_words import HINTS, LEADS, NOTES, REVOKED_FIRST, state_of, title_of, way_hint
from renewals.views.customer import customer_of, new_key, posted_key
from renewals.views.progress import days_words, local_day


@dataclass(frozen=True)
class Room:
    """One programme and one business, with this customer's certificates beside them."""

    programme: ProgrammeVersion
    pack: RulePack
    business: str
    candidates: Sequence[Candidate]

    @property
    def title(self) -> str:
        return title_of(self.business)

    @property
    def most(self) -> int:
        return applying.most_together(self.pack, self.business)

    def url(self, name: str, chosen: Sequence[Candidate] = (), **more: str) -> str:
        query = [("certificate", one.certificate.public_id) for one in chosen] + list(more.items())
        address = reverse(name, args=[self.pack.slug, self.business])
        return f"{address}?{urlencode(query)}" if query else address


@dataclass(frozen=True)
class Row:
    """A certificate of the picker or of the summary."""

    candidate: Candidate
    expires: object
    days: str
    state: object
    ticked: bool = False
    note: str = ""
    remove: str = ""

    @property
    def certificate(self) -> Certificate:
        return self.candidate.certificate


@dataclass(frozen=True)
class Way:
    """A path to choose. ``fee``: what is known of it today."""

    path: Path
    hint: str
    fee: str
    recommended: bool
    chosen: bool


@access("customer")
@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every programme with what can be applied for; those of which the customer holds certificates come first."""
    user = customer_of(request)
    sections = []
    for slug, (_version, pack) in applying.programmes().items():
        held = applying.certificates_of(user, slug).count()
        choices = [
            (title_of(business), HINTS[business], reverse("apply-choose", args=[slug, business]))
            for business in applying.businesses_of(pack)
        ]
        sections.append({"pack": pack, "held": held, "choices": choices})
    sections.sort(key=lambda section: -min(1, section["held"]))  # type: ignore[call-overload]
    return TemplateResponse(request, "renewals/apply.html", {"sections": sections})


@access("customer")
@never_cache
@require_safe
def choose(request: HttpRequest, programme: str, business: str) -> HttpResponse:
    """The picker: filters and ticks of one form; what is ticked stays ticked while it is filtered away."""
    room = _room(request, programme, business)
    filters, chosen = Filters.of(request.GET), ticked(request.GET, room.candidates)
    shown = [one for one in room.candidates if filters.let_through(one)]
    kept = [one for one in chosen if one not in shown]
    if "next" in request.GET and chosen:
        return HttpResponseRedirect(room.url("apply-start", chosen))
    types = sorted({one.certificate.gateway.type for one in room.candidates if one.certificate.gateway})
    context = {
        "room": room,
        "lead": LEADS[business],
        "rows": [_row(one, ticked=one in chosen) for one in shown],
        "kept": kept,
        "filters": filters,
        "types": types,
        "has_gateways": bool(types),
        "several": room.most > 1,
        "missing": "next" in request.GET and not chosen,
        "start_url": reverse("apply-start", args=[programme, business]),
    }
    return TemplateResponse(request, "renewals/apply_choose.html", context, status=422 if context["missing"] else 200)


@access("customer", transaction=False)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, programme: str, business: str) -> HttpResponse:
    """What was chosen, the ways that are open to all of it, what each costs; POST opens the order."""
    sent = request.POST if request.method == "POST" else request.GET
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        room = _room(request, programme, business)
        chosen = ticked(sent, room.candidates)
        paths = applying.paths_for(chosen)
        wish = sent.get("path", "")
    if not chosen:
        return HttpResponseRedirect(room.url("apply-choose", next="1"))
    refusal: PortalError | None = None
    if request.method == "POST" and paths:
        try:
            with tenant_tx(request.tenant, write=True):  # type: ignore[attr-defined]
                order = orders.open_order(
                    programme=room.programme,
                    certificates=[one.certificate for one in chosen],
                    by=actor_of(request),
                    key=posted_key(request),
                    business=business,
                    path=wish if wish in {path.name for path in paths} else paths[0].name,
                )
            return HttpResponseRedirect(reverse("order", args=[order.public_id]))
        except PortalError as why:
            refusal = why
    with tenant_tx(request.tenant):  # type: ignore[attr-defined]
        context = _start_context(room, chosen, paths, wish) | {"refusal": say(refusal) if refusal else ""}
        if isinstance(refusal, FinishTheOtherFirst):
            mine = Order.objects.filter(customer=customer_of(request), number=refusal.params["number"])
            context["other"] = mine.first()
    return TemplateResponse(request, "renewals/apply_start.html", context, status=refusal.status if refusal else 200)


def _start_context(room: Room, chosen: Sequence[Candidate], paths: Sequence[Path], wish: str) -> dict[str, object]:
    picked = wish if wish in {path.name for path in paths} else paths[0].name if paths else ""
    kept = {"path": wish} if wish else {}
    rows = [
        _row(one, remove=room.url("apply-start", [o for o in chosen if o is not one], **kept) if chosen[1:] else "")
        for one in chosen
    ]
    ways = [
        Way(path, way_hint(path), _fee(room, path, chosen), number == 0, path.name == picked)
        for number, path in enumerate(paths)
    ]
    return {
        "room": room,
        "rows": rows,
        "ways": ways,
        "note": REVOKED_FIRST if _revokes_first(paths) else NOTES.get(room.business, ""),
        "superseded": [one.running for one in chosen if one.supersedes and one.running],
        "apart": not paths,
        "costs": any(way.fee != plain_money(0) and _by_transfer_alone(way.path) for way in ways),
        "choose_url": room.url("apply-choose", chosen),
        "may_add": room.most > len(chosen) and len(room.candidates) > len(chosen),
        "key": new_key(),
    }


def _by_transfer_alone(path: Path) -> bool:
    """RULES A17: nothing but an account to transfer to, which is told once the application is in."""
    return any(step.kind == "payment" and step.channels == ("bank_transfer",) for step in path.steps)


def _revokes_first(paths: Sequence[Path]) -> bool:
    """RULES D7: the old certificate goes before the new one is made."""
    return bool(paths) and all(path.revoke_old == "on_submit" for path in paths)


def _fee(room: Room, path: Path, chosen: Sequence[Candidate]) -> str:
    """RULES A17: what it costs at once; what hangs on an answer is said later, before the application is confirmed."""
    amount = total(applying.prices(room.pack, room.business, path, chosen))
    words = plain_money(amount)
    by_answer = any(
        line.asked_by is not None and room.business in (line.businesses or (room.business,))
        for line in room.pack.tariff
    )
    chooses = path.application is not None and "term_years" in path.application.fields
    return _("%(fee)s 起") % {"fee": words} if by_answer or (chooses and amount) else words


@access("customer")
@never_cache
@require_safe
def like(request: HttpRequest, public_id: str) -> HttpResponse:
    """线下更新 at a certificate: everything renewable behind gateways of the same type, each to be taken out (A12)."""
    user = customer_of(request)
    certificate = Certificate.objects.select_related("gateway").filter(public_id=public_id[:22]).first()
    if certificate is None or not applying.certificates_of(user, certificate.programme_slug).filter(pk=certificate.pk):
        raise CertificateNotYours()
    room = _room(request, certificate.programme_slug, Order.Business.RENEWAL)
    chosen = applying.alike(certificate, room.candidates)
    ways = applying.paths_for(chosen) or (chosen[0].paths if chosen else ())
    by_post = next((path for path in ways if any(step.kind == "mail_in" for step in path.steps)), None)
    wish = {"path": by_post.name} if by_post else {}
    return HttpResponseRedirect(room.url("apply-start", chosen, **wish))


def _room(request: HttpRequest, programme: str, business: str) -> Room:
    found = applying.programmes().get(programme)
    if found is None or business not in applying.businesses_of(found[1]):
        raise NotFound
    version, pack = found
    certificates = applying.certificates_of(customer_of(request), programme)
    return Room(version, pack, business, applying.candidates(certificates, pack, business))


def _row(one: Candidate, *, ticked: bool = False, remove: str = "") -> Row:
    note = one.refusal
    if one.running is not None and not one.supersedes:
        note = _("订单 %(number)s 正在办理这张证书。") % {"number": one.running.number}
    elif one.supersedes and one.running is not None:
        note = _("正在办理的订单 %(number)s 会被补办取代。") % {"number": one.running.number}
    return Row(
        candidate=one,
        expires=local_day(one.certificate.not_after),
        days=days_words(one.days_left),
        state=state_of(one),
        ticked=ticked,
        note=note,
        remove=remove,
    )
