"""What an order's request form shows: the answers, the certificates, today's or the frozen fees, the papers (C7).

The same answers give the same form, whichever version they stand in; only the version's number and the day of
preparing differ (``request_form.data.changed_parts``).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from payments.fees import QuoteLine
from portal.tenants import current_tenant
from renewals.lifecycle import Kind
from renewals.models import Certificate, Order
from renewals.pricing import term_years
from renewals.programmes.schema import RulePack
from renewals.programmes.schema_steps import DocumentsStep, Paper, RequestFormStep
from renewals.publishing import pack_of
from renewals.request_form.data import (
    CertificateLine,
    Change,
    Collection,
    ContactLine,
    FeeLine,
    FormData,
    Hall,
    Holder,
    Invoice,
    Posting,
    Representative,
)
from renewals.steps import answer_words, contacts, quote
from renewals.steps import answers as application
from renewals.steps.claims import is_unproven

Answers = Mapping[str, str]


def build(order: Order, answers: Answers, version: int, *, on: date | None = None) -> FormData:
    """The form of these answers, confirmed or not yet. ``on``: the day of preparing, today by default."""
    pack, zone = pack_of(order.programme), ZoneInfo(current_tenant().timezone)
    config = form_step(pack, order.path)
    certificates = [item.certificate for item in order.items.select_related("certificate__gateway").order_by("id")]
    change = subject_change(answers, certificates[0])
    known = not is_unproven(order)
    today = on or timezone.now().astimezone(zone).date()
    return FormData(
        order_number=order.number,
        form_version=version,
        title=config.form_title,
        programme_title=pack.title,
        hall=_hall(),
        holder=Holder(
            name=answers.get("organisation_name") or certificates[0].holder_name,
            code=answers.get("organisation_code") or certificates[0].holder_code,
            legal_representative=answers.get("legal_representative", ""),
            user=answers.get("certificate_user_name", ""),
            department=answers.get("business_department", ""),
        ),
        representative=_representative(pack, answers),
        certificates=tuple(_certificate(certificate, zone, known=known) for certificate in certificates),
        term=_term(order, pack, answers),
        fees=tuple(_fee(line) for line in quote.lines_of(order, answers, on=today)),
        prepared_on=today,
        invoice=_invoice(pack, answers),
        changes=(change,) if change else (),
        papers=tuple(paper.title for paper in papers_beside(order, pack, renamed=change is not None)),
        notes=config.notes,
        business=_business(order, pack),
        reason=_say(pack, answers, "replacement_reason"),
        seal=_say(pack, answers, "seal"),
        contacts=tuple(_contact(row) for row in contacts.rows_of(answers.get("contacts", ""))),
        posting=_posting(pack, order.path),
        collection=_collection(pack, answers),
        remark=answers.get("remark", ""),
        scanned=_is_scanned(pack, order.path),
    )


def _business(order: Order, pack: RulePack) -> str:
    """业务类型, where the form has to name it: programmes with several on one form (A13)."""
    several = {business for path in pack.paths for business in path.serves} - {"renewal", "pin_unblock"}
    plain = order.business == Order.Business.RENEWAL and not (several and _posting(pack, order.path))
    return "" if plain else str(Order.Business(order.business).label)


def _say(pack: RulePack, answers: Answers, name: str) -> str:
    return answer_words.say(pack, name, answers[name]) if answers.get(name) else ""


def _contact(row: Mapping[str, str]) -> ContactLine:
    kind = str(contacts.KINDS.get(row["kind"], row["kind"]))
    return ContactLine(row["name"], row["mobile"], row["phone"], row["email"], kind)


def _posting(pack: RulePack, path: str) -> Posting | None:
    """Where the keys go with this form, and whether their PIN is set anew there (A16, P14)."""
    steps = pack.path(path).steps
    if not any(step.kind == "mail_in" for step in steps):
        return None
    tenant = current_tenant()
    resets = any(getattr(step, "reset_pin", None) for step in steps)
    return Posting(tenant.name, tenant.mail_address, tenant.hotline, resets)


def _collection(pack: RulePack, answers: Answers) -> Collection | None:
    way = answers.get("collection", "")
    place = answers.get("recipient_address", "") if not way else answers.get("collection_address", "")
    if way == "pickup":
        place = answer_words.service_point_words(answers.get("service_point", ""))
    if not way and not place:
        return None
    return Collection(
        way=_say(pack, answers, "collection"),
        place=place or answers.get("recipient_address", ""),
        recipient=answers.get("recipient_name", ""),
        mobile=answers.get("recipient_mobile", ""),
    )


def _is_scanned(pack: RulePack, path: str) -> bool:
    step = documents_step(pack, path)
    return step is not None and any(paper.binds == "form" for paper in step.papers)


def form_step(pack: RulePack, path: str) -> RequestFormStep:
    """The path's request_form step. KeyError where it has none."""
    for step in pack.path(path).steps:
        if isinstance(step, RequestFormStep):
            return step
    raise KeyError(Kind.REQUEST_FORM)


def documents_step(pack: RulePack, path: str) -> DocumentsStep | None:
    """The path's documents step, if it has one."""
    return next((step for step in pack.path(path).steps if isinstance(step, DocumentsStep)), None)


def is_wanted(paper: Paper, order: Order, *, renamed: bool, third_party: bool = False) -> bool:
    """``renamed``: the holder has another name now (P11). ``third_party``: somebody else has paid (P10)."""
    match paper.wanted:
        case "always" | "optional":
            return True
        case "unproven_claim":
            return bool(order.claim)
        case "subject_change":
            return renamed
        case "third_party_payment":
            return third_party


def papers_beside(order: Order, pack: RulePack, *, renamed: bool) -> Sequence[Paper]:
    """What is handed in with the form. A payer's explanation isn't on it: that is asked for after the printing."""
    step = documents_step(pack, order.path)
    papers = step.papers if step else ()
    asked = [paper for paper in papers if paper.binds != "form" and paper.wanted != "optional"]
    return [paper for paper in asked if is_wanted(paper, order, renamed=renamed)]


def subject_change(answers: Answers, certificate: Certificate) -> Change | None:
    """The holder has another name now than the certificate says (RULES C6, P11); brackets' width is no change."""
    typed = application.Answers(organisation_name=answers.get("organisation_name", ""))
    name = application.new_name(typed, application.Holder.of(certificate))
    return Change(label="单位名称", before=certificate.holder_name, after=name) if name else None


def fields_with(answers: Answers, characters: str) -> list[str]:
    """The labels of the answers in which one of these characters stands."""
    labels = answer_words.LABELS.items()
    return [str(label) for name, label in labels if set(answers.get(name, "")) & set(characters)]


def _hall() -> Hall:
    tenant = current_tenant()
    return Hall(tenant.name, tenant.hotline, tenant.service_hours, tenant.mail_address)


def _representative(pack: RulePack, answers: Answers) -> Representative:
    kinds: dict[str, str] = {kind.name: kind.title for kind in pack.id_kinds}
    return Representative(
        name=answers["representative_name"],
        id_kind=kinds.get(answers.get("representative_id_kind", ""), ""),
        id_number=answers.get("representative_id_number", ""),
        mobile=answers["representative_mobile"],
        email=answers.get("representative_email", ""),
        address=answers.get("representative_address", ""),
    )


def _certificate(certificate: Certificate, zone: ZoneInfo, *, known: bool) -> CertificateLine:
    """Who couldn't prove the key yet (RULES P2) gets back the serial that they typed, and no more."""
    if not known:
        return CertificateLine(certificate.serial, "", "", None, None)

    gateway = certificate.gateway

    def day(moment: datetime) -> date:
        return moment.astimezone(zone).date()

    return CertificateLine(
        serial=certificate.serial,
        subject=certificate.subject,
        medium_number=certificate.medium_number,
        not_before=day(certificate.not_before),
        not_after=day(certificate.not_after),
        number=certificate.number,
        kind=str(certificate.get_kind_display()) if certificate.kind else "",
        key_model=certificate.key_model if gateway or certificate.number else "",
        gateway_code=gateway.code if gateway else "",
        gateway_type=gateway.type if gateway else "",
        gateway_state=str(gateway.get_state_display()) if gateway else "",
    )


def _term(order: Order, pack: RulePack, answers: Answers) -> str:
    """As the pack words it; "" where the new certificate keeps the old one's end."""
    years = term_years(order, pack, answers.get("term_years", ""))
    return next((term.title for term in pack.terms if term.years == years), f"{years} 年" if years else "")


def _fee(line: QuoteLine) -> FeeLine:
    return FeeLine(line.name, line.unit_price_fen, line.unit, line.quantity, line.subtotal_fen)


def _invoice(pack: RulePack, answers: Answers) -> Invoice | None:
    if not answers.get("invoice_title"):
        return None
    kinds: dict[str, str] = {kind.name: kind.title for kind in pack.invoice_kinds}
    return Invoice(
        kind=kinds.get(answers.get("invoice_kind", ""), ""),
        title=answers["invoice_title"],
        tax_number=answers.get("invoice_tax_number", ""),
    )
